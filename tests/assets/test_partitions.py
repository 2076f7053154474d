"""Partition keys and period labels are two names of one thing: mixing them up would file a
year's data under another year."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.partitions import key_of, partitions_of, period_of
from pipelines.dataset import PeriodRule
from pipelines.periods import Period, PeriodKind
from pipelines.thai.years import BANGKOK

KINDS = st.sampled_from(["fiscal_year", "tax_year", "month"])
#: One that every kind has since long before any test's moment.
FIRST: dict[PeriodKind, str] = {"fiscal_year": "2540", "tax_year": "2540", "month": "1997-01"}


def _rule(kind: PeriodKind) -> PeriodRule:
    return PeriodRule(kind=kind, first=FIRST[kind], stated_by={"retrieval": "synthetic"})


@given(kind=KINDS, day=st.dates(date(1990, 1, 1), date(2090, 12, 31)))
def test_a_key_leads_back_to_its_period(kind: PeriodKind, day: date) -> None:
    period = Period.containing(kind, day)
    assert period_of(kind, key_of(period)) == period


@given(kind=KINDS, day=st.dates(date(1998, 1, 1), date(2089, 12, 31)))
def test_the_running_period_is_the_last_partition(kind: PeriodKind, day: date) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=BANGKOK)
    keys = partitions_of(_rule(kind)).get_partition_keys(current_time=noon)
    assert period_of(kind, keys[-1]) == Period.containing(kind, noon)
    assert period_of(kind, keys[0]).label == FIRST[kind]


@given(kind=KINDS, day=st.dates(date(1998, 1, 1), date(2089, 12, 31)))
def test_every_key_is_another_period_and_none_is_left_out(kind: PeriodKind, day: date) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=BANGKOK)
    periods = [period_of(kind, key) for key in partitions_of(_rule(kind)).get_partition_keys(current_time=noon)]
    assert [p.end for p in periods[:-1]] == [p.start for p in periods[1:]]


@pytest.mark.parametrize(
    ("kind", "label", "key"),
    [("fiscal_year", "2565", "2021-10"), ("tax_year", "2569", "2026-01"), ("month", "2022-10", "2022-10")],
)
def test_keys_as_the_manual_shows_them(kind: PeriodKind, label: str, key: str) -> None:
    assert key_of(Period.parse(kind, label)) == key
    assert key in partitions_of(_rule(kind)).get_partition_keys()


def test_a_fiscal_year_begins_at_midnight_in_bangkok_not_in_greenwich() -> None:
    before = datetime(2026, 9, 30, 16, 59, tzinfo=UTC)
    after = datetime(2026, 9, 30, 17, 0, tzinfo=UTC)
    partitions = partitions_of(_rule("fiscal_year"))
    assert partitions.get_partition_keys(current_time=before)[-1] == "2025-10"
    assert partitions.get_partition_keys(current_time=after)[-1] == "2026-10"
