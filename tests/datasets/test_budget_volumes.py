"""Volumes of the budget extraction with what other volumes than the three real ones at hand hold.

Every shape was seen in a volume of the same extraction, or is what its program writes (its notebook);
the lines here are synthetic.
"""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.errors import InvalidData, SourceError
from pipelines.run import RunResult
from tests.budget import LINES, PLAIN, Rows, published, volume, whole_way

#: Texts of AMOUNT that are no figure, and what the line is counted as.
UNREAD = ["9,", "1,966,437,40", "1234,567", "012,345", "0", "", "#N/A", "๑,๒๐๐", "-5,000", "nan", "1e+16", "ยี่สิบ"]
READ = ["1", "12", "999", "1,000", "1,234,567", "1,234,567.0", "1234567", "310,600,000,000", "310,600,000,000.0",
        "1,966,437,400.25"]  # fmt: skip
CENTRAL = {"MINISTRY": "งบกลาง", "BUDGETARY_UNIT": "งบกลาง", "PROJECT": "", "ITEM_DESCRIPTION": ""}
ROYAL = "สนับสนุนงาน ตามพระปณิธาน ศาสตราจารย์ ดร. สมเด็จพระเจ้า น้องนางเธอ"
ODD: Rows = [
    *({"ITEM_DESCRIPTION": f"unread {n}", "AMOUNT": text} for n, text in enumerate(UNREAD)),
    *({"ITEM_DESCRIPTION": f"read {n}", "AMOUNT": text} for n, text in enumerate(READ)),
    *({"ITEM_DESCRIPTION": f"dash {n}", "AMOUNT": "0.0", "OBLIGED?": "True", "FISCAL_YEAR": str(2020 + n)}
      for n in range(3)),
    *({"ITEM_DESCRIPTION": f"year {year}", "FISCAL_YEAR": year, "OBLIGED?": "True"}
      for year in ("-541", "1962", "2565", "20222")),
    CENTRAL | {"CATEGORY_LV1": "เงินเบี้ยหวัด บำเหน็จ บำนาญ", "AMOUNT": "310,600,000,000"},
    CENTRAL | {"CATEGORY_LV1": "เงินสำรองจ่ายเพื่อกรณีฉุกเฉินหรือจำเป็น", "AMOUNT": "89,000,000,000"},
    {"ITEM_DESCRIPTION": "total in heading", "CATEGORY_LV1": "งบเงินอุดหนุน 2,024,200"},
    {"ITEM_DESCRIPTION": "lost sara am", "CATEGORY_LV1": "งบดาเนินงาน", "DEBUG_LOG": "CATEGORY_LV1 is not as written"},
    {"ITEM_DESCRIPTION": "level two", "CATEGORY_LV1": "เงินอุดหนุนทั่วไป"},
    *({"ITEM_DESCRIPTION": f"unreviewed {n}", "CATEGORY_LV1": "งบเลี้ยงรับรอง"} for n in range(3)),
    {"ITEM_DESCRIPTION": "both", "OUTPUT": "ผลผลิตสมมติ"},
    {"ITEM_DESCRIPTION": "doubted", "DEBUG_LOG": "AMOUNT is WORONG"},
    {"ITEM_DESCRIPTION": "doubted twice", "DEBUG_LOG": "LEVEL NOT MATCH level - AMOUNT is WORONG"},
    {"ITEM_DESCRIPTION": 'ชดเชย "ประมงสมมติ"\nวงเงิน 500 ล้านบาท'},
    {"ITEM_DESCRIPTION": ROYAL},
    {"ITEM_DESCRIPTION": "ค่าปรับปรุงอนุสาวรีย์ พล.อ.ทดสอบ สมมติ 1 แห่ง", "CATEGORY_LV6": "named"},
]  # fmt: skip
PLAIN_LINES = 60


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    folder = tmp_path_factory.mktemp("odd")
    path = volume(folder / "2022-3-91.csv", ODD, plain=PLAIN_LINES)
    return whole_way(LINES, path, folder / "home", "2565")


def line(result: RunResult, item: str) -> dict[str, str]:
    (found,) = [row for row in published(result, "expenditure_lines") if row["item_th"] == item]
    return found


def document(result: RunResult) -> dict[str, str]:
    (found,) = published(result, "documents")
    return found


def test_a_figure_that_cannot_be_read_is_never_completed_but_counted(odd: RunResult) -> None:
    assert [line(odd, f"unread {n}")["amount_thb"] for n in range(len(UNREAD))] == [""] * len(UNREAD)
    assert document(odd)["unread_amount_line_count"] == str(len(UNREAD))
    (total,) = [r for r in published(odd, "budget_by_ministry") if r["ministry_name_th"] == r["category_code"] == "_T"]
    assert total["unread_amount_line_count"] == str(len(UNREAD))


