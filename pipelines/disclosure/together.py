"""What the tables of one release tell together, where each alone is safe.

Tables of one validated table are of the same persons. Nothing is hidden or changed here: what
they tell together is a reason to refuse, and a person decides which to publish.
"""

from collections import defaultdict
from dataclasses import replace
from itertools import combinations, permutations, product
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from pipelines.dataset_files import Dataset
from pipelines.disclosure import audit, microdata, statistics, suppression
from pipelines.disclosure.cells import TOTAL, sums
from pipelines.errors import PrivacyError
from pipelines.table_spec import Microdata, Statistics

Region = frozenset[tuple[str, str]]


def demand_safe(database: duckdb.DuckDBPyConnection, dataset: Dataset, out: Path) -> None:
    """Demand that the tables made in `out` do not tell together what each keeps.

    Raises:
        PrivacyError: records that can be joined make groups smaller than k, or a figure that one
            table hides can be worked out from another.
    """
    _demand_anonymous(database, dataset)
    _demand_hidden(database, dataset, out)
    _demand_sums_hidden(database, dataset, out)


def _demand_anonymous(database: duckdb.DuckDBPyConnection, dataset: Dataset) -> None:
    """Hold records that can be joined by a key to what is demanded of one table."""
    joined: list[tuple[list[str], Microdata]] = []
    for name, table in dataset.spec.tables.items():
        if not isinstance(table, Microdata) or table.shown_by:
            continue  # what is written from a published table adds nothing to it
        names, whole = [name], table
        for other in [one for one in joined if one[1].source == table.source and _joins(one[1], whole)]:
            joined.remove(other)
            columns = tuple(dict.fromkeys((*other[1].columns, *whole.columns)))
            names, whole = [*other[0], *names], other[1].model_copy(update={"columns": columns})
        joined.append((names, whole))
    for names, table in joined:
        if len(names) > 1:
            try:
                microdata.demand_anonymous(database, dataset, " with ".join(names), table)
            except PrivacyError as error:
                raise error.at(table=", ".join(names)) from None


def _joins(a: Microdata, b: Microdata) -> bool:
    return set(a.key) <= set(b.columns) or set(b.key) <= set(a.columns)


def _demand_hidden(database: duckdb.DuckDBPyConnection, dataset: Dataset, out: Path) -> None:
    """Attack the numbers of persons of all tables of one source at once."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    read: dict[tuple[str, str], list[audit.Published]] = defaultdict(list)
    counts: dict[tuple[str, str], list[suppression.Cell]] = {}
    for name, table in _of_persons(dataset).items():
        for count, cells in statistics.counts(database, name, table).items():
            same = (table.source, table.measures[count].sum or "")
            groups[same].append(name)
            counts[same] = cells
            read[same].append(statistics.published(table, count, out / f"{name}.parquet"))
    for same, tables in read.items():
        if len(tables) > 1:
            nesting = _nesting(database, dataset, groups[same])
            tables = [replace(table, nesting=nesting) for table in tables]  # noqa: PLW2901
            everybody = sum(cell.persons for cell in counts[same] if TOTAL not in cell.key)
            found = audit.attack(tables, dataset.spec.privacy.model.k, everybody)
            _refuse(found.recovered, groups[same])


def _nesting(database: duckdb.DuckDBPyConnection, dataset: Dataset, names: list[str]) -> audit.Nesting:
    """Return for every dimension of tables of one source those that it follows from in each row, as
    a province does from its district: parts of the one are then parts of the other."""
    tables = _of_persons(dataset)
    dimensions = sorted({dimension for name in names for dimension in tables[name].dimensions})
    found: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for fine, coarse in permutations(dimensions, 2):
        values = ", ".join(f"{microdata.written(dataset, dimension)}::VARCHAR" for dimension in (fine, coarse))
        pairs = database.sql(f'SELECT DISTINCT {values} FROM "{tables[names[0]].source}"').fetchall()  # noqa: S608
        if len({part for part, _ in pairs}) == len(pairs):
            found[coarse][fine] = {str(part): str(whole) for part, whole in pairs}
    return found


def _of_persons(dataset: Dataset) -> dict[str, Statistics]:
    tables = dataset.spec.tables
    return {n: t for n, t in tables.items() if isinstance(t, Statistics) and statistics.counts_persons(dataset, t)}


def _demand_sums_hidden(database: duckdb.DuckDBPyConnection, dataset: Dataset, out: Path) -> None:
    """Demand that no table shows the sum of a region in which another hides it or a part of it."""
    tables = _of_persons(dataset)
    for hides, shows in permutations(tables, 2):
        ours, theirs = tables[hides], tables[shows]
        if ours.source != theirs.source:
            continue
        nesting = _nesting(database, dataset, [hides, shows])
        for (a, m), (b, n) in product(sums(dataset, ours).items(), sums(dataset, theirs).items()):
            if m.sum == n.sum:
                shown, hidden = _regions(out / f"{hides}.parquet", ours, a, nesting)
                told, _ = _regions(out / f"{shows}.parquet", theirs, b, nesting)
                _refuse(len((told - shown) & _around(hidden)), [hides, shows])


def _regions(path: Path, table: Statistics, measure: str, nesting: audit.Nesting) -> tuple[set[Region], set[Region]]:
    """Return where a measure is shown and where it is hidden, each by what tells the rows apart."""
    found: tuple[set[Region], set[Region]] = (set(), set())
    for row in pq.read_table(path, columns=[*table.dimensions, measure, "obs_status"]).to_pylist():
        places = ((d, audit.place(row, d, table.dimensions, nesting)) for d in {*table.dimensions, *nesting})
        region = frozenset((dimension, value) for dimension, value in places if value != TOTAL)
        found[row["obs_status"] == "C" and row[measure] is None].add(region)
    return found


def _around(hidden: set[Region]) -> set[Region]:
    """Return every region in which one that is hidden lies."""
    return {
        frozenset(some) for region in hidden for size in range(len(region) + 1) for some in combinations(region, size)
    }


def _refuse(found: int, tables: list[str]) -> None:
    if found:
        raise PrivacyError(
            f"{found:,} hidden figures could be worked out from several tables together: {', '.join(tables)}",
            remedy="publish one table with totals instead of several, or give them no dimension in common",
        )
