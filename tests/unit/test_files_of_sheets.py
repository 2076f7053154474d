"""A drop of workbooks with several tables each: a workbook is taken with all of its tables or not at
all, and several drops may be parts of one source."""

import copy
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from pipelines.dataset import DatasetSpec
from pipelines.errors import InvalidData, OpendataError, SourceError
from pipelines.extract import extract
from pipelines.portals.static import StaticPortal
from pipelines.run import run
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests import sources, toy

COLUMNS = toy.DEFINITION["source"]["tables"]["visits"]["columns"]  # type: ignore[index]
HEADING = list(COLUMNS.values())
Rows = list[list[Any]]


def row(code: str, **other: Any) -> list[Any]:
    """A sound visit, with some cells otherwise."""
    cells = dict(zip(COLUMNS, (code, 2566, f"09001{code[-3:]:0>8}", "9001", "ปกติ", 100), strict=True))
    return list((cells | other).values())


def book(first: Rows, second: Rows, names: tuple[str, str] = ("ก", "ข"), heading: list[str] = HEADING) -> bytes:
    """A workbook of two sheets below our heading."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows, head in zip(names, (first, second), (HEADING, heading), strict=True):
        sheet = made.create_sheet(name)
        for cells in [head, *rows]:
            sheet.append(cells)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def project(tmp_path: Path, files: dict[str, bytes], **drop: Any) -> tuple[Workspace, Path]:
    """The toy with two tables a workbook; what is published is of both."""
    ws = toy.write_project(tmp_path)
    folder = ws.project / "datasets" / toy.NAME
    definition = copy.deepcopy(toy.DEFINITION)
    columns: Any = {"columns": {name: {"header": text} for name, text in COLUMNS.items()}}
    tables = {"visits": {"sheet": "ก", **columns}, "later": {"sheet": "ข", **columns}}
    source = {"reader": "files", "location": "sample/synthetic-drop", "refused_share": 0.5, "tables": tables}
    definition["source"] = source | drop
    definition["period"] = {"kind": "fiscal_year", "first": "2560", "stated_by": {}}
    names = [name for part in (drop.get("parts") or {"": source}).values() for name in part["tables"]]
    definition["schemas"]["source"] = dict.fromkeys(names, "welfare/visits.source")  # type: ignore[index]
    definition["assertions"]["rows"] = {name: {"min": 0, "max": 99} for name in (*names, "both")}  # type: ignore[index]
    definition["privacy"]["columns"]["source_file"] = {"class": "quasi"}  # type: ignore[index]
    for table in definition["tables"].values():  # type: ignore[attr-defined]
        table["from"] = "both"
    if drop.get("reader") == "several":
        for key in ("location", "refused_share", "tables"):
            del definition["source"][key]  # type: ignore[attr-defined]
    toy._dump(folder / "dataset.yaml", definition)
    query = " UNION ALL ".join(f"FROM {name}" for name in names)
    (folder / "source.py").write_text(f'def derive(_period):\n    return {{"both": "{query}"}}\n', encoding="utf-8")
    schema = copy.deepcopy(toy.SOURCE_SCHEMA)
    text = {"type": "string", "title": "แฟ้ม", "titles": {"th": "แฟ้ม", "en": "File"}}
    schema["fields"] = [*schema["fields"], {"name": "source_file", **text}]  # type: ignore[misc]
    toy._dump(ws.project / "schemas/welfare/visits.source.yaml", schema)
    place = tmp_path / "drop"
    place.mkdir()
    for name, data in files.items():
        (place / name).write_bytes(data)
    return ws, place


def taken(ws: Workspace, location: Any) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """Extract and validate; return the codes in each table and the account of the files."""
    extract(ws, ws.dataset(toy.NAME), period="2566", location=location)
    receipt = validate(ws, ws.dataset(toy.NAME), "2566").receipt
    codes = {
        name.removesuffix(".parquet"): pq.read_table(Path(ws.home, proof.path))["visit_code"].to_pylist()
        for name, proof in receipt.files.items()
    }
    return codes, receipt.details["quality"]["files"]


GOOD = {"a.xlsx": book([row("9001-001"), row("9001-002")], [row("9001-003")]), "b.xlsx": book([row("9001-004")], [])}
BAD = {
    "a sheet that is not there": (book([row("9001-005")], [], ("ก", "ค")), "there is no sheet", "later"),
    "a heading nobody knows": (book([row("9001-005")], [], heading=[*HEADING, "ใหม่"]), "not known", "later"),
    "a row in the first": (book([row("9001-005", amount_thb="มาก")], [row("9001-006")]), "type-error", "visits"),
    "a row in the second": (book([row("9001-005")], [row("9001-006", amount_thb="มาก")]), "type-error", "later"),
    "typing of the first": (book([row("9001-005", district_code="x")], [row("9001-006")]), "breaks", "visits"),
    "typing of the second": (book([row("9001-005")], [row("9001-006", district_code="x")]), "breaks", "later"),
    "headings and no rows": (book([], []), "a header and no row", None),
    "a CSV": (toy.csv_of(toy.persons("1001", 2)), "no sheets", None),
}


def test_every_sheet_becomes_its_table_and_an_empty_one_is_sound(tmp_path: Path) -> None:
    ws, drop = project(tmp_path, GOOD)
    codes, files = taken(ws, str(drop))
    assert codes["visits"] == ["9001-001", "9001-002", "9001-004"]
    assert codes["later"] == ["9001-003"]
    assert files == {"": {"read": 2, "refused": []}}
    raw = sources.rows(ws)
    assert [(r["source_file"], r["source_row"]) for r in raw["visits"]] == [("a.xlsx", 2), ("a.xlsx", 3), ("b.xlsx", 2)]


@pytest.mark.parametrize("case", BAD)
def test_a_workbook_that_is_wrong_in_one_sheet_is_in_no_table(case: str, tmp_path: Path) -> None:
    data, why, table = BAD[case]
    ws, drop = project(tmp_path, GOOD | {"aa.xlsx": data})
    codes, files = taken(ws, str(drop))
    assert {name: len(rows) for name, rows in codes.items()} == {"visits": 3, "later": 1, "both": 4}
    (refused,) = files[""]["refused"]
    assert (refused["file"], refused["table"]) == ("aa.xlsx", table)
    assert why in refused["reason"]


def test_a_workbook_that_is_wrong_in_both_sheets_is_one_refused_file(tmp_path: Path) -> None:
    twice = book([row("9001-005", district_code="x")], [row("9001-006", district_code="x")])
    ws, drop = project(tmp_path, GOOD | {"aa.xlsx": twice})
    assert [fate["file"] for fate in taken(ws, str(drop))[1][""]["refused"]] == ["aa.xlsx"]


def test_faults_in_different_sheets_are_counted_together_against_the_share(tmp_path: Path) -> None:
    other = book([row("9001-007")], [row("9001-008", district_code="x")])
    ws, drop = project(tmp_path, GOOD | {"c0.xlsx": BAD["typing of the first"][0], "c1.xlsx": other}, refused_share=0.4)
    with pytest.raises(InvalidData, match=r"2 of 4 files are refused: c0.xlsx .*sheet ก.*c1.xlsx .*sheet ข"):
        taken(ws, str(drop))


@pytest.mark.parametrize("case", ["a sheet that is not there", "a row in the second", "typing of the second"])
def test_a_single_workbook_tells_its_own_fault(case: str, tmp_path: Path) -> None:
    data, why, table = BAD[case]
    ws, drop = project(tmp_path, {"one.xlsx": data})
    with pytest.raises(OpendataError, match=why) as refusal:
        taken(ws, str(drop / "one.xlsx"))
    assert refusal.value.place.table == table


def test_each_of_several_drops_has_its_own_account(tmp_path: Path) -> None:
    columns: Any = {"columns": COLUMNS}
    parts = {
        name: {"reader": "files", "location": f"sample/{name}", "refused_share": 0.5, "tables": {table: columns}}
        for name, table in (("one", "visits"), ("two", "later"))
    }
    ws, drop = project(tmp_path, {}, reader="several", parts=parts)
    for name, files in (("one", {"a.csv": b"", "b.csv": toy.csv_of(toy.persons("1001", 6))}), ("two", {"c.csv": b"x"})):
        (drop / name).mkdir()
        for file, data in files.items():
            (drop / name / file).write_bytes(data)
    location = {"one": str(drop / "one"), "two": str(drop / "two")}
    with pytest.raises(SourceError, match=r"two: 1 of 1 files are refused"):
        taken(ws, location)
    (drop / "two/c.csv").write_bytes(toy.csv_of(toy.persons("1002", 7)))
    result = run(ws, ws.dataset(toy.NAME), period="2566", location=location, portal=StaticPortal(ws))
    quality = json.loads(Path(ws.home, "site", toy.NAME, result.release, "quality.json").read_bytes())
    assert quality["files"] == {
        "one": {"read": 2, "refused": [{"file": "a.csv", "refused_by": "extract"}]},
        "two": {"read": 1, "refused": []},
    }
    page = Path(ws.home, "site", toy.NAME, "index.en.html").read_text(encoding="utf-8")
    assert "one: The source has 2 files; 1 were damaged and refused" in page
    assert "two: The source has 1 files; all were taken" in page


def test_tables_without_a_sheet_are_a_fault_of_the_definition(tmp_path: Path) -> None:
    ws, _ = project(tmp_path, {})
    definition = ws.dataset(toy.NAME).spec.model_dump(mode="json", by_alias=True)
    definition["source"]["tables"]["later"]["sheet"] = None
    with pytest.raises(ValidationError, match="each names its `sheet`"):
        DatasetSpec.model_validate(definition)
