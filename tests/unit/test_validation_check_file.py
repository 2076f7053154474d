"""A file is what its schema says, or the report tells where it is not, never what was there."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from frictionless import Schema
from frictionless.resources import TableResource

from pipelines.errors import DatasetError, InvalidData
from pipelines.validation import Report, check_file

CANARY = "ลับสุดยอด-4417"
SCHEMA: dict[str, Any] = {
    "fields": [
        {"name": "code", "type": "string", "constraints": {"required": True, "pattern": "[0-9]{2}|_T"}},
        {"name": "sex", "type": "string", "constraints": {"enum": ["F", "M"]}},
        {"name": "amount_thb", "type": "number", "constraints": {"minimum": 0}},
    ],
    "primaryKey": ["code"],
}
SOUND = "code,sex,amount_thb\r\n10,F,1.50\r\n_T,,1.50\r\n"


def check(folder: Path, content: str | bytes, schema: dict[str, Any] = SCHEMA) -> Report:
    path = folder / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8-sig"))
    return check_file(path, schema)


def places(report: Report) -> list[tuple[str, int | None, str | None, str]]:
    return [(error.type, error.row, error.field, error.rule) for error in report.errors]


def test_the_public_csv_is_sound_with_its_byte_order_mark(tmp_path: Path) -> None:
    report = check(tmp_path, SOUND)
    assert report.as_dict() == {"valid": True, "engine": report.engine, "rows": 2, "errors": [], "error_count": 0}
    assert report.engine.startswith("frictionless 5.")


def test_a_date_of_the_buddhist_era_that_was_derived_is_not_published_as_of_ours(tmp_path: Path) -> None:
    schema = {"fields": [{"name": "code", "type": "string"}, {"name": "paid_date", "type": "date"}]}
    report = check(tmp_path, "code,paid_date\r\n10,2023-01-31\r\n11,\r\n12,2566-01-31\r\n", schema)
    assert places(report) == [("constraint-error", 4, "paid_date", "a year from 1860 to 2100 C.E.")]


def test_every_broken_rule_has_its_place(tmp_path: Path) -> None:
    text = f"code,sex,amount_thb\n10,F,-1\n10,x,{CANARY}\n,M,1\n\n11,F\n12,F,1,{CANARY}\n{CANARY},F,1\n"
    report = check(tmp_path, text)
    assert places(report) == [
        ("constraint-error", 2, "amount_thb", "minimum: 0"),
        ("constraint-error", 3, "sex", "enum: ['F', 'M']"),
        ("type-error", 3, "amount_thb", "type: number"),
        ("primary-key", 3, None, "primaryKey: code"),
        ("constraint-error", 4, "code", "required"),
        ("primary-key", 4, None, "primaryKey: code"),
        ("blank-row", 5, None, "no blank rows"),
        ("primary-key", 5, None, "primaryKey: code"),
        ("missing-cell", 6, "amount_thb", "a cell for every field"),
        ("extra-cell", 7, None, "no cell beyond the fields"),
        ("constraint-error", 8, "code", "pattern: [0-9]{2}|_T"),
    ]
    assert CANARY not in json.dumps(report.as_dict(), ensure_ascii=False)


def test_the_report_is_that_of_the_reference_validator(tmp_path: Path) -> None:
    text = "code,sex,amount_thb\n10,F,-1\n10,x,a\n,M,1\n\n11,F\n12,F,1,2\n"
    ours = places(check(tmp_path, text))
    resource = TableResource(path="file.csv", basepath=str(tmp_path), schema=Schema.from_descriptor(SCHEMA))
    theirs = resource.validate().flatten(["type", "rowNumber", "fieldName"])
    assert [(kind, row) for kind, row, _, _ in ours] == [(kind, row) for kind, row, _ in theirs]


@pytest.mark.parametrize(
    "header", [f"code,sex,{CANARY}", f"code,sex,amount_thb,{CANARY}", "code,sex", "code,code,amount_thb", "code,,"]
)
def test_another_header_is_an_error_and_its_labels_are_not_told(tmp_path: Path, header: str) -> None:
    report = check(tmp_path, f"{header}\n10,F,1\n")
    assert not report.valid
    assert report.errors[0].row is None
    assert CANARY not in str(report)


def test_a_file_without_even_a_header_is_not_valid(tmp_path: Path) -> None:
    assert places(check(tmp_path, b"")) == [("source-error", None, None, "a header row")]


def test_one_alternative_of_a_pattern_does_not_let_everything_pass(tmp_path: Path) -> None:
    """Written as it stands between ^ and $, `[0-9]{2}|_T` would hold for 10-anything."""
    assert [error.row for error in check(tmp_path, "code,sex,amount_thb\n10x,F,1\nx_T,F,1\n").errors] == [2, 3]


def test_all_errors_are_counted_though_only_the_first_are_kept(tmp_path: Path) -> None:
    report = check(tmp_path, "code,sex,amount_thb\n" + "".join(f"{n:02},x,1\n" for n in range(10, 99)) * 20)
    assert (report.rows, len(report.errors), report.error_count) == (1780, 1000, 1780 + 1780 - 89)


def test_rows_have_no_limit(tmp_path: Path) -> None:
    schema = {"fields": [{"name": "n", "type": "integer"}]}
    report = check(tmp_path, "n\n" + "".join(f"{n}\n" for n in range(30_000)) + "x\n", schema)
    assert [(error.row, report.rows) for error in report.errors] == [(30_002, 30_001)]


def test_a_workbook_is_known_by_its_content(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["code", "sex", "amount_thb"], ["10", "F", 1.5], ["11", "z", None]):
        sheet.append(row)
    book.save(tmp_path / "book.csv")
    assert places(check_file(tmp_path / "book.csv", SCHEMA)) == [("constraint-error", 3, "sex", "enum: ['F', 'M']")]


def test_parquet_is_checked_by_the_same_rules(tmp_path: Path) -> None:
    table = pa.table({"code": ["10", "11", None], "sex": ["F", "x", "M"], "amount_thb": [Decimal("1.50"), None, None]})
    pq.write_table(table, tmp_path / "t.parquet")
    assert places(check_file(tmp_path / "t.parquet", SCHEMA)) == [
        ("constraint-error", 3, "sex", "enum: ['F', 'M']"),
        ("constraint-error", 4, "code", "required"),
        ("primary-key", 4, None, "primaryKey: code"),
    ]


@pytest.mark.parametrize("content", [b"PAR1 and no more", b"PK\x03\x04 and no more", b"code,sex\n10,\xff\n"])
def test_what_cannot_be_read_as_a_table_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InvalidData, match="cannot be read as a table"):
        check(tmp_path, content)


def test_bytes_that_are_no_utf8_far_down_are_not_passed_over(tmp_path: Path) -> None:
    rows = b"".join(b"%d\n" % n for n in range(200_000))
    with pytest.raises(InvalidData, match="encoding"):
        check(tmp_path, b"n\n" + rows + "ไทย\n".encode("cp874"), {"fields": [{"name": "n", "type": "integer"}]})


def test_a_cell_that_stops_the_validator_is_a_refusal_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(InvalidData) as refusal:
        check(tmp_path, "code,sex,amount_thb\n10,F,1\n11,F,sNaN\n")
    assert refusal.value.place.row == 3


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({}, "no fields"),
        ({"fields": ["code"]}, "wrong"),
        ({"fields": [{"type": "string"}]}, "name"),
        ({"fields": [{"name": "a", "type": "money"}]}, "money"),
        ({"fields": [{"name": "a", "type": "string"}] * 2}, "unique"),
        ({"fields": [{"name": "a", "type": "string", "constraints": {"pattern": "[0-9"}}]}, "pattern"),
        ({"fields": [{"name": "a", "type": "integer", "constraints": {"minimum": "one"}}]}, "minimum"),
        ({"fields": [{"name": "a", "type": "integer", "constraints": {"enum": [1, "two"]}}]}, "enum"),
        ({"fields": [{"name": "a", "type": "string"}], "primaryKey": ["b"]}, "primary key"),
        (
            {
                "fields": [{"name": "a", "type": "string"}],
                "foreignKeys": [{"fields": ["a"], "reference": {"resource": "other", "fields": ["a"]}}],
            },
            "foreign key",
        ),
    ],
)
def test_a_wrong_schema_is_refused_before_any_row_is_read(tmp_path: Path, schema: dict[str, Any], said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        check(tmp_path, "a\n1\n", schema)
