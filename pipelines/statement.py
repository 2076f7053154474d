"""Which period a delivery is for: said by the caller, the delivery, or both alike - or refused."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.dataset import PeriodRule
from pipelines.errors import SourceError, UsageError
from pipelines.periods import Period, PeriodKind
from pipelines.thai.digits import to_ascii


def stated_period(
    rule: PeriodRule, said: str | None, location: str, titles: list[str], tables: dict[str, Path]
) -> tuple[Period, tuple[str, ...]]:
    """Return the period of a delivery and what a person should know about how it was found.

    Raises:
        SourceError: two statements differ, or there is none.
        UsageError: a label is not one of the dataset's kind of period.
    """
    found: dict[str, str] = {"--period": said} if said else {}
    for way, how in rule.stated_by.items():
        match way:
            case "filename":
                found |= _search(way, how, [location.rpartition("/")[2]])
            case "title":
                found |= _search(way, how, titles)
            case "column":
                found |= _greatest(how, rule.kind, tables)
            case "retrieval":
                pass
    notices: tuple[str, ...] = ()
    if not found and "retrieval" in rule.stated_by:
        now = Period.containing(rule.kind, datetime.now(UTC)).label
        found["retrieval"] = now
        notices = (f"the period {now} was taken from the day of retrieval; name another with --period",)
    return _agreed(rule, found), notices


def _agreed(rule: PeriodRule, found: dict[str, str]) -> Period:
    if not found:
        raise SourceError("nothing says which period this is for", remedy="name it with --period")
    periods = {way: Period.parse(rule.kind, label) for way, label in found.items()}
    if len(set(periods.values())) > 1:
        said = ", ".join(f"{way} says {period.label}" for way, period in periods.items())
        raise SourceError(
            f"the period is not certain: {said}", remedy="check that this is the right file for the period"
        )
    period = next(iter(periods.values()))
    if period < Period.parse(rule.kind, rule.first):
        raise UsageError(f"{period.label} is before the first period, {rule.first}", remedy="check the period")
    if period.start > datetime.now(UTC).date():
        raise UsageError(f"{period.label} has not begun yet", remedy="check the period")
    return period


def _search(way: str, pattern: str, texts: list[str]) -> dict[str, str]:
    labels = {m["period"] for text in texts if (m := re.search(pattern, to_ascii(text)))}
    return {way: labels.pop()} if len(labels) == 1 else {}


def _greatest(column: str, kind: PeriodKind, tables: dict[str, Path]) -> dict[str, str]:
    label = "[0-9]{4}-[0-9]{2}" if kind == "month" else "[0-9]{4}"
    for path in tables.values():
        if column in pq.read_schema(path).names:
            values = pq.read_table(path, columns=[column])[column]
            found = {to_ascii(v).strip() for v in pc.unique(values).to_pylist() if v}
            exact = [text for text in found if re.fullmatch(label, text)]
            return {f"column {column}": max(exact)} if exact else {}
    return {}
