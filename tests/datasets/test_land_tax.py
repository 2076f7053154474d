"""Land tax: values, areas and tax worked out by hand, on invented parcels of invented owners."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from pipelines.errors import InvalidData, SourceError
from pipelines.extract import extract
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests.conftest import PROJECT

NAME = "land_tax/assessments"
SAMPLE = PROJECT / "datasets" / NAME / "sample/synthetic-ltax-2566/3305-a.xlsx"
OWNERS, PARCELS, USES = "1_เจ้าของทรัพย์สิน", "2_ที่ดิน", "2_ที่ดิน_ใช้ประโยชน์"
#: Nobody's ids: no person's begins with 9.
NATURAL, OTHER_NATURAL, COMPANY, TEMPLE = "9000000000001", "9000000000002", "9000000000003", "9000000000004"
KINDS = {NATURAL: "1", OTHER_NATURAL: "1", COMPANY: "2", TEMPLE: "7"}
VALUE, USE = "รวมราคาประเมินที่ดิน (บาท)", "ประเภทการใช้ประโยชน์"

Cells = dict[str, object]


def parcel(code: str, owner: str, use: object, value: object, **more: object) -> Cells:
    """A parcel of one rai, with some cells otherwise."""
    place = {"ตำบล": "330501", "อำเภอ": "3305", "จังหวัด": "33", "ไร่": 1, "งาน": 0, "ตร.วา": 0}
    return {"รหัสแปลงที่ดิน": code, "เลขบัตรเจ้าของที่ดิน": owner, USE: use, VALUE: value, **place, **more}


def part_use(code: str, owner: str, use: str, wa: str) -> Cells:
    """A use of one ngan (100 square wa) and some square wa."""
    return {"รหัสแปลงที่ดิน": code, "เลขบัตรเจ้าของที่ดิน": owner, USE: use, "งาน": "1", "ตร.วา": wa}


def workbook(path: Path, parcels: list[Cells], uses: list[Cells] | None = None) -> Path:
    """Write a workbook with the sheets and headings of the sample."""
    book, sample = openpyxl.Workbook(), CalamineWorkbook.from_path(str(SAMPLE))
    owners: list[Cells] = [{"เลขบัตรประชาชน": owner, "ประเภทบุคคล": kind} for owner, kind in KINDS.items()]
    rows = {OWNERS: owners, PARCELS: parcels, USES: uses or []}
    for name in sample.sheet_names:
        heading = [str(cell) for cell in sample.get_sheet_by_name(name).to_python()[0]]
        sheet = book.create_sheet(name)
        sheet.append(heading)
        for row in rows.get(name, []):
            assert set(row) <= set(heading)
            sheet.append([row.get(head, "") for head in heading])
    book.save(path)
    return path


def parts(folder: Path, parcels: list[Cells], uses: list[Cells] | None = None, year: str = "2566") -> list[Cells]:
    """Validate a workbook and return its taxed parts, by value."""
    ws = Workspace(PROJECT, str(folder / "home"))
    dataset = ws.dataset(NAME)
    extract(ws, dataset, period=year, location={"ltax": str(workbook(folder / "register.xlsx", parcels, uses))})
    receipt = validate(ws, dataset, year).receipt
    with ws.store.local(receipt.files["assessed_parts.parquet"].path) as path:
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return sorted(rows, key=lambda row: (row["appraised_value_thb"] or 0, row["use_category"]))


@pytest.mark.parametrize(
    ("owner", "use", "value", "tax"),
    [
        (COMPANY, "1", 120_000_000, "21250.00"),  # 75 M at 0.01, 25 M at 0.03, 20 M at 0.05 %; less 15 %
        (NATURAL, "1", 200_000_000, "34000.00"),  # 150 M beyond the exemption: 7,500 + 7,500 + 25,000
        (NATURAL, "1", 50_000_000, "0.00"),
        (NATURAL, "4", 110_000_000, "34000.00"),  # 10,000 + 7,500 + 12,500 + 10,000
        (NATURAL, "5", 250_000_000, "850000.00"),  # 150,000 + 600,000 + 250,000
        (COMPANY, "5", 6_000_000_000, "30387500.00"),  # 0.15 + 0.6 + 4 + 24 + 7 million
        (NATURAL, "6", 1_000_000, "2550.00"),
        (NATURAL, "8", 100_000_000, "552500.00"),  # 50 M at 0.3 + 0.3 and 50 M at 0.4 + 0.3 %
    ],
)
def test_tax_is_marginal_by_tier_and_reduced_for_the_year(
    tmp_path: Path, owner: str, use: str, value: int, tax: str
) -> None:
    (row,) = parts(tmp_path, [parcel("A1", owner, use, value)])
    assert (row["computed_tax_thb"], row["taxed_part_count"]) == (Decimal(tax), 1)


@pytest.mark.parametrize(
    ("owner", "use", "why"),
    [
        (NATURAL, "2", "the house register decides"),
        (NATURAL, "3", "the house register decides"),
        (NATURAL, "7", "the area of each use is not stated"),
        (NATURAL, "", "no use is stated"),
        (NATURAL, "9", "nobody has paid for six years yet"),
        (TEMPLE, "5", "the kind of owner has rules of its own"),
        ("9000000000009", "5", "the owner is not in the sheet of owners"),
    ],
)
def test_tax_that_is_not_certain_is_null_and_counted(tmp_path: Path, owner: str, use: str, why: str) -> None:
    (row,) = parts(tmp_path, [parcel("A1", owner, use, 900_000)])
    assert (row["computed_tax_thb"], row["taxed_part_count"]) == (None, 0), why
    assert row["appraised_value_thb"] == 900_000, "the value is published all the same"


@pytest.mark.parametrize(
    ("year", "tax"),
    [("2563", "100.00"), ("2564", "100.00"), ("2565", "1000.00"), ("2567", "1000.00"), ("2568", None), ("2569", None)],
)
def test_each_tax_year_has_its_own_reduction_and_one_without_gives_no_tax(
    tmp_path: Path, year: str, tax: str | None
) -> None:
    (row,) = parts(tmp_path, [parcel("A1", COMPANY, "4", 5_000_000)], year=year)
    assert row["computed_tax_thb"] == (None if tax is None else Decimal(tax))


def test_the_exemption_of_farmland_is_of_all_an_owner_has_here_and_spread_by_value(tmp_path: Path) -> None:
    two = [parcel("A1", NATURAL, "1", 40_000_000), parcel("A2", NATURAL, "1", 45_000_000)]
    rows = parts(tmp_path, [*two, parcel("A3", OTHER_NATURAL, "1", 50_000_000)])
    assert [row["computed_tax_thb"] for row in rows] == [Decimal("1400.00"), Decimal("1575.00"), Decimal("0.00")]


@pytest.mark.parametrize(
    ("year", "owner", "exempt"), [("2565", NATURAL, 90), ("2566", NATURAL, 50), ("2565", COMPANY, 0)]
)
def test_farmland_of_persons_is_wholly_exempt_in_the_first_years(
    tmp_path: Path, year: str, owner: str, exempt: int
) -> None:
    (row,) = parts(tmp_path, [parcel("A1", owner, "1", 90_000_000)], year=year)
    assert (row["exempt_value_thb"], row["exempt_known_part_count"]) == (exempt * 1_000_000, 1)
    assert (row["computed_tax_thb"] == 0) == (exempt == 90)


@pytest.mark.parametrize(
    ("owner", "use", "exempt"),
    [(NATURAL, "5", 0), (NATURAL, "9", 0), (NATURAL, "2", None), (NATURAL, "7", None), (TEMPLE, "1", None)],
)
def test_what_is_exempt_is_null_where_the_house_register_or_other_rules_decide(
    tmp_path: Path, owner: str, use: str, exempt: int | None
) -> None:
    (row,) = parts(tmp_path, [parcel("A1", owner, use, 900_000)])
    assert (row["exempt_value_thb"], row["exempt_known_part_count"]) == (exempt, int(exempt is not None))


def test_a_register_says_nothing_of_taxes_charged_or_paid(tmp_path: Path) -> None:
    (row,) = parts(tmp_path, [parcel("A1", COMPANY, "5", 900_000)])
    assert (row["assessed_tax_thb"], row["paid_tax_thb"]) == (None, None)
    assert (row["assessed_part_count"], row["paid_known_part_count"], row["tax_differs_part_count"]) == (0, 0, 0)


def test_a_parcel_of_several_uses_is_split_by_area_to_the_satang(tmp_path: Path) -> None:
    uses = [part_use("A1", NATURAL, use, wa) for use, wa in (("1", "33.33"), ("5", "33.33"), ("6", "33.34"))]
    rows = parts(tmp_path, [parcel("A1", NATURAL, "7", "1,000,000.01")], uses)
    assert {row["use_category"] for row in rows} == {"agriculture", "other", "vacant"}
    assert sum(Decimal(str(row["appraised_value_thb"])) for row in rows) == Decimal("1000000.01")
    assert sum(Decimal(str(row["area_sqwa"])) for row in rows) == 400


def test_uses_that_do_not_account_for_a_parcel_split_nothing(tmp_path: Path) -> None:
    uses = [part_use("A1", NATURAL, "1", ""), part_use("A1", NATURAL, "5", "")]
    (row,) = parts(tmp_path, [parcel("A1", NATURAL, "7", 1_000_000)], uses)
    assert (row["use_category"], row["area_sqwa"], row["appraised_value_thb"]) == ("mixed", 400, 1_000_000)
    assert row["computed_tax_thb"] is None


def test_area_is_read_from_rai_ngan_and_wa_and_blank_is_not_nought(tmp_path: Path) -> None:
    stated = parcel("A1", NATURAL, "1", 1, **{"ไร่": "๒", "งาน": "3", "ตร.วา": "๙๙.๕๐"})
    blank = parcel("A2", NATURAL, "1", 2, **{"ไร่": "", "งาน": "", "ตร.วา": ""})
    assert [row["area_sqwa"] for row in parts(tmp_path, [stated, blank])] == [Decimal("1199.50"), None]


def test_a_parcel_without_a_value_is_kept_without_a_tier_or_a_tax(tmp_path: Path) -> None:
    (row,) = parts(tmp_path, [parcel("A1", NATURAL, "5", "-")])
    assert (row["value_tier"], row["appraised_value_thb"], row["computed_tax_thb"]) == ("9_not_stated", None, None)


@pytest.mark.parametrize("spelling", ["1", " 1 ", "๑", "เกษตรกรรม", 1])
def test_reviewed_spellings_of_a_use_are_one_use(tmp_path: Path, spelling: object) -> None:
    (row,) = parts(tmp_path, [parcel("A1", NATURAL, spelling, 1)])
    assert row["use_category"] == "agriculture"


@pytest.mark.parametrize(
    ("value", "tier"),
    [(0, "1_under_500k"), (499_999, "1_under_500k"), (500_000, "2_500k_to_2m"), (10_000_000, "4_10m_and_over")],
)
def test_the_lower_bound_of_a_tier_is_in_it(tmp_path: Path, value: int, tier: str) -> None:
    (row,) = parts(tmp_path, [parcel("A1", NATURAL, "1", value)])
    assert row["value_tier"] == tier


SOUND = parcel("A1", NATURAL, "1", 1)
REFUSED: dict[str, tuple[list[Cells], list[Cells], str | None]] = {
    "a use nobody reviewed": ([{**SOUND, USE: "ทำสวน"}], [], "known_use_code"),
    "a place that does not exist": ([{**SOUND, "ตำบล": "330599"}], [], "known_place_code"),
    "a place of another district": ([{**SOUND, "อำเภอ": "3301"}], [], "known_place_code"),
    "a use of a parcel that is not there": ([SOUND], [part_use("A9", NATURAL, "1", "1")], "known_parcel_code"),
    "a use of another's parcel": ([SOUND], [part_use("A1", COMPANY, "1", "1")], "known_parcel_code"),
    "a parcel twice": ([SOUND, SOUND], [], None),
    "an id that is none": ([{**SOUND, "เลขบัตรเจ้าของที่ดิน": "123"}], [], "owner_id"),
    "four ngan": ([{**SOUND, "งาน": 4}], [], "area_ngan"),
    "a value in words": ([{**SOUND, VALUE: "หนึ่งล้าน"}], [], "appraised_value_thb"),
    "a negative value": ([{**SOUND, VALUE: -1}], [], "appraised_value_thb"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_look_ups_and_the_schema_do_not_know_is_refused(tmp_path: Path, case: str) -> None:
    parcels, uses, column = REFUSED[case]
    with pytest.raises((InvalidData, SourceError)) as refusal:
        parts(tmp_path, parcels, uses)
    assert refusal.value.place.column == column
    assert "ทำสวน" not in str(refusal.value)
