"""What a publisher and the public may rely on when releases follow one another. The data is synthetic."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines.errors import DatasetError, PortalError
from pipelines.publishing.rollback import rollback
from portal.instance import PortalFault
from tests.portal import proxy
from tests.portal.desk import FIRST, PACKAGE, SECOND, Desk, desk
from tests.portals import DEMANDED, RealPortal
from tests.publishing import define, release_of
from tests.toy import NAME


@pytest.fixture
def at(empty: RealPortal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return desk(empty, tmp_path, monkeypatch)


def changelog(at: Desk) -> list[dict[str, Any]]:
    told = httpx.get(at.resources()["latest/changelog.json"]["url"]).raise_for_status().json()
    releases: list[dict[str, Any]] = told["releases"]
    return releases


def test_what_is_published_is_what_anyone_is_given(at: Desk) -> None:
    result = at.publish()
    files = {file.name: file.sha256 for file in at.release(result).files}
    release = release_of(result)
    for table in ("notes", "visits_by_district"):
        assert at.sha256(f"latest/{table}.csv") == files[f"{table}.csv"]
        assert at.sha256(f"{release}/{table}.csv") == files[f"{table}.csv"]
    shown = at.shown()
    assert (shown["private"], shown["state"]) == (False, "active")
    assert {extra["key"] for extra in shown["extras"]} >= {"pipeline_key", "release", "content_sha256"}
    assert len(at.rows("latest/notes.csv")) == 18


def test_the_dataset_is_private_from_its_first_call_and_its_last_makes_it_public(at: Desk) -> None:
    with proxy.running(at.portal.address) as between:
        seen: list[bool] = []

        def look() -> None:
            status = httpx.get(f"{at.portal.address}/api/3/action/package_show", params={"id": PACKAGE}).status_code
            seen.append(status == httpx.codes.OK)

        between.after_write(None, look)
        at.through(between.address)
        at.publish()
        actions = [call.action for call in between.calls if call.write]
    assert actions[0] == "package_create"
    assert actions[-1] == "package_revise"
    assert seen == [False] * (len(seen) - 1) + [True]


def test_addresses_of_the_newest_never_change_and_earlier_releases_stay(at: Desk) -> None:
    first = at.publish(FIRST)
    before = at.resources()
    second = at.publish(SECOND)
    after = at.resources()
    for key in ("latest/notes.csv", "latest/visits_by_district.csv", "latest/changelog.json"):
        assert (after[key]["id"], after[key]["url"]) == (before[key]["id"], before[key]["url"])
    for result in (first, second):
        files = {file.name: file.sha256 for file in at.release(result).files}
        assert at.sha256(f"{release_of(result)}/notes.csv") == files["notes.csv"]
    assert at.sha256("latest/notes.csv") == {f.name: f.sha256 for f in at.release(second).files}["notes.csv"]
    assert [(e["release"], e["action"]) for e in changelog(at)] == [
        (release_of(first), "publish"),
        (release_of(second), "publish"),
    ]
    assert changelog(at)[1]["changes"]["tables"]["notes"]["added"] == 2
    assert next(iter(after)) == "latest/notes.csv", "what people look for stands first"
    assert len(after) == len({r["id"] for r in at.shown()["resources"]}) == 9


def test_what_is_unchanged_is_not_written_and_makes_no_activity(at: Desk) -> None:
    at.publish()
    before = at.activities()
    with proxy.running(at.portal.address) as between:
        at.through(between.address)
        again = at.publish()
        assert between.calls
        assert between.writes == []
    assert not again.written
    assert at.activities() == before


def test_an_earlier_release_comes_back_whole(at: Desk) -> None:
    first = at.publish(FIRST)
    rows = at.rows("latest/notes.csv")
    at.publish(SECOND)
    assert at.rows("latest/notes.csv") != rows
    done = rollback(at.ws, at.ws.dataset(NAME), release_of(first), at.ckan())
    assert done.written
    assert at.shown()["extras"] != []
    assert at.sha256("latest/notes.csv") == {f.name: f.sha256 for f in at.release(first).files}["notes.csv"]
    assert sorted(map(str, at.rows("latest/notes.csv"))) == sorted(map(str, rows))
    assert [e["action"] for e in changelog(at)] == ["publish", "publish", "rollback"]
    assert not rollback(at.ws, at.ws.dataset(NAME), release_of(first), at.ckan()).written


def test_what_another_has_made_is_never_overwritten(at: Desk) -> None:
    at.portal.as_editor("package_create", name=PACKAGE, **DEMANDED)
    before = at.shown()
    with pytest.raises(PortalError, match="this pipeline did not make"):
        at.publish()
    assert at.shown() == before


def test_the_portal_is_brought_back_where_it_serves_something_else_in_the_end(at: Desk) -> None:
    first = at.publish(FIRST)
    served, rows = at.sha256("latest/notes.csv"), at.rows("latest/notes.csv")
    table = at.resources()["latest/notes.csv"]["id"]

    def alter() -> None:
        at.portal.operator("datastore_delete", resource_id=table, force=True, filters={"visit_code": "1003-001"})

    with proxy.running(at.portal.address) as between:
        at.through(between.address)
        turned: list[bool] = []

        def once() -> None:
            if not turned and at.sha256("latest/notes.csv") != served:
                turned.append(True)
                alter()

        between.after_write(None, once)
        with pytest.raises(PortalError, match="does not serve what it was given"):
            at.publish(SECOND)
    at.through(at.portal.address)
    assert turned
    assert at.ckan().live(NAME) == {"2566": release_of(first)}
    assert at.sha256("latest/notes.csv") == served
    assert sorted(map(str, at.rows("latest/notes.csv"))) == sorted(map(str, rows))
    assert {r["release"] for r in at.resources().values()} == {release_of(first)}
    assert at.ckan().audit(at.ws.dataset(NAME), [at.release(first)]) == []


def test_a_file_larger_than_the_portal_takes_is_refused_before_it_is_sent(at: Desk) -> None:
    with pytest.raises(PortalError, match="the portal takes 0 MB") as refusal:
        at.publish(largest_file_mb=0)
    assert "largest_file_mb" in refusal.value.remedy
    with pytest.raises(PortalFault):
        at.shown()


def test_a_table_of_too_many_rows_is_served_as_a_file_and_says_so(at: Desk) -> None:
    at.publish(datastore_rows=10)
    notes, visits = at.resources()["latest/notes.csv"], at.resources()["latest/visits_by_district.csv"]
    assert not notes["datastore_active"]
    assert "served as a file only" in notes["description"]
    assert visits["datastore_active"]


def test_a_column_that_comes_is_added_and_one_that_goes_is_not_without_an_acknowledgement(at: Desk) -> None:
    def narrow(definition: dict[str, Any]) -> None:
        definition["tables"]["notes"]["columns"] = ["visit_code"]

    define(at.ws, narrow)
    at.publish()
    assert set(at.rows("latest/notes.csv")[0]) == {"visit_code"}
    define(at.ws, lambda _: None)
    told = at.publish()
    assert any("notes.note_th" in notice for notice in told.notices)
    assert set(at.rows("latest/notes.csv")[0]) == {"visit_code", "note_th"}
    define(at.ws, narrow)
    with pytest.raises(DatasetError, match="note_th"):
        at.publish()

    def acknowledged(definition: dict[str, Any]) -> None:
        narrow(definition)
        note = {"th": "ไม่เผยแพร่หมายเหตุอีก", "en": "Notes are not published any more"}
        definition["schema_changes"] = [{"on": "2026-01-01", "breaks": ["notes.note_th"], "note": note}]

    define(at.ws, acknowledged)
    at.publish(SECOND)
    assert set(at.rows("latest/notes.csv")[0]) == {"visit_code"}
    assert changelog(at)[-1]["changes"]["schema_changes"][0]["breaks"] == ["notes.note_th"]
