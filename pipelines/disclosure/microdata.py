"""Published records: chosen columns, generalised as declared, and k, l, alpha demanded.

The data is never trimmed to fit: where a group is too small the table is refused, because
which records to drop or how to coarsen is a decision for a person.
"""

from pathlib import Path

import duckdb

from pipelines.dataset_files import Dataset
from pipelines.disclosure import hierarchies
from pipelines.disclosure.persons import UNIT
from pipelines.disclosure.report import TablePrivacy
from pipelines.disclosure.withholding import withhold
from pipelines.errors import DatasetError, Place, PrivacyError
from pipelines.table_spec import Microdata
from pipelines.tabular import write_query

PERSONAL = ("quasi", "sensitive", "linked")


def make(database: duckdb.DuckDBPyConnection, dataset: Dataset, name: str, out: Path) -> TablePrivacy:
    """Write one table of records; raises as `protect` does."""
    table = dataset.spec.tables[name]
    if not isinstance(table, Microdata):
        raise TypeError(name)
    for column in table.columns:
        if generalise := dataset.spec.privacy.columns[column].generalise:
            hierarchies.demand_sound(database, table.source, column, generalise)
    smallest = demand_anonymous(database, dataset, name, table)
    withheld = withhold(database, dataset, name, table)
    keys = ", ".join(f'"{column}"' for column in table.key)
    if database.sql(f'SELECT 1 FROM "made_{name}" GROUP BY {keys} HAVING count(*) > 1').fetchall():  # noqa: S608
        raise DatasetError(
            "rows share a key and differ otherwise", place=Place(column=", ".join(table.key)),
            remedy="have the source say it once; where these are different things, choose a key that tells them apart",
        )  # fmt: skip
    columns = ", ".join(f'"{column}"' for column in table.columns)
    rows = write_query(database, f'SELECT {columns} FROM "made_{name}" ORDER BY {keys}', out)  # noqa: S608
    return TablePrivacy("microdata", rows, protected=smallest is not None, smallest_group=smallest, withheld=withheld)


def written(dataset: Dataset, column: str) -> str:
    """Return the SQL that writes a column as it is published."""
    generalise = dataset.spec.privacy.columns[column].generalise
    return hierarchies.expression(generalise, column) if generalise else f'"{column}"'


def demand_anonymous(database: duckdb.DuckDBPyConnection, dataset: Dataset, name: str, table: Microdata) -> int | None:
    """Make the table `made_<name>` and check k, l and alpha over the published personal columns,
    counting persons and not rows; a missing value is a value. Returns the smallest group, None where no column is
    about persons.

    Raises:
        PrivacyError: a group is too small, or its sensitive values are too uniform."""
    chosen = ", ".join(f'{written(dataset, column)} AS "{column}"' for column in table.columns)
    unit = f", {UNIT}" if dataset.spec.privacy.unit else f", row_number() OVER () AS {UNIT}"
    database.execute(f'CREATE OR REPLACE TEMP TABLE "made_{name}" AS SELECT {chosen}{unit} FROM "{table.source}"')  # noqa: S608
    classes, model = dataset.spec.privacy.columns, dataset.spec.privacy.model
    personal = [c for c in table.columns if classes[c].cls in PERSONAL]
    if not personal:
        return None
    groups = ", ".join(f'"{c}"' for c in personal if classes[c].cls != "sensitive") or "''"
    small, least = _row(
        database,
        f"SELECT count(*) FILTER (n < {model.k}), min(n) FROM "  # noqa: S608
        f'(SELECT count(DISTINCT _unit) AS n FROM "made_{name}" GROUP BY {groups})',
    )
    if small:
        raise PrivacyError(
            f"{small:,} groups of persons who look alike are smaller than k = {model.k}",
            remedy="publish fewer columns, generalise a quasi-identifier further, or publish statistics instead",
        )
    for column in (c for c in personal if classes[c].cls == "sensitive"):
        uniform, dominated = _row(
            database,
            f"SELECT count(*) FILTER (values < {model.l}), count(*) FILTER (share > {model.alpha}) FROM "  # noqa: S608
            "(SELECT count(DISTINCT _value) AS values, "
            "list_max(map_values(histogram(_value))) / count(DISTINCT _unit) AS share FROM "
            f"(SELECT DISTINCT {groups}, coalesce(\"{column}\"::VARCHAR, '') AS _value, _unit "
            f'FROM "made_{name}") GROUP BY {groups})',
        )
        if uniform or dominated:
            raise PrivacyError(
                f"in {max(uniform, dominated):,} groups a sensitive value can be guessed "
                f"(l = {model.l}, alpha = {model.alpha})",
                place=Place(column=column),
                remedy="generalise the quasi-identifiers further, or publish statistics instead",
            )
    return int(least or 0)


def _row(database: duckdb.DuckDBPyConnection, query: str) -> tuple[int, int]:
    ((first, second),) = database.sql(query).fetchall()
    return first or 0, second or 0
