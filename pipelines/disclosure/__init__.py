"""Disclosure control: from validated tables to tables that may leave the house.

One narrow call, `protect`. Behind it: microdata (k, l and alpha demanded, never forced),
statistics (few persons hidden, and enough beside them), and an attacker who tries to work
out what was hidden. A stronger engine can take its place and must keep its promise.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from pipelines.dataset_files import Dataset
from pipelines.disclosure import beside, microdata, persons, shown, statistics, together
from pipelines.disclosure.report import PrivacyReport, TablePrivacy
from pipelines.errors import DatasetError, OpendataError, Place
from pipelines.table_spec import NUMBER, Microdata, Statistics, Table

__all__ = ["PrivacyReport", "protect"]


def protect(valid: Mapping[str, Path], dataset: Dataset, out: Path) -> PrivacyReport:
    """Write `<table>.parquet` to `out` for every published table, rows ordered by key.

    `valid` holds the typed Parquet of each validated table.

    Raises:
        PrivacyError: a group is too small, too uniform, a hidden cell could be worked out (of
            one table or of several together), or a row is nobody's.
        DatasetError: a table publishes a direct identifier or an unclassed column, or figures of
            persons unprotected beside its measures.
    """
    columns = dataset.spec.privacy.columns
    treated = {n: {"class": c.cls, "treatment": _treatment(dataset, n)} for n, c in sorted(columns.items())}
    report = PrivacyReport(dataset.spec.privacy.model.model_dump(), treated)
    with _database(valid, dataset) as database:
        for name in sorted(dataset.spec.tables, key=lambda name: _is_shown_by(dataset.spec.tables[name])):
            _demand_publishable(dataset, name, valid)
            try:
                report.tables[name] = _make(database, dataset, name, out / f"{name}.parquet")
            except OpendataError as error:
                raise error.at(table=name) from None
        together.demand_safe(database, dataset, out)
    return report


def _make(database: duckdb.DuckDBPyConnection, dataset: Dataset, name: str, out: Path) -> TablePrivacy:
    table = dataset.spec.tables[name]
    if _is_shown_by(table):
        return shown.make(database, dataset, name, out)
    persons.demand(database, dataset, table.source)
    make = statistics.make if isinstance(table, Statistics) else microdata.make
    return make(database, dataset, name, out)


def _demand_publishable(dataset: Dataset, name: str, valid: Mapping[str, Path]) -> None:
    table, classes = dataset.spec.tables[name], dataset.spec.privacy.columns
    read = table.columns
    if isinstance(table, Statistics):
        read = (*table.dimensions, *table.labels, *(m.sum for m in table.measures.values() if m.sum))
        columns = {source: pq.read_schema(path).names for source, path in valid.items()}
        for figure, message, remedy in beside.faults(dataset, table, columns):
            raise DatasetError(message, place=Place(dataset=dataset.name, table=name, column=figure), remedy=remedy)
    for column in (column for column in read if not (column == NUMBER and _is_shown_by(table))):
        place = Place(dataset=dataset.name, table=name, column=column)
        if column not in classes:
            raise DatasetError("a published column has no privacy class", place=place, remedy="class it")
        if classes[column].cls == "direct":
            raise DatasetError("a direct identifier is never published", place=place, remedy="take it out of the table")


def _is_shown_by(table: Table) -> bool:
    """Say whether a table is written from another, which must be there."""
    return isinstance(table, Microdata) and table.shown_by is not None


def _treatment(dataset: Dataset, column: str) -> str:
    """Say in one word what became of a column."""
    published = {c for table in dataset.spec.tables.values() for c in table.columns}
    summed = {
        measure.sum
        for t in dataset.spec.tables.values()
        if isinstance(t, Statistics)
        for measure in t.measures.values()
    }
    generalise = dataset.spec.privacy.columns[column].generalise
    if column in published:
        return f"generalised to {generalise}" if generalise else "published"
    return "aggregated" if column in summed else "not published"


@contextmanager
def _database(valid: Mapping[str, Path], dataset: Dataset) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 2, "memory_limit": "4GB"}) as database:
        for name, path in valid.items():
            persons.register(database, dataset, name, path)
        yield database
