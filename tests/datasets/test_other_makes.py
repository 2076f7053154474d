"""Deliveries as another officer, another program or another year would make them: taken with the same
figures, or refused with what is wrong. Every file is made from the datasets' synthetic samples.
"""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from pipelines.errors import HeaderError, InvalidData, SourceError
from pipelines.run import RunResult
from tests.budget import LINES, PROJECTS, Rows, published, volume, whole_way
from tests.conftest import PROJECT

FUND, DEPARTMENTS = "welfare/elderly_fund", "contracts/departments"
FUND_SAMPLE = PROJECT / "datasets" / FUND / "sample/synthetic-elderly-fund-2566.xlsx"
PROJECTS_SAMPLE = PROJECT / "datasets" / PROJECTS / "sample/synthetic-projects-2566.json"
DEPARTMENTS_SAMPLE = PROJECT / "datasets" / DEPARTMENTS / "sample/synthetic-departments.json"
MONEY = (3, 5)


def fund(folder: Path, change: Callable[[Worksheet], object]) -> RunResult:
    """Take the Elderly Fund's sample the whole way after a change to its sheet."""
    book = openpyxl.load_workbook(FUND_SAMPLE, data_only=True)
    change(book["Sheet1"])
    book.save(folder / "fund-2566.xlsx")
    return whole_way(FUND, folder / "fund-2566.xlsx", folder / "home")


