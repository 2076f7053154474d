"""Periods as Dagster partitions: a partition key is the first day of its period.

A year's key is that day (`2021-10-01` is fiscal year 2565, `2026-01-01` tax year 2569), a
month's key is its label (`2022-10`). Keys are Gregorian because Dagster reads them as dates;
an asset's page says which year of the Buddhist era a key is. The running period is a
partition too: data of a period often comes before its end.
"""

from datetime import date

import dagster as dg

from pipelines.dataset import PeriodRule
from pipelines.periods import Period, PeriodKind

TIMEZONE = "Asia/Bangkok"
_CRON: dict[PeriodKind, str] = {"fiscal_year": "0 0 1 10 *", "tax_year": "0 0 1 1 *", "month": "0 0 1 * *"}
_FORMAT: dict[PeriodKind, str] = {"fiscal_year": "%Y-%m-%d", "tax_year": "%Y-%m-%d", "month": "%Y-%m"}


def partitions_of(rule: PeriodRule) -> dg.TimeWindowPartitionsDefinition:
    """Return the partitions of a dataset: from its first period to the running one."""
    return dg.TimeWindowPartitionsDefinition(
        start=key_of(Period.parse(rule.kind, rule.first)),
        cron_schedule=_CRON[rule.kind],
        fmt=_FORMAT[rule.kind],
        timezone=TIMEZONE,
        end_offset=1,
    )


def key_of(period: Period) -> str:
    """Return a period's partition key."""
    return period.start.strftime(_FORMAT[period.kind])


def period_of(kind: PeriodKind, key: str) -> Period:
    """Return the period a partition key stands for."""
    first = date.fromisoformat(f"{key}-01" if kind == "month" else key)
    return Period.containing(kind, first)
