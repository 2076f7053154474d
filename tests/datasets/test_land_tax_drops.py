"""Registers of many local authorities: a workbook is taken whole or refused by name, and none counts twice.
Everything in them is invented."""

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from pipelines.errors import InvalidData
from pipelines.extract import extract
from pipelines.receipts import Receipt
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests.conftest import PROJECT
from tests.datasets.test_land_tax import COMPANY, NATURAL, OWNERS, PARCELS, USES, VALUE, parcel, part_use, workbook

NAME = "land_tax/assessments"
#: Python folds the letter am in a keyword: this is no name of an argument.
PLACE = "ตำบล"


def validated(folder: Path, year: str = "2566", **location: Path) -> tuple[list[dict[str, Any]], Receipt]:
    """Validate what is named; return the taxed parts, by value, and the receipt."""
    ws = Workspace(PROJECT, str(folder / "home"))
    dataset = ws.dataset(NAME)
    extract(ws, dataset, period=year, location={part: str(path) for part, path in location.items()})
    receipt = validate(ws, dataset, year).receipt
    with ws.store.local(receipt.files["assessed_parts.parquet"].path) as path:
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return sorted(rows, key=lambda row: row["appraised_value_thb"] or 0), receipt


def spoilt(path: Path, sheet: str, heading: str, cell: object, row: int = 2) -> None:
    """Put something into a cell of a workbook."""
    book = openpyxl.load_workbook(path)
    column = [cell.value for cell in book[sheet][1]].index(heading) + 1
    book[sheet].cell(row, column, cell)
    book.save(path)


def test_sums_of_thirty_workbooks_are_those_of_the_sound_ones_and_each_damaged_one_is_named(tmp_path: Path) -> None:
    drawn, drop = random.Random(7), tmp_path / "drop-2566"
    drop.mkdir()
    value, area, count = Decimal(0), Decimal(0), 0
    for number in range(30):
        rows = [
            parcel(f"{number:02}A{n:03}", drawn.choice([NATURAL, COMPANY]), drawn.choice("12456"),
                   drawn.randrange(10**6), **{"ไร่": drawn.randrange(50), "ตร.วา": drawn.randrange(9999) / 100})
            for n in range(drawn.randrange(5, 20))
        ]  # fmt: skip
        shared = parcel(f"{number:02}B001", NATURAL, "7", 1_000_000, ไร่=0, งาน=2)
        workbook(
            drop / f"{number:02}.xlsx",
            [*rows, shared],
            [part_use(f"{number:02}B001", NATURAL, use, "0") for use in "15"],
        )
        if number not in {4, 11, 29}:
            value += sum(Decimal(str(row[VALUE])) for row in rows) + 1_000_000
            area += sum(Decimal(str(row["ไร่"])) * 400 + Decimal(str(row["ตร.วา"])) for row in rows) + 200
            count += len(rows) + 2
    spoilt(drop / "04.xlsx", OWNERS, "ประเภทบุคคล", "ประเภท", row=1)
    spoilt(drop / "11.xlsx", PARCELS, VALUE, "หนึ่งล้าน")
    spoilt(drop / "29.xlsx", USES, "งาน", 4)
    _, receipt = validated(tmp_path, ltax=drop)
    files = receipt.details["quality"]["files"]
    told = {(fate["file"], fate["table"], fate["refused_by"]) for fate in files["ltax"]["refused"]}
    assert told == {
        ("04.xlsx", "owners", "extract"), ("11.xlsx", "parcels", "validate"), ("29.xlsx", "parcel_uses", "validate")
    }  # fmt: skip
    assert files["ltax"]["read"] == 30
    with Workspace(PROJECT, str(tmp_path / "home")).store.local(receipt.files["assessed_parts.parquet"].path) as path:
        parts = pq.read_table(path).to_pydict()
    assert (sum(parts["appraised_value_thb"]), sum(parts["area_sqwa"])) == (value, area)
    assert len(parts["owner_id"]) == count
    with Workspace(PROJECT, str(tmp_path / "home")).store.local(receipt.files["owners.parquet"].path) as path:
        assert not {"04.xlsx", "11.xlsx", "29.xlsx"} & set(pq.read_table(path)["source_file"].to_pylist())


