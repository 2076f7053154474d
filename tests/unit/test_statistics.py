"""Published statistics: whatever is a figure about persons is hidden where they are few."""

from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import DatasetError
from pipelines.workspace import Workspace
from tests.protecting import UNITS, person, protected, statistics
from tests.publishing import define, prepared, public, publish_now
from tests.toy import PERIOD, csv_of, persons, source_file, write_project

LINES = persons("1001", 9) + persons("1002", 7) + persons("1003", 12) + persons("1004", 2)


def published(folder: Path, lines: list[str], **statistics: Any) -> dict[str, list[str]]:
    """Publish the toy project with changes to its table of statistics; rows by district."""

    def change(definition: dict[str, Any]) -> None:
        definition["privacy"]["columns"] |= statistics.pop("classes", {})
        definition["tables"]["visits_by_district"] |= statistics

    ws = project(folder, lines)
    define(ws, change)
    prepared(ws)
    publish_now(ws)
    rows = public(ws, "visits_by_district.csv").decode("utf-8-sig").split("\r\n")[1:-1]
    return {row.split(",")[0]: row.split(",")[1:] for row in rows}


def project(folder: Path, lines: list[str]) -> Workspace:
    ws = write_project(folder)
    source_file(ws).write_bytes(csv_of(lines))
    return ws


def test_a_small_count_its_amount_and_one_more_cell_are_hidden(tmp_path: Path) -> None:
    rows = published(tmp_path, LINES)
    assert rows["1004"] == rows["1002"] == ["", "", "C"]
    assert rows["1001"] == ["9", "14400.00", "A"]
    assert rows["_T"] == ["30", "48000.00", "A"]


def test_a_sum_over_persons_is_hidden_though_its_column_is_called_open(tmp_path: Path) -> None:
    """An amount is heads times a rate: 3,200 baht at 1,600 each tells two persons."""
    rows = published(tmp_path, LINES, classes={"amount_thb": {"class": "open"}})
    assert rows["1004"] == ["", "", "C"]


def test_sums_over_persons_without_their_number_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="without the number of persons") as refusal:
        published(tmp_path, LINES, measures={"amount_thb": {"sum": "amount_thb"}})
    assert "count: units" in refusal.value.remedy


def test_one_person_in_many_rows_is_one_person(tmp_path: Path) -> None:
    one = [f"1004-{n:03},{PERIOD},0100400000001,1004,ปกติ,100" for n in range(1, 30)]
    lines = persons("1001", 9) + persons("1002", 7) + one
    with pytest.raises(DatasetError, match="persons have several records") as refusal:
        published(tmp_path, lines)
    assert "count: rows" in refusal.value.remedy


@pytest.mark.parametrize(("great", "hidden"), [("900,000.00", True), ("9,000.00", False)])
def test_a_sum_that_one_person_makes_up_is_hidden(tmp_path: Path, great: str, hidden: bool) -> None:  # noqa: FBT001
    """Whoever knows the second greatest could work out the greatest to within 10 %."""
    rich = f'1001-900,{PERIOD},0100100000900,1001,ปกติ,"{great}"'
    others = [line for n in range(1002, 1006) for line in persons(str(n), 12, amount='"90,000.00"')]
    rows = published(tmp_path, [*persons("1001", 8), rich, *others])
    assert (rows["1001"][1:] == ["", "C"]) == hidden


def test_a_total_that_one_person_makes_up_keeps_its_number_of_persons_only(tmp_path: Path) -> None:
    rich = f'1001-900,{PERIOD},0100100000900,1001,ปกติ,"90,000,000.00"'
    rows = published(tmp_path, [*LINES, rich])
    assert rows["1001"] == ["10", "", "C"]
    assert rows["_T"] == ["31", "", "C"]


def test_a_generalised_dimension_has_its_label(tmp_path: Path) -> None:
    rows = [person(n, district_code="1001" if n < 9 else "2002") for n in range(20)]
    named = [row | {"name_th": {"10": "กรุงเทพ", "20": "ชลบุรี"}[row["district_code"][:2]]} for row in rows]
    table = statistics(["district_code"], person_count=UNITS) | {"labels": {"name_th": "district_code"}}
    classes = {"national_id": "direct", "name_th": "quasi"}
    places = {"district_code": {"class": "quasi", "generalise": "place/province"}}
    published, _ = protected(tmp_path, named, classes, {"t": table}, treated=places)
    assert [(r["district_code"], r["name_th"]) for r in published["t"]] == [
        ("10", "กรุงเทพ"), ("20", "ชลบุรี"), ("_T", "รวม"),
    ]  # fmt: skip


def test_the_sum_of_what_identifies_a_person_is_refused(tmp_path: Path) -> None:
    """Account numbers added up; of a cell of one and a total without it they are one account."""
    rows = [person(n, district_code="1001", account_code=10**9 + n) for n in range(9)]
    table = statistics(["district_code"], person_count=UNITS, account_thb={"sum": "account_code"})
    classes = {"national_id": "direct", "district_code": "quasi", "account_code": "direct"}
    with pytest.raises(DatasetError, match="a direct identifier is never published"):
        protected(tmp_path, rows, classes, {"t": table})
