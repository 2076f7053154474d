"""Assessment rolls of local authorities, and registers beside them: kept as recorded, held against the law, and
no authority in both. Everything in them is invented."""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from pipelines.errors import InvalidData, OpendataError, SourceError
from pipelines.extract import extract
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests.conftest import PROJECT
from tests.datasets.test_land_tax import NATURAL, PARCELS, USE, VALUE, parcel, workbook
from tests.datasets.test_land_tax_drops import NAME, PLACE, validated

SAMPLE = PROJECT / "datasets" / NAME / "sample"
HEADING = ["ปีภาษี", "เลขประจำตัวผู้เสียภาษี", "ประเภทบุคคล", "ชื่อผู้เสียภาษี", "รหัสแปลงที่ดิน", "รหัสตำบล", USE,
           "เนื้อที่ (ตร.ว.)", "ราคาประเมิน (บาท)", "มูลค่าที่ได้รับยกเว้น (บาท)", "ฐานภาษี (บาท)", "ภาษีประเมิน (บาท)",
           "ชำระแล้ว (บาท)", "วันที่ชำระ"]  # fmt: skip


def charged(code: str, use: str, base: object, tax: object, **more: object) -> dict[str, object]:
    """A row of a roll whose whole value is its base, with some cells otherwise."""
    cells: dict[str, object] = dict.fromkeys(HEADING, "")
    cells |= {"ปีภาษี": "2566", HEADING[1]: NATURAL, "ประเภทบุคคล": "บุคคลธรรมดา", "รหัสแปลงที่ดิน": code}
    return cells | {"รหัสตำบล": "740301", USE: use, HEADING[8]: base, HEADING[10]: base, HEADING[11]: tax} | more


def roll(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, HEADING)
        writer.writeheader()
        writer.writerows(rows)
    return path


ROLL = [
    charged("A1", "เกษตรกรรม", "120,000,000.00", "21250.00"),  # 7,500 + 7,500 + 10,000, less 15 %
    charged("A2", "อื่น ๆ", "1,000,000", "2,550.01"),  # a satang off is rounding
    charged("A3", "อื่น ๆ", "2,000,000", "6,000"),  # 5,100 by the tiers
    charged("A4", "ที่อยู่อาศัย", "3,000,000", "510"),
    charged("A5", "ที่อยู่อาศัย", "4,000,000", "0", **{HEADING[9]: "4,000,000", HEADING[10]: "0"}),
    charged("A6", "ทิ้งไว้ว่างเปล่าหรือไม่ได้ทำประโยชน์", "5,000,000", "25,500"),
    charged("A7", "8", "6,000,000", "30,600", **{HEADING[12]: "๑๐,๐๐๐.๕๐"}),
    charged("A8", "5", "7,000,000", "", **{HEADING[10]: "", "ประเภทบุคคล": ""}),
    charged("A9", "เกษตรกรรม", "8,000,000", "800", **{"ประเภทบุคคล": "วัด/ศาสนา", HEADING[12]: "0"}),
]
#: By value: exempt, computed, assessed, differs, paid.
MADE: list[tuple[float | None, ...]] = [
    (None, 2550.00, 2550.01, 0, None), (None, 5100, 6000, 1, None), (None, None, 510, 0, None),
    (4_000_000, 0, 0, 0, None), (None, None, 25_500, 0, None), (None, 30_600, 30_600, 0, 10_000.5),
    (None, None, None, 0, None), (None, 680, 800, 1, 0), (None, 21_250, 21_250, 0, None),
]  # fmt: skip


def test_a_roll_is_kept_as_recorded_and_where_it_differs_from_the_law_is_counted(tmp_path: Path) -> None:
    rows, _ = validated(tmp_path, elass=roll(tmp_path / "drop-2566/a.csv", ROLL))
    names = ("exempt_value_thb", "computed_tax_thb", "assessed_tax_thb", "tax_differs_part_count", "paid_tax_thb")
    found = [tuple(None if row[n] is None else float(row[n]) for n in names) for row in rows]
    assert found == MADE
    counts = ("exempt_known_part_count", "taxed_part_count", "assessed_part_count", "paid_known_part_count")
    for at, count in zip((0, 1, 2, 4), counts, strict=True):
        assert [row[count] for row in rows] == [int(made[at] is not None) for made in MADE], count


