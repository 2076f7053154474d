"""New columns and tables from typed ones, as SQL that DuckDB runs with all doors shut.

The expressions of `derive:` see the columns of their table, the other tables and the
reference tables; `source.py` may build further tables from all of them. No file, network or
setting can be reached from there. DuckDB's messages may quote cells: they are never passed
on. Rows come out in the source's order, those of new tables sorted by all their columns, so
that equal data has equal bytes.
"""

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.dataset as pa_dataset
import pyarrow.parquet as pq

from pipelines.dataset_files import DEFINITION, Dataset
from pipelines.errors import DatasetError, InvalidData, Place, StoreError
from pipelines.preparation import look_ups
from pipelines.preparation.look_ups import Outcome
from pipelines.tabular import write_query
from pipelines.thai.places import reference_tables

SOURCE = "source.py"
#: Holds the source's order while columns are derived; the space keeps it from being a name.
ORDER = '"source order"'
#: DuckDB types that may leave: nothing that rounds (a double) or nests.
EXACT = {"varchar", "boolean", "tinyint", "smallint", "integer", "bigint", "hugeint", "decimal", "date"}
REMEDY = "correct it; SQL here sees the tables of its dataset, places.* and data.*"

#: Schema (`places`, `data`) -> table -> rows: what SQL and look-ups see beside the dataset's tables.
Reviewed = dict[str, dict[str, pa.Table]]


@dataclass(frozen=True)
class Derived:
    """The validated tables by name, and for each table what its look-ups came to."""

    tables: dict[str, Path]
    look_ups: dict[str, dict[str, Outcome]]


def derive(dataset: Dataset, period: str, typed: Mapping[str, Path], out: Path) -> Derived:
    """Write every validated table to `out`: the typed ones with their looked-up and derived
    columns, then those of source.py.

    Raises:
        DatasetError: a look-up, an expression or source.py is wrong; named by its key.
        InvalidData: an expression fails on the data.
        StoreError: there is not enough memory and scratch space for it.
    """
    results: dict[str, Path] = {}
    reviewed = {"places": reference_tables(), "data": _look_ups(dataset)}
    with _closed_database(reviewed, typed, out.parent) as database:
        outcomes = {table: _look_up(database, dataset, table, reviewed) for table in typed}
        for table, path in typed.items():
            expressions = dataset.spec.derive.get(table, {})
            results[table] = out / f"{table}.parquet"
            if expressions or outcomes[table]:
                known = [*pq.read_schema(path).names, *outcomes[table]]
                query = _query(database, dataset, table, expressions, known)
                rows = _write(database, query, results[table], _at(dataset, f"derive.{table}"))
                if rows != pq.read_metadata(path).num_rows:
                    raise _wrong(dataset, f"derive.{table}", "an expression changes the number of rows")
            else:
                path.rename(results[table])
            _register(database, table, results[table])
        for table, query in _queries(dataset, period).items():
            if table in results or not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", table):
                raise _wrong(dataset, SOURCE, "a new table needs a name of its own, of letters, digits and _")
            results[table] = out / f"{table}.parquet"
            _write(database, f"FROM (\n{query}\n) ORDER BY ALL", results[table], _at(dataset, f"{SOURCE}: {table}"))
    return Derived(results, outcomes)


def _look_up(
    database: duckdb.DuckDBPyConnection, dataset: Dataset, table: str, reviewed: Reviewed
) -> dict[str, Outcome]:
    known = {f"{schema}.{name}": rows for schema, tables in reviewed.items() for name, rows in tables.items()}
    outcomes = {}
    for column, look_up in dataset.spec.look_ups.get(table, {}).items():
        key = f"look_ups.{table}.{column}"
        if look_up.table not in known:
            raise _wrong(dataset, key, f"there is no look-up table {look_up.table}")
        if column in dataset.spec.source.tables[table].columns:
            raise _wrong(dataset, key, "the source has a column of this name already")
        try:
            outcomes[column] = look_ups.add(database, table, column, look_up, known[look_up.table])
        except DatasetError as error:
            raise _wrong(dataset, key, error.message) from None
    return outcomes


