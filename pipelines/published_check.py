"""Is what a dataset publishes named and declared by the rules? Part of `dataset_check`.

Names, titles, units, keys, totals and charts of the published tables and the public schema;
not where the columns come from.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.dataset_files import DEFINITION, Dataset
from pipelines.disclosure import shown
from pipelines.errors import DatasetError, OpendataError, Place
from pipelines.table_spec import NUMBER, Chart, Microdata, Statistics

UNIT_SUFFIXES = ("_thb", "_rai", "_sqwa", "_sqm", "_pct", "_count", "_years")
NAME = r"[a-z][a-z0-9_]{0,59}"
YEARS = ("fiscal_year", "tax_year", "fiscal_year_be", "tax_year_be")


def problem(dataset: Dataset, key: str, message: str, remedy: str) -> DatasetError:
    """Return a fault of a key of dataset.yaml."""
    place = Place(dataset=dataset.name, file=f"datasets/{dataset.name}/{DEFINITION}", column=key)
    return DatasetError(message, place=place, remedy=remedy)


def public_columns(dataset: Dataset) -> Iterator[OpendataError]:
    """Public columns are named and titled by the rules, and each is published."""
    published = {column for table in dataset.spec.tables.values() for column in table.columns}
    for field in dataset.public_schema["fields"]:
        name, numeric = field["name"], field.get("type") in {"integer", "number"}
        faults = (
            (not re.fullmatch(NAME, name), "is not named by the rule", "English snake_case, ASCII, at most 60 letters"),
            (not _titled(field), "has no title in Thai and English", "write titles: {th: …, en: …}, and title in Thai"),
            (
                numeric and not name.endswith(UNIT_SUFFIXES) and name not in {*YEARS, NUMBER},
                "is a figure without its unit in the name",
                f"end the name in one of {', '.join(UNIT_SUFFIXES)}",
            ),
            (numeric and name.endswith("_code"), "is a code and no figure", "give it the type string"),
            (name not in published, "is in no published table", "publish it, or take it out of the schema"),
        )
        for broken, fault, remedy in faults:
            if broken:
                yield problem(dataset, f"schemas.public.{name}", f"{name} {fault}", remedy)


def _titled(field: Mapping[str, Any]) -> bool:
    titles = field.get("titles") or {}
    return bool(titles.get("en")) and bool(titles.get("th")) and field.get("title") == titles["th"]


def tables(dataset: Dataset) -> Iterator[OpendataError]:
    """Published tables agree with the public schema and with themselves."""
    fields = {field["name"]: field for field in dataset.public_schema["fields"]}
    for name, table in dataset.spec.tables.items():
        for column in table.columns:
            if column not in fields:
                yield problem(dataset, f"tables.{name}", f"the public schema has no {column}", "add the field to it")
        for column in table.key:
            if column not in table.columns:
                yield problem(dataset, f"tables.{name}.key", f"{column} is not published", "choose published columns")
            elif not fields.get(column, {}).get("constraints", {}).get("required"):
                key = f"schemas.public.{column}"
                yield problem(dataset, key, f"{column} is part of a key", "set constraints.required: true")
        for column in sorted({drawn for chart in table.charts for drawn in _drawn(chart)} - set(table.columns)):
            yield problem(dataset, f"tables.{name}.charts", f"{column} is not published", "chart another column")
        if isinstance(table, Statistics):
            yield from _statistics(dataset, name, table, fields)
        else:
            yield from _shown_by(dataset, name, table)


def _shown_by(dataset: Dataset, name: str, table: Microdata) -> Iterator[OpendataError]:
    for message, remedy in shown.faults(dataset, table) if table.shown_by else ():
        yield problem(dataset, f"tables.{name}.shown_by", message, remedy)


def _drawn(chart: Chart) -> list[str]:
    return [column for column in (chart.x, chart.y, chart.colour) if column]


def _statistics(
    dataset: Dataset, name: str, table: Statistics, fields: Mapping[str, Mapping[str, Any]]
) -> Iterator[OpendataError]:
    for column in sorted({*table.totals, *table.labels.values()} - set(table.dimensions)):
        yield problem(dataset, f"tables.{name}", f"{column} is no dimension", "name one of the table's dimensions")
    for column in table.totals:
        field = fields.get(column, {})
        listed = field.get("constraints", {}).get("enum")
        if field.get("type") != "string" or (listed and "_T" not in listed):
            key = f"schemas.public.{column}"
            yield problem(dataset, key, f"{column} cannot hold the mark of a total", "type string, and _T in its enum")
    for measure, spec in table.measures.items():
        key = f"tables.{name}.measures.{measure}"
        if spec.count == "units" and not dataset.spec.privacy.unit:
            yield problem(dataset, key, "nothing tells persons apart", "set privacy.unit, or count rows")
        if spec.frequency and fields.get(measure, {}).get("type") != "integer":
            yield problem(dataset, key, "a number of persons is an integer", "give the public field the type integer")
