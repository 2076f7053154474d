"""New columns and tables from typed ones, as SQL that DuckDB runs with all doors shut.

The expressions of `derive:` see the columns of their table and the reference tables;
`source.py` may build further tables from all of them. No file, network or setting can be
reached from there. DuckDB's messages may quote cells: they are never passed on.
"""

import importlib.util
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.dataset as pa_dataset
import pyarrow.parquet as pq

from pipelines.dataset_files import Dataset
from pipelines.errors import DatasetError, InvalidData, Place
from pipelines.thai.places import reference_tables

BATCH_ROWS = 100_000


def derive(dataset: Dataset, period: str, typed: Mapping[str, Path], out: Path) -> dict[str, Path]:
    """Write every validated table to `out`: the typed ones with their derived columns, then
    those of source.py. Returns their paths by name.

    Raises:
        DatasetError: an expression is wrong.
        InvalidData: an expression fails on the data.
    """
    with _closed_database(dataset, typed) as database:
        results: dict[str, Path] = {}
        for table in typed:
            columns = "".join(f', {sql} AS "{name}"' for name, sql in dataset.spec.derive.get(table, {}).items())
            query = f'SELECT *{columns} FROM "{table}"'  # noqa: S608 - the dataset's own reviewed SQL
            results[table] = _write(database, query, out / f"{table}.parquet", dataset, f"derive.{table}")
            if columns:
                _register(database, table, results[table])
        module = _source_module(dataset)
        for table, query in (module.derive(period) if module else {}).items():
            ordered = f"SELECT * FROM ({query}) ORDER BY ALL"  # noqa: S608
            results[table] = _write(database, ordered, out / f"{table}.parquet", dataset, f"source.py: {table}")
    return results


@contextmanager
def _closed_database(dataset: Dataset, typed: Mapping[str, Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as database:
        for table, path in typed.items():
            _register(database, table, path)
        for schema, tables in (("places", reference_tables()), ("data", _look_ups(dataset.folder))):
            database.execute(f"CREATE SCHEMA {schema}")
            for name, rows in tables.items():
                database.register("incoming", rows)
                database.execute(f'CREATE TABLE {schema}."{name}" AS FROM incoming')
                database.unregister("incoming")
        database.execute("SET enable_external_access = false; SET lock_configuration = true")
        yield database


def _register(database: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    database.register(table, pa_dataset.dataset(path))


def _look_ups(folder: Path) -> dict[str, pa.Table]:
    """Return the reviewed look-ups of a dataset, `data/*.csv`; types are declared in the
    SQL that uses them, so every column is text here."""
    found = {}
    for path in sorted((folder / "data").glob("*.csv")):
        names = pa_csv.open_csv(path).schema.names
        options = pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True)
        found[path.stem] = pa_csv.read_csv(path, convert_options=options)
    return found


def _write(database: duckdb.DuckDBPyConnection, query: str, path: Path, dataset: Dataset, key: str) -> Path:
    place = Place(dataset=dataset.name, column=key)
    try:
        reader = database.sql(query).to_arrow_reader(BATCH_ROWS)
        with pq.ParquetWriter(path, _plain(reader.schema), compression="zstd") as writer:
            for batch in reader:
                writer.write_batch(batch.cast(_plain(reader.schema)))
    except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException, duckdb.PermissionException):
        raise DatasetError(
            "the SQL names something that does not exist or may not be used", place=place,
            remedy="correct the expression; it sees its table's columns, places.* and data.*",
        ) from None  # fmt: skip
    except (duckdb.Error, pa.ArrowException):
        raise InvalidData(
            "the SQL fails on the data", place=place, remedy="look for a conversion or a division that cannot be done"
        ) from None
    return path


def _plain(schema: pa.Schema) -> pa.Schema:
    """Return the schema without DuckDB's own metadata, so that equal data has equal bytes."""
    return pa.schema([pa.field(field.name, field.type) for field in schema])


def _source_module(dataset: Dataset) -> ModuleType | Any:  # noqa: ANN401 - its one function is a convention
    path = dataset.folder / "source.py"
    if "source.py" not in dataset.extras:
        return None
    spec = importlib.util.spec_from_file_location(f"source_of_{dataset.short_name}", path)
    if spec is None or spec.loader is None:
        raise DatasetError("source.py cannot be loaded", place=Place(dataset=dataset.name), remedy="check the file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
