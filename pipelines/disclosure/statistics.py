"""Published counts and sums: grouped, totalled, and safe to be added and subtracted.

A cell of one to k-1 persons is hidden, and so is one in which the greatest contributor can
be worked out to within p % by the second (the p % rule for sums of money); then as many
other cells as it takes. Where a count is hidden, every measure linked to it is hidden too.
Zero is shown: nobody is in it.

Whether a cell is small is asked of its persons; what can be worked out by adding and
subtracting is asked of its records, because one person may be in several cells.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.dataset_files import Dataset
from pipelines.disclosure import audit, hierarchies, suppression
from pipelines.disclosure.microdata import written
from pipelines.disclosure.report import TablePrivacy
from pipelines.errors import DatasetError, Place, PrivacyError
from pipelines.table_spec import Measure, Statistics
from pipelines.tabular import write_query

TOTAL, TOTAL_LABEL = "_T", "รวม"
SHOWN, HIDDEN = "A", "C"
P_PERCENT = 10


def make(database: duckdb.DuckDBPyConnection, dataset: Dataset, name: str, out: Path) -> TablePrivacy:
    """Write one table of statistics; raises as `protect` does."""
    table = dataset.spec.tables[name]
    if not isinstance(table, Statistics):
        raise TypeError(name)
    for column in table.dimensions:
        if generalise := dataset.spec.privacy.columns[column].generalise:
            hierarchies.demand_sound(database, table.source, column, generalise)
    _demand_labels(database, dataset, table)
    database.execute(f'CREATE OR REPLACE TEMP TABLE "cells_{name}" AS {_cells(dataset, table)}')
    protected = _counts_persons(dataset, table)
    hidden: set[int] = set()
    cells = _read_cells(database, name, table, dataset.spec.privacy.model.k) if protected else []
    if protected:
        hidden = suppression.choose(cells, dataset.spec.privacy.model.k)
    database.register("hidden_cells", pa.table({"cell": pa.array(sorted(hidden), pa.int64())}))
    rows = write_query(database, _published(dataset, name, table), out)
    found = audit.NOTHING_HIDDEN
    if protected:
        everybody = sum(cell.persons for cell in cells if TOTAL not in cell.key)
        count = _adds_up(database, name, table)
        found = audit.attack(out, table.dimensions, count, dataset.spec.privacy.model.k, everybody)
    if found.recovered:
        raise PrivacyError(
            f"{found.recovered:,} hidden cells could be worked out", remedy="publish fewer totals or coarser dimensions"
        )
    return TablePrivacy(
        "statistics",
        rows,
        protected=protected,
        hidden=len(hidden),
        recovered=found.recovered,
        narrowest=found.narrowest,
    )


def _adds_up(database: duckdb.DuckDBPyConnection, name: str, table: Statistics) -> str:
    """Return the published count that adds up: the one to attack.

    Raises:
        DatasetError: persons are in several cells and their records are not counted."""
    frequency = [n for n, m in table.measures.items() if m.frequency]
    if counts := frequency or [n for n, m in table.measures.items() if m.count == "rows"]:
        return counts[0]
    if database.sql(f'SELECT 1 FROM "cells_{name}" WHERE persons <> records').fetchall():  # noqa: S608
        raise DatasetError(
            "persons have several records, so that their number in the cells does not add up to the totals",
            remedy="publish a measure `count: rows` too: what can be worked out is measured by it",
        )
    return next(n for n, m in table.measures.items() if m.count)


def _counts_persons(dataset: Dataset, table: Statistics) -> bool:
    """Say whether figures of the table are about persons.

    Raises:
        DatasetError: they are, and none is their number: nobody could tell which are small."""
    personal = any(column.cls != "open" for column in dataset.spec.privacy.columns.values())
    if not personal or not any(_linked(dataset, measure) for measure in table.measures.values()):
        return False
    if not any(m.count or m.frequency for m in table.measures.values()):
        raise DatasetError(
            "sums over persons are published without the number of persons",
            remedy="add a measure that counts them (`count: units`): what may be shown is measured by it",
        )
    return True


def _linked(dataset: Dataset, measure: Measure) -> bool:
    """Say whether a measure is hidden with its cell: a count of persons, and a sum over them
    whatever its class where each row is a person's (an amount is heads times a rate)."""
    privacy = dataset.spec.privacy
    of_persons = measure.sum and (privacy.unit or privacy.columns[measure.sum].cls != "open")
    return bool(measure.count or measure.frequency or of_persons)


def _value(dataset: Dataset, measure: Measure) -> str:
    if measure.sum:
        return f'sum("{measure.sum}")'
    unit = dataset.spec.privacy.unit
    return f'count(DISTINCT "{unit}")' if measure.count == "units" and unit else "count(*)"


