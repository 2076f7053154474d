"""Which period a delivery is for: said by the caller, the delivery, or both alike - or refused."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.dataset import PeriodRule
from pipelines.errors import SourceError, UsageError
from pipelines.fates import shown_name
from pipelines.periods import Period, PeriodKind
from pipelines.thai.digits import to_ascii
from pipelines.thai.years import OFFSET, day_in_bangkok


@dataclass(frozen=True)
class Stated:
    """What one part of a delivery says beside its tables."""

    location: str
    titles: tuple[str, ...] = ()


def stated_period(
    rule: PeriodRule, said: str | None, parts: Sequence[Stated], tables: Mapping[str, Path]
) -> tuple[Period, tuple[str, ...]]:
    """Return the period of a delivery and what a person should know about how it was found.

    Raises:
        SourceError: two statements differ, one is no period of the dataset's kind, or there is none.
        UsageError: what the caller said is not one of the dataset's kind of period.
    """
    found: dict[str, str] = {"--period": said} if said else {}
    for way, how in rule.stated_by.items():
        match way:
            case "filename":
                found |= _search(way, how, [(part.location.rstrip("/").rpartition("/")[2],) for part in parts])
            case "title":
                found |= _search(way, how, [part.titles for part in parts])
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
    periods = {way: _parsed(rule.kind, way, label) for way, label in found.items()}
    if len(set(periods.values())) > 1:
        said = ", ".join(f"{way} says {period.label}" for way, period in periods.items())
        raise SourceError(
            f"the period is not certain: {said}", remedy="check that this is the right file for the period"
        )
    period = next(iter(periods.values()))
    demand_of_dataset(rule, period)
    return period


def demand_of_dataset(rule: PeriodRule, period: Period) -> None:
    """Raise `UsageError` for a period before the dataset's first, or one that has not begun."""
    if period < Period.parse(rule.kind, rule.first):
        raise UsageError(f"{period.label} is before the first period, {rule.first}", remedy="check the period")
    if period.start > day_in_bangkok(datetime.now(UTC)):
        raise UsageError(f"{period.label} has not begun yet", remedy="check the period")


def _parsed(kind: PeriodKind, way: str, label: str) -> Period:
    """Read a label; one that the delivery has is a fault of the delivery, not of who runs it."""
    try:
        return Period.parse(kind, label)
    except UsageError as error:
        if way == "--period":
            raise
        raise SourceError(
            f"{way} says no period of this dataset: {error.message}", remedy="have it corrected at the source"
        ) from None


def _search(way: str, pattern: str, parts: Sequence[Sequence[str]]) -> dict[str, str]:
    """Return what each part says, by a name of its own; several labels within one are no statement."""
    found = {}
    for number, texts in enumerate(parts, start=1):
        labels = {_label(m["period"]) for text in texts if (m := re.search(pattern, to_ascii(text)))}
        if len(labels) == 1:
            found[way if len(parts) == 1 else f"{way} {number}"] = labels.pop()
    return found


def _label(text: str) -> str:
    """Return a label as ours are: a month of the Buddhist era (2566-10), which no Gregorian one can be,
    as that month."""
    month = re.fullmatch("(2[4-6][0-9]{2})-([0-9]{2})", text)
    return f"{int(month[1]) - OFFSET}-{month[2]}" if month else text


def _greatest(column: str, kind: PeriodKind, tables: Mapping[str, Path]) -> dict[str, str]:
    """Return the greatest label in a column, for each table that has it and rows, and where it stands first."""
    label = "[0-9]{4}-[0-9]{2}" if kind == "month" else "[0-9]{4}"
    found: dict[str, str] = {}
    for table, path in sorted(tables.items()):
        if column in pq.read_schema(path).names:
            values = pc.unique(pq.read_table(path, columns=[column])[column]).to_pylist()
            exact = {v: text for v in values if v and re.fullmatch(label, text := to_ascii(v).strip())}
            if exact:
                greatest = max(exact.values())
                spellings = [v for v, text in exact.items() if text == greatest]
                found[f"column {column} of {table} ({_first(path, column, spellings)})"] = greatest
    return found


def _first(path: Path, column: str, spellings: list[str]) -> str:
    """Say in which row of which file one of the spellings of a value, which is there, stands first."""
    for batch in pq.ParquetFile(path).iter_batches():
        if (position := pc.index(pc.is_in(batch[column], pa.array(spellings)), True).as_py()) >= 0:
            row = batch.slice(position, 1).to_pylist()[0]
            file = f"{shown_name(row['source_file'])}, " if "source_file" in row else ""
            return f"{file}row {row['source_row']:,}"
    raise ValueError(column)
