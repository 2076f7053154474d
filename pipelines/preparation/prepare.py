"""Prepares a raw table for typing: corrected, tidied, its subtotals added up and left out.

A drop of many files is prepared file by file: what refuses one file leaves the others, and the
refused one is named.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.dataset_files import Dataset
from pipelines.errors import InvalidData, ReconciliationError
from pipelines.fates import Fate
from pipelines.preparation.corrections import Cell, Discrepancy, corrected
from pipelines.preparation.subtotals import Reconciliation
from pipelines.preparation.tidying import Counts, tidied
from pipelines.tabular import write_parquet

BATCH_ROWS = 20_000


@dataclass
class Prepared:
    """A table of strings ready to be typed, and what was done to it."""

    path: Path
    quality: dict[str, Any]
    files: "Files | None" = None
    """Of a drop: which rows are of which file."""


@dataclass
class Files:
    """The files of a drop in a prepared table, whose `source_row` runs through all of them."""

    table: str
    refused: list[Fate] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    rows: list[pa.Array] = field(default_factory=list)
    """For each name the rows as the file shows them."""

    def place_of(self, running: int) -> tuple[str, int]:
        """Return file and row of a row of the table, counted from 1."""
        for name, rows in zip(self.names, self.rows, strict=True):
            if running <= len(rows):
                return name, rows[running - 1].as_py()
            running -= len(rows)
        raise IndexError(running)


@dataclass
class Work:
    """What is to be done to the rows of one table, and what it came to."""

    dataset: Dataset
    table: str
    entries: tuple[Cell | Discrepancy, ...] = ()
    """Corrections in force, of any table."""
    by_file: bool = False
    """Whether what refuses one file of a drop leaves the others."""
    counts: Counts = field(default_factory=Counts)
    subtotals: dict[str, Any] = field(default_factory=lambda: {"exact": 0, "rounding": 0, "acknowledged": []})

    def tidied(self, batches: Iterable[pa.RecordBatch], counts: Counts) -> Iterator[pa.RecordBatch]:
        schema, spec = self.dataset.source_schemas[self.table], self.dataset.spec.source.tables[self.table]
        return tidied(batches, schema, self.table, spec, counts)

    def reconciliation(self) -> Reconciliation:
        columns = self.dataset.spec.privacy.columns
        return Reconciliation(
            self.table,
            self.dataset.spec.source.tables[self.table].subtotals,
            self.dataset.source_schemas[self.table],
            frozenset(name for name, column in columns.items() if column.cls == "open"),
            [entry for entry in self.entries if isinstance(entry, Discrepancy) and entry.table == self.table],
        )

    def add(self, counts: Counts, reconciliation: Reconciliation) -> None:
        self.counts.changed.update(counts.changed)
        self.counts.assumed_days.update(counts.assumed_days)
        found = reconciliation.as_dict()
        self.subtotals = {name: self.subtotals[name] + found[name] for name in self.subtotals}


def prepare(work: Work, strings: Path, out: Path, on_rows: Callable[[int, int], None]) -> Prepared:
    """Correct, tidy and reconcile a raw table into another table of strings.

    Raises:
        InvalidData, ReconciliationError: the data is wrong (of a drop by file: of every file).
    """
    file = pq.ParquetFile(strings)
    cells = [entry for entry in work.entries if isinstance(entry, Cell) and entry.table == work.table]
    batches = corrected(_counted(file, on_rows), cells, work.table)
    files = Files(work.table) if work.by_file else None
    rows = _whole(batches, work) if files is None else _file_by_file(batches, work, files)
    write_parquet(rows, file.schema_arrow, out)
    quality = {
        "rows_read": file.metadata.num_rows,
        "subtotals": work.subtotals,
        **work.counts.as_dict(),
        "corrections": [{"reason": entry.reason.model_dump(), "count": entry.count} for entry in cells],
    }
    return Prepared(out, quality, files)


def _whole(batches: Iterable[pa.RecordBatch], work: Work) -> Iterator[pa.RecordBatch]:
    counts, reconciliation = Counts(), work.reconciliation()
    yield from reconciliation.data_rows(work.tidied(batches, counts))
    work.add(counts, reconciliation)


def _file_by_file(batches: Iterable[pa.RecordBatch], work: Work, files: Files) -> Iterator[pa.RecordBatch]:
    """Give the rows of the files that are right, numbered through; the others are refused."""
    done = 0
    for name, rows in _files_in(batches):
        counts, reconciliation = Counts(), work.reconciliation()
        try:
            kept = pa.Table.from_batches(reconciliation.data_rows(work.tidied(rows, counts)), rows[0].schema)
        except (InvalidData, ReconciliationError) as error:
            files.refused.append(Fate.refused(name, "validate", error))
            continue
        work.add(counts, reconciliation)
        files.names.append(name)
        files.rows.append(kept["source_row"].combine_chunks())
        numbers = pa.array(range(done + 1, done + 1 + kept.num_rows), pa.int64())
        done += kept.num_rows
        yield from kept.set_column(0, "source_row", numbers).to_batches()


def _files_in(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[str, list[pa.RecordBatch]]]:
    """Give file after file with its rows; those of one file stand together."""
    name: str | None = None
    held: list[pa.RecordBatch] = []
    for batch in batches:
        names = batch.column("source_file")
        runs = pc.run_end_encode(names)
        start = 0
        for end, value in zip(runs.run_ends.to_pylist(), runs.values.to_pylist(), strict=True):
            if value != name and held:
                yield str(name), held
                held = []
            name = value
            held.append(batch.slice(start, end - start))
            start = end
    if held:
        yield str(name), held


def _counted(file: pq.ParquetFile, on_rows: Callable[[int, int], None]) -> Iterator[pa.RecordBatch]:
    done = 0
    for batch in file.iter_batches(BATCH_ROWS):
        yield batch
        done += batch.num_rows
        on_rows(done, file.metadata.num_rows)
