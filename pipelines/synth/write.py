"""Writes a synthetic register as a file, a SQLite file, or a table of a real PostgreSQL."""

import csv
import io
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import sqlalchemy as sa
from psycopg import sql

from pipelines.errors import UnreachableError, UsageError
from pipelines.synth.welfare import SCHEMA, Truth

_SQL_TYPES = {pa.int64(): "bigint", pa.string(): "text", pa.date32(): "date"}
Batches = Iterable[pa.RecordBatch]


def write(batches: Batches, out: str, relation: str, key: str) -> None:
    """Write batches to `out`: `.csv`, `.parquet`, `.sqlite`, or a `postgresql` address, in which
    the relation is made anew. Memory is that of one batch.

    Raises:
        UsageError: it is none of these. UnreachableError: the database does not answer.
    """
    if out.startswith("postgresql"):
        _postgresql(batches, out, relation, key)
        return
    path = Path(out)
    match path.suffix:
        case ".csv":
            with pa_csv.CSVWriter(path, SCHEMA) as writer:
                for batch in batches:
                    writer.write(batch)
        case ".parquet":
            with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
                for batch in batches:
                    writer.write_batch(batch)
        case ".sqlite":
            _sqlite(batches, path, relation, key)
        case _:
            raise UsageError("--out is no form that can be written", remedy="use .csv, .parquet, .sqlite or a database")


def write_truth(truth: Truth, out: Path) -> None:
    """Write what the register's figures must come to, sorted."""
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["district_code", "sex_th", "monthly_amount_thb", "recipient_count"])
        writer.writerows((*cell, count) for cell, count in sorted(truth.items()))


def _sqlite(batches: Batches, path: Path, relation: str, key: str) -> None:
    path.unlink(missing_ok=True)
    columns = ", ".join(f'"{field.name}" {_SQL_TYPES[field.type]}' for field in SCHEMA)
    with sqlite3.connect(path) as database:
        database.execute(f'CREATE TABLE "{relation}" ({columns}, PRIMARY KEY ("{key}"))')
        for batch in batches:
            marks = ", ".join("?" * batch.num_columns)
            rows = zip(*(column.cast(pa.string()).to_pylist() for column in batch.columns), strict=True)
            database.executemany(f'INSERT INTO "{relation}" VALUES ({marks})', rows)  # noqa: S608 - names of ours
    database.close()


def _postgresql(batches: Batches, address: str, relation: str, key: str) -> None:
    plain = sa.make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)
    name = sql.Identifier(relation)
    columns = [sql.SQL("{} {}").format(sql.Identifier(f.name), sql.SQL(_SQL_TYPES[f.type])) for f in SCHEMA]
    try:
        with psycopg.connect(plain) as connection, connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
            cursor.execute(sql.SQL("CREATE TABLE {} ({})").format(name, sql.SQL(", ").join(columns)))
            with cursor.copy(sql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(name)) as copy:
                for text in _csv_text(batches):
                    copy.write(text)
            cursor.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY ({})").format(name, sql.Identifier(key)))
    except psycopg.OperationalError:
        raise UnreachableError("the database does not answer", remedy="check the address") from None


def _csv_text(batches: Batches) -> Iterator[bytes]:
    for batch in batches:
        out = io.BytesIO()
        pa_csv.write_csv(batch, out, pa_csv.WriteOptions(include_header=False, quoting_style="needed"))
        yield out.getvalue()
