"""Does a dataset make sense as a whole? Every problem of its folder, not only the first.

`dataset_files` says whether the files can be read; this asks whether they agree with one
another, `published_check` whether what goes out is named and declared by the rules, `made_of_check` of what
it is made.
Derivations are tried out on tables without rows; no source is read. `opendata check` runs it.
"""

import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import made_of_check, published_check
from pipelines.dataset_files import DEFINITION, Dataset
from pipelines.disclosure import hierarchies
from pipelines.errors import DatasetError, OpendataError, UsageError
from pipelines.periods import Period
from pipelines.preparation.corrections import corrections_of
from pipelines.preparation.derive import derive
from pipelines.published_check import problem
from pipelines.table_spec import Statistics
from pipelines.validation import arrow_schema, make_typed
from pipelines.workspace import Workspace

#: What a column of one name must have in common in every schema.
MEANING = ("type", "titles", "unit")


def check(ws: Workspace, name: str) -> list[OpendataError]:
    """Return every problem of one dataset folder; each names the file, the key and the remedy."""
    try:
        dataset = ws.dataset(name)
    except OpendataError as error:
        return [error]
    problems = [
        *_mapping(dataset),
        *_dates_and_ids(dataset),
        *_period(dataset),
        *_folder(dataset),
        *published_check.public_columns(dataset),
        *published_check.tables(dataset),
    ]
    try:
        columns = _validated(dataset)
    except OpendataError as error:
        return [*problems, error.at(dataset=name, file=f"datasets/{name}/{DEFINITION}")]
    return [*problems, *_classes(dataset, columns), *made_of_check.tables(dataset, columns)]


def check_all(ws: Workspace) -> list[OpendataError]:
    """Return every problem of every folder, and where two of them disagree."""
    names = ws.names()
    problems = [problem for name in names for problem in check(ws, name)]
    readable = []
    for name in names:
        try:
            readable.append(ws.dataset(name))
        except OpendataError:
            continue  # `check` has said so
    return [*problems, *_short_names(names), *_meanings(readable)]


def _mapping(dataset: Dataset) -> Iterator[OpendataError]:
    """The columns that are read are those of the source schema."""
    for table, spec in dataset.spec.source.tables.items():
        fields = {field["name"] for field in dataset.source_schemas[table]["fields"]}
        for column in sorted(fields ^ set(dataset.spec.source.raw_columns(table))):
            where, other = ("the schema", "source.tables") if column in fields else ("source.tables", "the schema")
            key = f"source.tables.{table}.columns.{column}"
            yield problem(dataset, key, f"only {where} has {column}", f"name it in {other} too, or take it out")
        for number, subtotals in enumerate(spec.subtotals):
            named = {subtotals.column, *subtotals.group, *subtotals.sums, *subtotals.tolerance}
            for column in sorted(named - set(dataset.spec.source.raw_columns(table))):
                key = f"source.tables.{table}.subtotals.{number}"
                yield problem(dataset, key, f"the table has no {column}", "name a column of source.tables")


def _dates_and_ids(dataset: Dataset) -> Iterator[OpendataError]:
    """What is said of dates and identity numbers is said of columns that are read."""
    for table, spec in dataset.spec.source.tables.items():
        for part, named in (("dates", spec.dates), ("ids", spec.ids)):
            for column in sorted(set(named) - set(spec.columns)):
                key = f"source.tables.{table}.{part}"
                yield problem(dataset, key, f"the table has no {column}", "name a column of source.tables")


def _period(dataset: Dataset) -> Iterator[OpendataError]:
    """What states the period can be found, and the first period is one."""
    rule = dataset.spec.period
    try:
        Period.parse(rule.kind, rule.first)
    except UsageError as error:
        yield problem(dataset, "period.first", error.message, error.remedy)
    read = {column for table in dataset.spec.source.tables for column in dataset.spec.source.raw_columns(table)}
    for way, how in rule.stated_by.items():
        if way == "column" and how not in read:
            yield problem(
                dataset, "period.stated_by.column", f"no source table has {how}", "name a column that is read"
            )
        if way in {"filename", "title"} and not _has_period(how):
            yield problem(
                dataset, f"period.stated_by.{way}", "no regular expression with a group `period`",
                "write (?P<period>…) around the label",
            )  # fmt: skip


def _has_period(pattern: str) -> bool:
    try:
        return "period" in re.compile(pattern).groupindex
    except re.error:
        return False


