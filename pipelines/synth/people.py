"""Invented persons: numbers that belong to nobody, names by sex, age and region, real places.

A person is told by a running number; everything else follows from seed and chunk. Numbers: the
first digit (1 to 8 of persons, 0 of juristic ones), then 00 (no province has the code), nine
digits that are a permutation of the running number, and the check digit.
"""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.errors import UsageError
from pipelines.synth.draw import Bools, Ints, Weighted, table
from pipelines.thai.ids import check_digits
from pipelines.thai.places import reference_tables

#: Multiplier and modulus of the permutation of running numbers: 10^9 numbers, none twice.
STEP, NUMBERS = 387_420_489, 10**9
REGIONS = ("central", "north", "northeast", "south", "south_muslim")
MALE, FEMALE = 0, 1
#: Given names of a region are this much likelier there than their weight against the common ones.
FLAVOUR = 3
#: Share of the persons of the four southern border provinces who have Muslim names.
MUSLIM_SHARE = 0.8
OLD_BORN_BEFORE = 1965


@dataclass(frozen=True)
class Places:
    """Subdistricts, drawn by the population of their province."""

    codes: pa.Array
    district_codes: list[str]
    districts: Ints
    """Of each subdistrict its district's position in `district_codes`."""
    weighted: Weighted
    regions: Ints
    earlier: pa.Array
    """A code that each had before, null for most."""

    @cached_property
    def has_earlier(self) -> Bools:
        return np.asarray(self.earlier.is_valid())


@cache
def places(within: tuple[str, ...] = ()) -> Places:
    """Return every subdistrict there is, or those whose codes begin with one of `within`. Within a
    province weights are made up, from the code.

    Raises:
        UsageError: no code begins as one of them.
    """
    every = reference_tables()["subdistricts"]["subdistrict_code"].to_pylist()
    codes = [code for code in every if not within or code.startswith(within)]
    if not all(any(code.startswith(part) for code in codes) for part in within):
        raise UsageError("no place has such a code", remedy="name provinces by their two digits, such as 30")
    population = {row["province_code"]: int(row["population"]) for row in table("province_population")}
    region = {row["province_code"]: REGIONS.index(row["region"]) for row in table("province_regions")}
    made_up = {code: 1 + int(code) * 7919 % 100 / 25 for code in codes}
    sums: dict[str, float] = {}
    for code in codes:
        sums[code[:2]] = sums.get(code[:2], 0) + made_up[code]
    districts, which = np.unique([code[:4] for code in codes], return_inverse=True)
    return Places(
        pa.array(codes, pa.string()),
        districts.tolist(),
        which,
        Weighted.of([population[code[:2]] * made_up[code] / sums[code[:2]] for code in codes]),
        np.array([region[code[:2]] for code in codes]),
        pa.array([_earlier().get(code) for code in codes], pa.string()),
    )


@cache
def _earlier() -> dict[str, str]:
    codes = reference_tables()["subdistrict_codes"].to_pylist()
    return {row["current_code"]: row["code"] for row in codes if row["current_code"] not in (None, row["code"])}


def national_ids(running: Ints, seed: int) -> pa.Array:
    """Return persons' numbers that belong to nobody, of a right check digit; one for each running
    number below 10^9, none twice."""
    nine = permuted(running, seed)
    return _ids(1 + nine % 8, nine)


def juristic_ids(running: Ints, seed: int) -> pa.Array:
    """Return numbers of juristic persons that belong to nobody, likewise."""
    return _ids(np.zeros(len(running), dtype=np.int64), permuted(running, seed))


def permuted(running: Ints, seed: int) -> Ints:
    """Return numbers of up to nine digits, one for each running number below 10^9, none twice."""
    return (running * STEP + seed * 104_729 + 12_345) % NUMBERS


def _ids(first: Ints, nine: Ints) -> pa.Array:
    body = np.empty((len(nine), 12), dtype=np.int64)
    body[:, 0], body[:, 1], body[:, 2] = first, 0, 0
    for position in range(9):
        body[:, 3 + position] = nine // 10 ** (8 - position) % 10
    whole = 10**13 + first * 10**12 + nine * 10 + check_digits(body)
    return pc.utf8_slice_codeunits(pc.cast(pa.array(whole), pa.string()), 1)


def given_names(random: np.random.Generator, sexes: Ints, regions: Ints, born: Ints) -> pa.Array:
    """Draw given names by sex (0 male, 1 female), region and year of birth (C.E.)."""
    names, groups = _given()
    group = sexes * len(REGIONS) * 2 + regions * 2 + (born >= OLD_BORN_BEFORE)
    return names.take(pa.array(_by_group(random, group, groups)))


def family_names(random: np.random.Generator, regions: Ints) -> pa.Array:
    """Draw family names, made of two parts."""
    parts = []
    for place in ("first", "last"):
        words, groups = _family(place)
        parts.append(words.take(pa.array(_by_group(random, regions, groups))))
    return pc.binary_join_element_wise(*parts, "")


def titles(sexes: Ints, random: np.random.Generator) -> pa.Array:
    """Draw titles: นาย for men, นาง or นางสาว for women."""
    married = random.random(len(sexes)) < 0.8  # noqa: PLR2004 - made up, as all weights here
    return pa.array(["นาย", "นาง", "นางสาว"]).take(pa.array(np.where(sexes == MALE, 0, np.where(married, 1, 2))))


def name_regions(random: np.random.Generator, regions: Ints) -> Ints:
    """Return the region whose names a person has, by that of the place."""
    other = (regions == REGIONS.index("south_muslim")) & (random.random(len(regions)) >= MUSLIM_SHARE)
    return np.where(other, REGIONS.index("south"), regions)


def _by_group(random: np.random.Generator, group: Ints, groups: list[tuple[Ints, Weighted]]) -> Ints:
    chosen = np.zeros(len(group), dtype=np.int64)
    for number, (positions, weighted) in enumerate(groups):
        here = np.flatnonzero(group == number)
        if len(here):
            chosen[here] = positions[weighted.draw(random, len(here))]
    return chosen


@cache
def _given() -> tuple[pa.Array, list[tuple[Ints, Weighted]]]:
    rows = table("given_names")
    groups = []
    for sex in ("m", "f"):
        for region in REGIONS:
            for cohort in ("old", "young"):
                fits = [_weight(row, region) * (row["sex"] == sex and row["cohort"] == cohort) for row in rows]
                groups.append(_group(fits))
    return pa.array([row["name_th"] for row in rows]), groups


@cache
def _family(place: str) -> tuple[pa.Array, list[tuple[Ints, Weighted]]]:
    rows = [row for row in table("family_name_parts") if row["place"] == place]
    groups = [_group([_weight(row, region) for row in rows]) for region in REGIONS]
    return pa.array([row["part_th"] for row in rows]), groups


def _weight(row: dict[str, str], region: str) -> float:
    if region == "south_muslim":
        return float(row["weight"]) * (row["region"] == region)
    return float(row["weight"]) * ((row["region"] == "any") + FLAVOUR * (row["region"] == region))


def _group(weights: list[float]) -> tuple[Ints, Weighted]:
    positions = np.flatnonzero(np.array(weights) > 0)
    return positions, Weighted.of(np.array(weights)[positions])
