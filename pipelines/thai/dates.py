"""Dates as Thai sources write them, read by declaration: order, era and what two digits mean.

Read are `21 มิถุนายน 2564`, `14 มิ.ย. 66`, `วันพุธที่ 14 เดือนมิถุนายน พ.ศ. 2566`, `14/06/2566`,
`14-มิ.ย.-66`, `2566-06-14`, `140666`, dates with a time, and serial numbers of spreadsheets, in
Thai or Arabic digits. Whether a day exists is asked after conversion: 29 February is in B.E. 2567, not
in 2566. What the declaration does not settle is a `ValueError`, never a guess.
"""

import contextlib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ConfigDict

from pipelines.thai.digits import to_ascii
from pipelines.thai.months import month_named
from pipelines.thai.text import tidy
from pipelines.thai.years import ERA_MARK, OFFSET, Era, day_in_bangkok, is_year, written_era, year_be

#: Day 0 of the spreadsheets' calendar; serial 60 is their 29 February 1900, which never was.
SERIAL_ZERO, NO_SUCH_SERIAL = date(1899, 12, 30), 60
CENTURY = 100
#: Hyphens and dashes, for a class of characters.
_DASH = "\u2010-\u2015\u2212-"
_WEEKDAY = "(?:วัน)?(?:อาทิตย์|จันทร์|อังคาร|พุธ|พฤหัสบดี|พฤหัสฯ?|ศุกร์|เสาร์) ?(?:ที่)?"
_WORDS = re.compile(
    rf"(?:{_WEEKDAY}|วันที่|ที่)? ?(?P<day>[0-9]{{1,2}})(?: ?[/{_DASH}])? ?"
    rf"(?:เดือน ?)?(?P<month>[ก-๎.]+?|[A-Za-z]+?\.?),?(?: ?[/{_DASH}])? ?"
    rf"(?P<era>{ERA_MARK})? ?(?P<year>[0-9]{{4}}|[0-9]{{2}})?",
    re.IGNORECASE,
)
_FIGURES = re.compile(rf"(?P<a>[0-9]{{1,4}}) ?(?P<sep>[/.{_DASH}]) ?(?P<b>[0-9]{{1,2}}) ?(?P=sep) ?(?P<c>[0-9]{{1,4}})")
_PACKED = re.compile(r"[0-9]{6}|[0-9]{8}")
_CLOCK = r"(?:[01]?[0-9]|2[0-3])[:.][0-5][0-9](?:[:.][0-5][0-9](?:\.[0-9]+)?)?"
_TIME = re.compile(rf"(?:[T ]| ?เวลา ?){_CLOCK}(?: ?(?:น\.?|[AP]M))?$", re.IGNORECASE)
_ZONED = re.compile(r"[T ][0-9]{2}:[0-9]{2}[0-9:.]*(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)$")
_SERIAL = re.compile(r"(?P<day>[0-9]{4,5})(?:\.[0-9]+)?")
_BETWEEN = re.compile(f" ?(?:[{_DASH}]|ถึง) ?")
_BEGINNING = re.compile(
    r"(?:ระหว่าง)?(?:วันที่ ?)?(?P<day>[0-9]{1,2})(?: ?(?P<month>[ก-๎.]+?) ?(?P<year>[0-9]{4}|[0-9]{2})?)?"
)


@dataclass(frozen=True, slots=True)
class DateForm:
    """How one column writes its dates."""

    __pydantic_config__ = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    order: Literal["dmy", "mdy", "ymd"] = "dmy"
    era: Era = "be"
    two_digit_from: int | None = None
    """First of the hundred years that two digits mean, in its era: with 2500, `66` is B.E. 2566.
    None: two digits are refused."""
    unknown_day: Literal["refuse", "first"] = "refuse"
    """`first`: a day (and month) written as 0 is the first (and January), as section 16 of the
    Civil and Commercial Code has it for dates of birth."""
    serials: bool = False
    """Whether a bare number of 4 or 5 digits is a spreadsheet's day number."""
    packed: bool = False
    """Whether six or eight digits without separators are a date."""

    def __post_init__(self) -> None:
        if self.two_digit_from is not None:
            year_be(self.two_digit_from, self.era)


def parse_date(text: str, form: DateForm) -> date:
    """Return the date a text writes in a declared form.

    Raises:
        ValueError: it is no date in this form, or a day that does not exist; the message
            describes why and does not hold the text.
    """
    plain = tidy(to_ascii(text))
    if _ZONED.search(plain):
        return _of_moment(plain)
    plain = _TIME.sub("", plain)
    if form.serials and (serial := _SERIAL.fullmatch(plain)):
        return _of_serial(int(serial["day"]))
    if form.packed and _PACKED.fullmatch(plain):
        return _of_figures(*_unpacked(plain, form), form)
    if found := _FIGURES.fullmatch(plain):
        return _of_figures(*_ordered(found["a"], found["b"], found["c"], form), form)
    if found := _WORDS.fullmatch(plain):
        if not found["year"]:
            raise ValueError("the year is missing")
        month = month_named(found["month"])
        return _day(_year(found["year"], written_era(found["era"]), form), month, int(found["day"]), form)
    raise ValueError("not written as a date")


