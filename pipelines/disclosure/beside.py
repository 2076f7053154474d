"""Figures beside the measures of a table of statistics: what they are compared with, and per cents.

They are of nobody in particular (a population that other publications state) or worked out from
figures as published, so they tell nothing that is hidden. Nothing is hidden or shown here.
"""

from collections.abc import Collection, Iterator, Mapping

from pipelines.dataset_files import Dataset
from pipelines.disclosure.cells import TOTAL_LABEL, grouping_sets, marked
from pipelines.disclosure.microdata import written
from pipelines.table_spec import Statistics


def faults(
    dataset: Dataset, table: Statistics, columns: Mapping[str, Collection[str]]
) -> Iterator[tuple[str, str, str]]:
    """Give every figure that is not of a table of nobody, or of figures that are published, with what
    is wrong and the remedy; `columns` are those of each validated table."""
    classed, unit = dataset.spec.privacy.columns, dataset.spec.privacy.unit
    for figure, spec in table.beside.items():
        if spec.of and spec.of not in columns:
            yield figure, f"there is no table {spec.of}", f"use one of {', '.join(columns)}"
        elif spec.of and spec.sum:
            for column in sorted({spec.sum, *table.dimensions, *table.labels} - set(columns[spec.of])):
                yield figure, f"{spec.of} has no {column}", "derive it there too"
            if unit in columns[spec.of] or (spec.sum in classed and classed[spec.sum].cls != "open"):
                remedy = "take a table without persons and an open column, or make it a measure"
                yield figure, f"{spec.sum} of {spec.of} is of persons", remedy
        for other in sorted(set(spec.pct or ()) - {*table.measures, *table.beside} | {figure} & set(spec.pct or ())):
            yield figure, f"{other} is no other figure of the table", "name a measure, or one beside"


def joined(dataset: Dataset, table: Statistics, published: str) -> str:
    """Return the SQL of the table as it goes out, rows by key: that of `published`, which has every
    column but those beside, with them. A cell that only another table has is one with nobody in it."""
    query, known = published, [column for column in table.columns if column not in table.beside]
    for name, figure in table.beside.items():
        query = _summed(dataset, table, query, known, name) if figure.of else _pct(query, name, *figure.pct or ())
        known = [*known, name]
    columns = ", ".join(f'"{column}"' for column in table.columns)
    order = ", ".join(f'"{dimension}"' for dimension in table.dimensions)
    return f"SELECT {columns} FROM ({query}) ORDER BY {order}"  # noqa: S608 - names of the checked definition


def _summed(dataset: Dataset, table: Statistics, query: str, known: list[str], name: str) -> str:
    """Add the sum of a column of another table, cell by cell and total by total."""
    figure = table.beside[name]
    head = ", ".join(f'{written(dataset, d)} AS "{d}"' for d in table.dimensions)
    labels = "".join(f', "{label}"' for label in table.labels)
    shown = ", ".join(f'{marked(table, d)} AS "{d}"' for d in table.dimensions)
    named = "".join(f', {_label(table, label)} AS "{label}"' for label in table.labels)
    on = " AND ".join(f'own."{d}" IS NOT DISTINCT FROM other."{d}"' for d in table.dimensions)
    columns = ", ".join(f'{_either(table, column)} AS "{column}"' for column in known)
    return (
        f"WITH own AS ({query}), other AS ("  # noqa: S608 - names of the checked definition
        f'SELECT {shown}{named}, sum(figure) AS "{name}" FROM (SELECT {head}{labels}, "{figure.sum}" AS figure '
        f'FROM "{figure.of}") GROUP BY GROUPING SETS ({grouping_sets(table)})) '
        f'SELECT {columns}, other."{name}" FROM (SELECT *, true AS is_own FROM own) AS own FULL JOIN other ON {on}'
    )


def _label(table: Statistics, label: str) -> str:
    of = table.labels[label]
    name = f'any_value("{label}")'
    return f"CASE WHEN grouping(\"{of}\") = 1 THEN '{TOTAL_LABEL}' ELSE {name} END" if of in table.totals else name


def _either(table: Statistics, column: str) -> str:
    """Return a known column of a cell that one of both tables has: nobody in it where only the other has it."""
    if column in table.dimensions or column in table.labels:
        return f'coalesce(own."{column}", other."{column}")'
    absent = "own.is_own IS NULL"  # a cell of its own may be of nothing known
    if column == "obs_status":
        return f"CASE WHEN {absent} THEN 'A' ELSE own.\"{column}\" END"
    return f'CASE WHEN {absent} AND {int(column in table.measures)} = 1 THEN 0 ELSE own."{column}" END'


def _pct(query: str, name: str, part: str = "", whole: str = "") -> str:
    """Add hundredths of a per cent, half up, in whole numbers: doubles would round by their own rules."""
    a, b = (f'("{figure}" * 100)::HUGEINT' for figure in (part, whole))
    hundredths = f"((2 * 10000 * {a} + {b}) // (2 * {b}))::DECIMAL(18, 0)"
    value = f'CASE WHEN "{whole}" > 0 THEN ({hundredths} * 0.01::DECIMAL(3, 2))::DECIMAL(20, 2) END'
    return f'SELECT *, {value} AS "{name}" FROM ({query})'  # noqa: S608 - names of the checked definition
