"""What needs an approval, or its time, waits unseen until another user than its publisher says so. Synthetic."""

import json
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.errors import WaitingError
from portal.instance import PortalFault
from tests.portal.desk import FIRST, PACKAGE, SECOND, Desk, desk
from tests.portals import RealPortal
from tests.publishing import define, deliver, prepared
from tests.toy import NAME


@pytest.fixture
def at(empty: RealPortal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return desk(empty, tmp_path, monkeypatch)


def call(*words: str) -> tuple[int, dict[str, object]]:
    done = CliRunner().invoke(app, [*words, "--portal", "agency", "--json"])
    told: dict[str, object] = json.loads(done.stdout)
    return done.exit_code, told


def visible(at: Desk) -> list[str]:
    return sorted(found["name"] for found in at.portal.as_anyone("package_search", rows=100)["results"])


def waiting(at: Desk, lines: list[str]) -> str:
    with pytest.raises(WaitingError):
        at.publish(lines)
    return at.ckan().waiting(NAME)["2566"]


def test_a_release_waits_unseen_until_another_user_approves_it(at: Desk) -> None:
    define(at.ws, lambda definition: definition.update(approval="required"))
    release = waiting(at, FIRST)
    assert visible(at) == []
    with pytest.raises(PortalFault):
        at.shown()
    code, told = call("approve", release, "--by", "data-owner")
    assert code == 0, told
    assert at.ckan().live(NAME) == {"2566": release}
    assert visible(at) == [PACKAGE], "what waited is gone from where it waited"
    assert at.ckan().waiting(NAME) == {}


def test_the_publisher_does_not_approve_what_it_brought_there(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    define(at.ws, lambda definition: definition.update(approval="required"))
    release = waiting(at, FIRST)
    monkeypatch.setenv("OPENDATA_AGENCY_APPROVER_TOKEN", at.portal.token)
    code, told = call("approve", release, "--by", "data-owner")
    assert code == 1
    assert "does not approve it" in str(told)
    assert visible(at) == []


def test_what_is_live_stays_while_the_next_waits_and_the_same_waits_only_once(at: Desk) -> None:
    at.publish(FIRST)
    before = at.sha256("latest/notes.csv")
    define(at.ws, lambda definition: definition.update(approval="required"))
    release = waiting(at, SECOND)
    assert waiting(at, SECOND) == release
    assert visible(at) == [PACKAGE]
    assert at.sha256("latest/notes.csv") == before
    assert "being_replaced" not in {extra["key"] for extra in at.shown()["extras"]}
    hidden = at.portal.operator("package_search", q=f"name:{PACKAGE}-waiting-*", include_private=True)["results"]
    assert len(hidden) == 1
    for resource in hidden[0]["resources"]:
        assert httpx.get(resource["url"]).status_code in {403, 404}
    assert call("approve", release, "--by", "data-owner")[0] == 0
    assert at.sha256("latest/notes.csv") != before


def test_before_its_time_it_waits_and_then_the_next_run_makes_it_public(at: Desk) -> None:
    define(at.ws, lambda definition: definition.update(release_at="2999-01-01"))
    waiting(at, FIRST)
    assert visible(at) == []
    define(at.ws, lambda definition: definition.update(release_at="2020-01-01"))
    at.publish()
    assert visible(at) == [PACKAGE]
    assert at.ckan().waiting(NAME) == {}


def test_a_newer_release_takes_the_place_of_the_one_that_waits(at: Desk) -> None:
    define(at.ws, lambda definition: definition.update(approval="required"))
    old = waiting(at, FIRST)
    new = waiting(at, SECOND)
    assert new != old
    code, told = call("approve", old, "--by", "data-owner")
    assert code == 1, told
    assert call("approve", new, "--by", "data-owner")[0] == 0
    deliver(at.ws, SECOND)
    prepared(at.ws)
    assert at.ckan().waiting(NAME) == {}