def test_every_figure_that_can_be_read_is_published_as_it_is(odd: RunResult) -> None:
    found = [Decimal(line(odd, f"read {n}")["amount_thb"]) for n in range(len(READ))]
    assert found == [Decimal(text.replace(",", "")) for text in READ]
    assert {row["amount_is_averaged"] for row in published(odd, "expenditure_lines")} == {"false"}


def test_nothing_was_set_only_for_a_year_of_a_commitment(odd: RunResult) -> None:
    assert [line(odd, f"dash {n}")["amount_thb"] for n in range(3)] == ["0.00"] * 3
    assert document(odd)["zero_line_count"] == "3"


def test_a_year_that_cannot_be_is_left_empty_and_in_no_sum(odd: RunResult) -> None:
    for year in ("-541", "1962", "2565", "20222"):
        found = line(odd, f"year {year}")
        assert (found["fiscal_year"], found["fiscal_year_be"], found["is_of_budget_year"]) == ("", "", "")
    assert document(odd)["unread_year_line_count"] == "4"
    of_year = [r for r in published(odd, "expenditure_lines") if r["is_of_budget_year"] == "true" and r["amount_thb"]]
    assert Decimal(document(odd)["year_budget_thb"]) == sum(Decimal(r["amount_thb"]) for r in of_year)


def test_the_central_fund_is_published_as_what_it_is(odd: RunResult) -> None:
    (cell,) = [
        r for r in published(odd, "budget_by_ministry")
        if (r["ministry_name_th"], r["category_code"]) == ("งบกลาง", "central_fund")
    ]  # fmt: skip
    assert (cell["category_name_th"], cell["line_count"], cell["amount_thb"]) == ("งบกลาง", "2", "399600000000.00")
    lines = [r for r in published(odd, "expenditure_lines") if r["category_1_th"] == "งบกลาง"]
    assert lines[0]["category_1_found_th"] == "เงินเบี้ยหวัด บำเหน็จ บำนาญ", "the item is not lost"


def test_reviewed_spellings_are_put_right_and_what_they_were_is_kept(odd: RunResult) -> None:
    total, lost, shifted = (line(odd, item) for item in ("total in heading", "lost sara am", "level two"))
    assert (total["category_1_th"], total["category_1_found_th"]) == ("งบเงินอุดหนุน", "งบเงินอุดหนุน 2,024,200")
    assert (lost["category_1_th"], lost["levels_are_uncertain"]) == ("งบดำเนินงาน", "true")
    assert (shifted["category_1_th"], shifted["category_1_found_th"]) == ("", "เงินอุดหนุนทั่วไป")


def test_a_spelling_nobody_has_reviewed_costs_its_lines_their_category_alone(odd: RunResult) -> None:
    found = [line(odd, f"unreviewed {n}") for n in range(3)]
    assert {(r["category_1_th"], r["category_1_found_th"], r["amount_thb"]) for r in found} == {
        ("", "งบเลี้ยงรับรอง", "1000.00")
    }
    assert document(odd)["unreviewed_category_line_count"] == "3"
    assert document(odd)["no_category_line_count"] == "4"
    rows = [r for r in published(odd, "budget_by_ministry") if r["category_code"] == "not_stated"]
    assert {r["line_count"] for r in rows} == {"4"}
    quality = odd.stages["validate"].receipt.details["quality"]["tables"]["lines"]
    assert quality["look_ups"]["reviewed_category"]["missed"] == 3


def test_spellings_nobody_has_reviewed_beyond_slips_refuse_the_volume(tmp_path: Path) -> None:
    path = volume(tmp_path / "2022-3-91.csv", [{"CATEGORY_LV1": "งบเลี้ยงรับรอง"}] * 6, plain=94)
    with pytest.raises(InvalidData, match="6 of 100 values") as refusal:
        whole_way(LINES, path, tmp_path / "home", "2565")
    assert refusal.value.place.column == "reviewed_category"
    assert "เลี้ยงรับรอง" not in str(refusal.value)
    (listed,) = (tmp_path / "home/quarantine").rglob("misses-lines-reviewed_category.csv")
    assert "งบเลี้ยงรับรอง" in listed.read_text(encoding="utf-8-sig")


def test_a_line_with_an_output_and_a_project_has_neither_name(odd: RunResult) -> None:
    both = line(odd, "both")
    assert (both["output_name_th"], both["output_kind"], both["amount_thb"]) == ("", "", "1000.00")
    assert document(odd)["two_outputs_line_count"] == "1"


def test_what_the_extraction_notes_of_amounts_is_no_doubt_of_levels(odd: RunResult) -> None:
    found = [line(odd, item) for item in ("doubted", "doubted twice")]
    assert [(r["amount_is_doubted"], r["levels_are_uncertain"]) for r in found] == [("true", "false"), ("true", "true")]
    assert (document(odd)["doubted_amount_line_count"], document(odd)["uncertain_level_line_count"]) == ("2", "2")