def _cells(dataset: Dataset, table: Statistics) -> str:
    """Return the SQL of every cell and total: dimensions, measures, `persons`, `records` (equal
    to `persons` where the source has counts already), `dominated`."""
    head = ", ".join(f'{written(dataset, d)} AS "{d}"' for d in table.dimensions)
    rest = "".join(f', "{c}"' for c in sorted(_measured(dataset, table)))
    frequency = next((m for m in table.measures.values() if m.frequency), None)
    persons, records = (_value(dataset, frequency or Measure(count=of)) for of in ("units", "rows"))
    values = ", ".join(f'{_value(dataset, m)} AS "{n}"' for n, m in table.measures.items())
    shown = ", ".join(f'{_marked(table, d)} AS "{d}"' for d in table.dimensions)
    order = ", ".join(f'c."{d}"' for d in table.dimensions)  # equal data, equal choice of what to hide
    on = " AND ".join(f'c."{d}" IS NOT DISTINCT FROM x."{d}"' for d in table.dimensions)
    return (
        f'WITH source AS (SELECT {head}{rest} FROM "{table.source}"), '  # noqa: S608 - names of the checked definition
        f"c AS (SELECT {shown}, {values}, {persons} AS persons, {records} AS records "
        f"FROM source GROUP BY GROUPING SETS ({_sets(table)})), "
        f"x AS ({_dominated(dataset, table)}) "
        f"SELECT row_number() OVER (ORDER BY {order}) AS cell, c.*, x.found IS NOT NULL AS dominated "
        f"FROM c LEFT JOIN x ON {on}"
    )


def _marked(table: Statistics, dimension: str) -> str:
    if dimension not in table.totals:
        return f'"{dimension}"'
    return f'CASE WHEN grouping("{dimension}") = 1 THEN \'{TOTAL}\' ELSE "{dimension}"::VARCHAR END'


def _grouped(table: Statistics) -> list[list[str]]:
    """Return the sets of dimensions that are grouped by: all, and all but any totalled."""
    sets = [list(table.dimensions)]
    for total in table.totals:
        sets += [[d for d in some if d != total] for some in sets]
    return sets


def _sets(table: Statistics) -> str:
    return ", ".join("(" + ", ".join(f'"{d}"' for d in some) + ")" for some in _grouped(table))


def _measured(dataset: Dataset, table: Statistics) -> set[str]:
    unit = {dataset.spec.privacy.unit} if dataset.spec.privacy.unit else set()
    return ({m.sum for m in table.measures.values() if m.sum} | unit) - set(table.dimensions)


def _dominated(dataset: Dataset, table: Statistics) -> str:
    """Return the SQL of the cells that break the p % rule: what is left of a sum without
    its two greatest contributors is less than p % of the greatest (Handbook on Statistical
    Disclosure Control, magnitude tables)."""
    unit = dataset.spec.privacy.unit
    dims = ", ".join(f'NULL::VARCHAR AS "{d}"' for d in table.dimensions)
    parts = [f"SELECT {dims}, true AS found WHERE false"]
    sums = {m.sum for m in table.measures.values() if m.sum and not m.frequency}
    for column in sorted(sums) if unit else []:
        for some in _grouped(table):
            by = "".join(f', "{d}"' for d in some)
            named = ", ".join(f'"{d}"' if d in some else f"'{TOTAL}' AS \"{d}\"" for d in table.dimensions)
            parts.append(
                f'SELECT {named}, true AS found FROM (SELECT "{unit}"{by}, sum("{column}") AS part FROM source '  # noqa: S608
                f'GROUP BY "{unit}"{by}) GROUP BY ALL '
                f"HAVING sum(part) > 0 AND sum(part) - list_sum(max(part, 2)) < max(part) * {P_PERCENT} / 100"
            )
    return "SELECT DISTINCT * FROM (" + " UNION ALL ".join(parts) + ")"  # noqa: S608


def _read_cells(database: duckdb.DuckDBPyConnection, name: str, table: Statistics, k: int) -> list[suppression.Cell]:
    """Return the cells with their records; one of few persons is to be hidden however many it has."""
    dims = ", ".join(f'"{d}"' for d in table.dimensions)
    few = f"persons BETWEEN 1 AND {k - 1}"
    rows = database.sql(f'SELECT cell, records, dominated OR {few}, {dims} FROM "cells_{name}" ORDER BY ALL').fetchall()  # noqa: S608
    return [suppression.Cell(cell, int(records or 0), bool(hide), tuple(key)) for cell, records, hide, *key in rows]


def _published(dataset: Dataset, name: str, table: Statistics) -> str:
    """Return the SQL of the table as it goes out."""
    columns = []
    for column in table.columns[:-1]:
        if column in table.labels:
            of = table.labels[column]
            label = f'(SELECT any_value("{column}") FROM "{table.source}" s WHERE s."{of}"::VARCHAR = c."{of}")'  # noqa: S608
            columns.append(f"CASE WHEN c.\"{of}\" = '{TOTAL}' THEN '{TOTAL_LABEL}' ELSE {label} END AS \"{column}\"")
        elif column in table.measures and _linked(dataset, table.measures[column]):
            columns.append(f'CASE WHEN h.cell IS NULL THEN c."{column}" END AS "{column}"')
        else:
            columns.append(f'c."{column}"')
    status = f"CASE WHEN h.cell IS NULL THEN '{SHOWN}' ELSE '{HIDDEN}' END AS obs_status"
    order = ", ".join(f'c."{d}"' for d in table.dimensions)
    return (
        f'SELECT {", ".join(columns)}, {status} FROM "cells_{name}" c '  # noqa: S608
        f"LEFT JOIN hidden_cells h ON c.cell = h.cell ORDER BY {order}"
    )


def _demand_labels(database: duckdb.DuckDBPyConnection, dataset: Dataset, table: Statistics) -> None:
    for label, of in table.labels.items():
        key = written(dataset, of)
        several = f'SELECT 1 FROM "{table.source}" GROUP BY {key} HAVING count(DISTINCT "{label}") > 1'  # noqa: S608
        if database.sql(several).fetchall():
            raise DatasetError(
                f"one {of} has several names", place=Place(column=label), remedy="derive the name from the code"
            )
