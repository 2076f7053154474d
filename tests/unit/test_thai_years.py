"""A budget in the wrong year is the worst figure there is."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.thai.years import BANGKOK, fiscal_year_be, stated_years_be, year_be


def test_the_fiscal_year_turns_at_midnight_in_bangkok() -> None:
    assert fiscal_year_be(datetime(2022, 9, 30, 16, 59, tzinfo=UTC)) == 2565
    assert fiscal_year_be(datetime(2022, 9, 30, 17, 0, tzinfo=UTC)) == 2566
    assert fiscal_year_be(datetime(2022, 10, 1, tzinfo=BANGKOK)) == 2566
    assert fiscal_year_be(datetime(2022, 10, 1, tzinfo=BANGKOK) - timedelta(microseconds=1)) == 2565
    assert fiscal_year_be(date(2022, 10, 1)) == 2566
    assert fiscal_year_be(date(2023, 9, 30)) == 2566
    with pytest.raises(ValueError, match="time zone"):
        fiscal_year_be(datetime(2022, 10, 1))  # noqa: DTZ001 - which is the point


@given(st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1)))  # noqa: DTZ001 - hypothesis adds none
def test_a_fiscal_year_has_the_days_from_october_to_september(moment: datetime) -> None:
    moment = moment.replace(tzinfo=BANGKOK)
    year = fiscal_year_be(moment) - 543
    assert date(year - 1, 10, 1) <= moment.date() <= date(year, 9, 30)
    assert fiscal_year_be(moment) == fiscal_year_be(moment.astimezone(UTC)) == fiscal_year_be(moment.date())
    assert fiscal_year_be(moment.date() + timedelta(days=367)) > fiscal_year_be(moment.date())


@given(st.integers(1860, 2100))
def test_eras_never_meet(year: int) -> None:
    assert year_be(year, "either") == year_be(year + 543, "either") == year_be(year, "ce") == year + 543
    with pytest.raises(ValueError, match="other era"):
        year_be(year, "be")


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("ปีงบประมาณ พ.ศ. 2566", (2566, 2566)),
        ("2563 – 2565", (2563, 2565)),
        ("ปีงบประมาณ ๒๕๖๓-๒๕๖๕", (2563, 2565)),
        ("ค.ศ. 2022", (2565, 2565)),
        ("ปีภาษี 2566", (2566, 2566)),
        ("ประจำปีงบประมาณ พุทธศักราช ๒๕๖๖", (2566, 2566)),
        ("ปีงบประมาณ\u00a0พ.ศ.\u00a02566\u200b", (2566, 2566)),
        ("คริสต์ศักราช 2022", (2565, 2565)),
    ],
)
def test_years_as_documents_state_them(text: str, years: tuple[int, int]) -> None:
    assert stated_years_be(text) == years


@pytest.mark.parametrize("text", ["พ.ศ. 2022", "ค.ศ. 2566", "2565-2563", "66", "ปีงบประมาณ", "2566/2567"])
def test_years_that_are_not_certain_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"era|backwards|no year"):
        stated_years_be(text)