@pytest.fixture(scope="module")
def provinces(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    folder = tmp_path_factory.mktemp("fund")
    return published(fund(folder, last), "fund_by_province")


def last(sheet: Worksheet) -> int:
    """Return the row of the total."""
    return max(row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value)


def divided(by: int, places: int) -> Callable[[Worksheet], None]:
    """Write the amounts of the fund in another unit, their total as their sum."""

    def change(sheet: Worksheet) -> None:
        sheet["A1"] = f"{sheet['A1'].value} (หน่วย : ล้านบาท)"
        for column in MONEY:
            cells = [sheet.cell(row, column) for row in range(3, last(sheet))]
            for cell in cells:
                cell.value = round((cell.value if isinstance(cell.value, int | float) else 0) / by, places)
            sheet.cell(last(sheet), column).value = round(sum(cell.value for cell in cells), places)

    return change


@pytest.mark.parametrize("by", [1000, 1_000_000])
def test_amounts_in_thousands_or_millions_are_never_published_as_baht(by: int, tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="too small to be in baht") as refusal:
        fund(tmp_path, divided(by, 2))
    assert refusal.value.place.column == "amounts_are_in_baht"


def test_a_province_that_stands_twice_is_not_added_up_in_place_of_another(tmp_path: Path) -> None:
    def change(sheet: Worksheet) -> None:
        sheet.cell(4, 1).value = f"จ.{sheet.cell(3, 1).value}"

    with pytest.raises(InvalidData, match="a province stands in more than one row"):
        fund(tmp_path, change)


SAME: dict[str, Callable[[Worksheet], object]] = {
    "the total has another name": lambda sheet: sheet.cell(last(sheet), 1).__setattr__("value", "รวมทั้งหมด"),
    "a blank behind the sheet's name": lambda sheet: sheet.__setattr__("title", "Sheet1 "),
    "blank rows in the middle and below": lambda sheet: sheet.insert_rows(20, 2),
    "a row is hidden": lambda sheet: sheet.row_dimensions[10].__setattr__("hidden", True),
}


@pytest.mark.parametrize("case", SAME)
def test_what_changes_no_figure_of_the_fund_is_taken(case: str, provinces: Rows, tmp_path: Path) -> None:
    assert published(fund(tmp_path, SAME[case]), "fund_by_province") == provinces


def test_a_sheet_saved_as_a_web_page_has_no_name_and_is_the_same_table(provinces: Rows, tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(FUND_SAMPLE, data_only=True)["Sheet1"]
    rows = ("".join(f"<td>{'' if cell is None else cell}</td>" for cell in row) for row in sheet.values)
    page = f"<html><body><table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table></body></html>"
    (tmp_path / "fund-2566.xls").write_bytes(page.encode("cp874"))
    result = whole_way(FUND, tmp_path / "fund-2566.xls", tmp_path / "home")
    assert published(result, "fund_by_province") == provinces


@pytest.mark.parametrize("by", [1000, 1_000_000])
def test_a_volume_in_thousands_or_millions_is_never_published_as_baht(by: int, tmp_path: Path) -> None:
    lines = [{"AMOUNT": f"{amount / by:,.4f}"} for amount in (78_459_000, 73_470_700, 3_014_700, 901_250, 2_400)]
    path = volume(tmp_path / "2022-3-91.csv", lines)
    with pytest.raises(InvalidData, match="thousands or millions") as refusal:
        whole_way(LINES, path, tmp_path / "home", "2565")
    assert refusal.value.place.column == "amounts_are_in_baht"


def test_a_few_amounts_with_satang_are_no_other_unit(tmp_path: Path) -> None:
    path = volume(tmp_path / "2022-3-91.csv", [{"AMOUNT": "1,966,437,400.25"}, {"AMOUNT": "8,500,000.50"}], plain=3)
    result = whole_way(LINES, path, tmp_path / "home", "2565")
    assert [row["year_budget_thb"] for row in published(result, "documents")] == ["1974940400.75"]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_volume_saved_again_by_thai_windows_has_the_same_lines(delimiter: str, tmp_path: Path) -> None:
    path = volume(tmp_path / "2022-3-91.csv", [{"ITEM_DESCRIPTION": "ก, ข; ค"}], plain=3)
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    with (tmp_path / "again.csv").open("w", encoding="cp874", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    first = whole_way(LINES, path, tmp_path / "one", "2565")
    again = whole_way(LINES, tmp_path / "again.csv", tmp_path / "two", "2565")
    assert published(again, "expenditure_lines") == published(first, "expenditure_lines")


def test_a_heading_that_changed_is_named(tmp_path: Path) -> None:
    path = volume(tmp_path / "2022-3-91.csv", [{}])
    path.write_text(path.read_text(encoding="utf-8").replace(",AMOUNT,", ",BUDGET,"), encoding="utf-8")
    with pytest.raises(HeaderError, match="the nearest is without: AMOUNT") as refusal:
        whole_way(LINES, path, tmp_path / "home", "2565")
    assert refusal.value.place.row == 1


def test_a_volume_of_another_year_is_told_as_such(tmp_path: Path) -> None:
    path = volume(tmp_path / "2022-3-91.csv", [{}])
    with pytest.raises(InvalidData, match="is of another fiscal year than the delivery"):
        whole_way(LINES, path, tmp_path / "home", "2566")


def test_budgets_of_projects_in_millions_are_never_published_as_baht(tmp_path: Path) -> None:
    listed = json.loads(PROJECTS_SAMPLE.read_text(encoding="utf-8"))
    for project in listed:
        project["budget"] = f"{float(project['budget'].replace(',', '')) / 1e6:.2f}"
    (tmp_path / "projects-2566.json").write_text(json.dumps(listed), encoding="utf-8")
    with pytest.raises(InvalidData, match="budgets are too small to be in baht"):
        whole_way(PROJECTS, tmp_path / "projects-2566.json", tmp_path / "home")


def test_codes_in_thai_digits_are_the_same_codes(tmp_path: Path) -> None:
    thai = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
    listed = json.loads(DEPARTMENTS_SAMPLE.read_text(encoding="utf-8"))
    for department in listed:
        department["dept_code"] = department["dept_code"].translate(thai)
    (tmp_path / "departments.json").write_text(json.dumps(listed), encoding="utf-8")
    found = published(whole_way(DEPARTMENTS, tmp_path / "departments.json", tmp_path / "two"), "departments")
    first = published(whole_way(DEPARTMENTS, DEPARTMENTS_SAMPLE, tmp_path / "one"), "departments")
    assert found == first


@pytest.mark.parametrize("name", [LINES, "budget/bma_strategy", PROJECTS])
def test_a_pdf_in_place_of_the_table_is_called_a_pdf(name: str, tmp_path: Path) -> None:
    (tmp_path / "table-2566.csv").write_bytes(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    with pytest.raises(SourceError, match="no text but a PDF"):
        whole_way(name, tmp_path / "table-2566.csv", tmp_path / "home", "2566")


def test_a_year_of_the_other_era_in_the_file_is_a_fault_of_the_file(tmp_path: Path) -> None:
    sample = PROJECT / "datasets/budget/bma_strategy/sample/synthetic-strategy-2566-2570.csv"
    rows = list(csv.reader(io.StringIO(sample.read_text(encoding="utf-8-sig"), newline="")))
    with (tmp_path / "strategy.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([rows[0], *([str(int(y) - 543) if y else "", *rest] for y, *rest in rows[1:])])
    for period in (None, "2570"):
        with pytest.raises(SourceError, match=r"fiscal_year_be of strategies \(row 2\) says no period") as refusal:
            whole_way("budget/bma_strategy", tmp_path / "strategy.csv", tmp_path / "home", period)
        assert "2570 B.E." in str(refusal.value)
