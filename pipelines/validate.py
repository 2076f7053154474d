"""Validate: a snapshot -> typed tables exactly as the schemas say, or a refusal.

Corrections and tidying come first, subtotals are added up and left out, then the engine
types every row; derived columns and assertions come last. Nothing is written unless all of
it holds.
"""

import time
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines import quarantine
from pipelines.dataset_files import Dataset
from pipelines.errors import DatasetError, InvalidData, OpendataError, Place
from pipelines.fates import Fate
from pipelines.preparation import assertions, look_ups
from pipelines.preparation.corrections import CORRECT, corrections_of
from pipelines.preparation.derive import derive
from pipelines.preparation.drop import settle, take_out
from pipelines.preparation.look_ups import Outcome, private_listing
from pipelines.preparation.prepare import Prepared, Work, prepare
from pipelines.progress import Progress, silent
from pipelines.receipts import Receipt, StageResult, new_receipt
from pipelines.validation import Report, make_typed, remedy_for
from pipelines.workspace import Workspace


def validate(ws: Workspace, dataset: Dataset, period: str, *, on_progress: Progress = silent) -> StageResult:
    """Validate the current snapshot and leave the receipt.

    Raises:
        ReceiptError: there is no proof of an extract of this period under today's rules.
        InvalidData, ReconciliationError: the data is wrong; DatasetError: the rules are.
    """
    began = time.monotonic()
    with ws.store.lock(f"{dataset.name}/{period}"):
        raw = ws.receipts.demand(dataset, period, "extract")
        if done := ws.receipts.done(dataset, period, "validate", raw.id):
            return StageResult(done, written=False, seconds=time.monotonic() - began)
        try:
            receipt = _validated(ws, dataset, period, raw, on_progress)
        except OpendataError as error:
            error.at(dataset=dataset.name, period=period)
            report = error.report.as_dict() if isinstance(error, BrokenRows) else {}
            quarantine.record(ws, dataset.name, period, "validate", error, report=report)
            raise
        return StageResult(receipt, written=True, seconds=time.monotonic() - began)


class BrokenRows(InvalidData):
    """Rows break the schema; the whole report is kept with the refusal."""

    def __init__(self, report: Report, table: str) -> None:
        first = report.errors[0]
        more = f" (and {report.error_count - 1:,} more errors)" if report.error_count > 1 else ""
        super().__init__(
            f"{first.said}{more}",
            place=Place(table=table, row=first.row, column=first.field),
            remedy=remedy_for(first.rule, CORRECT),
        )
        self.report = report


def _validated(ws: Workspace, dataset: Dataset, period: str, raw: Receipt, on_progress: Progress) -> Receipt:
    with ws.store.scratch() as folder:
        typed = {table: folder / f"{table}.typed" for table in dataset.spec.source.tables}
        quality, files = _all_typed(ws, dataset, raw, typed, on_progress)
        built = folder / "built"
        built.mkdir()
        derived = derive(dataset, period, typed, built)
        _demand_looked_up(ws, dataset, period, derived.look_ups, quality)
        rows = _demand_sound(dataset, derived.tables, quality, _absent(dataset, raw))
        stored = ws.store.adopt(built, f"snapshots/valid/{dataset.name}/{period}")
        details = {"quality": {"tables": quality} | ({"files": files} if files else {})}
        return ws.receipts.write(
            new_receipt(
                dataset, period, "validate", previous=raw, input_sha256=raw.id, files=stored, rows=rows, details=details
            )
        )


def _all_typed(
    ws: Workspace, dataset: Dataset, raw: Receipt, typed: dict[str, Path], on_progress: Progress
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Prepare and type every source table; returns what was done to each, and of each part that is a
    drop of files which are not in its tables."""
    entries = corrections_of(dataset, raw.period)
    quality: dict[str, dict[str, Any]] = {}
    files: dict[str, dict[str, Any]] = dict(raw.details.get("files", {}))
    for part, source in dataset.spec.source.parts.items():
        refused: list[Fate] = []
        for table in source.tables:
            work = Work(dataset, table, entries, by_file=part in files)
            with ws.store.local(raw.files[f"{table}.parquet"].path) as strings:
                preparing = partial(on_progress, f"preparing {table}")
                prepared = prepare(work, strings, typed[table].with_suffix(".prepared"), preparing)
            quality[table] = prepared.quality
            quality[table]["engine"] = _typed(dataset, table, prepared, typed[table], on_progress)
            refused += prepared.files.refused if prepared.files else []
        if part in files:
            files[part] = settle(files[part], refused, source, [typed[table] for table in source.tables])
    return quality, files


def _typed(dataset: Dataset, table: str, prepared: Prepared, out: Path, on_progress: Progress) -> str:
    """Type a prepared table; returns the name of the engine that did. Of a drop the files that
    break the schema are taken out, and the rest is typed again."""
    schema = dataset.source_schemas[table]
    while True:
        total = pq.read_metadata(prepared.path).num_rows
        validating = partial(on_progress, f"validating {table}")
        try:
            report = make_typed(prepared.path, schema, out, on_rows=lambda done: validating(done, total))  # noqa: B023
        except OpendataError as error:
            raise error.at(table=table) from None
        if report.valid:
            return report.engine
        if prepared.files is None:
            raise BrokenRows(report, table)
        take_out(prepared, report.errors)


def _demand_looked_up(
    ws: Workspace,
    dataset: Dataset,
    period: str,
    outcomes: dict[str, dict[str, Outcome]],
    quality: dict[str, dict[str, Any]],
) -> None:
    """Keep the values that look-ups missed where only the maintainer reads, then ask the bounds."""
    for table, columns in outcomes.items():
        for column, outcome in columns.items():
            listing = private_listing(outcome) if outcome.missed else None
            quarantine.keep(ws, dataset.name, period, f"misses-{table}-{column}.csv", listing)
        quality[table]["look_ups"] = {column: outcome.as_dict() for column, outcome in columns.items()}
    for table, columns in outcomes.items():
        look_ups.demand_known(table, columns, dataset.spec.assertions)


def _absent(dataset: Dataset, raw: Receipt) -> set[str]:
    """Return the tables of the parts of the source that were not read."""
    parts = dataset.spec.source.parts
    return {table for name in raw.details["origin"].get("absent", ()) for table in parts[name].tables}


def _demand_sound(
    dataset: Dataset, tables: dict[str, Path], quality: dict[str, dict[str, Any]], absent: set[str]
) -> dict[str, int]:
    """Check the validated tables as wholes, but those `absent`; returns their rows by file name."""
    columns = {table: pq.read_schema(path).names for table, path in tables.items()}
    for table, names in columns.items():
        if unclassed := [column for column in names if column not in dataset.spec.privacy.columns]:
            raise DatasetError(
                "a column has no privacy class", place=Place(table=table, column=unclassed[0]),
                remedy="class it under privacy.columns: publication is opt-in, column by column",
            )  # fmt: skip
    assertions.demand_known(columns, dataset.spec.assertions)
    assertions.demand_disjoint(tables, dataset.spec.assertions)
    rows: dict[str, int] = {}
    for table, path in tables.items():
        count = rows[path.name] = pq.read_metadata(path).num_rows
        filled = assertions.filled_cells(path)
        if table not in absent:
            assertions.demand(table, count, filled, dataset.spec.assertions)
        fill = {column: f"{cells / count if count else 1:.4f}" for column, cells in filled.items()}
        quality.setdefault(table, {}).update(rows=count, fill=fill)
    return rows