def test_half_a_satang_of_tax_is_rounded_up_as_decimals_are_and_not_as_floats(tmp_path: Path) -> None:
    bases = [100 + 200 * n for n in range(200)] + [1_000_000_100 + 200 * n for n in range(50)]
    rows = [charged(f"H{n}", "เกษตรกรรม" if n % 2 else "5", str(base), "0") for n, base in enumerate(bases)]
    found, _ = validated(tmp_path, elass=roll(tmp_path / "drop-2566/a.csv", rows))
    tiers = {"5": [(50, "0.3"), (200, "0.4"), (1_000, "0.5"), (5_000, "0.6")],
             "เกษตรกรรม": [(75, "0.01"), (100, "0.03"), (500, "0.05"), (1_000, "0.07"), (9_000, "0.10")]}  # fmt: skip
    expected = []
    for row, base in zip(rows, bases, strict=True):
        tax, lower = Decimal(0), 0
        for upper, rate in tiers[str(row[USE])]:
            tax += max(min(base, upper * 1_000_000) - lower, 0) * Decimal(rate) / 100
            lower = upper * 1_000_000
        expected.append((tax * Decimal("0.85")).quantize(Decimal("0.01"), ROUND_HALF_UP))
    assert [row["computed_tax_thb"] for row in found] == expected


def test_a_roll_that_lacks_the_columns_of_payment_says_nothing_of_it(tmp_path: Path) -> None:
    rows, _ = validated(tmp_path, elass=SAMPLE / "synthetic-elass-2566/7403-a.csv")
    assert {row["paid_tax_thb"] for row in rows} == {None}
    assert sum(row["paid_known_part_count"] for row in rows) == 0
    assert sum(row["assessed_part_count"] for row in rows) == len(rows)


def test_a_damaged_roll_is_taken_out_by_name(tmp_path: Path) -> None:
    for number in range(11):
        place = {"รหัสตำบล": "740301", HEADING[1]: f"90000000001{number:02}"}
        roll(tmp_path / f"drop-2566/{number:02}.csv", [charged("A1", "อื่น ๆ", number, "1", **place)])
    roll(tmp_path / "drop-2566/05.csv", [charged("A1", "อื่น ๆ", "มาก", "1")])
    rows, receipt = validated(tmp_path, elass=tmp_path / "drop-2566")
    assert [int(row["appraised_value_thb"]) for row in rows] == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10]
    (fate,) = receipt.details["quality"]["files"]["elass"]["refused"]
    assert (fate["file"], fate["table"], fate["row"], fate["column"]) == ("05.csv", "roll", 2, "appraised_value_thb")


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (charged("A1", "ทำสวน", 1, 1), "known_use_code"),
        (charged("A1", "อื่น ๆ", 1, 1, **{HEADING[5]: "740399"}), "known_place_code"),
        (charged("A1", "อื่น ๆ", 1, 1, ประเภทบุคคล="คน"), "known_person_type_code"),
        (charged("A1", "อื่น ๆ", 1, -1), "assessed_tax_thb"),
        (charged("A1", "อื่น ๆ", 1, 1, **{HEADING[1]: "123"}), "owner_id"),
    ],
)
def test_what_a_roll_may_not_say_is_refused(tmp_path: Path, row: dict[str, object], column: str) -> None:
    with pytest.raises(OpendataError) as refusal:
        validated(tmp_path, elass=roll(tmp_path / "drop-2566/a.csv", [row]))
    assert refusal.value.place.column == column


def test_a_roll_of_another_year_is_refused(tmp_path: Path) -> None:
    rows = [charged("A1", "อื่น ๆ", 1, 1), charged("A2", "อื่น ๆ", 1, 1, ปีภาษี="2565")]
    with pytest.raises(InvalidData) as refusal:
        validated(tmp_path, elass=roll(tmp_path / "drop/a.csv", rows))
    assert refusal.value.place.column == "of_tax_year"
    with pytest.raises(SourceError, match="the period is not certain"):
        validated(tmp_path, "2565", elass=tmp_path / "drop")


