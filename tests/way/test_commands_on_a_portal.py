"""The commands about what is on a portal, as people and machines meet them. The data is synthetic."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli import app
from pipelines.portals import opening
from pipelines.workspace import Workspace
from tests.holding import HoldingPortal, Memory
from tests.publishing import define
from tests.toy import NAME, PERIOD, write_project

runner = CliRunner()
NOTES = Path("site", NAME, "latest/notes.csv")


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    workspace = write_project(tmp_path)
    monkeypatch.setenv("OPENDATA_PROJECT", str(workspace.project))
    monkeypatch.setenv("OPENDATA_HOME", workspace.home)
    return workspace


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """What a portal named `agency` holds, which two users deal with."""
    memory = Memory()

    def open_portal(_: Workspace, name: str, *, approver: bool = False) -> HoldingPortal:
        return HoldingPortal(memory, "approver" if approver else "publisher", name)

    monkeypatch.setattr(opening, "open_portal", open_portal)
    monkeypatch.setenv("OPENDATA_PORTAL", "agency")
    return memory


def call(*arguments: str, code: int = 0) -> Result:
    result = runner.invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    return result


def call_json(*arguments: str, code: int = 0) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(call(*arguments, "--json", code=code).stdout)
    return answer


def test_the_audit_ends_with_one_where_anything_differs(ws: Workspace) -> None:
    call("run", NAME)
    assert call_json("audit") == {"changes": []}
    assert "1 datasets on site audited, 0 differences" in call("audit", NAME).stdout
    Path(ws.home, NOTES).unlink()
    (change,) = call_json("audit", code=1)["changes"]
    told = {"action": "update", "object": f"{NAME}/latest/notes.csv", "reason": "is missing"}
    assert change == {"dataset": NAME, **told}
    assert "is missing" in call("audit", code=1).stdout


@pytest.mark.usefixtures("ws")
def test_a_portal_nobody_knows_is_wrong_usage() -> None:
    assert call_json("audit", "--portal", "nowhere", code=2)["error"]["kind"] == "usage"
    assert "site" in call_json("list", "--portal", "nowhere", code=2)["error"]["remedy"]


def test_withdrawing_asks_and_without_a_terminal_wants_yes(ws: Workspace) -> None:
    call("run", NAME)
    for more in ([], ["--json"]):
        assert "--yes" in call("withdraw", NAME, "--reason", "found names", *more, code=2).output
    assert Path(ws.home, NOTES).is_file()
    told = call_json("withdraw", NAME, "--reason", "found names", "--yes")
    assert (told["tombstone"]["reason"], told["to_erase"]) == ("found names", [])
    assert not Path(ws.home, NOTES).exists()
    assert call_json("run", NAME, code=1)["error"]["kind"] == "privacy"
    assert call_json("audit") == {"changes": []}


@pytest.mark.parametrize(("answer", "code"), [("n\n", 2), ("y\n", 0)])
def test_on_a_terminal_the_answer_decides(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    call("run", NAME)
    monkeypatch.setattr("pipelines.cli_portal._is_terminal", lambda: True)
    result = runner.invoke(app, ["withdraw", NAME, "--reason", "found names"], input=answer)
    assert result.exit_code == code, result.output
    assert Path(ws.home, NOTES).exists() == (code != 0)


def test_a_release_that_waits_is_approved_by_its_id_alone(ws: Workspace, memory: Memory) -> None:
    define(ws, lambda d: d.update(approval="required"))
    error = call_json("run", NAME, code=1)["error"]
    assert (error["kind"], error["dataset"], error["period"]) == ("waiting", NAME, PERIOD)
    release = memory.waiting[PERIOD].id
    assert release in error["message"]
    assert f"opendata approve {release}" in error["remedy"]
    assert call_json("approve", release, "--by", "A Person", code=2)["error"]["kind"] == "usage"
    assert call_json("approve", f"{PERIOD}-000000000000", "--by", "data-owner", code=1)["error"]["kind"] == "privacy"
    told = call_json("approve", release, "--by", "data-owner")
    assert (told["dataset"], told["stage"], told["written"]) == (NAME, "publish", True)
    assert call_json("list")["datasets"][0]["live"] == {PERIOD: release}
    assert call_json("audit") == {"changes": []}


def test_what_an_administrator_must_erase_is_said(ws: Workspace, memory: Memory) -> None:
    assert ws.home
    call("run", NAME)
    assert memory.live
    said = call("withdraw", NAME, "--reason", "found names", "--yes").stdout
    assert f"an administrator must still erase: purge {NAME}" in said
