"""frictionless, the reference validator, read row by row; our reports made from its errors.

Its messages quote cells, so only an error's type, row, field and constraint are taken over.
About 20,000 rows a second; memory is bounded but for the keys that must be unique.
"""

import re
from array import array
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

from pipelines.errors import DatasetError, InvalidData
from pipelines.validation.report import KEPT, CellError, Report
from pipelines.validation.types import SCALE, arrow_schema, lost_by_keeping

ENGINE = f"frictionless {version('frictionless')}"
BATCH_ROWS = 20_000
HEADER_ROWS = 1


def check_file(path: Path, schema: Mapping[str, Any]) -> Report:
    """Check a CSV, Parquet or Excel file against a Table Schema; rows are numbered with the
    header as 1.

    Raises:
        DatasetError: the schema itself is wrong.
        InvalidData: the file cannot be read as a table.
    """
    loaded = _schema(schema)
    if _is_parquet(path):
        resource = TableResource(data=_parquet_rows(path), schema=loaded)
    else:
        dialect = Dialect.from_descriptor({"csv": {"delimiter": ","}})
        resource = TableResource(path=str(path), schema=loaded, encoding="utf-8-sig", dialect=dialect)
    found = _Found(schema, lambda row: row)
    with _readable(), resource:
        found.header(resource.header.errors)
        for row in resource.row_stream:
            found.row(row)
    return found.report()


def make_typed(strings: Path, schema: Mapping[str, Any], out: Path) -> Report:
    """Turn a Parquet of strings with `source_row` into a typed Parquet, exactly as the
    schema says; it is written only where every row is valid. Rows are numbered by
    `source_row`.

    Raises:
        DatasetError: the schema itself is wrong.
    """
    loaded = _schema(schema)
    names = [field.name for field in loaded.fields]
    numbers = array("q")
    resource = TableResource(data=_string_rows(strings, names, numbers), schema=loaded)
    found = _Found(schema, lambda row: numbers[row - 1 - HEADER_ROWS])
    partial = out.with_suffix(".partial")
    typed = arrow_schema(schema)
    with _readable(), resource, pq.ParquetWriter(partial, typed, compression="zstd") as writer:
        rows = found.passing(resource.row_stream)
        while some := list(islice(rows, BATCH_ROWS)):
            if not found.count:
                writer.write_batch(_batch(some, typed))
    report = found.report()
    partial.rename(out) if report.valid else partial.unlink()
    return report


class _Found:
    """Gathers errors; `numbered` turns frictionless' row number into the source's."""

    def __init__(self, schema: Mapping[str, Any], numbered: Callable[[int], int]) -> None:
        self._constraints = {
            f["name"]: {**f.get("constraints", {}), "type": f["type"], "scale": f.get("scale", SCALE)}
            for f in schema["fields"]
        }
        self._numbered = numbered
        self.errors: list[CellError] = []
        self.count = self.rows = 0

    def header(self, errors: Iterable[Any]) -> None:
        for error in errors:
            self._add(CellError(error.type, None, getattr(error, "field_name", None), "the header is the schema's"))

    def row(self, row: Any) -> None:  # noqa: ANN401 - frictionless' row
        self.rows += 1
        for error in row.errors:
            field = getattr(error, "field_name", None)
            field = field if field in self._constraints else None
            self._add(CellError(error.type, self._numbered(row.row_number), field, self._rule(error, field)))

    def passing(self, rows: Iterable[Any]) -> Iterator[dict[str, Any]]:
        """Give the rows on as typed values, those that cannot be kept exactly as errors."""
        for row in rows:
            self.row(row)
            values = dict(row)
            for field in self._constraints:
                if rule := lost_by_keeping(values[field], self._constraints[field]):
                    self._add(CellError("constraint-error", self._numbered(row.row_number), field, rule))
            yield values

    def report(self) -> Report:
        return Report(not self.count, ENGINE, self.rows, tuple(self.errors), self.count)

    def _add(self, error: CellError) -> None:
        self.count += 1
        if self.count <= KEPT:
            self.errors.append(error)

    def _rule(self, error: Any, field: str | None) -> str:  # noqa: ANN401 - frictionless' error
        known = self._constraints.get(field or "", {})
        match error.type:
            case "type-error":
                return f"type: {known.get('type')}"
            case "constraint-error":
                named = re.match(r'constraint "(\w+)"', error.note)
                rule = named[1] if named else "constraint"
                return f"{rule}: {known.get(rule)}" if rule in known else rule
            case other:
                return str(other)


def _schema(schema: Mapping[str, Any]) -> Schema:
    try:
        return Schema.from_descriptor(dict(schema))
    except FrictionlessException as error:
        what = "; ".join(reason.note for reason in error.reasons or [error.error])
        raise DatasetError(f"the Table Schema is wrong: {what}", remedy="mend the schema file") from None


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except FrictionlessException as error:
        raise InvalidData(
            f"the file cannot be read as a table ({error.error.type})",
            remedy="check that it is a CSV in UTF-8, a Parquet or an Excel file",
        ) from None


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _parquet_rows(path: Path) -> Callable[[], Iterator[list[Any]]]:
    def rows() -> Iterator[list[Any]]:
        file = pq.ParquetFile(path)
        yield file.schema_arrow.names
        for batch in file.iter_batches(BATCH_ROWS):
            yield from map(list, zip(*(column.to_pylist() for column in batch.columns), strict=True))

    return rows


def _string_rows(path: Path, names: list[str], numbers: "array[int]") -> Callable[[], Iterator[list[Any]]]:
    def rows() -> Iterator[list[Any]]:
        yield names
        del numbers[:]
        for batch in pq.ParquetFile(path).iter_batches(BATCH_ROWS, columns=["source_row", *names]):
            source_rows, *cells = (batch.column(name).to_pylist() for name in ["source_row", *names])
            for number, *row in zip(source_rows, *cells, strict=True):
                numbers.append(number)
                yield row

    return rows


def _batch(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    columns = [pa.array([row[field.name] for row in rows], field.type) for field in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
