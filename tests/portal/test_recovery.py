"""What went wrong before, or goes wrong for somebody else, harms nobody: the next publication says so or mends it.

The data is synthetic.
"""

import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines.errors import PortalError, StoreError
from pipelines.portals import ckan_lease
from pipelines.portals.ckan_answers import UnclearError
from pipelines.portals.ckan_calls import Calls
from pipelines.portals.ckan_publication import Publication
from pipelines.portals.ckan_switch import Switch
from pipelines.publishing import gate
from pipelines.publishing.withdrawal import withdraw
from pipelines.workspace import Workspace
from portal.instance import PortalFault
from tests.portal import proxy
from tests.portal.desk import FIRST, PACKAGE, SECOND, THIRD, Desk, cut, desk
from tests.portals import DEMANDED, RealPortal
from tests.publishing import define, release_of
from tests.toy import NAME

SOMEBODY = "0123456789ab"


@pytest.fixture
def at(empty: RealPortal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return desk(empty, tmp_path, monkeypatch)


def test_a_dataset_that_was_renamed_is_named_and_no_second_one_is_made(at: Desk) -> None:
    at.publish(FIRST)
    at.portal.operator("package_patch", id=PACKAGE, name="renamed")
    with pytest.raises(PortalError, match="it is renamed there") as refusal:
        at.publish(SECOND)
    assert PACKAGE in refusal.value.remedy
    assert [found["name"] for found in at.portal.as_anyone("package_search")["results"]] == ["renamed"]
    at.portal.operator("package_patch", id="renamed", name=PACKAGE)
    assert at.publish(SECOND).written


def test_a_dataset_that_its_user_may_not_see_is_not_taken_for_a_wrong_token(at: Desk) -> None:
    at.portal.operator("organization_create", name="third")
    data = {**DEMANDED, "owner_org": "third", "name": PACKAGE, "private": True}
    at.portal.operator("package_create", **data)
    with pytest.raises(PortalError, match="may not see") as refusal:
        at.publish()
    assert "prefix" in refusal.value.remedy


def test_a_tombstone_stands_again_where_publishing_in_its_place_fails(
    at: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at.publish(FIRST)
    withdraw(at.ws, NAME, at.ckan(), "พบข้อมูลผิด")
    stone, free = at.shown(), at.extras()
    define(at.ws, lambda definition: definition.update(published_again_from=gate.now().isoformat()))

    def differs(*_: Any) -> None:
        raise PortalError("the portal does not serve what it was given", remedy="publish again")

    with monkeypatch.context() as patch:
        patch.setattr(Publication, "demand", differs)
        with pytest.raises(PortalError, match="does not serve"):
            at.publish(SECOND)
    after = at.shown()
    assert [after[name] for name in ("title", "notes", "private")] == [stone["title"], stone["notes"], False]
    assert (at.extras(), after["resources"]) == (free, [])
    assert at.publish(SECOND).written
    assert at.shown()["resources"]


def test_a_table_that_somebody_dropped_does_not_stand_in_the_way_of_serving_a_file_only(at: Desk) -> None:
    at.publish(FIRST)
    table = at.resources()["latest/notes.csv"]["id"]
    at.portal.drop_table(table)
    at.publish(FIRST, datastore_rows=10)
    assert not at.resources()["latest/notes.csv"]["datastore_active"]
    assert at.ckan(datastore_rows=10).audit(at.ws.dataset(NAME), [at.release(at.publish(datastore_rows=10))]) == []


def test_files_of_a_release_that_never_came_out_go_when_another_one_does(
    at: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = release_of(at.publish(FIRST))
    with monkeypatch.context() as patch:
        patch.setattr(Switch, "_rows", cut)
        with pytest.raises(KeyboardInterrupt):
            at.publish(SECOND)
    assert len(at.ckan().released(NAME)) == 2
    third = release_of(at.publish(THIRD))
    assert at.ckan().released(NAME) == [third, first]
    assert at.told() == [first, third]


def test_a_changelog_that_is_out_of_reach_is_not_written_anew(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    at.publish(FIRST)
    before = at.sha256("latest/changelog.json")

    def away(*_: Any) -> bytes:
        raise UnclearError("the portal does not answer", remedy="run again")

    with monkeypatch.context() as patch:
        patch.setattr(Calls, "bytes", away)
        with pytest.raises(PortalError, match="does not answer"):
            at.publish(SECOND)
    assert at.sha256("latest/changelog.json") == before


@pytest.mark.parametrize("since", ["", "yesterday", "2026-01-02T03:04:05", "2999-01-01T00:00:00+00:00"])
def test_a_lease_that_no_clock_explains_keeps_nobody_out(at: Desk, since: str) -> None:
    at.publish(FIRST)
    at.say(at.extras() | {"being_replaced": "2566-0123456789ab", "replaced_by": f"{SOMEBODY} {since}"})
    release = release_of(at.publish(SECOND))
    assert at.ckan().live(NAME) == {"2566": release}
    assert "replaced_by" not in at.extras()


def test_a_lease_is_kept_through_long_work(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    at.publish(FIRST)
    monkeypatch.setattr(ckan_lease, "RENEW_SECONDS", 0.0)
    heard: list[str] = []
    release = at.release(at.publish(SECOND))
    at.portal.drop_table(at.resources()["latest/notes.csv"]["id"])
    at.ckan().apply(at.ws.dataset(NAME), release, "publish", lambda what, *_: heard.append(what))
    assert {"sending files", "loading the portal's table"} <= {*heard}
    assert at.ckan().audit(at.ws.dataset(NAME), [release]) == []


def test_what_another_publisher_has_begun_since_is_left_alone(at: Desk) -> None:
    at.publish(FIRST)
    served = at.sha256("latest/notes.csv")
    with proxy.running(at.portal.address) as between:
        turned: list[int] = []

        def begin() -> None:
            if not turned and at.sha256("latest/notes.csv") != served:
                turned.append(len(between.writes))
                table = at.resources()["latest/notes.csv"]["id"]
                where = {"visit_code": "1003-001"}
                at.portal.operator("datastore_delete", resource_id=table, force=True, filters=where)
                now = gate.now().replace(microsecond=0).isoformat()
                at.say(at.extras() | {"being_replaced": "2566-0123456789ab", "replaced_by": f"{SOMEBODY} {now}"})

        between.after_write(None, begin)
        at.through(between.address)
        with pytest.raises(PortalError, match="another publisher has begun"):
            at.publish(SECOND)
        at.through(at.portal.address)
        assert turned == [len(between.writes)], "nothing was written after it"
    assert at.extras()["replaced_by"].startswith(SOMEBODY)


def test_a_home_that_was_lost_goes_on_with_what_the_portal_serves(at: Desk, tmp_path: Path) -> None:
    release = release_of(at.publish(FIRST))
    fresh = replace(at, ws=Workspace(at.ws.project, str(tmp_path / "fresh")))
    with pytest.raises(StoreError) as refusal:
        fresh.publish(FIRST)
    assert "unpack its zip from the portal there" in refusal.value.remedy
    whole = httpx.get(at.resources()[f"{release}/{PACKAGE}.zip"]["url"]).raise_for_status().content
    folder = Path(fresh.ws.home, str(refusal.value.place.file)).parent
    zipfile.ZipFile(BytesIO(whole)).extractall(folder)
    with proxy.running(at.portal.address) as between:
        at.through(between.address)
        result = fresh.publish(FIRST)
        assert (release_of(result), between.writes) == (release, [])
    at.through(at.portal.address)
    assert release_of(fresh.publish(SECOND)) in at.told()
    assert fresh.ckan().audit(at.ws.dataset(NAME), [at.release(fresh.publish())]) == []


def test_a_page_that_is_no_ckan_is_told_as_that(at: Desk) -> None:
    with pytest.raises(PortalFault):
        at.shown()
    at.through(f"{at.portal.address}/about")
    with pytest.raises(PortalError) as refusal:
        at.publish()
    assert "address" in refusal.value.remedy, str(refusal.value)
