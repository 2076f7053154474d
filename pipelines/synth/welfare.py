"""What a register of the old-age or the disability allowance is of, and what the law pays in it."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np

from pipelines.synth.draw import Ints
from pipelines.synth.wanted import Level

Kind = Literal["elderly", "disability"]
#: Since when a birthday counts from the next month, no longer from the next fiscal year.
MONTHLY_SINCE, OCTOBER = "2023-10", 10


@dataclass(frozen=True)
class Rate:
    """What is paid a month from an age on, in a span of months."""

    age_from: int
    monthly_thb: Decimal
    first_month: str
    last_month: str


def rates(text: str) -> list[Rate]:
    """Read a dataset's reviewed rates."""
    return [
        Rate(int(row["age_from"]), Decimal(row["monthly_thb"]), row["first_month"], row["last_month"] or "9999-12")
        for row in csv.DictReader(text.splitlines())
    ]


@dataclass(frozen=True)
class Register:
    """What one register is of: the elderly, or persons with a disability."""

    kind: Kind
    month: str
    """`2023-10`."""
    rates: Sequence[Rate]
    seed: int
    within: tuple[str, ...] = ()
    """What the codes of its places begin with; none: the whole country."""
    level: Level = "usual"

    def decisive_day(self) -> np.datetime64:
        """Return the day whose age decides the amount: the first of the fiscal year until
        September 2023, since then the first of the month."""
        first = np.datetime64(f"{self.month}-01")
        if self.month >= MONTHLY_SINCE:
            return first
        year, month = int(self.month[:4]), int(self.month[5:])
        return np.datetime64(f"{year - (month < OCTOBER)}-10-01")

    def amounts(self, age: Ints) -> Ints:
        """Return the monthly amounts in baht; 0 for who is not entitled by age."""
        found = np.zeros(len(age), dtype=np.int64)
        for rate in sorted(self.rates, key=lambda rate: rate.age_from):
            if rate.first_month <= self.month <= rate.last_month:
                found[age >= rate.age_from] = int(rate.monthly_thb)
        return found
