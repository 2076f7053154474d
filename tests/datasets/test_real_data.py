"""Real public files, the whole way, held against figures worked out apart from it."""

import csv
import io
import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import ReconciliationError
from pipelines.portals.static import StaticPortal
from pipelines.run import RunResult, run
from pipelines.table_spec import Statistics
from pipelines.workspace import Workspace
from tests.conftest import PROJECT

pytestmark = pytest.mark.real_data
BMA = "budget-tables/bma-strategy-2561-2565.csv"


def whole_way(name: str, source: Path | dict[str, str], home: Path) -> RunResult:
    ws = Workspace(PROJECT, str(home))
    location = str(source) if isinstance(source, Path) else source
    return run(ws, ws.dataset(name), period=None, location=location, portal=StaticPortal(ws))


def rows(result: RunResult) -> list[dict[str, str]]:
    text = Path(result.files[0]["path"]).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_bangkok_strategy_budget(real_data: Path, tmp_path: Path) -> None:
    result = whole_way("budget/bma_strategy", real_data / BMA, tmp_path)
    assert result.period == "2565"
    quality: dict[str, Any] = result.stages["validate"].receipt.details["quality"]["tables"]["strategies"]
    subtotals = quality["subtotals"]
    faulty = {fault["row"] for fault in subtotals["acknowledged"]}
    assert (quality["rows_read"], quality["rows"]) == (184, 149)
    assert (subtotals["exact"], subtotals["rounding"], faulty) == (20, 12, {57, 94, 111})
    with (real_data / BMA).open(encoding="utf-8", newline="") as file:
        source = [row for row in csv.DictReader(file) if row["year"]]
    stated = sum(Decimal(row["งบประมาณข้อบัญญัติ(ล้านบาท)"].replace(",", "")) for row in source)
    assert sum(Decimal(row["ordinance_budget_thb"]) for row in rows(result)) == stated * 1_000_000
    assert sum(row["plan_budget_thb"] == "" for row in rows(result)) == sum(
        row["งบประมาณตามแผน(ล้านบาท)"] == "" for row in source
    ), "blank is not zero"


@pytest.mark.parametrize("dialect", ["cp874", "utf-8-sig", "crlf"])
def test_the_same_table_in_another_dialect_gives_the_same_rows(real_data: Path, tmp_path: Path, dialect: str) -> None:
    text = (real_data / BMA).read_text(encoding="utf-8")
    other = tmp_path / "other.csv"
    if dialect == "crlf":
        other.write_bytes(text.replace("\n", "\r\n").encode())
    else:
        other.write_bytes(text.encode(dialect))
    one = whole_way("budget/bma_strategy", real_data / BMA, tmp_path / "one")
    two = whole_way("budget/bma_strategy", other, tmp_path / "two")
    assert one.files[0]["sha256"] == two.files[0]["sha256"]


def test_a_subtotal_that_was_tampered_with_is_refused(real_data: Path, tmp_path: Path) -> None:
    text = (real_data / BMA).read_text(encoding="utf-8").replace(",,รวม,43,122,", ",,รวม,43,123,")
    (tmp_path / "tampered.csv").write_text(text, encoding="utf-8", newline="")
    with pytest.raises(ReconciliationError) as refusal:
        whole_way("budget/bma_strategy", tmp_path / "tampered.csv", tmp_path)
    assert (refusal.value.place.row, refusal.value.place.column) == (7, "plan_project_count")


def test_department_codes(real_data: Path, tmp_path: Path) -> None:
    source = json.loads((real_data / "procurement/egp-departments.json").read_bytes())
    published = rows(whole_way("contracts/departments", real_data / "procurement/egp-departments.json", tmp_path))
    assert len(published) == 8_900
    assert {row["department_code"] for row in published} == {row["dept_code"] for row in source}
    assert Counter(len(row["department_code"]) for row in published) == {10: 8_899, 8: 1}, "codes are text"
    names = {row["dept_name"] for row in source}
    assert len(names) == 6_430, "one name may be of several departments"
    alike = {" ".join(re.sub("\u0e4d([\u0e48-\u0e4b]?)\u0e32", "\\1\u0e33", name).split()) for name in names}
    assert {row["department_name_th"] for row in published} == alike, "two ways to write sara am are one name"


def test_elderly_fund_by_province(real_data: Path, tmp_path: Path) -> None:
    result = whole_way("welfare/elderly_fund", real_data / "welfare/elderly-fund-by-province-2556.xlsx", tmp_path)
    assert result.period == "2556"
    published = rows(result)
    provinces = [row for row in published if row["province_code"] != "_T"]
    (total,) = [row for row in published if row["province_code"] == "_T"]
    assert len(provinces) == 77
    assert (total["recipient_count"], total["approved_amount_thb"]) == ("5843", "165191900.00")
    shown = [row for row in provinces if row["obs_status"] == "A"]
    hidden = [row for row in provinces if row["obs_status"] == "C"]
    assert all(int(row["recipient_count"]) == 0 or int(row["recipient_count"]) >= 5 for row in shown)
    assert len(hidden) > 1
    assert all(row["recipient_count"] == row["approved_amount_thb"] == "" for row in hidden)
    left = int(total["recipient_count"]) - sum(int(row["recipient_count"]) for row in shown)
    assert left >= 5, "what is hidden adds up to enough persons that no one cell follows"


def test_land_tax_template(real_data: Path, tmp_path: Path) -> None:
    """One invented parcel of one owner: all of it is hidden, and nothing of it is published."""
    result = whole_way("land_tax/assessments", {"ltax": str(real_data / "land-tax/ltax-template.xlsx")}, tmp_path)
    published = rows(result)
    assert [row["obs_status"] for row in published] == ["C"] * 8
    table = Workspace(PROJECT, str(tmp_path)).dataset("land_tax/assessments").spec.tables["assessments_by_area"]
    assert isinstance(table, Statistics)
    assert {row[figure] for row in published for figure in table.measures} == {""}
    fill = result.stages["validate"].receipt.details["quality"]["tables"]["owners"]["fill"]
    assert fill["check_digit_holds"] == "0.0000", "the made-up id fails its check digit: counted, not refused"
    dummies = ("3305060123456", "50A001", "0812345678", "130,000", "130000.0", "ร้านทดสอบ")
    public = [p for top in ("releases", "site") for p in (tmp_path / top).rglob("*") if p.is_file()]
    assert len(public) > 10
    for path in public:
        content = path.read_bytes()
        assert not [dummy for dummy in dummies if dummy.encode() in content], path
