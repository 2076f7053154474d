"""A source of several parts: read together, each in its own place, and never half by accident."""

import copy
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pipelines.dataset import DatasetSpec
from pipelines.errors import OpendataError, SourceError, UsageError
from pipelines.extract import extract
from pipelines.fetch.order import locations
from pipelines.portals.static import StaticPortal
from pipelines.run import run
from pipelines.workspace import Workspace
from tests import sources, toy

COLUMNS = toy.DEFINITION["source"]["tables"]["visits"]["columns"]  # type: ignore[index]
REGISTER = {"relation": "visits", "key": ["รหัส"], "columns": COLUMNS}
ROW = ("9001-001", "2566", "0900100000001", "9001", "ปกติ", "100")


def project(folder: Path, optional: tuple[str, ...] = ("database", "lists")) -> Workspace:
    """The toy's visits from a database and from lists; both have a sample."""
    ws = sources.project(folder, {"reader": "csv", "tables": {"visits": {"columns": COLUMNS}}})
    dataset = ws.project / "datasets" / toy.NAME
    definition = copy.deepcopy(toy.DEFINITION)
    definition["source"] = {
        "reader": "several",
        "optional": list(optional),
        "parts": {
            "database": {"reader": "sql", "location": "sample/synthetic.sqlite", "tables": {"register": REGISTER}},
            "lists": {"reader": "csv", "location": "sample/synthetic.csv", "tables": {"visits": {"columns": COLUMNS}}},
        },
    }  # fmt: skip
    definition["schemas"]["source"] = dict.fromkeys(("register", "visits"), "welfare/visits.source")  # type: ignore[index]
    definition["assertions"]["rows"] |= {"register": {"min": 1, "max": 9}, "both": {"min": 1, "max": 99}}  # type: ignore[index]
    for table in definition["tables"].values():  # type: ignore[attr-defined]
        table["from"] = "both"
    toy._dump(dataset / "dataset.yaml", definition)
    query = "SELECT * FROM register UNION ALL SELECT * FROM visits"
    (dataset / "source.py").write_text(f'def derive(_period):\n    return {{"both": "{query}"}}\n', encoding="utf-8")
    database(dataset / "sample/synthetic.sqlite", [_numbered(n) for n in range(5)])
    return ws


def _numbered(n: int) -> tuple[str, ...]:
    return (f"9001-{n:03}", "2566", f"09001{n:08}", "9001", "ปกติ", "100")


