"""Are published tables made of columns that there are and that may be published? Part of `dataset_check`.

Asks the columns of the validated tables; how published ones are named is for `published_check`.
"""

from collections.abc import Iterator, Mapping

from pipelines.dataset_files import Dataset
from pipelines.disclosure import beside
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
            for figure, message, remedy in beside.faults(dataset, table, columns):
                yield problem(dataset, f"tables.{name}.beside.{figure}", message, remedy)
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