def test_the_exemption_of_farmland_is_of_each_authority_by_itself(tmp_path: Path) -> None:
    """Parcel codes are alike in both: they are told apart within a file only."""
    for name, place in (("a", "330501"), ("b", "330502")):
        (tmp_path / "drop-2566").mkdir(exist_ok=True)
        land = parcel("A1", NATURAL, "1", 60_000_000, ไร่=0, งาน=2, **{PLACE: place})
        halves = [part_use("A1", NATURAL, "1", "0"), part_use("A1", NATURAL, "1" if name == "a" else "5", "0")]
        workbook(tmp_path / f"drop-2566/{name}.xlsx", [land], halves)
    rows, _ = validated(tmp_path, ltax=tmp_path / "drop-2566")
    found = {(row["subdistrict_code"], row["use_category"]): row for row in rows}
    assert found["330501", "agriculture"]["exempt_value_thb"] == 50_000_000
    assert found["330502", "agriculture"]["exempt_value_thb"] == 30_000_000
    assert found["330502", "other"]["exempt_value_thb"] == 0


def test_a_register_handed_in_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "drop-2566").mkdir()
    for name in ("v1", "v2"):
        workbook(tmp_path / f"drop-2566/{name}.xlsx", [parcel("A1", NATURAL, "1", 60_000_000)])
    with pytest.raises(InvalidData) as refusal:
        validated(tmp_path, ltax=tmp_path / "drop-2566")
    assert refusal.value.place.column == "counted_once"
    assert refusal.value.message.startswith("the same land of the same owner is in two files (")


def test_a_refused_workbook_is_told_by_the_names_that_stand_in_it(tmp_path: Path) -> None:
    """An office knows the sheet and the heading, and neither our table's nor our column's name."""
    (tmp_path / "drop-2566").mkdir()
    spoilt(workbook(tmp_path / "drop-2566/a.xlsx", [parcel("A1", NATURAL, "1", 5)]), PARCELS, "งาน", "หนึ่ง")
    with pytest.raises(InvalidData, match=rf"sheet {PARCELS}, row 2, column area_ngan \(งาน\)"):
        validated(tmp_path, ltax=tmp_path / "drop-2566")


def test_a_total_is_no_parcel(tmp_path: Path) -> None:
    """Where every cell of its row is filled it was counted: all values twice."""
    rows = [parcel("A1", NATURAL, "1", 5), parcel("รวม", NATURAL, "1", 5)]
    with pytest.raises(InvalidData, match="breaks 'pattern") as refusal:
        validated(tmp_path, ltax=workbook(tmp_path / "one.xlsx", rows))
    assert (refusal.value.place.row, refusal.value.place.column) == (3, "parcel_code")


def test_the_longer_form_of_survey_programs_is_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "one.xlsx", [parcel("A1", COMPANY, "5", 1_000_000)])
    book = openpyxl.load_workbook(path)
    more = {OWNERS: ["สถานะบุคคล", "อีเมล", "ที่อยู่เพื่อส่งจดหมาย"], USES: ["ใช้โดย", "เลขบัตรผู้ทำประโยชน์"],
            PARCELS: ["รหัสกลุ่มที่ดิน", "รวมเนื้อที่ทั้งหมด (ตร.ว.)", "ราคาต่อตร.วา", "หมายเหตุเจ้าหน้าที่"]}  # fmt: skip
    for sheet, headings in more.items():
        for heading in headings:
            book[sheet].cell(1, book[sheet].max_column + 1, heading)
    book.save(path)
    rows, _ = validated(tmp_path, ltax=path)
    assert [row["appraised_value_thb"] for row in rows] == [1_000_000]
