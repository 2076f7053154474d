"""Validate: a snapshot -> typed tables exactly as the schemas say, or a refusal.

Corrections and tidying come first, subtotals are added up and left out, then the engine
types every row; derived columns and assertions come last. Nothing is written unless all of
it holds.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import quarantine
from pipelines.dataset_files import Dataset
from pipelines.errors import DatasetError, InvalidData, OpendataError, Place
from pipelines.preparation import assertions, look_ups
from pipelines.preparation.corrections import Cell, Discrepancy, corrected, corrections_of
from pipelines.preparation.derive import derive
from pipelines.preparation.look_ups import Outcome, private_listing
from pipelines.preparation.subtotals import Reconciliation
from pipelines.preparation.tidying import Counts, tidied
from pipelines.progress import Progress, silent
from pipelines.receipts import Receipt, StageResult, new_receipt
from pipelines.tabular import write_parquet
from pipelines.validation import Report, make_typed
from pipelines.workspace import Workspace

BATCH_ROWS = 20_000


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
            f"{first.type}: breaks {first.rule!r}{more}",
            place=Place(table=table, row=first.row, column=first.field),
            remedy="have it corrected at the source, or correct it by a reviewed entry in corrections.yaml",
        )
        self.report = report


def _validated(ws: Workspace, dataset: Dataset, period: str, raw: Receipt, on_progress: Progress) -> Receipt:
    entries = corrections_of(dataset, period)
    with ws.store.scratch() as folder:
        typed: dict[str, Path] = {}
        quality: dict[str, dict[str, Any]] = {}
        for table in dataset.spec.source.tables:
            with ws.store.local(raw.files[f"{table}.parquet"].path) as strings:
                prepared = folder / f"{table}.prepared"
                quality[table] = _prepare(dataset, table, strings, prepared, entries, on_progress)
            typed[table] = folder / f"{table}.typed"
            quality[table]["engine"] = _typed(dataset, table, prepared, typed[table], on_progress)
        built = folder / "built"
        built.mkdir()
        derived = derive(dataset, period, typed, built)
        _demand_looked_up(ws, dataset, period, derived.look_ups, quality)
        rows = _demand_sound(dataset, derived.tables, quality)
        files = ws.store.adopt(built, f"snapshots/valid/{dataset.name}/{period}")
        details = {"quality": {"tables": quality}}
        return ws.receipts.write(
            new_receipt(
                dataset, period, "validate", previous=raw, input_sha256=raw.id, files=files, rows=rows, details=details
            )
        )


def _prepare(
    dataset: Dataset,
    table: str,
    strings: Path,
    out: Path,
    entries: tuple[Cell | Discrepancy, ...],
    on_progress: Progress,
) -> dict[str, Any]:
    """Correct, tidy and reconcile a raw table into another table of strings."""
    schema = dataset.source_schemas[table]
    cells = [entry for entry in entries if isinstance(entry, Cell) and entry.table == table]
    reconciliation = Reconciliation(
        table,
        dataset.spec.source.tables[table].subtotals,
        schema,
        frozenset(name for name, column in dataset.spec.privacy.columns.items() if column.cls == "open"),
        [entry for entry in entries if isinstance(entry, Discrepancy) and entry.table == table],
    )
    counts = Counts()
    file = pq.ParquetFile(strings)
    batches = corrected(_batches(file, f"preparing {table}", on_progress), cells, table)
    batches = tidied(batches, schema, table, dataset.spec.source.tables[table], counts)
    write_parquet(reconciliation.data_rows(batches), file.schema_arrow, out)
    return {
        "rows_read": file.metadata.num_rows,
        "subtotals": reconciliation.as_dict(),
        **counts.as_dict(),
        "corrections": [{"reason": entry.reason.model_dump(), "count": entry.count} for entry in cells],
    }


def _batches(file: pq.ParquetFile, what: str, on_progress: Progress) -> Iterator[pa.RecordBatch]:
    done = 0
    for batch in file.iter_batches(BATCH_ROWS):
        yield batch
        done += batch.num_rows
        on_progress(what, done, file.metadata.num_rows)


def _typed(dataset: Dataset, table: str, prepared: Path, out: Path, on_progress: Progress) -> str:
    """Type a prepared table; returns the name of the engine that did."""
    total = pq.read_metadata(prepared).num_rows
    try:
        report = make_typed(
            prepared,
            dataset.source_schemas[table],
            out,
            on_rows=lambda done: on_progress(f"validating {table}", done, total),
        )
    except OpendataError as error:
        raise error.at(table=table) from None
    if not report.valid:
        raise BrokenRows(report, table)
    return report.engine


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


def _demand_sound(dataset: Dataset, tables: dict[str, Path], quality: dict[str, dict[str, Any]]) -> dict[str, int]:
    """Check the validated tables as wholes; returns their rows by file name."""
    columns = {table: pq.read_schema(path).names for table, path in tables.items()}
    for table, names in columns.items():
        if unclassed := [column for column in names if column not in dataset.spec.privacy.columns]:
            raise DatasetError(
                "a column has no privacy class", place=Place(table=table, column=unclassed[0]),
                remedy="class it under privacy.columns: publication is opt-in, column by column",
            )  # fmt: skip
    assertions.demand_known(columns, dataset.spec.assertions)
    rows: dict[str, int] = {}
    for table, path in tables.items():
        count = rows[path.name] = pq.read_metadata(path).num_rows
        filled = assertions.filled_cells(path)
        assertions.demand(table, count, filled, dataset.spec.assertions)
        fill = {column: f"{cells / count if count else 1:.4f}" for column, cells in filled.items()}
        quality.setdefault(table, {}).update(rows=count, fill=fill)
    return rows