def test_registers_and_rolls_make_one_table(tmp_path: Path) -> None:
    (tmp_path / "ltax-2566").mkdir()
    workbook(tmp_path / "ltax-2566/same.xlsx", [parcel("A1", NATURAL, "1", 60_000_000)])
    roll(tmp_path / "elass-2566/same.xlsx", [charged("A1", "เกษตรกรรม", 70_000_000, 1)])
    rows, receipt = validated(tmp_path, ltax=tmp_path / "ltax-2566", elass=tmp_path / "elass-2566")
    assert [(row["subdistrict_code"], row["exempt_value_thb"], row["computed_tax_thb"]) for row in rows] == [
        ("330501", 50_000_000, 850), ("740301", None, 5950)
    ]  # fmt: skip
    assert set(receipt.details["quality"]["files"]) == {"ltax", "elass"}


def test_an_authority_in_both_is_refused_by_its_subdistricts(tmp_path: Path) -> None:
    (tmp_path / "ltax-2566").mkdir()
    places = [{PLACE: place, "อำเภอ": place[:4], "จังหวัด": place[:2]} for place in ("740301", "740302", "740303")]
    rows = [parcel(f"A{n}", NATURAL, "1", 1, **place) for n, place in enumerate(places)]
    workbook(tmp_path / "ltax-2566/a.xlsx", rows)
    both = [charged("B1", "อื่น ๆ", 1, 1, **{HEADING[5]: place}) for place in ("740303", "740304", "740301")]
    roll(tmp_path / "elass-2566/a.csv", both)
    with pytest.raises(InvalidData, match=r"both parcels and roll have 740301, 740303\n") as refusal:
        validated(tmp_path, ltax=tmp_path / "ltax-2566", elass=tmp_path / "elass-2566")
    assert refusal.value.place.column == "subdistrict_code"


def test_every_row_of_the_sample_is_in_the_parts_once(tmp_path: Path) -> None:
    """Value and area of the whole sample, added up apart from the pipeline."""
    thai = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789", ",")
    total: dict[str, Decimal] = defaultdict(Decimal)
    for path in sorted((SAMPLE / "synthetic-ltax-2566").iterdir()):
        heading, *parcels = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(PARCELS).to_python()
        for found in parcels:
            cells = {str(h): str(c).translate(thai) for h, c in zip(heading, found, strict=True)}
            total["value"] += Decimal(cells[VALUE]) if cells[VALUE] not in {"", "-"} else 0
            total["area"] += Decimal(cells["ไร่"]) * 400 + Decimal(cells["งาน"]) * 100 + Decimal(cells["ตร.วา"])
    for name, delimiter in (("3116-a", ","), ("7403-a", ";")):
        with (SAMPLE / f"synthetic-elass-2566/{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file, delimiter=delimiter):
                total["value"] += Decimal(row[HEADING[8]].translate(thai))
                total["area"] += Decimal(row[HEADING[7]].translate(thai))
                total["assessed"] += Decimal(row[HEADING[11]].translate(thai))
    ws = Workspace(PROJECT, str(tmp_path))
    dataset = ws.dataset(NAME)
    extract(ws, dataset)
    with ws.store.local(validate(ws, dataset, "2566").receipt.files["assessed_parts.parquet"].path) as path:
        table = pq.read_table(path).to_pydict()
    names = {"value": "appraised_value_thb", "area": "area_sqwa", "assessed": "assessed_tax_thb"}
    assert {key: sum(v for v in table[name] if v is not None) for key, name in names.items()} == dict(total)


def test_the_roll_that_says_another_year_is_named(tmp_path: Path) -> None:
    """One slip in one of hundreds of files refuses them all: which one it is must be said."""
    roll(tmp_path / "drop-2566/a.csv", [charged("A1", "อื่น ๆ", "5", "0.02")])
    roll(tmp_path / "drop-2566/b.csv", [charged(f"B{n}", "อื่น ๆ", "5", "0.02", ปีภาษี=n) for n in (2566, 2567)])
    with pytest.raises(SourceError, match=r"tax_year_be of roll \(b.csv, row 3\) says 2567"):
        validated(tmp_path, elass=tmp_path / "drop-2566")