def test_line_breaks_and_quotation_marks_in_names_part_no_lines(odd: RunResult) -> None:
    assert line(odd, 'ชดเชย "ประมงสมมติ" วงเงิน 500 ล้านบาท')["amount_thb"] == "1000.00"
    assert len(published(odd, "expenditure_lines")) == len(ODD) + PLAIN_LINES


def test_a_person_in_a_name_is_left_out_and_a_royal_programme_is_not(odd: RunResult) -> None:
    (named,) = [row for row in published(odd, "expenditure_lines") if row["category_6_th"] == "named"]
    assert (named["item_th"], named["amount_thb"]) == ("", "1000.00")
    assert line(odd, ROYAL)["amount_thb"] == "1000.00"
    text = Path(odd.files[0]["path"]).with_name("privacy.json").read_text(encoding="utf-8")
    assert re.search(r'"item_th": 1\b', text), "what was left out is counted"


def test_the_books_of_a_ministry_add_up_to_one_ministry(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    for number in (1, 2):
        of_book = {"REF_DOC": f"2022.3.93({number})", "MINISTRY": f"กระทรวงสมมติ วิจัยและนวัตกรรม ({number})"}
        volume(tmp_path / f"drop/2022-3-93({number}).csv", [of_book] * 3)
    volume(tmp_path / "drop/2022-3-94(1).csv", [{"REF_DOC": "2022.3.94(1)", "MINISTRY": "หน่วยงานสมมติ (2)"}] * 3)
    result = whole_way(LINES, tmp_path / "drop", tmp_path / "home", "2565")
    totals = {r["ministry_name_th"]: r["amount_thb"] for r in published(result, "budget_by_ministry")}
    assert totals["กระทรวงสมมติ วิจัยและนวัตกรรม"] == "6000.00"
    assert totals["หน่วยงานสมมติ (2)"] == "3000.00", "another number than the book's is not taken off"


WHOLE = {
    "no amount is a figure": ({"AMOUNT": "หนึ่งพัน"}, "amounts_are_read"),
    "the years are Buddhist": ({"FISCAL_YEAR": "2565"}, "years_are_read"),
    "every line has an output and a project": ({"OUTPUT": "ผลผลิตสมมติ"}, "outputs_are_single"),
}


@pytest.mark.parametrize("case", WHOLE)
def test_a_volume_that_is_wrong_throughout_is_refused_also_among_many_good_ones(case: str, tmp_path: Path) -> None:
    change, column = WHOLE[case]
    (tmp_path / "drop").mkdir()
    volume(tmp_path / "drop/2022-3-91.csv", [], plain=500)
    volume(tmp_path / "drop/2022-3-92.csv", [{"REF_DOC": "2022.3.92"} | change] * 5)
    with pytest.raises(InvalidData) as refusal:
        whole_way(LINES, tmp_path / "drop", tmp_path / "home", "2565")
    assert refusal.value.place.column == column


MOVED = ("โครงการตวัอย่างสง่ิก่อสร้าง", "เงินอุดหนุนทวั่ไป", "ค่าใช้จ่ายดาเนนิงาน", "เคร่ืองจักรสมมติ", "หลักประกนั", "ใหเ้ป็นตัวอย่าง")


def test_a_volume_whose_marks_an_extraction_moved_is_refused_without_any_glyph_number(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    lines = [{"REF_DOC": "2022.3.92", "ITEM_DESCRIPTION": item} for item in MOVED]
    twin = volume(tmp_path / "drop/2022.3.92.csv", lines * 3)
    damage = r"5 of .* different texts have Thai vowels and tones .* \(re-ordered\)"
    with pytest.raises(SourceError, match=damage + r"\n.* file 2022.3.92.csv, table lines, row 2\n"):
        whole_way(LINES, twin, tmp_path / "alone", "2565")
    volume(tmp_path / "drop/2022-3-91.csv", [], plain=500)
    with pytest.raises(SourceError, match=rf"1 of 2 files are refused: 2022.3.92.csv \({damage}, table lines, row 2\)"):
        whole_way(LINES, tmp_path / "drop", tmp_path / "among", "2565")


def test_a_header_without_a_line_is_refused_alone_and_among_good_volumes(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    header = volume(tmp_path / "drop/2022.3.92.csv", [])
    with pytest.raises(SourceError, match=r"the file has a header and no row below it\n.* file 2022.3.92.csv\n"):
        whole_way(LINES, header, tmp_path / "alone", "2565")
    volume(tmp_path / "drop/2022-3-91.csv", [PLAIN | {"ITEM_ID": ""}])
    with pytest.raises(SourceError, match="1 of 2 files are refused"):
        whole_way(LINES, tmp_path / "drop", tmp_path / "among", "2565")
