"""Budget lines and projects: real public files the whole way, held against sums made apart from it."""

import csv
import io
import json
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import InvalidData, OpendataError, SourceError, UsageError
from pipelines.run import RunResult
from tests.budget import LINES, PROJECTS, SAMPLE, Rows, amount, published, whole_way
from tests.conftest import PROJECT

VOLUMES = ["community-a-2022-3-15.csv", "community-a-2022-3-16(1).csv", "community-a-2022-3-17.csv"]


def source_rows(path: Path) -> Rows:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def quality(result: RunResult, table: str) -> dict[str, Any]:
    found: dict[str, Any] = result.stages["validate"].receipt.details["quality"]["tables"][table]
    return found


@pytest.fixture(scope="module")
def budget(tmp_path_factory: pytest.TempPathFactory, real_data: Path) -> tuple[RunResult, Rows]:
    """Three volumes of one fiscal year as one delivery, and their rows as they are in the files."""
    drop = tmp_path_factory.mktemp("volumes")
    for name in VOLUMES:
        shutil.copy(real_data / "budget-tables" / name, drop / name)
    result = whole_way(LINES, drop, tmp_path_factory.mktemp("home"), "2565")
    return result, [row for name in VOLUMES for row in source_rows(drop / name)]


@pytest.mark.real_data
def test_every_line_of_every_volume_is_published_once(budget: tuple[RunResult, Rows]) -> None:
    result, source = budget
    lines = published(result, "expenditure_lines")
    assert len(lines) == 963 + 1_285 + 243
    assert {row["line_id"] for row in lines} == {row["ITEM_ID"] for row in source}
    assert Counter(row["fiscal_year"] for row in lines) == Counter(row["FISCAL_YEAR"] for row in source)
    assert all(int(row["fiscal_year_be"]) == int(row["fiscal_year"]) + 543 for row in lines)
    kinds = Counter("output" if row["OUTPUT"] else "project" if row["PROJECT"] else "" for row in source)
    assert Counter(row["output_kind"] for row in lines) == kinds
    assert Counter(row["is_committed"] for row in lines) == Counter(row["OBLIGED?"].lower() for row in source)


@pytest.mark.real_data
def test_the_budget_of_each_ministry_is_that_of_the_documents_own_year(budget: tuple[RunResult, Rows]) -> None:
    result, source = budget
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in source:
        if row["FISCAL_YEAR"] == "2022":
            sums[row["MINISTRY"]] += amount(row["AMOUNT"])
    totals = {r["ministry_name_th"]: r for r in published(result, "budget_by_ministry") if r["category_code"] == "_T"}
    assert {name: Decimal(row["amount_thb"]) for name, row in totals.items() if name != "_T"} == sums
    assert sums["หน่วยงานของศาล"] == 21_642_911_810
    assert Decimal(totals["_T"]["amount_thb"]) == 110_371_197_690
    agencies = {r["agency_name_th"]: r["amount_thb"] for r in published(result, "budget_by_agency")}
    assert agencies["สำนักงานสภาเกษตรกรแห่งชาติ"] == "312389800.00", "as the book prints it"
    assert len({row["BUDGETARY_UNIT"] for row in source}) == len(agencies.keys() - {"_T"})


@pytest.mark.real_data
def test_averaged_amounts_are_flagged_counted_and_kept_whole(budget: tuple[RunResult, Rows]) -> None:
    result, source = budget
    found = {r["ITEM_ID"]: amount(r["AMOUNT"]) for r in source if re.search(r"\.\d\d\d", r["AMOUNT"])}
    lines = {r["line_id"]: r for r in published(result, "expenditure_lines")}
    flagged = {name: row for name, row in lines.items() if row["amount_is_averaged"] == "true"}
    assert len(found) == 105
    assert {name: Decimal(row["extracted_amount_thb"]) for name, row in flagged.items()} == found
    for name, value in found.items():
        assert Decimal(lines[name]["amount_thb"]) == value.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert lines[name]["is_of_budget_year"] == "false", "no sum of a year is touched by the rounding"
    exact = [r for r in source if r["ITEM_ID"] not in found]
    assert all(Decimal(lines[r["ITEM_ID"]]["amount_thb"]) == amount(r["AMOUNT"]) for r in exact)
    assert all(lines[r["ITEM_ID"]]["extracted_amount_thb"] == "" for r in exact)
    counted = {row["document_id"]: row for row in published(result, "documents")}
    assert [counted[d]["averaged_line_count"] for d in ("2022.3.15", "2022.3.16(1)", "2022.3.17")] == ["105", "0", "0"]
    assert [counted[d]["zero_line_count"] for d in ("2022.3.15", "2022.3.16(1)", "2022.3.17")] == ["52", "29", "10"]
    assert counted["2022.3.15"]["uncertain_level_line_count"] == str(sum(bool(r["DEBUG_LOG"]) for r in source[:963]))


