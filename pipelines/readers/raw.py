"""What readers give: tables of strings with the row numbers of the source."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import pyarrow as pa

from pipelines.fates import Fate

BATCH_ROWS = 20_000

#: A row number and the cells of our columns, None where the source has no such cell.
Row = tuple[int, tuple[str | None, ...]]


@dataclass(frozen=True)
class RawTable:
    """One table as found: `batches` have `source_row` (int64), then `columns` (string)."""

    name: str
    columns: tuple[str, ...]
    batches: Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class Reading:
    """What one file holds."""

    tables: list[RawTable]
    encoding: str | None = None
    titles: list[str] = field(default_factory=list)
    """Text of the rows above the headers."""
    fates: list[Fate] = field(default_factory=list)
    """Of a drop of files what became of each; filled while the rows are taken."""


def table_of(name: str, columns: tuple[str, ...], rows: Iterable[Row]) -> RawTable:
    """Make a table of rows; wholly empty ones are left out."""
    return RawTable(name, columns, _batches(columns, rows))


def is_filled(cells: Iterable[str | None]) -> bool:
    """Say whether a row has anything but blanks."""
    return any(cell and not cell.isspace() for cell in cells)


def schema_of(columns: tuple[str, ...]) -> pa.Schema:
    """Return the Arrow schema of a raw table."""
    return pa.schema([("source_row", pa.int64()), *((name, pa.string()) for name in columns)])


def _batches(columns: tuple[str, ...], rows: Iterable[Row]) -> Iterator[pa.RecordBatch]:
    schema = schema_of(columns)
    filled = (row for row in rows if is_filled(row[1]))
    while some := list(islice(filled, BATCH_ROWS)):
        numbers = pa.array([number for number, _ in some], pa.int64())
        cells = [pa.array([row[position] for _, row in some], pa.string()) for position in range(len(columns))]
        yield pa.RecordBatch.from_arrays([numbers, *cells], schema=schema)
