"""Periods: the Thai fiscal year, the tax year and the month, and nothing else.

A period is written as its label: `2565` for years (Buddhist era, B.E. = C.E. + 543) and
`2022-10` for months (Gregorian, ISO). Dates are calendar dates in Thailand.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pipelines.errors import UsageError
from pipelines.thai.years import FISCAL_YEAR_STARTS_IN, OFFSET, day_in_bangkok, fiscal_year_be

PeriodKind = Literal["fiscal_year", "tax_year", "month"]

FIRST_YEAR_BE, LAST_YEAR_BE = 2475, 2643


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One fiscal year, tax year or month."""

    kind: PeriodKind
    label: str

    @classmethod
    def parse(cls, kind: PeriodKind, text: str) -> "Period":
        """Read a label; raises `UsageError` when it is not one of this kind."""
        if kind == "month":
            if re.fullmatch(r"(19|20)\d\d-(0[1-9]|1[0-2])", text):
                return cls(kind, text)
            raise _wrong(text, "a month is written 2022-10 (Gregorian year and month)")
        if not re.fullmatch(r"[0-9]{4}", text):
            raise _wrong(text, "a year is four digits of the Buddhist era, such as 2565")
        year = int(text)
        if not FIRST_YEAR_BE <= year <= LAST_YEAR_BE:
            likely = year + OFFSET
            raise _wrong(text, f"years are of the Buddhist era; {year} C.E. is {likely} B.E.")
        return cls(kind, text)

    @classmethod
    def containing(cls, kind: PeriodKind, moment: datetime | date) -> "Period":
        """Return the period that holds a moment. Naive datetimes are refused: which day
        it is in Bangkok decides the fiscal year (1 October 00:00 there is still
        30 September in UTC)."""
        day = day_in_bangkok(moment)
        if kind == "month":
            return cls(kind, f"{day:%Y-%m}")
        return cls(kind, str(fiscal_year_be(day) if kind == "fiscal_year" else day.year + OFFSET))

    @property
    def start(self) -> date:
        """The first day."""
        if self.kind == "month":
            return date.fromisoformat(f"{self.label}-01")
        year = int(self.label) - OFFSET
        return date(year - 1, FISCAL_YEAR_STARTS_IN, 1) if self.kind == "fiscal_year" else date(year, 1, 1)

    @property
    def end(self) -> date:
        """The day after the last."""
        first = self.start
        if self.kind == "month":
            return date(first.year + first.month // 12, first.month % 12 + 1, 1)
        return date(first.year + 1, first.month, 1)

    @property
    def year_be(self) -> int:
        """The year of its label, of the Buddhist era."""
        return int(self.label[:4]) + OFFSET if self.kind == "month" else int(self.label)


def _wrong(text: str, rule: str) -> UsageError:
    return UsageError(f"{text!r} is not a period: {rule}", remedy="give the period in that form")
