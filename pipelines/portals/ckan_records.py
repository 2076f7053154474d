"""Rows of Arrow as the records that CKAN takes: exactly.

A decimal goes as a text, so that PostgreSQL keeps its digits and its scale; a date as ISO text. Rows on
their way have two columns that are not the table's own: `_id`, CKAN's number of the row whose place
they take, and `_row`, their place in the file from 0, to name a row that is refused.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.errors import Place, PortalError

ID, ROW = "_id", "_row"
BATCH_ROWS = 2_000


def batches_of(parquet: Path) -> Iterator[pa.RecordBatch]:
    """Give the rows of a Parquet file, each with its place there."""
    start = 0
    for batch in pq.ParquetFile(parquet).iter_batches(BATCH_ROWS):
        numbers = pa.array(range(start, start + batch.num_rows), pa.int64())
        yield batch.append_column(ROW, numbers)
        start += batch.num_rows


def records_of(rows: pa.Table) -> list[dict[str, Any]]:
    """Return rows as CKAN takes them; a row without an `_id` is found by its key."""
    names = [name for name in rows.column_names if name != ROW]
    columns = [_sendable(rows[name]).to_pylist() for name in names]
    records = [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]
    if ID in names:
        for record in records:
            if record[ID] is None:
                del record[ID]
    return records


def with_ids(rows: pa.Table) -> pa.Table:
    """Return the rows that take the place of one that is there."""
    return rows.filter(pc.is_valid(rows[ID]))


def refuse_nul(rows: pa.Table, file: str) -> None:
    """Refuse texts with a NUL character: PostgreSQL takes none, and CKAN answers as if it were broken.

    Raises:
        PortalError: there is one; says the row and the column.
    """
    for name in rows.column_names:
        if pa.types.is_string(rows[name].type):
            has = pc.match_substring(rows[name], "\0")
            if pc.any(has).as_py():
                raise PortalError(
                    "the text holds a NUL character, which a portal's table cannot",
                    place=Place(file=file, row=place_of(rows, pc.index(has, value=True).as_py()), column=name),
                    remedy="take it out where the source is read",
                )


def place_of(rows: pa.Table, number: int) -> int:
    """Return the number of a row in its file, from 1."""
    return int(rows[ROW][number].as_py()) + 1


def _sendable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.string()) if pa.types.is_decimal(column.type) or pa.types.is_date(column.type) else column
