"""Validate: a snapshot -> typed tables exactly as the schemas say, or a refusal.

Corrections and tidying come first, subtotals are added up and left out, then the engine
types every row; derived columns and assertions come last. Nothing is written unless all of
it holds.
"""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import quarantine
from pipelines.dataset_files import Dataset
from pipelines.errors import DatasetError, InvalidData, OpendataError, Place
from pipelines.preparation import assertions
from pipelines.preparation.corrections import Cell, Discrepancy, corrections_of
from pipelines.preparation.derive import derive
from pipelines.preparation.subtotals import NumberedRow, Reconciliation, reconcile
from pipelines.preparation.tidying import corrected, tidied
from pipelines.progress import Progress, silent
from pipelines.receipts import Receipt, StageResult, new_receipt
from pipelines.stages import rules_sha256
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
        rules = rules_sha256(dataset, "validate")
        current = ws.receipts.current(dataset.name, period, "validate")
        if current and current.previous == raw.id and current.is_for(raw.id, rules) and ws.receipts.intact(current):
            return StageResult(current, written=False, seconds=time.monotonic() - began)
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
        typed, quality = {}, {}
        for table in dataset.spec.source.tables:
            with ws.store.local(raw.files[f"{table}.parquet"].path) as strings:
                prepared = folder / f"{table}.prepared"
                quality[table] = _prepare(dataset, table, strings, prepared, entries, on_progress)
            typed[table] = folder / f"{table}.typed"
            report = make_typed(prepared, dataset.source_schemas[table], typed[table])
            on_progress(f"validating {table}", report.rows, report.rows)
            if not report.valid:
                raise BrokenRows(report, table)
            quality[table]["engine"] = report.engine
        built = folder / "built"
        built.mkdir()
        rows: dict[str, int] = {}
        for table, path in derive(dataset, period, typed, built).items():
            rows[path.name] = _demand_sound(dataset, table, path, quality.setdefault(table, {}))
        files = ws.store.adopt(built, f"snapshots/valid/{dataset.name}/{period}")
        details = {"quality": {"tables": quality}}
        return ws.receipts.write(
            new_receipt(
                dataset, period, "validate", previous=raw, input_sha256=raw.id, files=files, rows=rows, details=details
            )
        )


def _demand_sound(dataset: Dataset, table: str, path: Path, quality: dict[str, Any]) -> int:
    """Check a validated table as a whole; returns its rows."""
    columns = pq.read_schema(path).names
    if unclassed := [column for column in columns if column not in dataset.spec.privacy.columns]:
        raise DatasetError(
            "a column has no privacy class", place=Place(table=table, column=unclassed[0]),
            remedy="class it under privacy.columns: publication is opt-in, column by column",
        )  # fmt: skip
    rows: int = pq.read_metadata(path).num_rows
    fill = assertions.fill_rates(path)
    assertions.demand(table, rows, fill, dataset.spec.assertions)
    quality |= {"rows": rows, "fill": {column: f"{share:.4f}" for column, share in fill.items()}}
    return rows


def _prepare(
    dataset: Dataset,
    table: str,
    strings: Path,
    out: Path,
    entries: tuple[Cell | Discrepancy, ...],
    on_progress: Progress,
) -> dict[str, Any]:
    """Correct, tidy and reconcile a raw table into another table of strings."""
    spec = dataset.spec.source.tables[table]
    changed: Counter[str] = Counter()
    cells = [entry for entry in entries if isinstance(entry, Cell) and entry.table == table]
    known = {(e.row, e.column): e for e in entries if isinstance(e, Discrepancy) and e.table == table}
    result = Reconciliation(known)
    file = pq.ParquetFile(strings)
    rows = tidied(corrected(_rows(file, table, on_progress), cells, table), dataset.source_schemas[table], changed)
    for subtotals in spec.subtotals:
        rows = reconcile(rows, subtotals, table, result)
    _write(rows, file.schema_arrow, out)
    if known:
        row, column = next(iter(known))
        raise InvalidData(
            "an acknowledged discrepancy was not met", place=Place(table=table, row=row, column=column),
            remedy="the source has changed: remove or renew the entry in corrections.yaml",
        )  # fmt: skip
    return {
        "rows_read": file.metadata.num_rows,
        "subtotals": result.as_dict(),
        "tidied": {column: count for column, count in changed.items() if count},
        "corrections": [{"reason": entry.reason.model_dump(), "count": entry.count} for entry in cells],
    }


def _rows(file: pq.ParquetFile, table: str, on_progress: Progress) -> Iterator[NumberedRow]:
    done = 0
    for batch in file.iter_batches(BATCH_ROWS):
        for row in batch.to_pylist():
            yield row.pop("source_row"), row
        done += batch.num_rows
        on_progress(f"preparing {table}", done, file.metadata.num_rows)


def _write(rows: Iterator[NumberedRow], schema: pa.Schema, out: Path) -> None:
    with pq.ParquetWriter(out, schema) as writer:
        batch: list[dict[str, Any]] = []
        for number, row in rows:
            batch.append({"source_row": number, **row})
            if len(batch) == BATCH_ROWS:
                writer.write_batch(pa.RecordBatch.from_pylist(batch, schema))
                batch = []
        writer.write_batch(pa.RecordBatch.from_pylist(batch, schema))
