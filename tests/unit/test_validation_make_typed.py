"""Strings become exactly what the schema says, or nothing is written."""

import contextlib
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import DatasetError
from pipelines.validation import Report, make_typed
from pipelines.validation.types import lost_by_keeping

CANARY = "ลับสุดยอด-9920"


def typed(folder: Path, field: dict[str, Any], *cells: str | None, **schema: Any) -> tuple[Report, Path]:
    """Type a column `a` beside another that is filled; its rows are 5, 8, 11 … of the source."""
    rows = pa.array([5 + 3 * n for n in range(len(cells))], pa.int64())
    columns = {"source_row": rows, "a": pa.array(cells, pa.string()), "b": pa.array(["x"] * len(cells))}
    pq.write_table(pa.table(columns), folder / "strings.parquet")
    out = folder / "typed.parquet"
    fields = [{"name": "a", **field}, {"name": "b", "type": "string"}]
    return make_typed(folder / "strings.parquet", {"fields": fields, **schema}, out), out


@pytest.mark.parametrize(
    ("field", "cell", "kind", "value"),
    [
        ({"type": "string"}, "007", pa.string(), "007"),
        ({"type": "integer"}, "007", pa.int64(), 7),
        ({"type": "number"}, "0.1", pa.decimal128(38, 2), Decimal("0.10")),
        ({"type": "number", "scale": 4}, "1.50000", pa.decimal128(38, 4), Decimal("1.5000")),
        ({"type": "number", "groupChar": ","}, "1,234.50", pa.decimal128(38, 2), Decimal("1234.50")),
        ({"type": "number", "scale": 0}, "9" * 38, pa.decimal128(38, 0), Decimal("9" * 38)),
        ({"type": "date"}, "2024-02-29", pa.date32(), date(2024, 2, 29)),
        ({"type": "date", "format": "%d/%m/%Y"}, "01/10/2022", pa.date32(), date(2022, 10, 1)),
        ({"type": "date"}, "1860-01-01", pa.date32(), date(1860, 1, 1)),
        ({"type": "date"}, "2100-12-31", pa.date32(), date(2100, 12, 31)),
        ({"type": "date", "constraints": {"minimum": "1782-01-01"}}, "1782-04-21", pa.date32(), date(1782, 4, 21)),
        ({"type": "date", "constraints": {"maximum": "9999-12-31"}}, "9999-12-31", pa.date32(), date(9999, 12, 31)),
        ({"type": "year"}, "2566", pa.int32(), 2566),
        ({"type": "boolean"}, "true", pa.bool_(), True),
        ({"type": "string", "missingValues": ["-"]}, "-", pa.string(), None),
    ],
)
def test_every_type_is_kept_exactly(
    tmp_path: Path, field: dict[str, Any], cell: str, kind: pa.DataType, value: object
) -> None:
    report, out = typed(tmp_path, field, cell, "-" if "missingValues" in field else None)
    table = pq.read_table(out)
    assert report.valid
    assert table.schema == pa.schema([("a", kind), ("b", pa.string())]), "the row numbers stay behind"
    assert table["a"].to_pylist() == [value, None]


