"""A synthetic land register whose tax is not the law's would pass a pipeline that has the law wrong."""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow.parquet as pq
import pytest
from stdnum.th import moa, pin

from pipelines.errors import InvalidData, UsageError
from pipelines.extract import extract
from pipelines.portals.static import StaticPortal
from pipelines.run import run
from pipelines.synth.draw import table
from pipelines.synth.registers import synthesise
from pipelines.synth.taxation import Law
from pipelines.synth.truth import Truth
from pipelines.synth.wanted import Wanted
from pipelines.thai.places import reference_tables
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests.conftest import PROJECT

NAME, YEAR = "land_tax/assessments", "2566"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace(PROJECT, str(tmp_path / "home"))


def made(ws: Workspace, out: Path, rows: int = 3_000, period: str = YEAR, **wanted: object) -> Truth:
    return synthesise(ws.dataset(NAME), Wanted(rows, period, **wanted), str(out))  # type: ignore[arg-type]


def sheet(file: Path, name: str) -> list[dict[str, str]]:
    rows = openpyxl.load_workbook(file)[name].iter_rows(values_only=True)
    header = [str(cell) for cell in next(rows)]
    return [dict(zip(header, ("" if cell is None else str(cell) for cell in row), strict=True)) for row in rows]


def headers(file: Path) -> dict[str, list[str]]:
    book = openpyxl.load_workbook(file)
    return {name: [str(cell) for cell in next(book[name].iter_rows(values_only=True))] for name in book.sheetnames}


def roll_rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        yield from csv.DictReader(opened)


def number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


@pytest.mark.real_data
def test_the_workbook_has_the_layout_of_the_system(ws: Workspace, tmp_path: Path, real_data: Path) -> None:
    made(ws, tmp_path / "a.xlsx", rows=50)
    assert headers(tmp_path / "a.xlsx") == headers(real_data / "land-tax/ltax-template.xlsx")


@pytest.mark.parametrize("year", [YEAR, "2565"])
def test_the_workbook_is_taken_and_comes_to_the_truth_of_the_law(year: str, ws: Workspace, tmp_path: Path) -> None:
    """In the second of these years farm land of persons is not taxed."""
    out = tmp_path / f"register-{year}.xlsx"
    truth = made(ws, out, rows=8_000, period=year, seed=3)
    extract(ws, ws.dataset(NAME), period=year, location={"ltax": str(out)})
    receipt = validate(ws, ws.dataset(NAME), year).receipt
    parts = pq.read_table(Path(ws.home, receipt.files["assessed_parts.parquet"].path)).to_pylist()
    found: Counter[tuple[str, ...]] = Counter()
    owners: dict[tuple[str, ...], set[str]] = {}
    for part in parts:
        cell = (part["subdistrict_code"], part["use_category"], part["value_tier"])
        owners.setdefault(cell, set()).add(part["owner_id"])
        found[*cell, "parcel_part_count"] += 1
        found[*cell, "owner_count"] = len(owners[cell])
        for measure in ("area_sqwa", "appraised_value_thb", "computed_tax_thb"):
            found[*cell, measure] += int((part[measure] or 0) * 100)
        found[*cell, "taxed_part_count"] += part["taxed_part_count"]
    assert found == truth
    assert {cell[1] for cell in truth} == {"agriculture", "residential", "other", "vacant", "mixed", "not_stated"}