def database(path: Path, rows: list[tuple[str, ...]]) -> Path:
    with sqlite3.connect(path) as connection:
        columns = ", ".join(f'"{column}" text' for column in COLUMNS.values())
        connection.execute(f"CREATE TABLE visits ({columns})")
        connection.executemany("INSERT INTO visits VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.close()
    return path


def real(ws: Workspace, lines: list[str]) -> str:
    path = Path(ws.home).parent / "delivery.csv"
    path.write_bytes(toy.csv_of(lines))
    return str(path)


def extracted(ws: Workspace, **named: Any) -> Any:
    return extract(ws, ws.dataset(toy.NAME), period="2566", **named)


def test_every_part_is_read_and_its_bytes_are_kept(tmp_path: Path) -> None:
    ws = project(tmp_path)
    receipt = extracted(ws).receipt
    assert {name: len(rows) for name, rows in sources.rows(ws).items()} == {"register": 5, "visits": 18}
    assert {"source.database.bin", "source.lists.bin"} <= receipt.files.keys()
    assert receipt.details["origin"]["parts"].keys() == {"database", "lists"}
    assert receipt.details["origin"]["absent"] == []


def test_a_part_that_is_named_is_read_alone_so_that_no_sample_stands_beside_it(tmp_path: Path) -> None:
    ws = project(tmp_path)
    result = extracted(ws, location={"lists": real(ws, toy.persons("1004", 6))})
    assert {name: len(rows) for name, rows in sources.rows(ws).items()} == {"register": 0, "visits": 6}
    assert result.receipt.details["origin"]["absent"] == ["database"]
    assert result.notices == ("the part database of the source was not read",)
    assert not result.receipt.details["origin"]["synthetic"]


@pytest.mark.parametrize("given", ["real.sqlite", "other=a.csv"])
def test_it_is_not_guessed_which_part_a_location_is_for(given: str, tmp_path: Path) -> None:
    ws = project(tmp_path)
    for read in (lambda: extracted(ws, location=given), lambda: locations(ws.dataset(toy.NAME), [given])):
        with pytest.raises(UsageError) as refusal:
            read()
        assert refusal.value.remedy == "name it: database=LOCATION or lists=LOCATION"


def test_what_was_not_read_is_said_in_public_and_asks_for_no_rows(tmp_path: Path) -> None:
    ws = project(tmp_path)
    location = {"lists": real(ws, toy.persons("1004", 6))}
    result = run(ws, ws.dataset(toy.NAME), period="2566", location=location, portal=StaticPortal(ws))
    quality = json.loads(Path(ws.home, "site", toy.NAME, result.release, "quality.json").read_bytes())
    assert quality["source"]["absent"] == ["database"]
    page = Path(ws.home, "site", toy.NAME, "index.en.html").read_text(encoding="utf-8")
    assert "The part “database” of the source was not read" in page


def test_a_copy_of_the_sample_database_is_known_for_the_sample(tmp_path: Path) -> None:
    """What is kept of a database are its rows, not the bytes of the file."""
    ws = project(tmp_path)
    copied = shutil.copy(ws.project / "datasets" / toy.NAME / "sample/synthetic.sqlite", tmp_path / "copy.sqlite")
    with pytest.raises(SourceError, match="database: the dataset's own sample would be read beside real data"):
        extracted(ws, location={"database": str(copied), "lists": real(ws, toy.persons("1004", 6))})


def test_a_sample_beside_real_data_is_refused(tmp_path: Path) -> None:
    ws = project(tmp_path, optional=())
    with pytest.raises(SourceError, match="sample would be read beside real data") as refused:
        extracted(ws, location={"lists": real(ws, toy.persons("1004", 6))})
    assert "--source database=" in refused.value.remedy


def test_an_error_says_which_part_it_is_about(tmp_path: Path) -> None:
    ws = project(tmp_path)
    with pytest.raises(SourceError, match=r"^lists: "):
        extracted(ws, location={"lists": str(tmp_path / "none.csv")})


def test_parts_for_two_periods_are_refused(tmp_path: Path) -> None:
    ws = project(tmp_path)
    other = database(tmp_path / "other.sqlite", [(ROW[0], "2565", *ROW[2:])])
    with pytest.raises(SourceError, match=r"column fiscal_year_be of register \(row 1\) says 2565"):
        extract(ws, ws.dataset(toy.NAME), location={"database": str(other), "lists": real(ws, toy.persons("1004", 6))})


def test_a_change_in_one_part_is_a_new_snapshot_and_none_is_not(tmp_path: Path) -> None:
    ws = project(tmp_path)
    assert extracted(ws).written
    assert not extracted(ws).written
    (ws.project / "datasets" / toy.NAME / "sample/synthetic.csv").write_bytes(toy.csv_of(toy.persons("1001", 8)))
    assert extracted(ws).written


def test_nothing_to_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    ws = project(tmp_path)
    path = ws.project / "datasets" / toy.NAME / "dataset.yaml"
    path.write_text(
        "".join(line for line in path.read_text("utf-8").splitlines(keepends=True) if "location:" not in line)
    )
    with pytest.raises(SourceError, match="no source says where it is"):
        extracted(ws)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["lists=a.csv", "database=env:X"], {"lists": "a.csv", "database": "env:X"}),
        (["lists=b=c.csv"], {"lists": "b=c.csv"}),
    ],
)
def test_parts_are_named_on_the_command_line(tmp_path: Path, given: list[str], expected: dict[str, str]) -> None:
    assert locations(project(tmp_path).dataset(toy.NAME), given) == expected


def test_a_part_named_twice_or_unknown_is_a_wrong_usage(tmp_path: Path) -> None:
    ws = project(tmp_path)
    with pytest.raises(UsageError, match="two locations"):
        locations(ws.dataset(toy.NAME), ["database=a.csv", "database=b.csv"])
    with pytest.raises(UsageError, match="no part 'other'"):
        extracted(ws, location={"other": "a.csv"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s["parts"]["lists"].update(tables={"register": {"columns": COLUMNS}}), "tables of one name"),
        (lambda s: s.update(optional=["other"]), "optional names parts"),
        (lambda s: (s["parts"]["lists"].pop("location"), s.update(optional=[])), "needs a `location`"),
        (lambda s: s["parts"].pop("lists"), "at least 2"),
    ],
)
def test_parts_that_do_not_fit_are_a_fault_of_the_definition(tmp_path: Path, change: Any, message: str) -> None:
    definition = project(tmp_path).dataset(toy.NAME).spec.model_dump(mode="json", by_alias=True)
    change(definition["source"])
    with pytest.raises((ValidationError, OpendataError), match=message):
        DatasetSpec.model_validate(definition)