def parse_range(text: str, form: DateForm) -> tuple[date, date]:
    """Return first and last day of `11-17 เม.ย. 2563` or `28 กุมภาพันธ์ – 18 กรกฎาคม 2564`: what
    the first date leaves out it takes from the last. Raises `ValueError` as `parse_date`."""
    plain = tidy(to_ascii(text))
    with contextlib.suppress(ValueError):
        return (only := parse_date(plain, form)), only
    for between in _BETWEEN.finditer(plain):
        with contextlib.suppress(_NotHere):
            return _range(plain[: between.start()], plain[between.end() :], form)
    raise ValueError("not written as a date or a range of dates")


class _NotHere(Exception):  # noqa: N818 - not an error: the next dash is tried
    """A dash stands inside a date, not between two."""


def _range(begin: str, end: str, form: DateForm) -> tuple[date, date]:
    try:
        last = parse_date(end, form)
        if found := _BEGINNING.fullmatch(begin):
            year = _year(found["year"], None, form) if found["year"] else last.year
            month = month_named(found["month"]) if found["month"] else last.month
            first = _day(year, month, int(found["day"]), form)
        else:
            first = parse_date(begin, form)
    except ValueError as error:
        raise _NotHere from error
    if first > last:
        raise ValueError("the range runs backwards")
    return first, last


@dataclass(frozen=True, slots=True)
class IsoDates:
    """A column of text with its dates written as ISO dates."""

    column: pa.Array
    failures: dict[str, list[int]]
    """For every reason why a cell is no date the positions of such cells, which keep their text."""
    assumed: int
    """Cells whose day was written as 0 and taken as the first."""


def iso_dates(column: pa.Array, form: DateForm, empty: Collection[str] = ("",)) -> IsoDates:
    """Write the dates of a column of text as ISO dates; null and the texts of `empty` stay. Each
    distinct text is read once."""
    encoded = column.dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    read = [(text, None, False) if text in empty else _attempt(text, form) for text in texts]
    written = pa.DictionaryArray.from_arrays(encoded.indices, pa.array([text for text, _, _ in read], pa.string()))
    positions = [None] * len(column) if not any(why or zero for _, why, zero in read) else encoded.indices.to_pylist()
    failures: dict[str, list[int]] = {}
    for row, position in enumerate(positions):
        if position is not None and (why := read[position][1]):
            failures.setdefault(why, []).append(row)
    assumed = sum(position is not None and read[position][2] for position in positions)
    return IsoDates(pc.cast(written, pa.string()), failures, assumed)


def _attempt(text: str, form: DateForm) -> tuple[str, str | None, bool]:
    """Return the date as ISO text, or the text and why it is none; and whether its day was assumed."""
    with contextlib.suppress(ValueError):
        return parse_date(text, replace(form, unknown_day="refuse")).isoformat(), None, False
    try:
        return parse_date(text, form).isoformat(), None, True
    except ValueError as error:
        return text, str(error), False


def _ordered(a: str, b: str, c: str, form: DateForm) -> tuple[str, str, str]:
    """Return year, month, day as text; a year of four digits in front is always a year."""
    by_order: dict[str, Callable[[], tuple[str, str, str]]] = {
        "dmy": lambda: (c, b, a),
        "mdy": lambda: (c, a, b),
        "ymd": lambda: (a, b, c),
    }
    return (a, b, c) if len(a) == len("2566") else by_order[form.order]()


def _unpacked(text: str, form: DateForm) -> tuple[str, str, str]:
    year = len(text) - 4
    if form.order == "ymd":
        return text[:year], text[year : year + 2], text[year + 2 :]
    first, second, last = text[:2], text[2:4], text[4:]
    return (last, second, first) if form.order == "dmy" else (last, first, second)


def _of_figures(year: str, month: str, day: str, form: DateForm) -> date:
    return _day(_year(year, None, form), int(month), int(day), form)


def _year(text: str, stated: Literal["be", "ce"] | None, form: DateForm) -> int:
    """Return the C.E. year."""
    if len(text) == len("66"):
        return _of_two_digits(int(text), stated, form)
    if len(text) != len("2566"):
        raise ValueError("the year has neither two nor four digits")
    if stated and form.era not in ("either", stated):
        raise ValueError("the year is of the other era")
    return year_be(int(text), stated or form.era) - OFFSET


def _of_two_digits(year: int, stated: Literal["be", "ce"] | None, form: DateForm) -> int:
    if form.two_digit_from is None:
        raise ValueError("the year has two digits and none are declared")
    first = form.two_digit_from
    if stated and year_be(first, stated) != year_be(first, "either"):
        raise ValueError("the year is of the other era")
    return year_be(first + (year - first) % CENTURY, "either") - OFFSET


def _day(year: int, month: int, day: int, form: DateForm) -> date:
    if form.unknown_day == "first" and not day:
        month, day = month or 1, 1
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError("there is no such day") from None


def _of_moment(text: str) -> date:
    """Return which day it is in Bangkok at a moment with a time zone (always C.E.)."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:  # whose message holds the text
        raise ValueError("not written as a date") from None
    year_be(moment.year, "ce")
    return day_in_bangkok(moment)


def _of_serial(number: int) -> date:
    if number <= NO_SUCH_SERIAL:
        raise ValueError("no day number of a spreadsheet")
    if is_year(number):
        raise ValueError("the number may be a year and may be a day number of a spreadsheet")
    return SERIAL_ZERO + timedelta(days=number)