@contextmanager
def _closed_database(
    reviewed: Reviewed, typed: Mapping[str, Path], scratch: Path
) -> Iterator[duckdb.DuckDBPyConnection]:
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": 2,
        "memory_limit": "2GB",
        "temp_directory": str(scratch / "duckdb"),
    }
    with duckdb.connect(config=config) as database:
        for table, path in typed.items():
            _register(database, f"{table} typed", path)
            query = f'SELECT *, row_number() OVER () AS {ORDER} FROM "{table} typed"'  # noqa: S608 - Names only
            database.execute(f'CREATE VIEW "{table}" AS {query}')
        for schema, tables in reviewed.items():
            database.execute(f"CREATE SCHEMA {schema}")
            for name, rows in tables.items():
                database.register("incoming", rows)
                database.execute(f'CREATE TABLE {schema}."{name}" AS FROM incoming')
                database.unregister("incoming")
        database.execute("SET python_enable_replacements = false")
        database.execute("SET enable_external_access = false; SET lock_configuration = true")
        yield database


def _register(database: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    database.execute(f'DROP VIEW IF EXISTS "{table}"')
    database.register(table, pa_dataset.dataset(path))


def _look_ups(dataset: Dataset) -> dict[str, pa.Table]:
    """Return the reviewed look-ups of a dataset, `data/*.csv`; types are declared in the
    SQL that uses them, so every column is text here and an empty cell is null."""
    found = {}
    for name, text in dataset.extras.items():
        if name.startswith("data/"):
            content = text.encode()
            try:
                columns = pa_csv.open_csv(io.BytesIO(content)).schema.names
                options = pa_csv.ConvertOptions(
                    column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=True, null_values=[""]
                )
                found[Path(name).stem] = pa_csv.read_csv(io.BytesIO(content), convert_options=options)
            except pa.ArrowInvalid:
                raise _wrong(dataset, "", "the look-up is no CSV", file=name) from None
    return found


def _query(
    database: duckdb.DuckDBPyConnection, dataset: Dataset, table: str, expressions: Mapping[str, str], known: list[str]
) -> str:
    """Return the query for a table with its new columns, each looked at by itself first."""
    for name, sql in expressions.items():
        key = f"derive.{table}.{name}"
        if name in known:
            raise _wrong(dataset, key, "the source has a column of this name already")
        try:
            database.sql(f'SELECT ({sql}\n) FROM "{table}"')  # noqa: S608 - looked at, not run
        except duckdb.Error:
            raise _wrong(dataset, key, "the SQL cannot be understood or names what it may not use") from None
    columns = "".join(f', ({sql}\n) AS "{name}"' for name, sql in expressions.items())
    return f'SELECT * EXCLUDE ({ORDER}){columns} FROM "{table}" ORDER BY {ORDER}'  # noqa: S608 - reviewed SQL


def _write(database: duckdb.DuckDBPyConnection, query: str, path: Path, place: Place) -> int:
    try:
        found = database.sql(query)
        if inexact := [name for name, kind in zip(found.columns, found.types, strict=True) if kind.id not in EXACT]:
            raise DatasetError(
                f"the column {inexact[0]} is not text, boolean, integer, decimal or date",
                place=place,
                remedy="cast it in the SQL, such as ::DECIMAL(18, 2) for money: floats are not exact",
            )
        return write_query(database, query, path)
    except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException, duckdb.PermissionException):
        raise DatasetError(
            "the SQL cannot be understood or names what it may not use", place=place, remedy=REMEDY
        ) from None
    except (duckdb.OutOfMemoryException, duckdb.IOException):
        raise StoreError(
            "there is not enough memory and scratch space for the SQL", place=place, remedy="free space and run again"
        ) from None
    except (duckdb.Error, pa.ArrowException):
        raise InvalidData(
            "the SQL fails on the data", place=place, remedy="look for a conversion or a division that cannot be done"
        ) from None


def _queries(dataset: Dataset, period: str) -> dict[str, str]:
    """Run source.py, exactly the text that the rules' hash is of."""
    if SOURCE not in dataset.extras:
        return {}
    names: dict[str, object] = {"__name__": "source"}
    try:
        exec(compile(dataset.extras[SOURCE], SOURCE, "exec"), names)  # noqa: S102 - the dataset's own reviewed code
        queries: dict[str, str] = names["derive"](period)  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001 - whatever the dataset's code raises
        raise _wrong(dataset, "", f"it fails with {type(error).__name__}", file=SOURCE) from None
    return queries


def _at(dataset: Dataset, key: str, file: str = DEFINITION) -> Place:
    return Place(dataset=dataset.name, file=f"datasets/{dataset.name}/{file}", column=key or None)


def _wrong(dataset: Dataset, key: str, message: str, file: str = DEFINITION) -> DatasetError:
    return DatasetError(message, place=_at(dataset, key, file), remedy=REMEDY)
