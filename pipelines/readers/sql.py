"""Reads what a database gave: pieces of text, numbered through in the order of the key."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.delivery import Delivery
from pipelines.errors import Place
from pipelines.readers.raw import BATCH_ROWS, RawTable, Reading, schema_of
from pipelines.source_spec import SqlSource
from pipelines.thai.encoding import demand_sound_column


def read(delivery: Delivery, source: SqlSource) -> Reading:
    """Read every relation that was brought; memory is that of one batch."""
    return Reading([
        RawTable(name, tuple(table.columns), _batches(name, tuple(table.columns), delivery.pieces[name]))
        for name, table in source.tables.items()
    ])  # fmt: skip


def _batches(table: str, columns: tuple[str, ...], pieces: tuple[Path, ...]) -> Iterator[pa.RecordBatch]:
    done = 0
    for path in pieces:
        for batch in pq.ParquetFile(path).iter_batches(BATCH_ROWS):
            for column in columns:
                demand_sound_column(batch.column(column), Place(table=table, row=done + 1, column=column))
            numbers = pa.array(range(done + 1, done + 1 + batch.num_rows), pa.int64())
            cells = [batch.column(column) for column in columns]
            yield pa.RecordBatch.from_arrays([numbers, *cells], schema=schema_of(columns))
            done += batch.num_rows
