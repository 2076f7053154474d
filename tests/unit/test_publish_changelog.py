"""The changelog beside a release tells a reader the truth, and no more than it may. The data is synthetic."""

from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import PortalError
from pipelines.portals.static import StaticPortal
from pipelines.run import run
from pipelines.workspace import Workspace
from tests.publishing import changes, define, deliver, public, release_of, whole_way
from tests.toy import NAME, persons, write_project

PHONE = "0899990000"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return write_project(tmp_path)


def test_the_changelog_tells_what_a_reader_finds_different(ws: Workspace) -> None:
    first = release_of(whole_way(ws))
    deliver(ws, [*persons("1001", 10)[1:], *persons("1002", 7, note="เยี่ยมซ้ำ"), *persons("1003", 2)])
    whole_way(ws)
    told = changes(ws)
    assert told["previous"] == first
    notes = told["tables"]["notes"]
    assert {kind: notes[kind] for kind in ("added", "changed", "removed", "unchanged")} == {
        "added": 1, "changed": 7, "removed": 1, "unchanged": 10,
    }  # fmt: skip
    assert (notes["keys"]["added"], notes["keys"]["removed"]) == ([["1001-010"]], [["1001-001"]])
    assert notes["keys"]["changed"][0] == {"key": ["1002-001"], "columns": ["note_th"]}


def test_a_key_that_was_taken_out_as_personal_is_not_repeated_by_the_changelog(ws: Workspace) -> None:
    define(ws, lambda d: d["privacy"]["columns"]["visit_code"].update(allow={"phone": "thought to be a code"}))
    personal = [line.replace("1001-001", PHONE) for line in persons("1001", 9)]
    deliver(ws, personal + persons("1002", 7))
    whole_way(ws)
    assert PHONE.encode() in public(ws, "notes.csv")
    define(ws, lambda _: None)
    deliver(ws, persons("1001", 9) + persons("1002", 7))
    whole_way(ws)
    assert changes(ws)["tables"]["notes"]["removed"] == 1
    assert changes(ws)["tables"]["notes"]["keys"]["removed"] == []
    assert PHONE.encode() not in public(ws, "changelog.json")


class Broken(StaticPortal):
    """A portal that takes nothing."""

    def apply(self, *_: Any) -> None:
        raise PortalError("it is down", remedy="wait")


def test_a_release_that_did_not_get_out_is_told_against_what_is_live_when_it_does(ws: Workspace) -> None:
    whole_way(ws)
    deliver(ws, persons("1001", 12) + persons("1002", 7))
    with pytest.raises(PortalError, match="down"):
        run(ws, ws.dataset(NAME), period=None, location=None, portal=Broken(ws))
    deliver(ws, persons("1001", 20) + persons("1002", 7))
    between = release_of(whole_way(ws))
    deliver(ws, persons("1001", 12) + persons("1002", 7))
    whole_way(ws)
    assert changes(ws)["previous"] == between
    assert changes(ws)["tables"]["notes"]["removed"] == 8


@pytest.mark.parametrize("key", ["the same key", "a new key"])
def test_the_changelog_of_a_public_release_never_changes(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    whole_way(ws)
    first = public(ws, "changelog.json")
    deliver(ws, persons("1001", 12) + persons("1002", 7))
    whole_way(ws)
    if key == "a new key":
        monkeypatch.setenv("OPENDATA_RECEIPT_KEY", "a key made for this test")
        ws = Workspace(ws.project, ws.home)
    deliver(ws, persons("1001", 9) + persons("1002", 7) + persons("1003", 2))
    whole_way(ws)
    assert public(ws, "changelog.json") == first
