"""Published counts and sums: grouped, totalled, and safe to be added and subtracted.

A cell of one to k-1 persons by any of its numbers of persons is hidden, then as many other
cells as it takes. Where a count is hidden, every measure linked to it is hidden too; which sums
are hidden besides, `sums` says. Zero is shown: nobody is in it.

Whether a cell is small is asked of its persons; what can be worked out by adding and
subtracting is asked of its records, because one person may be in several cells.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.dataset_files import Dataset
from pipelines.disclosure import audit, beside, hierarchies, sums, suppression
from pipelines.disclosure.cells import TOTAL, TOTAL_LABEL, additive, cells, linked
from pipelines.disclosure.microdata import written
from pipelines.disclosure.report import TablePrivacy
from pipelines.errors import DatasetError, Place, PrivacyError
from pipelines.table_spec import Statistics
from pipelines.tabular import write_query

SHOWN, HIDDEN = "A", "C"


def make(database: duckdb.DuckDBPyConnection, dataset: Dataset, name: str, out: Path) -> TablePrivacy:
    """Write one table of statistics; raises as `protect` does."""
    table = dataset.spec.tables[name]
    if not isinstance(table, Statistics):
        raise TypeError(name)
    for column in table.dimensions:
        if generalise := dataset.spec.privacy.columns[column].generalise:
            hierarchies.demand_sound(database, table.source, column, generalise)
    _demand_labels(database, dataset, table)
    database.execute(f'CREATE OR REPLACE TEMP TABLE "cells_{name}" AS {cells(dataset, table)}')
    of_persons = counts(database, name, table) if counts_persons(dataset, table) else {}
    try:
        return _protected(database, dataset, name, of_persons, out)
    except PrivacyError:
        if table.if_unsafe == "refuse":
            raise
    database.register("hidden_cells", _hidden_figures(dataset, table, set(), {}))
    query = f"SELECT * FROM ({beside.joined(dataset, table, _published(dataset, name, table))}) LIMIT 0"  # noqa: S608
    return TablePrivacy("statistics", write_query(database, query, out), protected=True, no_rows=True)


def _protected(
    database: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    name: str,
    of_persons: dict[str, list[suppression.Cell]],
    out: Path,
) -> TablePrivacy:
    """Hide what must be, write the table and attack it; raises `PrivacyError` where it is not safe."""
    table = dataset.spec.tables[name]
    if not isinstance(table, Statistics):
        raise TypeError(name)
    hidden = _hidden(of_persons, dataset.spec.privacy.model.k)
    without = sums.hide(database, dataset, name, of_persons, hidden) if of_persons else {}
    database.register("hidden_cells", _hidden_figures(dataset, table, hidden, without))
    rows = write_query(database, beside.joined(dataset, table, _published(dataset, name, table)), out)
    attacks = [audit.NOTHING_HIDDEN]
    for count, of in of_persons.items():
        everybody = sum(cell.persons for cell in of if TOTAL not in cell.key)
        attacks.append(audit.attack([published(table, count, out)], dataset.spec.privacy.model.k, everybody))
    if recovered := sum(found.recovered for found in attacks):
        raise PrivacyError(
            f"{recovered:,} hidden cells could be worked out", remedy="publish fewer totals or coarser dimensions"
        )
    return TablePrivacy(
        "statistics",
        rows,
        protected=bool(of_persons),
        hidden=len(hidden),
        without_sums=len(set().union(*without.values()) - hidden),
        recovered=recovered,
        narrowest=min((found.narrowest for found in attacks if found.narrowest is not None), default=None),
    )


def published(table: Statistics, count: str, path: Path) -> audit.Published:
    """Return what an attacker finds of one number of persons. A cell may be hidden for another
    number where there are several; there are rows in every cell."""
    least = int(not table.measures[count].frequency or len(additive(table)) == 1)
    return audit.Published(path, table.dimensions, count, least)


def _hidden(counts: dict[str, list[suppression.Cell]], k: int) -> set[int]:
    """Return the ids of the cells to hide so that none of the numbers of persons can be worked
    out: what one number needs hidden is hidden for all, until none needs more."""
    hidden: set[int] = set()
    done = False
    while not done:
        before = len(hidden)
        for of in counts.values():
            hidden |= suppression.choose(of, k, hidden)
        done = len(hidden) == before or len(counts) == 1
    return hidden


def counts(database: duckdb.DuckDBPyConnection, name: str, table: Statistics) -> dict[str, list[suppression.Cell]]:
    """Return for every number of persons that adds up to the totals its cells.

    Raises:
        DatasetError: persons are in several cells and their records are not counted."""
    dims = ", ".join(f'"{d}"' for d in table.dimensions)
    found = {}
    for count, column in additive(table).items():
        if (
            table.measures[count].count == "units"
            and database.sql(
                f'SELECT 1 FROM "cells_{name}" WHERE persons <> records'  # noqa: S608
            ).fetchall()
        ):
            raise DatasetError(
                "persons have several records, so that their number in the cells does not add up to the totals",
                remedy="publish a measure `count: rows` too: what can be worked out is measured by it",
            )
        rows = database.sql(f'SELECT cell, "{column}", few, {dims} FROM "cells_{name}" ORDER BY ALL')  # noqa: S608
        found[count] = [suppression.Cell(c, int(n or 0), must, tuple(key)) for c, n, must, *key in rows.fetchall()]
    return found


def counts_persons(dataset: Dataset, table: Statistics) -> bool:
    """Say whether figures of the table are about persons.

    Raises:
        DatasetError: they are, and none is their number: nobody could tell which are small."""
    personal = any(column.cls != "open" for column in dataset.spec.privacy.columns.values())
    if not personal or not any(linked(dataset, measure) for measure in table.measures.values()):
        return False
    if not any(m.count or m.frequency for m in table.measures.values()):
        raise DatasetError(
            "sums over persons are published without the number of persons",
            remedy="add a measure that counts them (`count: units`): what may be shown is measured by it",
        )
    return True


def _hidden_figures(dataset: Dataset, table: Statistics, hidden: set[int], without: dict[str, set[int]]) -> pa.Table:
    """Return a row for each cell of which anything is hidden: for each linked measure, whether it is."""
    found = sorted(hidden.union(*without.values()))
    figures = {
        n: pa.array([cell in without.get(n, hidden) for cell in found], pa.bool_())
        for n, m in table.measures.items()
        if linked(dataset, m)
    }
    return pa.table({"cell": pa.array(found, pa.int64()), **figures})


def _published(dataset: Dataset, name: str, table: Statistics) -> str:
    """Return the SQL of the table as it goes out."""
    columns = []
    numbers = {field["name"] for field in dataset.public_schema["fields"] if field["type"] != "string"}
    for column in (column for column in table.columns[:-1] if column not in table.beside):
        if column in table.labels:
            of = table.labels[column]
            same = f'({written(dataset, of)})::VARCHAR = c."{of}"::VARCHAR'
            label = f'(SELECT any_value("{column}") FROM "{table.source}" WHERE {same})'  # noqa: S608
            total = "NULL" if column in numbers else f"'{TOTAL_LABEL}'"
            columns.append(f'CASE WHEN c."{of}" = \'{TOTAL}\' THEN {total} ELSE {label} END AS "{column}"')
        elif column in table.measures and linked(dataset, table.measures[column]):
            columns.append(f'CASE WHEN h."{column}" IS NOT TRUE THEN c."{column}" END AS "{column}"')
        else:
            columns.append(f'c."{column}"')
    status = f"CASE WHEN h.cell IS NULL THEN '{SHOWN}' ELSE '{HIDDEN}' END AS obs_status"
    return (
        f'SELECT {", ".join(columns)}, {status} FROM "cells_{name}" c '  # noqa: S608
        f"LEFT JOIN hidden_cells h ON c.cell = h.cell"
    )


def _demand_labels(database: duckdb.DuckDBPyConnection, dataset: Dataset, table: Statistics) -> None:
    for label, of in table.labels.items():
        key = written(dataset, of)
        several = f'SELECT 1 FROM "{table.source}" GROUP BY {key} HAVING count(DISTINCT "{label}") > 1'  # noqa: S608
        if database.sql(several).fetchall():
            raise DatasetError(
                f"one {of} has several names", place=Place(column=label), remedy="derive the name from the code"
            )