@pytest.mark.parametrize(
    ("field", "cell", "rule"),
    [
        ({"type": "integer"}, CANARY, "type: integer"),
        ({"type": "integer"}, "1.0", "type: integer"),
        ({"type": "integer"}, "1,234", "type: integer"),
        ({"type": "integer"}, str(2**63), "an integer of 64 bits"),
        ({"type": "number"}, "(5)", "type: number"),
        ({"type": "number"}, "1.005", "at most 2 digits behind the point"),
        ({"type": "number"}, "1e-999999", "at most 2 digits behind the point"),
        ({"type": "number"}, "1e40", "at most 36 digits before the point"),
        ({"type": "number"}, "1e999999", "at most 36 digits before the point"),
        ({"type": "number"}, "NaN", "a finite number"),
        ({"type": "number"}, "-inf", "a finite number"),
        ({"type": "date"}, "2566-02-29", "type: date"),
        ({"type": "date"}, "29/02/2024", "type: date"),
        ({"type": "date"}, "2566-01-31", "a year from 1860 to 2100 C.E."),
        ({"type": "date", "format": "%d/%m/%Y"}, "31/01/2566", "a year from 1860 to 2100 C.E."),
        ({"type": "date"}, "1859-12-31", "a year from 1860 to 2100 C.E."),
        ({"type": "date", "constraints": {"minimum": "1700-01-01"}}, "2566-01-31", "a year from 1860 to 2100 C.E."),
        ({"type": "date", "constraints": {"maximum": "2200-01-01"}}, "2566-01-31", "maximum: 2200-01-01"),
        ({"type": "year"}, "66", "type: year"),
        ({"type": "year", "constraints": {"minimum": "2475"}}, "2023", "minimum: 2475"),
        ({"type": "boolean"}, "ใช่", "type: boolean"),
        ({"type": "string", "format": "email"}, CANARY, "type: string, format: email"),
        ({"type": "string", "constraints": {"maxLength": 3}}, CANARY, "maxLength: 3"),
        ({"type": "string", "constraints": {"enum": ["x"]}}, CANARY, "enum: ['x']"),
    ],
)
def test_what_cannot_be_kept_is_an_error_at_its_row(
    tmp_path: Path, field: dict[str, Any], cell: str, rule: str
) -> None:
    report, out = typed(tmp_path, field, None, cell)
    (error,) = report.errors
    assert (error.row, error.field, error.rule) == (8, "a", rule)
    assert cell not in json.dumps([error.type, error.rule], ensure_ascii=False)
    assert [path.name for path in out.parent.iterdir()] == ["strings.parquet"], "nothing half-made is left"


def test_uniqueness_and_keys_hold_over_the_whole_file(tmp_path: Path) -> None:
    cells = [*map(str, range(25_000)), "0"]
    unique, _ = typed(tmp_path, {"type": "integer", "constraints": {"unique": True}}, *cells)
    key, _ = typed(tmp_path, {"type": "string"}, *cells, primaryKey="a")
    last = 5 + 3 * 25_000
    assert [(e.type, e.row, e.field, e.rule) for e in unique.errors] == [("unique-error", last, "a", "unique")]
    assert [(e.type, e.row, e.field, e.rule) for e in key.errors] == [("primary-key", last, None, "primaryKey: a")]


def test_equal_strings_give_equal_bytes(tmp_path: Path) -> None:
    first = typed(tmp_path, {"type": "number"}, "1.5", None, "-2")[1].read_bytes()
    assert typed(tmp_path, {"type": "number"}, "1.5", None, "-2")[1].read_bytes() == first


def test_one_says_how_far_it_is(tmp_path: Path) -> None:
    typed(tmp_path, {"type": "integer"}, *map(str, range(45_000)))
    done: list[int] = []
    schema = {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}]}
    make_typed(tmp_path / "strings.parquet", schema, tmp_path / "out", on_rows=done.append)
    assert done == [20_000, 40_000, 45_000]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ([], "schema has no field"),
        ([{"name": "a", "type": "string"}, {"name": "c", "type": "string"}], "source has no column"),
        ([{"name": "a", "type": "object"}], "type object are not kept"),
        ([{"name": "a", "type": "number", "floatNumber": True}], "floats"),
        ([{"name": "a", "type": "number", "scale": "two"}], "scale"),
        ([{"name": "a"}], "type any"),
    ],
)
def test_a_schema_that_is_not_for_the_table_is_refused(tmp_path: Path, fields: list[dict[str, Any]], said: str) -> None:
    """A column without a field would be left out in silence."""
    typed(tmp_path, {"type": "string"}, "1")
    with pytest.raises(DatasetError, match=said):
        make_typed(
            tmp_path / "strings.parquet", {"fields": [{"name": "b", "type": "string"}, *fields]}, tmp_path / "out"
        )


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3) | st.decimals(allow_nan=True))
def test_a_number_is_kept_exactly_or_called_an_error(value: Decimal) -> None:
    if lost_by_keeping(value, {"scale": 2}) is None:
        assert pa.array([value], pa.decimal128(38, 2)).to_pylist() == [value]
        return
    with contextlib.suppress(pa.ArrowInvalid, pa.ArrowTypeError, ValueError):
        # Arrow itself lets some pass, and keeps another number: 6.325…E-14 as 0.00.
        assert pa.array([value], pa.decimal128(38, 2)).to_pylist() != [value]
