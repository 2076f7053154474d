"""The `opendata` command as people and machines meet it."""

import csv
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.workspace import Workspace
from tests.toy import CANARY_ID, NAME, PERIOD, csv_of, persons, source_file, write_project

runner = CliRunner()


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    workspace = write_project(tmp_path)
    monkeypatch.setenv("OPENDATA_PROJECT", str(workspace.project))
    monkeypatch.setenv("OPENDATA_HOME", workspace.home)
    return workspace


def call(*arguments: str, code: int = 0) -> str:
    result = runner.invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    return result.stdout


def call_json(*arguments: str, code: int = 0) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(call(*arguments, "--json", code=code))
    return answer


def test_run_takes_a_dataset_from_source_to_public_csv(ws: Workspace) -> None:
    told = call_json("run", NAME)
    assert told["dataset"] == NAME
    assert told["period"] == PERIOD
    assert {stage: s["verdict"] for stage, s in told["stages"].items()} == dict.fromkeys(
        ["extract", "validate", "anonymise", "publish"], "accepted"
    )
    for file in told["files"]:
        data = Path(file["path"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == file["sha256"]
        assert data.startswith(b"\xef\xbb\xbf")
        assert len(list(csv.reader(data.decode("utf-8-sig").splitlines()))) == file["rows"] + 1
        assert (Path(ws.home) / "site" / NAME / "latest" / f"{file['table']}.csv").read_bytes() == data


def test_a_second_run_writes_nothing_says_so_and_is_quick(ws: Workspace) -> None:
    call("run", NAME)
    before = _state(ws)
    began = time.monotonic()
    said = call("run", NAME)
    assert time.monotonic() - began < 2
    assert said.count("unchanged, nothing written") == 4
    assert _state(ws) == before
    assert not any(stage["written"] for stage in call_json("run", NAME)["stages"].values())


@pytest.mark.usefixtures("ws")
def test_the_stages_one_by_one_do_what_run_does() -> None:
    for stage in ("extract", "validate", "anonymise", "publish"):
        assert call_json(stage, NAME)["written"]
    assert not any(stage["written"] for stage in call_json("run", NAME)["stages"].values())


@pytest.mark.usefixtures("ws")
@pytest.mark.parametrize("stage", ["validate", "anonymise", "publish", "plan"])
def test_a_stage_out_of_turn_is_refused_with_what_to_run_first(stage: str) -> None:
    error = call_json(stage, NAME, "--period", PERIOD, code=1)["error"]
    assert error["kind"] == "receipt"
    assert "opendata extract" in error["remedy"]


def test_plan_says_what_publishing_would_change_and_changes_nothing(ws: Workspace) -> None:
    for stage in ("extract", "validate", "anonymise"):
        call(stage, NAME)
    before = _state(ws)
    assert "create" in {change["action"] for change in call_json("plan", NAME)["changes"]}
    assert _state(ws) == before
    call("publish", NAME)
    assert {change["action"] for change in call_json("plan", NAME)["changes"]} <= {"none"}


def test_rollback_makes_an_earlier_release_live_again(ws: Workspace) -> None:
    first = call_json("run", NAME)
    source_file(ws).write_bytes(csv_of(persons("1001", 12) + persons("1002", 7)))
    second = call_json("run", NAME)
    assert second["release"] != first["release"]
    call("rollback", NAME, "--to", first["release"])
    live = Path(ws.home, "site", NAME, "latest", "notes.csv").read_bytes()
    assert hashlib.sha256(live).hexdigest() == first["files"][0]["sha256"]
    assert call_json("rollback", NAME, "--to", f"{PERIOD}-000000000000", code=1)["error"]["remedy"]


@pytest.mark.usefixtures("ws")
def test_another_source_is_read_with_the_same_reader(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_bytes(csv_of(persons("1007", 20)))
    told = call_json("run", NAME, "--source", str(tmp_path / "other.csv"))
    assert told["files"][0]["rows"] == 20


def test_refusals_name_place_and_remedy_and_no_value(ws: Workspace) -> None:
    source_file(ws).write_bytes(csv_of([*persons("1001", 9), *persons("1002", 1, amount=f"มาก{CANARY_ID}")]))
    error = call_json("run", NAME, code=1)["error"]
    assert (error["dataset"], error["period"], error["column"]) == (NAME, PERIOD, "amount_thb")
    assert error["row"] == 11
    assert error["remedy"]
    assert CANARY_ID not in json.dumps(error)
    assert not Path(ws.home, "site").exists()


def test_personal_data_in_an_open_column_never_gets_out(ws: Workspace) -> None:
    note = f"ติดต่อเลขบัตร{CANARY_ID}"
    source_file(ws).write_bytes(csv_of(persons("1001", 9) + persons("1002", 6, note=note)))
    error = call_json("run", NAME, code=1)["error"]
    assert error["kind"] == "privacy"
    assert error["column"] == "note_th"
    public = [p for p in Path(ws.home).rglob("*") if p.is_file() and "snapshots" not in p.parts]
    assert public, "the refusal is recorded"
    assert not [p for p in public if CANARY_ID.encode() in p.read_bytes()]


@pytest.mark.usefixtures("ws")
def test_scan_and_validate_table_speak_in_exit_codes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"name,note\n1,โทร {CANARY_ID}\n", encoding="utf-8")
    found = call_json("scan", str(tmp_path / "a.csv"), code=1)
    assert found["rows"] == 1
    assert found["findings"][0]["column"] == "note"
    assert found["findings"][0]["rows"] == [2]
    (tmp_path / "b.csv").write_text("visit_code,note_th\n1,a\n,b\n", encoding="utf-8")
    (tmp_path / "s.yaml").write_text(
        "fields: [{name: visit_code, type: string, constraints: {required: true}}, {name: note_th, type: string}]"
    )
    report = call_json("validate-table", str(tmp_path / "b.csv"), "--schema", str(tmp_path / "s.yaml"), code=1)
    assert (report["valid"], report["error_count"], report["errors"][0]["row"]) == (False, 1, 3)


@pytest.mark.usefixtures("ws")
def test_wrong_usage_is_exit_code_2() -> None:
    call("run", code=2)
    call("run", NAME, "--portal", "nowhere", code=2)
    call("run", NAME, "--period", "2023", code=2)
    call("scan", "no-such-file.csv", code=2)


@pytest.mark.usefixtures("ws")
def test_an_unknown_dataset_is_refused_with_where_to_look() -> None:
    assert "opendata list" in call_json("run", "welfare/none", code=1)["error"]["remedy"]


def test_check_lists_every_problem_of_a_folder(ws: Workspace) -> None:
    assert call_json("check")["problems"] == []
    path = ws.project / "datasets" / NAME / "dataset.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("    national_id:\n      class: direct\n", ""), encoding="utf-8"
    )
    problems = call_json("check", code=1)["problems"]
    assert any("national_id" in str(problem) for problem in problems)


@pytest.mark.usefixtures("ws")
def test_list_shows_what_is_live() -> None:
    assert call_json("list")["datasets"][0]["live"] == {}
    release = call_json("run", NAME)["release"]
    assert call_json("list")["datasets"][0]["live"] == {PERIOD: release}


@pytest.mark.parametrize("command", [c.name for c in app.registered_commands])
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    help_text = call(command, "--help").replace("`", "")
    assert f"Example: opendata {command}" in help_text
    assert " /." not in help_text, "what stands in angle brackets is taken for markup and is not shown"


def _state(ws: Workspace) -> dict[str, tuple[int, int]]:
    """Every file of the home with its inode and time of change, scratch apart."""
    found = [p for p in Path(ws.home).rglob("*") if p.is_file() and "scratch" not in p.parts]
    return {str(p): (p.stat().st_ino, p.stat().st_mtime_ns) for p in found}
