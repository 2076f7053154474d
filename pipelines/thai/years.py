"""Buddhist and Gregorian years, and the Thai fiscal year.

The Buddhist era (B.E.) year is the Gregorian (C.E.) year plus 543. A fiscal year is named by
the B.E. year in which it ends and runs from 1 October to 30 September, calendar days in
Bangkok (Budget Procedures Act B.E. 2561, section 4). Which day it is there decides: 1 October
00:00 in Bangkok is still 30 September in UTC.
"""

import re
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from pipelines.thai.digits import to_ascii
from pipelines.thai.text import tidy

Era = Literal["be", "ce", "either"]

BANGKOK = ZoneInfo("Asia/Bangkok")
OFFSET = 543
FISCAL_YEAR_STARTS_IN = 10
#: Written years from 2400 on are B.E., those below 2400 C.E.: the two never meet in our records.
FIRST_BE = 2400
EARLIEST_CE, LATEST_CE = 1860, 2100
ERA_MARK = r"พ\.? ?ศ\.?|พุทธศักราช|ค\.? ?ศ\.?|คริสต์ศักราช|B\.?E\.?|C\.?E\.?|A\.?D\.?"
_YEAR = rf"(?:(?P<era{{n}}>{ERA_MARK})\s*)?(?P<year{{n}}>[0-9]{{{{4}}}})"
_SPAN = re.compile(
    r"(?:ประจำ)?(?:ปี)?\s*(?:งบประมาณ|ภาษี)?\s*"
    + _YEAR.format(n=1)
    + r"(?:\s*(?:[-–—]|ถึง)\s*"
    + _YEAR.format(n=2)
    + ")?",
    re.IGNORECASE,
)


def year_be(year: int, era: Era) -> int:
    """Return a written four-digit year as a B.E. year.

    Raises:
        ValueError: it is not of the declared era, or of no year that a record can have.
    """
    is_be = year >= FIRST_BE
    if era != "either" and is_be != (era == "be"):
        raise ValueError("the year is of the other era")
    in_ce = year - OFFSET if is_be else year
    if not EARLIEST_CE <= in_ce <= LATEST_CE:
        raise ValueError("no year of these centuries")
    return in_ce + OFFSET


def is_year(number: int) -> bool:
    """Say whether a number is a year that a record can have, of either era."""
    return any(EARLIEST_CE <= year <= LATEST_CE for year in (number, number - OFFSET))


def fiscal_year_be(moment: date) -> int:
    """Return the fiscal year (B.E.) that holds a day in Bangkok, or a moment with a zone.

    Raises:
        ValueError: a moment without a time zone.
    """
    day = day_in_bangkok(moment)
    return day.year + OFFSET + (day.month >= FISCAL_YEAR_STARTS_IN)


def day_in_bangkok(moment: date) -> date:
    """Return which day it is in Bangkok; raises `ValueError` for a moment without a zone."""
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(BANGKOK).date()


def stated_years_be(text: str, era: Era = "either") -> tuple[int, int]:
    """Read `ปีงบประมาณ พ.ศ. 2566`, `2563 – 2565` or `ค.ศ. 2022`: first and last year, B.E.

    Raises:
        ValueError: the text is not a year or a span of years, the written era and the year do
            not agree, or the span runs backwards.
    """
    found = _SPAN.fullmatch(tidy(to_ascii(text)))
    if not found:
        raise ValueError("no year and no span of years")
    first = _marked(found["era1"], int(found["year1"]), era)
    last = _marked(found["era2"] or found["era1"], int(found["year2"]), era) if found["year2"] else first
    if last < first:
        raise ValueError("the span of years runs backwards")
    return first, last


def written_era(mark: str | None) -> Literal["be", "ce"] | None:
    """Return the era that a mark such as `พ.ศ.` states; None for no mark."""
    return None if not mark else "be" if mark[0] in "พBb" else "ce"


def _marked(mark: str | None, year: int, era: Era) -> int:
    stated = written_era(mark)
    if stated and era not in ("either", stated):
        raise ValueError("the year is of the other era")
    return year_be(year, stated or era)