def _folder(dataset: Dataset) -> Iterator[OpendataError]:
    """There is a sample that says it is synthetic, and the corrections can be read."""
    samples = list((dataset.folder / "sample").glob("*"))
    if not samples:
        yield problem(dataset, "sample/", "the folder has no sample", "add a synthetic sample of the source")
    for path in samples:
        if not path.name.startswith("synthetic"):
            yield problem(
                dataset, f"sample/{path.name}", "the sample does not say that it is synthetic",
                "make it of invented data and begin its name with synthetic-",
            )  # fmt: skip
    for name, part in dataset.spec.source.parts.items():
        location = part.location or "env:"
        if "://" not in location and not location.startswith("env:") and not (dataset.folder / location).exists():
            key = f"source.parts.{name}.location" if name else "source.location"
            yield problem(dataset, key, "there is no such file or folder", "name a file below the folder, or a URL")
    try:
        corrections_of(dataset, dataset.spec.period.first)
    except OpendataError as error:
        yield error


def _validated(dataset: Dataset) -> dict[str, list[str]]:
    """Return the columns of every validated table, found by validating tables without rows.

    Raises:
        DatasetError: a schema, an expression of `derive` or source.py is wrong.
    """
    with tempfile.TemporaryDirectory() as folder:
        home, typed = Path(folder), {}
        (home / "out").mkdir()
        for table, schema in (*dataset.source_schemas.items(), ("", dataset.public_schema)):
            strings, typed[table] = home / f"{table}.strings", home / f"{table}.typed"
            names = arrow_schema(schema).names
            empty = pa.schema([("source_row", pa.int64()), *((name, pa.string()) for name in names)])
            pq.write_table(empty.empty_table(), strings)
            make_typed(strings, schema, typed[table])
        del typed[""]
        made = derive(dataset, dataset.spec.period.first, typed, home / "out")
        return {table: pq.read_schema(path).names for table, path in made.tables.items()}


def _classes(dataset: Dataset, columns: Mapping[str, list[str]]) -> Iterator[OpendataError]:
    """Every validated column has a privacy class, and every class a column."""
    classed, known = dataset.spec.privacy.columns, {c for names in columns.values() for c in names}
    for column in sorted(known - set(classed)):
        key = f"privacy.columns.{column}"
        yield problem(dataset, key, f"{column} has no privacy class", "class it: publication is opt-in")
    looked_up = {column for columns in dataset.spec.look_ups.values() for column in columns}
    for column in sorted(set(dataset.spec.assertions.misses) - looked_up):
        key = f"assertions.misses.{column}"
        yield problem(dataset, key, f"no look-up gives {column}", "mend the name or take it out")
    figures = {m for table in dataset.spec.tables.values() if isinstance(table, Statistics) for m in table.measures}
    needed = {column for column, privacy in classed.items() if not (privacy.allow and column in figures)}
    for column in sorted((needed | dataset.spec.assertions.fill.keys()) - known):
        where = "privacy.columns" if column in classed else "assertions.fill"
        yield problem(dataset, f"{where}.{column}", f"no validated table has {column}", "mend the name or take it out")
    for table in sorted(set(dataset.spec.assertions.rows) ^ set(columns)):
        key = f"assertions.rows.{table}"
        yield problem(dataset, key, "bounds and validated tables differ", "give every validated table its bounds")
    if (unit := dataset.spec.privacy.unit) and unit not in known:
        yield problem(dataset, "privacy.unit", f"no validated table has {unit}", "name the column of a person's id")
    for column, privacy in classed.items():
        if privacy.generalise:
            try:
                hierarchies.expression(privacy.generalise, column)
            except DatasetError as error:
                yield problem(dataset, f"privacy.columns.{column}.generalise", error.message, error.remedy)


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
    """One name has one meaning in every schema."""
    first: dict[str, tuple[str, dict[str, Any]]] = {}
    for dataset in datasets:
        for schema in (*dataset.source_schemas.values(), dataset.public_schema):
            for field in schema["fields"]:
                meaning = {part: field.get(part) for part in MEANING}
                owner, known = first.setdefault(field["name"], (dataset.name, meaning))
                if known != meaning:
                    yield problem(
                        dataset, f"schemas: {field['name']}", f"{field['name']} means something else in {owner}",
                        f"give it the same {', '.join(MEANING)} there and here, or another name",
                    )  # fmt: skip
