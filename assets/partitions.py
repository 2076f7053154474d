"""Periods as Dagster partitions: a partition key is the first month of its period.

`2021-10` is fiscal year 2565, `2026-01` tax year 2569, and `2022-10` that month. Keys are
Gregorian because Dagster reads them as dates, and have no day because its UI shows only the
last 90 days of keys that have one. An asset's page says which year of the Buddhist era a key
is. The running period is a partition too: data of a period often comes before its end.
"""

from datetime import date

import dagster as dg

from pipelines.dataset import PeriodRule
from pipelines.periods import Period, PeriodKind

TIMEZONE = "Asia/Bangkok"
FORMAT = "%Y-%m"
_CRON: dict[PeriodKind, str] = {"fiscal_year": "0 0 1 10 *", "tax_year": "0 0 1 1 *", "month": "0 0 1 * *"}


def partitions_of(rule: PeriodRule) -> dg.TimeWindowPartitionsDefinition:
    """Return the partitions of a dataset: from its first period to the running one."""
    return dg.TimeWindowPartitionsDefinition(
        start=key_of(Period.parse(rule.kind, rule.first)),
        cron_schedule=_CRON[rule.kind],
        fmt=FORMAT,
        timezone=TIMEZONE,
        end_offset=1,
    )


def key_of(period: Period) -> str:
    """Return a period's partition key."""
    return period.start.strftime(FORMAT)


def period_of(kind: PeriodKind, key: str) -> Period:
    """Return the period a partition key stands for."""
    return Period.containing(kind, date.fromisoformat(f"{key}-01"))
