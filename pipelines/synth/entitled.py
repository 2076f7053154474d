"""Who is entitled to an allowance: sexes, ages and kinds of disability, by the published shares."""

from functools import cache

import numpy as np
import pyarrow as pa

from pipelines.synth.draw import Ints, Weighted, table
from pipelines.synth.people import FEMALE, MALE

ADULT, OLD = 18, 60


def elderly(random: np.random.Generator, count: int) -> tuple[Ints, Ints, pa.Array]:
    """Draw sexes, whole years of age, and no kind of disability."""
    sex, age = _old(random, count)
    return sex, age, pa.nulls(count, pa.string())


def disabled(random: np.random.Generator, count: int) -> tuple[Ints, Ints, pa.Array]:
    """Draw sexes, whole years of age and codes of the kind of disability."""
    rows = table("disability_types")
    kinds = Weighted.of([float(row["share"]) for row in rows]).draw(random, count)
    minor = random.random(count) < np.array([float(row["under_18_share"]) for row in rows])[kinds]
    age = np.where(minor, _within(random, count, 0, ADULT), _within(random, count, ADULT, 200))
    age = np.where(age >= OLD, _old(random, count)[1], age)
    share = {row["sex"]: float(row["share"]) for row in table("sexes")}
    sex = np.where(random.random(count) < share["m"], MALE, FEMALE)
    return sex, age, pa.array([row["disability_type_code"] for row in rows]).take(pa.array(kinds))


def _old(random: np.random.Generator, count: int) -> tuple[Ints, Ints]:
    """Draw sex and age of who is 60 or older."""
    first, weighted = _elderly_ages()
    drawn = weighted.draw(random, count)
    return drawn % 2, first + drawn // 2


def _within(random: np.random.Generator, count: int, low: int, high: int) -> Ints:
    """Draw ages of [low, high) by the published age groups."""
    ages, weighted = _disability_ages(low, high)
    return ages[weighted.draw(random, count)]


@cache
def _elderly_ages() -> tuple[int, Weighted]:
    rows = table("elderly_ages")
    shares = np.array([[float(row["male_share"]), float(row["female_share"])] for row in rows])
    return int(rows[0]["age"]), Weighted.of(shares.ravel())


@cache
def _disability_ages(low: int, high: int) -> tuple[Ints, Weighted]:
    ages: list[int] = []
    weights: list[float] = []
    for row in table("disability_ages"):
        first, last = int(row["age_from"]), int(row["age_to"])
        for age in range(max(first, low), min(last + 1, high)):
            ages.append(age)
            weights.append(int(row["persons"]) / (last - first + 1))
    return np.array(ages), Weighted.of(weights)