def test_the_workbook_is_published(ws: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "register-2566.xlsx"
    truth = made(ws, out, seed=3)
    result = run(ws, ws.dataset(NAME), period=YEAR, location={"ltax": str(out)}, portal=StaticPortal(ws))
    with Path(result.files[0]["path"]).open(encoding="utf-8-sig") as file:
        (total,) = [row for row in csv.DictReader(file)
                    if {row["subdistrict_code"], row["use_category"], row["value_tier"]} == {"_T"}]  # fmt: skip
    totals = truth.totals()
    assert total["parcel_part_count"] == str(totals["parcel_part_count"])
    assert total["appraised_value_thb"] in ("", totals["appraised_value_thb"])


def test_owners_belong_to_nobody_and_some_have_much_more_than_others(ws: Workspace, tmp_path: Path) -> None:
    made(ws, tmp_path / "a.xlsx", rows=4_000)
    owners, parcels = sheet(tmp_path / "a.xlsx", "1_เจ้าของทรัพย์สิน"), sheet(tmp_path / "a.xlsx", "2_ที่ดิน")
    for owner in owners:
        number_ = owner["เลขบัตรประชาชน"]
        assert number_[1:3] == "00"
        assert (pin if owner["ประเภทบุคคล"] == "1" else moa).is_valid(number_)
    of = Counter(parcel["เลขบัตรเจ้าของที่ดิน"] for parcel in parcels)
    assert set(of) == {owner["เลขบัตรประชาชน"] for owner in owners}
    assert len(owners) == len(of)
    assert max(of.values()) > 20
    assert sum(count == 1 for count in of.values()) > len(of) / 2
    values = sorted(
        int(v) for p in parcels if (v := p["รวมราคาประเมินที่ดิน (บาท)"].replace(",", "")).isascii() and v != "-"
    )
    assert sum(values[-len(values) // 100 :]) > sum(values) * 0.1, "one in a hundred parcels has a tenth of the worth"
    codes = {row["subdistrict_code"] for row in reference_tables()["subdistricts"].to_pylist()}
    assert {p["ตำบล"] for p in parcels} <= codes
    assert len({p["อำเภอ"] for p in parcels}) == 1


def test_uses_add_up_to_the_parcel_but_for_the_few_that_are_told(ws: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "a.xlsx"
    made(ws, out, rows=8_000)

    def area(row: dict[str, str]) -> Decimal:
        return int(row["ไร่"]) * 400 + int(row["งาน"]) * 100 + Decimal(row["ตร.วา"])

    parcels = {row["รหัสแปลงที่ดิน"]: area(row) for row in sheet(out, "2_ที่ดิน")}
    sums: Counter[str] = Counter()
    for row in sheet(out, "2_ที่ดิน_ใช้ประโยชน์"):
        sums[row["รหัสแปลงที่ดิน"]] += area(row)  # type: ignore[assignment]
    short = sum(parcels[code] != total for code, total in sums.items())
    with Path(f"{out}.dirt.csv").open() as file:
        dirt = {row["dirt"]: int(row["records"]) for row in csv.DictReader(file)}
    assert len(sums) > 200
    assert short == dirt["uses_short"] > 0


def test_heavy_dirt_that_a_roll_has_not_is_no_roll_without_it(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no heavy dirt"):
        made(ws, tmp_path / "roll.csv", dirt="heavy")


def test_heavy_dirt_is_refused(ws: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "a.xlsx"
    made(ws, out, dirt="heavy")
    extract(ws, ws.dataset(NAME), period=YEAR, location={"ltax": str(out)})
    with pytest.raises(InvalidData):
        validate(ws, ws.dataset(NAME), YEAR)


def taxed(base: Decimal, rates: list[dict[str, str]], rate_class: str) -> Decimal:
    tax = Decimal(0)
    for rate in rates:
        if rate["rate_class"] == rate_class:
            slice_ = min(base, Decimal(rate["upper_thb"] or "1e15")) - Decimal(rate["lower_thb"])
            tax += max(slice_, Decimal(0)) * Decimal(rate["rate_pct"]) / 100 * Decimal("0.85")
    return tax.quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_the_roll_is_what_the_law_has_each_property_pay(ws: Workspace, tmp_path: Path) -> None:
    """Reckoned anew from the rows of the roll, in decimals, with the rates that the dataset has."""
    truth = made(ws, tmp_path / "a.csv", rows=20_000, seed=7)
    rows = list(roll_rows(tmp_path / "a.csv"))
    assert list(rows[0]) == [row["heading"] for row in table("roll_layout")]
    of_years = csv.DictReader(ws.dataset(NAME).extras["data/rates.csv"].splitlines())
    rates = [r for r in of_years if int(r["tax_year_be_from"]) <= int(YEAR) <= int(r["tax_year_be_to"])]
    vacant = "ทิ้งไว้ว่างเปล่าหรือไม่ได้ทำประโยชน์"  # the roll does not say for how long
    classes = {"เกษตรกรรม": ("agriculture",), "ที่อยู่อาศัย": ("residential_other",), vacant: ("vacant", "vacant_3_years")}
    farm: Counter[str] = Counter()
    for row in rows:
        if row["ประเภทการใช้ประโยชน์"] == "เกษตรกรรม":
            farm[row["เลขประจำตัวผู้เสียภาษี"]] += int(number(row["ราคาประเมิน (บาท)"]))
    wrong = 0
    for row in rows:
        value, base = number(row["ราคาประเมิน (บาท)"]), number(row["ฐานภาษี (บาท)"])
        assert number(row["มูลค่าที่ได้รับยกเว้น (บาท)"]) == value - base
        owned = farm[row["เลขประจำตัวผู้เสียภาษี"]]
        if row["ประเภทการใช้ประโยชน์"] == "เกษตรกรรม" and row["ประเภทบุคคล"] == "บุคคลธรรมดา":
            due = value * max(owned - 50_000_000, 0) / owned
            assert abs(base - due) <= Decimal("0.005"), "fifty millions of an owner's farm land are exempt"
        else:
            assert base == value
        due_taxes = {taxed(base, rates, name) for name in classes.get(row["ประเภทการใช้ประโยชน์"], ("other",))}
        wrong += number(row["ภาษีประเมิน (บาท)"]) not in due_taxes
    assert not wrong
    totals = truth.totals()
    for column, measure in (("ราคาประเมิน (บาท)", "appraised_value_thb"), ("ภาษีประเมิน (บาท)", "assessed_tax_thb"),
                            ("ชำระแล้ว (บาท)", "paid_tax_thb"), ("เนื้อที่ (ตร.ว.)", "area_sqwa")):  # fmt: skip
        assert str(sum(number(row[column]) for row in rows)) == totals[measure]
    assert totals["parcel_part_count"] == len(rows) == 20_000


def test_payments_have_days_of_the_tax_year_and_no_day_where_nothing_was_paid(ws: Workspace, tmp_path: Path) -> None:
    made(ws, tmp_path / "a.csv", rows=5_000)
    rows = list(roll_rows(tmp_path / "a.csv"))
    assert all((row["วันที่ชำระ"] == "") == (number(row["ชำระแล้ว (บาท)"]) == 0) for row in rows)
    days = {row["วันที่ชำระ"] for row in rows if row["วันที่ชำระ"].isascii() and row["วันที่ชำระ"]}
    assert {day[3:] for day in days} <= {"04/2566", "05/2566", "06/2566"}
    due = [row for row in rows if number(row["ภาษีประเมิน (บาท)"]) > 1]
    unpaid = sum(number(row["ชำระแล้ว (บาท)"]) == 0 for row in due)
    assert 0.09 < unpaid / len(due) < 0.15


def test_a_year_without_confirmed_rates_has_no_roll(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no confirmed rates"):
        made(ws, tmp_path / "a.csv", period="2568")


def test_the_same_seed_gives_the_same_bytes(ws: Workspace, tmp_path: Path) -> None:
    def sha(name: str, seed: int) -> str:
        made(ws, tmp_path / name, rows=500, seed=seed)
        return hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()

    for form in ("xlsx", "csv", "parquet"):
        assert sha(f"a.{form}", 1) == sha(f"b.{form}", 1) != sha(f"c.{form}", 2)


def test_a_sheet_cannot_hold_more_than_it_can(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at most 1,048,575"):
        made(ws, tmp_path / "a.xlsx", rows=1_048_576)


def test_a_part_that_writes_other_forms_is_named(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        made(ws, tmp_path / "a.csv", part="ltax")
    assert "--part ltax writes .xlsx" in refused.value.remedy


def test_ranges_of_value_are_the_datasets(ws: Workspace) -> None:
    law = Law(ws.dataset(NAME).extras, int(YEAR))
    values = np.array([-1, 0, 49_999_999, 50_000_000, 999_999_999_999])
    assert [law.tiers[n]["value_tier"][0] for n in law.tier(values)] == ["9", "1", "1", "2", "4"]
