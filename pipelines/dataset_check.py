"""Does a dataset make sense as a whole? Every problem of its folder, not only the first.

`dataset_files` says whether the files can be read; this asks whether they agree with one
another and with the project's naming rules. `opendata check` runs it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

from pipelines.dataset import Microdata, Statistics
from pipelines.dataset_files import DEFINITION, Dataset
from pipelines.disclosure import hierarchies
from pipelines.errors import DatasetError, OpendataError, Place
from pipelines.workspace import Workspace

UNIT_SUFFIXES = ("_thb", "_rai", "_sqwa", "_sqm", "_pct", "_count", "_be", "fiscal_year", "tax_year", "_years")
OBS_STATUS = "obs_status"
MEANING = ("type", "titles", "unit")


def check(ws: Workspace, name: str) -> list[OpendataError]:
    """Return every problem of one dataset folder."""
    try:
        dataset = ws.dataset(name)
    except OpendataError as error:
        return [error]
    return [*_columns(dataset), *_tables(dataset), *_public_schema(dataset), *_sample(dataset), *_period(dataset)]


def check_all(ws: Workspace) -> list[OpendataError]:
    """Return every problem of every folder, and where two of them disagree."""
    names = ws.names()
    problems = [problem for name in names for problem in check(ws, name)]
    return problems or [*_short_names(names), *_meanings([ws.dataset(name) for name in names])]


def _problem(dataset: Dataset, key: str, message: str, remedy: str) -> DatasetError:
    place = Place(dataset=dataset.name, file=f"datasets/{dataset.name}/{DEFINITION}", column=key)
    return DatasetError(message, place=place, remedy=remedy)


def _columns(dataset: Dataset) -> Iterator[OpendataError]:
    """Source columns, schema fields, derived columns and privacy classes must agree."""
    classed = dataset.spec.privacy.columns
    known: set[str] = set()
    for table, spec in dataset.spec.source.tables.items():
        fields = {field["name"] for field in dataset.source_schemas[table]["fields"]}
        for column in sorted(fields ^ set(spec.columns)):
            where = "the schema" if column in fields else "source.tables"
            yield _problem(
                dataset, f"source.tables.{table}.columns.{column}", f"only {where} has it", "name it in both"
            )
        known |= fields | set(dataset.spec.derive.get(table, {}))
    for column in sorted(known - set(classed)):
        yield _problem(
            dataset, f"privacy.columns.{column}", f"{column} has no privacy class", "class it: publication is opt-in"
        )
    if "source.py" not in dataset.extras:
        for column in sorted(set(classed) - known):
            yield _problem(
                dataset, f"privacy.columns.{column}", "no validated table has this column", "remove or mend it"
            )
    for column, privacy in classed.items():
        if privacy.generalise:
            try:
                hierarchies.expression(privacy.generalise, column)
            except DatasetError as error:
                yield _problem(dataset, f"privacy.columns.{column}.generalise", error.message, error.remedy)


def _tables(dataset: Dataset) -> Iterator[OpendataError]:
    """Published tables name known columns, and no direct identifier."""
    public = {field["name"] for field in dataset.public_schema["fields"]}
    for name, table in dataset.spec.tables.items():
        for column in table.columns:
            if column not in public:
                yield _problem(dataset, f"tables.{name}", f"the public schema has no {column}", "add the field to it")
        if not set(table.key) <= set(table.columns):
            yield _problem(dataset, f"tables.{name}.key", "the key has columns that are not published", "choose others")
        for column in sorted(_charted(table) - set(table.columns)):
            yield _problem(dataset, f"tables.{name}.charts", f"{column} is not published", "chart another column")
        yield from _published_classes(dataset, name, table)


def _published_classes(dataset: Dataset, name: str, table: Microdata | Statistics) -> Iterator[OpendataError]:
    classed = dataset.spec.privacy.columns
    for column in _read(table):
        if column not in classed:
            yield _problem(dataset, f"tables.{name}", f"no validated table has {column}", "mend the name")
        elif classed[column].cls == "direct":
            yield _problem(dataset, f"tables.{name}", f"{column} is a direct identifier", "take it out of the table")


def _charted(table: Microdata | Statistics) -> set[str]:
    return {column for chart in table.charts for column in (chart.x, chart.y, chart.colour) if column}


def _read(table: Microdata | Statistics) -> list[str]:
    """Return the columns of the validated table that a published one is made of."""
    if isinstance(table, Microdata):
        return list(table.columns)
    return [*table.dimensions, *table.labels, *(m.sum for m in table.measures.values() if m.sum)]


def _public_schema(dataset: Dataset) -> Iterator[OpendataError]:
    """Public columns are named and titled by the rules."""
    for field in dataset.public_schema["fields"]:
        name = field["name"]
        key = f"schemas.public:{name}"
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
            yield _problem(dataset, key, "not a public column name", "English snake_case, ASCII, at most 60 letters")
        titles = field.get("titles", {})
        if not titles.get("th") or not titles.get("en"):
            yield _problem(dataset, key, "the field has no title in Thai and English", "write titles: {th: …, en: …}")
        numeric = field.get("type") in {"integer", "number"}
        if numeric and not name.endswith(UNIT_SUFFIXES):
            yield _problem(dataset, key, "a figure's name ends in its unit", f"use one of {', '.join(UNIT_SUFFIXES)}")
        if numeric and name.endswith("_code"):
            yield _problem(dataset, key, "codes are strings", "give it the type string")


def _sample(dataset: Dataset) -> Iterator[OpendataError]:
    """There is a synthetic sample in the folder."""
    if not any((dataset.folder / "sample").glob("*")):
        yield _problem(dataset, "sample/", "the folder has no sample", "add a synthetic sample of the source")


def _period(dataset: Dataset) -> Iterator[OpendataError]:
    """Patterns for the period can be read and have the group `period`."""
    for way, how in dataset.spec.period.stated_by.items():
        if way in {"filename", "title"}:
            try:
                sound = "period" in re.compile(how).groupindex
            except re.error:
                sound = False
            if not sound:
                yield _problem(
                    dataset, f"period.stated_by.{way}", "no pattern with a group `period`", "write (?P<period>…)"
                )


def _short_names(names: list[str]) -> Iterator[OpendataError]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        found[name.partition("/")[2]].append(name)
    for several in found.values():
        if len(several) > 1:
            yield DatasetError(
                f"datasets share a name: {', '.join(several)}", remedy="rename one: assets are found by the name alone"
            )


def _meanings(datasets: list[Dataset]) -> Iterator[OpendataError]:
    """One name has one meaning in every public schema."""
    first: dict[str, tuple[str, dict[str, object]]] = {}
    for dataset in datasets:
        for field in dataset.public_schema["fields"]:
            meaning = {part: field.get(part) for part in MEANING}
            owner, known = first.setdefault(field["name"], (dataset.name, meaning))
            if known != meaning:
                yield _problem(
                    dataset, f"schemas.public:{field['name']}", f"means something else in {owner}",
                    f"give it the same {', '.join(MEANING)} or another name",
                )  # fmt: skip