@pytest.mark.real_data
def test_the_target_table_without_index_with_mark_and_crlf_goes_the_same_way(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "budget-tables/target-example-v2.csv"
    result = whole_way(LINES, path, tmp_path, "2565")
    lines, source = published(result, "expenditure_lines"), source_rows(path)
    assert [row["line_id"] for row in lines] == sorted(row["ITEM_ID"] for row in source)
    assert sum(Decimal(row["amount_thb"]) for row in lines) == sum(amount(row["AMOUNT"]) for row in source)
    categories = {r["category_code"]: r["amount_thb"] for r in published(result, "budget_by_ministry")[:4]}
    assert set(categories) == {"_T", "operations", "other", "personnel"}


@pytest.mark.real_data
def test_the_damaged_twin_is_refused_by_its_damage_alone_or_among_good_volumes(real_data: Path, tmp_path: Path) -> None:
    twin = real_data / "budget-tables/community-b-2022.3.17.csv"
    damage = r"a cell holds numbers of glyphs, \(cid:NNN\), .* re-ordered"
    with pytest.raises(SourceError, match=damage) as alone:
        whole_way(LINES, twin, tmp_path / "alone", "2565")
    assert (alone.value.place.file, alone.value.place.row) == (twin.name, 2)
    (tmp_path / "drop").mkdir()
    for path in (twin, real_data / "budget-tables" / VOLUMES[0]):
        shutil.copy(path, tmp_path / "drop" / path.name)
    with pytest.raises(SourceError, match=rf"1 of 2 files are refused: {twin.name} \({damage}, .*row 2\)"):
        whole_way(LINES, tmp_path / "drop", tmp_path / "among", "2565")
    assert not (tmp_path / "alone/releases").exists()


@pytest.mark.real_data
def test_the_damaged_twin_without_glyph_numbers_is_refused_by_its_vowels(real_data: Path, tmp_path: Path) -> None:
    text = (real_data / "budget-tables/community-b-2022.3.17.csv").read_text(encoding="utf-8")
    (tmp_path / "twin.csv").write_text(re.sub(r"\(cid:\d+\)", "", text), encoding="utf-8")
    with pytest.raises(SourceError, match="vowels and tones in places where none can stand"):
        whole_way(LINES, tmp_path / "twin.csv", tmp_path / "home", "2565")


def test_a_volume_of_another_year_than_is_said_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidData) as refusal:
        whole_way(LINES, SAMPLE / "synthetic-target-example.csv", tmp_path, "2565")
    assert refusal.value.place.column == "document_is_of_period"
    with pytest.raises(SourceError, match="nothing says which period"):
        whole_way(LINES, SAMPLE / "synthetic-target-example.csv", tmp_path)
    with pytest.raises(UsageError, match=r"2023 C\.E\. is 2566 B\.E\."):
        whole_way(LINES, SAMPLE / "synthetic-target-example.csv", tmp_path, "2023")


