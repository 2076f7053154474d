"""Records of the cells that a table of statistics shows (`shown_by`): one for each person in them.

They are written from the table as it is published and from nothing else, so that nothing can be
worked out from them that cannot be from the table. Which cells are shown is decided in `statistics`.

Guarantees: no record is of a hidden cell or of a total; the records that look alike are at least k and
meet l and alpha. Where the sensitive values of a group that is shown are too few or too much alike,
its records stay out: that it is so can be read in the table too.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.dataset_files import Dataset
from pipelines.disclosure.cells import TOTAL
from pipelines.disclosure.persons import UNIT
from pipelines.disclosure.report import TablePrivacy
from pipelines.errors import DatasetError, Place, PrivacyError
from pipelines.table_spec import NUMBER, Microdata, Statistics
from pipelines.tabular import BATCH_ROWS, write_parquet


def make(database: duckdb.DuckDBPyConnection, dataset: Dataset, name: str, out: Path) -> TablePrivacy:
    """Write the records that the table `shown_by`, made beside `out`, shows; raises as `protect` does."""
    table = dataset.spec.tables[name]
    if not isinstance(table, Microdata) or not table.shown_by:
        raise TypeError(name)
    for message, remedy in faults(dataset, table):
        raise DatasetError(message, place=Place(column="shown_by"), remedy=remedy)
    _demand_one_record_each(database, dataset, table)
    database.execute(f'CREATE OR REPLACE TEMP TABLE "made_{name}" AS {_shown(dataset, table, out.parent)}')
    ((shown,),) = database.sql(f'SELECT count(*) FROM "made_{name}"').fetchall()  # noqa: S608 - names of the checked definition
    for column in _of_class(dataset, table, "sensitive"):
        _take_out_uniform(database, dataset, name, column)
    smallest = _demand_large(database, dataset, name)
    columns = ", ".join(f'"{column}"' for column in table.columns if column != NUMBER)
    cells = database.sql(f'SELECT {columns}, persons FROM "made_{name}" ORDER BY ALL').to_arrow_table()  # noqa: S608
    schema = pa.schema([_field(cells, column) for column in table.columns])
    rows = write_parquet(_records(cells, schema), schema, out)
    return TablePrivacy(
        "microdata",
        rows,
        protected=True,
        smallest_group=smallest,
        shown_by=table.shown_by,
        too_uniform=shown - cells.num_rows,
    )


def faults(dataset: Dataset, table: Microdata) -> Iterator[tuple[str, str]]:
    """Give what is wrong with a table `shown_by` another, each with the remedy."""
    by = dataset.spec.tables.get(table.shown_by or "")
    if not isinstance(by, Statistics):
        yield f"there is no table of statistics {table.shown_by}", "name one of `tables`"
        return
    if by.source != table.source:
        yield f"{table.shown_by} is made of {by.source}, not of {table.source}", "make both of one validated table"
    if not any(measure.count for measure in by.measures.values()):
        yield f"{table.shown_by} does not say how many persons are in a cell", "give it a measure `count`"
    chosen = set(table.columns) - {NUMBER}
    for column in sorted(chosen - {*by.dimensions, *by.labels}):
        yield f"{column} is neither dimension nor label of {table.shown_by}", "take it out: it would tell more"
    for column in sorted(set(by.dimensions) - chosen):
        yield f"{column}, a dimension of {table.shown_by}, is missing", "name every dimension"


def _demand_one_record_each(database: duckdb.DuckDBPyConnection, dataset: Dataset, table: Microdata) -> None:
    """Demand that nobody has several records: they would be as many persons."""
    unit = dataset.spec.privacy.unit
    several = f'SELECT 1 FROM "{table.source}" GROUP BY {UNIT} HAVING count(*) > 1 LIMIT 1'  # noqa: S608
    if unit and database.sql(several).fetchall():
        raise DatasetError(
            "persons have several records: what shows a cell counts persons",
            place=Place(column=unit),
            remedy="derive a table with one record of each person, or publish statistics alone",
        )


def _shown(dataset: Dataset, table: Microdata, folder: Path) -> str:
    """Return the SQL of the finest cells that are shown, with how many `persons` are in each."""
    by = dataset.spec.tables[str(table.shown_by)]
    if not isinstance(by, Statistics):
        raise TypeError(table.shown_by)
    count = next(name for name, measure in by.measures.items() if measure.count)
    columns = ", ".join(f'"{column}"' for column in table.columns if column != NUMBER)
    finest = "".join(f" AND \"{d}\" IS DISTINCT FROM '{TOTAL}'" for d in by.totals)
    path = str(folder / f"{table.shown_by}.parquet").replace("'", "''")
    return (
        f"SELECT {columns}, \"{count}\" AS persons FROM read_parquet('{path}') "  # noqa: S608 - names of the checked definition
        f"WHERE obs_status = 'A' AND \"{count}\" > 0{finest}"
    )


def _of_class(dataset: Dataset, table: Microdata, *classes: str) -> list[str]:
    known = dataset.spec.privacy.columns
    return [column for column in table.columns if column != NUMBER and known[column].cls in classes]


def _alike(dataset: Dataset, name: str) -> str:
    """Return the SQL of what makes records look alike: the personal columns that are not sensitive."""
    table = dataset.spec.tables[name]
    if not isinstance(table, Microdata):
        raise TypeError(name)
    return ", ".join(f'"{column}"' for column in _of_class(dataset, table, "quasi", "linked")) or "''"


def _take_out_uniform(database: duckdb.DuckDBPyConnection, dataset: Dataset, name: str, column: str) -> None:
    """Take out the groups in which a sensitive value could be guessed."""
    model, alike = dataset.spec.privacy.model, _alike(dataset, name)
    database.execute(
        f'CREATE OR REPLACE TEMP TABLE "made_{name}" AS SELECT * EXCLUDE (_values, _most) FROM ('  # noqa: S608
        f"SELECT * EXCLUDE (_same), count(DISTINCT coalesce(\"{column}\"::VARCHAR, '')) OVER (PARTITION BY {alike}) "
        f"AS _values, max(_same) OVER (PARTITION BY {alike}) / sum(persons) OVER (PARTITION BY {alike}) AS _most "
        f'FROM (SELECT *, sum(persons) OVER (PARTITION BY {alike}, "{column}") AS _same FROM "made_{name}")) '
        f"WHERE _values >= {model.l} AND _most <= {model.alpha}"
    )


def _demand_large(database: duckdb.DuckDBPyConnection, dataset: Dataset, name: str) -> int | None:
    """Return how many persons the smallest group has; None without records."""
    groups = f'SELECT sum(persons)::BIGINT AS n FROM "made_{name}" GROUP BY {_alike(dataset, name)}'  # noqa: S608
    ((smallest,),) = database.sql(f"SELECT min(n) FROM ({groups})").fetchall()  # noqa: S608
    if smallest is not None and smallest < dataset.spec.privacy.model.k:
        raise PrivacyError(
            f"a group of persons who look alike is smaller than k = {dataset.spec.privacy.model.k}",
            remedy="publish the statistics alone, or generalise a dimension further",
        )
    return smallest  # type: ignore[no-any-return]


def _field(cells: pa.Table, column: str) -> pa.Field:
    return pa.field(NUMBER, pa.int64()) if column == NUMBER else cells.schema.field(column)


def _records(cells: pa.Table, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Give each cell as many times as it has persons, numbered through; batch by batch."""
    ends = np.cumsum(cells["persons"].to_numpy().astype(np.int64))
    for first in range(0, int(ends[-1]) if len(ends) else 0, BATCH_ROWS):
        numbers = np.arange(first, min(first + BATCH_ROWS, ends[-1]))
        alike = cells.take(pa.array(np.searchsorted(ends, numbers, side="right")))
        columns = [pa.array(numbers + 1) if name == NUMBER else alike[name].combine_chunks() for name in schema.names]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)
