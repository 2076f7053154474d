"""Writes a synthetic register as a file, a SQLite file, or a table of a real PostgreSQL."""

import io
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import sqlalchemy as sa
from psycopg import sql

from pipelines.errors import UnreachableError

_SQL_TYPES = {pa.int64(): "bigint", pa.string(): "text", pa.date32(): "date"}
Batches = Iterable[pa.RecordBatch]


#: Columns that repeat few values; a dictionary of the others would cost time and save nothing.
REPEATING = ("title_th", "first_name_th", "sex_th", "subdistrict_code", "payment_month", "monthly_amount_thb",
             "status_th", "registered_on", "disability_type_code", "changed_at")  # fmt: skip


@dataclass(frozen=True)
class Relation:
    """A table of a database, with its key."""

    name: str
    key: str


def form_of(out: str) -> str:
    """Return the form of an `--out`: `postgresql`, `folder` (no file extension), or `.csv` and the like."""
    return "postgresql" if out.startswith("postgresql") else Path(out).suffix.lower() or "folder"


def write(batches: Batches, schema: pa.Schema, out: str, relation: Relation) -> None:
    """Write batches to `out`: `.csv`, `.parquet`, `.sqlite`, or a `postgresql` address, in which
    the relation is made anew. Memory is that of one batch.

    Raises:
        UnreachableError: the database does not answer.
    """
    match form_of(out):
        case "postgresql":
            _postgresql(batches, schema, out, relation)
        case ".sqlite":
            _sqlite(batches, schema, Path(out), relation)
        case _:
            write_table(batches, schema, Path(out))


def write_table(batches: Batches, schema: pa.Schema, out: Path) -> None:
    """Write batches as `.parquet`, or else as CSV."""
    if out.suffix.lower() == ".parquet":
        repeating = [name for name in REPEATING if name in schema.names]
        with pq.ParquetWriter(out, schema, compression="zstd", use_dictionary=repeating) as writer:
            for batch in batches:
                writer.write_batch(batch)
        return
    with pa_csv.CSVWriter(out, schema) as writer:
        for batch in batches:
            writer.write(batch)


def _sqlite(batches: Batches, schema: pa.Schema, path: Path, relation: Relation) -> None:
    path.unlink(missing_ok=True)
    path.touch()  # which tells why it cannot be written; SQLite does not
    columns = ", ".join(f'"{field.name}" {_SQL_TYPES[field.type]}' for field in schema)
    with sqlite3.connect(path) as database:
        database.execute(f'CREATE TABLE "{relation.name}" ({columns}, PRIMARY KEY ("{relation.key}"))')
        for batch in batches:
            marks = ", ".join("?" * batch.num_columns)
            rows = zip(*(column.cast(pa.string()).to_pylist() for column in batch.columns), strict=True)
            database.executemany(f'INSERT INTO "{relation.name}" VALUES ({marks})', rows)  # noqa: S608 - names of ours
    database.close()


def _postgresql(batches: Batches, schema: pa.Schema, address: str, relation: Relation) -> None:
    plain = sa.make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)
    name = sql.Identifier(relation.name)
    columns = [sql.SQL("{} {}").format(sql.Identifier(f.name), sql.SQL(_SQL_TYPES[f.type])) for f in schema]
    try:
        with psycopg.connect(plain) as connection, connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
            cursor.execute(sql.SQL("CREATE TABLE {} ({})").format(name, sql.SQL(", ").join(columns)))
            with cursor.copy(sql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(name)) as copy:
                for text in _csv_text(batches):
                    copy.write(text)
            cursor.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY ({})").format(name, sql.Identifier(relation.key)))
    except psycopg.OperationalError:
        raise UnreachableError("the database does not answer", remedy="check the address") from None


def _csv_text(batches: Batches) -> Iterator[bytes]:
    for batch in batches:
        out = io.BytesIO()
        pa_csv.write_csv(batch, out, pa_csv.WriteOptions(include_header=False, quoting_style="needed"))
        yield out.getvalue()