Change = Callable[[str], str]
CHANGES: dict[str, tuple[Change, str]] = {
    "a category nobody reviewed": (lambda t: t.replace(",งบลงทุน,", ",งบเลี้ยงรับรอง,"), "reviewed_category"),
    "an output and a project": (lambda t: t.replace(",,โครงการคมนาคมสมมติ", ",ผลผลิต,โครงการ"), "outputs_are_single"),
    "a line of another document": (lambda t: t.replace("2023.3.92-1,2023.3.92", "2023.3.9-1,2023.3.92"), "line_is_of_"),
    "amounts in words": (lambda t: re.sub('"?[0-9,]+(.50)?"?,(TRUE|FALSE)', r"ยี่สิบล้าน,\2", t), "amounts_are_read"),
    "a column that is new": (lambda t: t.replace("DEBUG_LOG", "DEBUG_LOG,NEW", 1), "no header|not known"),
    "a line twice": (lambda t: t.replace("2023.3.92-2,", "2023.3.92-1,"), "line_id"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_what_is_not_certain_is_refused(case: str, tmp_path: Path) -> None:
    change, named = CHANGES[case]
    text = (SAMPLE / "synthetic-target-example.csv").read_text(encoding="utf-8-sig")
    assert change(text) != text
    (tmp_path / "volume-2566.csv").write_text(change(text), encoding="utf-8-sig")
    with pytest.raises(OpendataError) as refusal:
        whole_way(LINES, tmp_path / "volume-2566.csv", tmp_path / "home")
    assert re.search(named, f"{refusal.value}")
    assert "เลี้ยงรับรอง" not in str(refusal.value)


def test_known_dirt_is_kept_apart_from_what_is_known(tmp_path: Path) -> None:
    result = whole_way(LINES, SAMPLE, tmp_path)
    lines = {row["line_id"]: row for row in published(result, "expenditure_lines")}
    assert lines["2023.3.91(1).14"]["amount_thb"] == "", "`9,` is never completed"
    assert lines["2023.3.91(1).10"]["amount_thb"] == "0.00", "`0.0` is the dash of the book"
    shifted, blank = lines["2023.3.91(1).16"], lines["2023.3.92-2"]
    assert (shifted["category_1_th"], shifted["category_1_found_th"]) == ("", "เงินอุดหนุนทั่วไป")
    assert (blank["category_1_th"], blank["category_1_found_th"]) == ("", "")
    outcome = quality(result, "lines")["look_ups"]["reviewed_category"]
    assert (outcome["missed"], outcome["filled"]) == (0, 22)
    assert quality(result, "lines")["fill"]["category_1_th"] == f"{21 / 23:.4f}"


def test_fields_carry_the_types_of_the_fiscal_data_package(tmp_path: Path) -> None:
    result = whole_way(LINES, SAMPLE, tmp_path)
    package = json.loads((Path(result.files[0]["path"]).parent / "datapackage.json").read_bytes())
    fields = {f["name"]: f.get("columnType") for f in package["resources"][0]["schema"]["fields"]}
    assert (fields["amount_thb"], fields["fiscal_year"], fields["line_id"]) == (
        "value", "date:fiscal-year", "budget-line-id",
    )  # fmt: skip
    assert fields["category_6_th"] == "economic-classification:generic:level6:label"


@pytest.mark.real_data
def test_projects_of_bangkok(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "budget-tables/bma-projects-2564.json"
    source = json.loads(path.read_bytes())
    result = whole_way(PROJECTS, path, tmp_path)
    projects = published(result, "projects")
    assert (result.period, len(projects)) == ("2564", 30)
    assert sum(Decimal(p["project_budget_thb"]) for p in projects) == sum(amount(p["budget"]) for p in source)
    stated = [amount(p["used"]) for p in source if p["used"] != "-"]
    assert [Decimal(p["project_spent_thb"]) for p in projects if p["project_spent_thb"]] == sorted_as(projects, source)
    assert (len(stated), sum(stated)) == (10, 340_904_398)
    assert {p["start_date"] for p in projects} == {p["startdate"] for p in source}, "Gregorian days stay"
    assert sum(p["plan_item_code"] == "" for p in projects) == 1
    table = published(result, "projects_by_institution")
    (total,) = [r for r in table if r["institution_name_th"] == r["status_code"] == "_T"]
    assert (total["listed_project_count"], total["project_budget_thb"]) == ("30", "2306582666.00")
    assert total["spent_stated_project_count"] == "10"
    institutions = {p["institude"].rpartition("/")[2].strip().replace("สํา", "สำ") for p in source}
    assert {r["institution_name_th"] for r in table} - {"_T"} == institutions
    assert (len(institutions), {r["status_code"] for r in table}) == (10, {"_T", "in_progress", "completed"})


def sorted_as(projects: Rows, source: Rows) -> list[Decimal]:
    """What is spent, as the source has it, in the order of the published projects."""
    spent = {f"2564-{p['id']}": p["used"] for p in source}
    return [amount(spent[p["project_code"]]) for p in projects if spent[p["project_code"]] != "-"]


def test_a_project_that_names_a_person_is_not_published(tmp_path: Path) -> None:
    sample = PROJECT / "datasets" / PROJECTS / "sample/synthetic-projects-2566.json"
    text = sample.read_text(encoding="utf-8").replace("ข้อมูลสังเคราะห์", "โดย นายทดสอบ สมมติ", 1)
    (tmp_path / "projects-2566.json").write_text(text, encoding="utf-8")
    with pytest.raises(OpendataError, match="person_name") as refusal:
        whole_way(PROJECTS, tmp_path / "projects-2566.json", tmp_path / "home")
    assert refusal.value.place.column == "project_objective_th"


def test_a_status_nobody_reviewed_is_refused(tmp_path: Path) -> None:
    sample = PROJECT / "datasets" / PROJECTS / "sample/synthetic-projects-2566.json"
    text = sample.read_text(encoding="utf-8").replace("ดำเนินการเสร็จสิ้น", "รอพิจารณา")
    (tmp_path / "projects-2566.json").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidData) as refusal:
        whole_way(PROJECTS, tmp_path / "projects-2566.json", tmp_path / "home")
    assert refusal.value.place.column == "status_code"
