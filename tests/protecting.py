"""Disclosure control alone: tables made in a test, protected, and read back."""

import copy
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.disclosure import PrivacyReport, protect
from tests.publishing import define
from tests.toy import DEFINITION, NAME, write_project

Rows = list[dict[str, Any]]
UNITS, ROWS = {"count": "units"}, {"count": "rows"}


def statistics(dimensions: list[str], totals: list[str] | None = None, **measures: dict[str, Any]) -> dict[str, Any]:
    """The definition of a table of statistics over `visits`."""
    like = copy.deepcopy(DEFINITION["tables"]["visits_by_district"])  # type: ignore[index]
    totals = dimensions if totals is None else totals
    return {**like, "dimensions": dimensions, "totals": totals, "measures": measures}


def records(*columns: str, key: str) -> dict[str, Any]:
    """The definition of a table of records of `visits`."""
    like = copy.deepcopy(DEFINITION["tables"]["notes"])  # type: ignore[index]
    return {**like, "columns": list(columns), "key": [key]}


def protected(
    folder: Path,
    rows: Rows | dict[str, Rows],
    classes: dict[str, str],
    tables: dict[str, Any],
    unit: str | None = "national_id",
    treated: dict[str, Any] | None = None,
) -> tuple[dict[str, Rows], PrivacyReport]:
    """Protect the tables made of rows of `visits`; every column is named in `classes`, or in `treated`
    with what is done with it. k is 5. Several tables are given by name."""

    def change(definition: dict[str, Any]) -> None:
        definition["privacy"] = {"model": {"k": 5}, "columns": {c: {"class": cls} for c, cls in classes.items()}}
        definition["privacy"]["columns"] |= treated or {}
        definition["privacy"] |= {"unit": unit} if unit else {}
        definition["tables"] = tables

    ws = write_project(folder)
    define(ws, change)
    made = rows if isinstance(rows, dict) else {"visits": rows}
    for name, found in made.items():
        pq.write_table(pa.Table.from_pylist(found), folder / f"{name}.parquet")
    report = protect({name: folder / f"{name}.parquet" for name in made}, ws.dataset(NAME), folder)
    return {name: pq.read_table(folder / f"{name}.parquet").to_pylist() for name in tables}, report


def person(number: int, **columns: Any) -> dict[str, Any]:
    """One row of a person who does not exist."""
    return {"national_id": f"0{number:012}", **columns}
