"""Are published tables made of columns that there are and that may be published? Part of `dataset_check`.

Asks the columns of the validated tables; how published ones are named is for `published_check`.
"""

from collections.abc import Iterator, Mapping

from pipelines.dataset_files import Dataset
from pipelines.errors import OpendataError
from pipelines.published_check import problem
from pipelines.table_spec import NUMBER, Microdata, Statistics


def tables(dataset: Dataset, columns: Mapping[str, list[str]]) -> Iterator[OpendataError]:
    """Published tables are made of columns of their validated table, none of them direct."""
    classed, unit = dataset.spec.privacy.columns, dataset.spec.privacy.unit
    told_apart = {table for table, names in columns.items() if unit in names}
    for name, table in dataset.spec.tables.items():
        if table.source not in columns:
            tables = ", ".join(columns)
            yield problem(dataset, f"tables.{name}.from", f"there is no table {table.source}", f"use one of {tables}")
            continue
        if told_apart and table.source not in told_apart:
            remedy = f"derive {unit} there too: it tells the persons of every published table apart"
            yield problem(dataset, f"tables.{name}.from", f"{table.source} has no {unit}, the privacy.unit", remedy)
        if isinstance(table, Statistics):
            yield from _beside(dataset, name, table, columns)
        for column in _read(table):
            if column not in columns[table.source]:
                yield problem(dataset, f"tables.{name}", f"{table.source} has no {column}", "mend the name")
            elif column in classed and classed[column].cls == "direct":
                yield problem(dataset, f"tables.{name}", f"{column} is a direct identifier", "take it out of the table")


def _read(table: Microdata | Statistics) -> list[str]:
    """Return the columns of the validated table that a published one is made of."""
    if isinstance(table, Microdata):
        return [column for column in table.columns if not (table.shown_by and column == NUMBER)]
    return [*table.dimensions, *table.labels, *(m.sum for m in table.measures.values() if m.sum)]


def _beside(
    dataset: Dataset, name: str, table: Statistics, columns: Mapping[str, list[str]]
) -> Iterator[OpendataError]:
    """Figures beside the measures are of a table of nobody, or of figures that are published."""
    classed, unit = dataset.spec.privacy.columns, dataset.spec.privacy.unit
    for figure, spec in table.beside.items():
        key = f"tables.{name}.beside.{figure}"
        if spec.of and spec.of not in columns:
            yield problem(dataset, key, f"there is no table {spec.of}", f"use one of {', '.join(columns)}")
        elif spec.of and spec.sum:
            for column in sorted({spec.sum, *table.dimensions, *table.labels} - set(columns[spec.of])):
                yield problem(dataset, key, f"{spec.of} has no {column}", "derive it there too")
            if unit in columns[spec.of] or (spec.sum in classed and classed[spec.sum].cls != "open"):
                remedy = "take a table without persons and an open column, or make it a measure"
                yield problem(dataset, key, f"{spec.sum} of {spec.of} is of persons", remedy)
        for other in sorted(set(spec.pct or ()) - {*table.measures, *table.beside} | {figure} & set(spec.pct or ())):
            yield problem(dataset, key, f"{other} is no other figure of the table", "name a measure, or one beside")
