"""Free text that names a person by the way must not go out, nor keep everything else from going out."""

import copy
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import OpendataError, PrivacyError
from pipelines.portals.static import StaticPortal
from pipelines.run import RunResult, run
from pipelines.workspace import Workspace
from tests import toy

NOTES = ["ปกติ", "จ้างนางสาวทดสอบ ตัวอย่าง", f"เลข {toy.CANARY_ID}", "ปกติ", "ปกติ", "ปกติ"]


def whole_way(folder: Path, withhold: list[str], **changes: Any) -> tuple[RunResult, Workspace]:
    definition = copy.deepcopy(toy.DEFINITION)
    definition["privacy"]["columns"]["note_th"]["withhold"] = withhold  # type: ignore[index]
    definition["tables"]["notes"].update(changes)  # type: ignore[index]
    ws = toy.write_project(folder, definition)
    lines = [line.replace(",ปกติ,", f",{note},") for line, note in zip(toy.persons("1001", 6), NOTES, strict=True)]
    toy.source_file(ws).write_bytes(toy.csv_of(lines))
    return run(ws, ws.dataset(toy.NAME), period=None, location=None, portal=StaticPortal(ws)), ws


def test_such_cells_are_empty_counted_and_said(tmp_path: Path) -> None:
    result, ws = whole_way(tmp_path, ["person_name", "national_id"])
    (notes,) = [file for file in result.files if file["table"] == "notes"]
    lines = Path(notes["path"]).read_text(encoding="utf-8-sig").split()
    assert [line.partition(",")[2] for line in lines[1:]] == ["ปกติ", "", "", "ปกติ", "ปกติ", "ปกติ"]
    privacy = result.stages["anonymise"].receipt.details["privacy"]["tables"]["notes"]
    assert privacy["withheld"] == {"note_th": 2}
    page = Path(ws.home, "site", toy.NAME, "index.html").read_text(encoding="utf-8")
    assert "2 แห่งถูกเว้นว่าง" in page


def test_what_is_not_declared_still_refuses_the_release(tmp_path: Path) -> None:
    with pytest.raises(PrivacyError, match="national_id"):
        whole_way(tmp_path, ["person_name"])


def test_a_key_is_never_withheld(tmp_path: Path) -> None:
    with pytest.raises(OpendataError, match="key cannot be withheld"):
        whole_way(tmp_path, ["person_name", "national_id"], key=["visit_code", "note_th"])
