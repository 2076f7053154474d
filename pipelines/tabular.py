"""Tables on disk as the public gets them: one CSV form, one Parquet form, equal bytes for
equal data.

CSV: UTF-8 with BOM (spreadsheets show Thai), RFC 4180, CRLF, ISO dates, `.` decimals, no
thousands separators, empty for nothing. A text cell that a spreadsheet would run as a
formula gets an apostrophe in front.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

BATCH_ROWS = 50_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_query(database: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """Write a query's result as Parquet, streamed; returns its rows. Sums of 128-bit
    integers become decimals without fraction, then int64 where they fit a count."""
    reader = database.sql(query).to_arrow_reader(BATCH_ROWS)
    return write_parquet(reader, pa.schema([pa.field(f.name, f.type) for f in reader.schema]), path)


def write_parquet(batches: Iterable[pa.RecordBatch], schema: pa.Schema, path: Path) -> int:
    """Write batches as Parquet; returns the number of rows."""
    rows = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for group in _row_groups(batches, schema):
            writer.write_table(group)
            rows += group.num_rows
    return rows


def _row_groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """Cut batches anew: a query's come in sizes that depend on its threads, bytes must not."""
    held = schema.empty_table()
    for batch in batches:
        held = pa.concat_tables([held, pa.table(batch.cast(schema))])
        while held.num_rows >= BATCH_ROWS:
            yield held.slice(0, BATCH_ROWS).combine_chunks()
            held = held.slice(BATCH_ROWS)
    if held.num_rows:
        yield held.combine_chunks()


def write_csv(parquet: Path, path: Path) -> int:
    """Write a Parquet table as the public CSV; returns the number of rows."""
    file = pq.ParquetFile(parquet)
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(file.schema_arrow.names)
        for batch in file.iter_batches(BATCH_ROWS):
            columns = [list(map(cell, column.to_pylist())) for column in batch.columns]
            writer.writerows(zip(*columns, strict=True))
    rows: int = file.metadata.num_rows
    return rows


def cell(value: Any) -> str:  # noqa: ANN401 - any value an Arrow column holds
    """Return a value as it stands in the public CSV."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case str():
            return f"'{value}" if value.startswith(FORMULA) else value
    return str(value)


def json_bytes(value: Any) -> bytes:  # noqa: ANN401 - anything JSON holds
    """Return JSON that people can read and that is the same for the same value."""
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n").encode()
