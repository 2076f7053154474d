"""frictionless, the reference validator, read row by row.

Memory is bounded but for keys that must be unique (some 200 bytes a row); about 20,000 rows
a second. A schema that frictionless would stumble over in the middle of the data is refused
before.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from frictionless import Dialect, FrictionlessException, Schema
from frictionless.resources import TableResource

from pipelines.errors import DatasetError, InvalidData, Place
from pipelines.validation.findings import Findings
from pipelines.validation.report import Report
from pipelines.validation.types import arrow_schema, lost_by_keeping, of_another_era

ENGINE = f"frictionless {version('frictionless')}"
BATCH_ROWS = 20_000
BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def check_file(path: Path, schema: Mapping[str, Any]) -> Report:
    """Check a CSV, Parquet or Excel file (by content) against a Table Schema; rows are
    numbered with the header as 1.

    Raises:
        DatasetError: the schema itself is wrong.
        InvalidData: the file cannot be read as a table.
    """
    loaded = _schema(schema)
    found = Findings(schema, ENGINE)
    dates = [field for field in schema["fields"] if field.get("type") == "date"]
    with _readable(), _resource(path, loaded) as resource:
        if resource.header.missing:
            found.add("source-error", None, None, "a header row")
        found.header(resource.header.errors)
        for row in _stepped(resource.row_stream, lambda: found.rows + 2):
            found.row(row.row_number, row.errors)
            for field in dates:
                if rule := of_another_era(row.get(field["name"]), field):
                    found.add("constraint-error", row.row_number, field["name"], rule)
    return found.report()


def make_typed(
    strings: Path, schema: Mapping[str, Any], out: Path, *, on_rows: Callable[[int], None] = lambda _: None
) -> Report:
    """Turn a Parquet of strings with `source_row` into a typed Parquet, exactly as the
    schema says; it is written only where every row is valid. Rows are numbered by
    `source_row`; `on_rows` is told how many are done.

    Raises:
        DatasetError: the schema itself is wrong, or is not for these columns.
        InvalidData: a cell stops the validator itself.
    """
    loaded, typed = _schema(schema), arrow_schema(schema)
    _demand_same_columns(strings, typed.names)
    numbers: deque[int] = deque()
    found = Findings(schema, ENGINE)
    resource = TableResource(data=_string_rows(strings, typed.names, numbers), schema=loaded)
    partial = out.with_suffix(".partial")
    try:
        with _readable(), resource, pq.ParquetWriter(partial, typed, compression="zstd") as writer:
            stepped = _stepped(resource.row_stream, lambda: numbers[0])
            rows = _kept(stepped, numbers, schema["fields"], found)
            while some := list(islice(rows, BATCH_ROWS)):
                if not found.count:
                    writer.write_batch(_batch(some, typed))
                on_rows(found.rows)
        if not found.count:
            partial.rename(out)
    finally:
        partial.unlink(missing_ok=True)
    return found.report()


def _kept(
    rows: Iterable[Any], numbers: deque[int], fields: list[dict[str, Any]], found: Findings
) -> Iterator[dict[str, Any]]:
    """Give the rows on as typed values; those that cannot be kept exactly are errors."""
    for row in rows:
        number = numbers.popleft()
        found.row(number, row.errors)
        values = dict(row)
        for field in fields:
            value = values[field["name"]]
            if rule := lost_by_keeping(value, field) or of_another_era(value, field):
                found.add("constraint-error", number, field["name"], rule)
        yield values


def _stepped(stream: Iterator[Any], number: Callable[[], int]) -> Iterator[Any]:
    """Give rows on. frictionless compares and hashes what it reads, and a few cells cannot be
    (a signalling NaN, a moment with a time zone beside one without): `number` says where."""
    while True:
        try:
            row = next(stream)
            _ = row.errors
        except StopIteration:
            return
        except (ArithmeticError, TypeError):
            raise InvalidData(
                "a cell cannot be compared", place=Place(row=number()), remedy="correct the row at the source"
            ) from None
        yield row


def _schema(schema: Mapping[str, Any]) -> Schema:
    try:
        loaded = Schema.from_descriptor({**schema, "fields": [_whole(field) for field in schema.get("fields", [])]})
        wrong = [f'field "{field.name}": {problem}' for field in loaded.fields for problem in _unusable(field)]
        wrong += [] if loaded.fields else ["it has no fields"]
    except FrictionlessException as error:
        wrong = [reason.note for reason in error.reasons or [error.error]]
    if not wrong and any(key["reference"]["resource"] for key in loaded.foreign_keys):
        wrong = ["a foreign key into another table cannot be checked"]
    if wrong:
        raise DatasetError(f"the Table Schema is wrong: {'; '.join(wrong)}", remedy="mend the schema file")
    return loaded


def _unusable(field: Any) -> Iterator[str]:  # noqa: ANN401 - frictionless' field
    """Yield what frictionless would find wrong with a field only when it meets data."""
    read = field.create_value_reader()
    for name, rule in field.constraints.items():
        if name == "pattern":
            try:
                re.compile(rule)
            except re.error:
                yield "the pattern is no regular expression"
        values = [rule] if name in BOUNDS else rule if name == "enum" else []
        if any(read(value) is None for value in values):
            yield f"{name} is not of its type"


def _whole(field: Any) -> Any:  # noqa: ANN401 - anything, until frictionless has looked at it
    """Put the pattern in brackets. frictionless writes ^ and $ around it as it stands, so
    that `a|b` would hold for every text that begins with a."""
    constraints = field.get("constraints") if isinstance(field, Mapping) else None
    if not isinstance(constraints, Mapping) or "pattern" not in constraints:
        return field
    return {**field, "constraints": {**constraints, "pattern": f"(?:{constraints['pattern']})"}}


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except FrictionlessException as error:
        raise InvalidData(
            f"the file cannot be read as a table ({error.error.type})",
            remedy="check that it is a CSV in UTF-8, a Parquet or an Excel file",
        ) from None


def _resource(path: Path, schema: Schema) -> TableResource:
    with path.open("rb") as file:
        start = file.read(4)
    if start == b"PAR1":
        return TableResource(data=_parquet_rows(path), schema=schema)
    if start == b"PK\x03\x04":
        return TableResource(path=str(path), schema=schema, format="xlsx")
    dialect = Dialect.from_descriptor({"csv": {"delimiter": ","}})
    return TableResource(path=str(path), schema=schema, format="csv", encoding="utf-8-sig", dialect=dialect)


def _parquet_rows(path: Path) -> Callable[[], Iterator[list[Any]]]:
    def rows() -> Iterator[list[Any]]:
        file = pq.ParquetFile(path)
        yield file.schema_arrow.names
        for batch in file.iter_batches(BATCH_ROWS):
            yield from map(list, zip(*(column.to_pylist() for column in batch.columns), strict=True))

    return rows


def _string_rows(path: Path, names: list[str], numbers: deque[int]) -> Callable[[], Iterator[list[Any]]]:
    """Rows for frictionless, which looks ahead: `numbers` holds the `source_row` of those
    that it has and we have not."""

    def rows() -> Iterator[list[Any]]:
        numbers.clear()
        yield names
        for batch in pq.ParquetFile(path).iter_batches(BATCH_ROWS, columns=["source_row", *names]):
            cells = [batch.column(name).to_pylist() for name in names]
            for number, row in zip(batch.column("source_row").to_pylist(), zip(*cells, strict=True), strict=True):
                numbers.append(number)
                yield list(row)

    return rows


def _demand_same_columns(strings: Path, fields: list[str]) -> None:
    columns = set(pq.read_schema(strings).names) - {"source_row"}
    if different := sorted(columns ^ set(fields)):
        lacking = "the schema has no field" if different[0] in columns else "the source has no column"
        raise DatasetError(
            f"{lacking} of this name",
            place=Place(column=different[0]),
            remedy="name the column in source.tables and in the schema",
        )


def _batch(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    columns = [pa.array([row[field.name] for row in rows], field.type) for field in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
