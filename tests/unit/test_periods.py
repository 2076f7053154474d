"""Periods: a figure filed under the wrong year is a wrong figure."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import statement
from pipelines.dataset import PeriodRule
from pipelines.errors import UsageError
from pipelines.periods import Period, PeriodKind
from pipelines.statement import stated_period


def test_the_fiscal_year_turns_at_midnight_in_bangkok_not_in_utc() -> None:
    still_september_in_utc = datetime(2022, 9, 30, 17, 0, tzinfo=UTC)
    assert Period.containing("fiscal_year", still_september_in_utc).label == "2566"
    assert Period.containing("fiscal_year", datetime(2022, 9, 30, 16, 59, tzinfo=UTC)).label == "2565"


def test_tax_years_are_calendar_years() -> None:
    assert Period.containing("tax_year", date(2023, 12, 31)).label == "2566"
    assert Period.parse("tax_year", "2566").start == date(2023, 1, 1)


@given(st.sampled_from(["fiscal_year", "tax_year", "month"]), st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_every_day_lies_in_exactly_the_period_that_contains_it(kind: PeriodKind, day: date) -> None:
    period = Period.containing(kind, day)
    assert period.start <= day < period.end
    assert Period.parse(kind, period.label) == period


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("fiscal_year", "2022", "2565"),
        ("fiscal_year", "๒๕๖๕", "four digits"),
        ("fiscal_year", "65", "four digits"),
        ("month", "2565-10", "Gregorian"),
        ("month", "2022-13", "Gregorian"),
    ],
)
def test_a_slip_of_the_era_is_refused_with_the_right_form(kind: PeriodKind, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Period.parse(kind, text)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Period.containing("month", datetime(2022, 1, 1))  # noqa: DTZ001 - the slip under test


@pytest.mark.parametrize(("hour", "month"), [(16, "2026-11"), (17, "2026-12")])
def test_a_month_begins_at_midnight_in_bangkok(hour: int, month: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> "Clock":
            assert tz is UTC
            return cls(2026, 11, 30, hour, 59, tzinfo=UTC)

    monkeypatch.setattr(statement, "datetime", Clock)
    rule = PeriodRule(kind="month", first="2020-01", stated_by={"retrieval": "the state on the day"})
    assert stated_period(rule, None, [], {})[0].label == month
    if month == "2026-11":
        with pytest.raises(UsageError, match="not begun"):
            stated_period(rule, "2026-12", [], {})
