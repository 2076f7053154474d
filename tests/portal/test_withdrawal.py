"""What is withdrawn is gone: for anyone, and from the portal's disk. The data is synthetic."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines.errors import PortalError, PrivacyError, WaitingError
from pipelines.portals import ckan_erasure
from pipelines.portals.ckan_package import Held, Package
from pipelines.portals.ckan_withdrawal import Withdrawal
from pipelines.publishing import gate
from pipelines.publishing.rollback import rollback
from pipelines.publishing.withdrawal import withdraw
from pipelines.store import Store
from portal.instance import PortalFault
from tests.portal.desk import FIRST, PACKAGE, REASON, SECOND, Desk, cut, desk
from tests.portals import RealPortal
from tests.publishing import define, release_of
from tests.toy import NAME


@pytest.fixture
def at(empty: RealPortal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return desk(empty, tmp_path, monkeypatch)


def statuses(at: Desk, resources: list[dict[str, Any]]) -> set[int]:
    search = f"{at.portal.address}/api/3/action/datastore_search?limit=0&resource_id="
    asked = [url for r in resources for url in (r["url"], search + r["id"])]
    return {httpx.get(url).status_code for url in asked}


def test_nothing_of_a_withdrawn_dataset_is_given_to_anyone_or_left_on_the_disk(at: Desk) -> None:
    releases = [at.release(at.publish(FIRST)), at.release(at.publish(SECOND))]
    resources = at.shown()["resources"]
    files = {file.name: file.sha256 for release in releases for file in release.files}
    tables = {files[f"{table}.csv"] for table in ("notes", "visits_by_district")}
    assert at.on_disk(resources) >= tables
    done = withdraw(at.ws, NAME, at.ckan(), REASON)
    assert statuses(at, resources) <= {403, 404}
    assert not at.on_disk(resources) & tables
    assert any("purge" in told for told in done.to_erase), "what only a sysadmin can erase is said"
    stone = at.shown()
    assert stone["resources"] == []
    assert REASON in stone["notes"]
    assert stone["title"].startswith("[ถอนออกแล้ว")
    assert at.portal.as_anyone("package_search", q="การเยี่ยมบ้าน")["count"] == 1, "the tombstone is found"


def test_what_was_withdrawn_is_published_again_only_where_a_person_says_so(at: Desk) -> None:
    at.publish(FIRST)
    withdraw(at.ws, NAME, at.ckan(), REASON)
    with pytest.raises(PrivacyError, match="withdrawn"):
        at.publish(SECOND)
    assert at.shown()["resources"] == []
    define(at.ws, lambda definition: definition.update(published_again_from="2026-01-01"))
    with pytest.raises(PrivacyError, match="withdrawn"):
        at.publish(SECOND)
    define(at.ws, lambda definition: definition.update(published_again_from=gate.now().isoformat()))
    result = at.publish(SECOND)
    assert at.ckan().live(NAME) == {"2566": release_of(result)}
    assert at.sha256("latest/notes.csv") in {file.sha256 for file in at.release(result).files}
    assert REASON not in at.shown()["notes"]
    assert len(at.ckan().withdrawn(NAME)) == 1, "that it was withdrawn stays known"


def test_one_release_goes_and_the_others_stay(at: Desk) -> None:
    first, second = at.publish(FIRST), at.publish(SECOND)
    rollback(at.ws, at.ws.dataset(NAME), release_of(first), at.ckan())
    gone = [r for r in at.shown()["resources"] if r["release"] == release_of(second)]
    withdraw(at.ws, NAME, at.ckan(), REASON, release_of(second))
    assert statuses(at, gone) <= {403, 404}
    assert not at.on_disk(gone) & {f.sha256 for f in at.release(second).files}
    assert at.ckan().live(NAME) == {"2566": release_of(first)}
    told = httpx.get(at.resources()["latest/changelog.json"]["url"]).json()["releases"]
    (entry,) = [e for e in told if e["release"] == release_of(second)]
    assert entry["withdrawn_at"]
    assert entry["changes"] is None
    assert at.ckan().audit(at.ws.dataset(NAME), [at.release(first)]) == []
    with pytest.raises(PrivacyError, match="withdrawn"):
        rollback(at.ws, at.ws.dataset(NAME), release_of(second), at.ckan())


def test_a_withdrawal_that_was_cut_off_is_gone_on_with(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    at.publish(FIRST)
    resources = at.shown()["resources"]

    for place, step in ((ckan_erasure, "drop_table"), (ckan_erasure, "_write_over"), (Withdrawal, "_demand_gone")):
        with monkeypatch.context() as patch:
            patch.setattr(place, step, cut)
            with pytest.raises(KeyboardInterrupt):
                withdraw(at.ws, NAME, at.ckan(), REASON)
        assert statuses(at, resources) <= {403, 404}, step
    withdraw(at.ws, NAME, at.ckan(), REASON)
    assert REASON in at.shown(PACKAGE)["notes"]
    assert len(at.ckan().withdrawn(NAME)) == 1


def test_what_only_waits_is_erased_too_and_nobody_brings_it_back(at: Desk) -> None:
    define(at.ws, lambda definition: definition.update(approval="required"))
    with pytest.raises(WaitingError):
        at.publish(FIRST)
    found = at.portal.operator("package_search", q=f"name:{PACKAGE}-waiting-*", include_private=True)["results"]
    files = at.on_disk(found[0]["resources"])
    done = withdraw(at.ws, NAME, at.ckan(), REASON)
    assert not at.on_disk(found[0]["resources"]) & files
    assert any(found[0]["id"] in told for told in done.to_erase)


def test_a_second_withdrawal_is_not_taken_for_the_first(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    at.publish(FIRST)
    with monkeypatch.context() as patch:
        patch.setattr(Store, "remove", cut)
        with pytest.raises(KeyboardInterrupt):
            withdraw(at.ws, NAME, at.ckan(), REASON)
    define(at.ws, lambda definition: definition.update(published_again_from=gate.now().isoformat()))
    at.publish(SECOND)
    resources = at.shown()["resources"]
    withdraw(at.ws, NAME, at.ckan(), REASON)
    assert statuses(at, resources) <= {403, 404}
    assert at.shown()["resources"] == []


def test_a_tombstone_that_was_cut_off_becomes_public_in_the_end(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    at.publish(FIRST)
    revise = Package.revise

    def cut_at_the_flip(self: Package, held: Held, changes: dict[str, Any], **more: Any) -> Held:
        if changes == {"private": False}:
            raise KeyboardInterrupt
        return revise(self, held, changes, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Package, "revise", cut_at_the_flip)
        with pytest.raises(KeyboardInterrupt):
            withdraw(at.ws, NAME, at.ckan(), REASON)
    withdraw(at.ws, NAME, at.ckan(), REASON)
    assert REASON in at.shown()["notes"]


def test_a_table_that_the_portal_does_not_show_goes_too(at: Desk) -> None:
    at.publish(FIRST)
    table = at.resources()["latest/notes.csv"]["id"]
    at.portal.operator("resource_patch", id=table, datastore_active=False)
    assert at.ckan().audit(at.ws.dataset(NAME), [at.release(at.publish())]) == [], "publishing again shows it"
    at.portal.operator("resource_patch", id=table, datastore_active=False)
    withdraw(at.ws, NAME, at.ckan(), REASON)
    with pytest.raises(PortalFault):
        at.portal.operator("datastore_info", id=table)


def test_one_organisation_never_withdraws_what_belongs_to_another(at: Desk) -> None:
    at.publish(FIRST)
    other = at.ckan(organisation="dga")
    with pytest.raises(PortalError, match="belongs to the organisation agency"):
        withdraw(at.ws, NAME, other, REASON)
    assert at.rows("latest/notes.csv")
    beside = at.ckan(organisation="dga", prefix="dga-", name="dga")
    beside.apply(at.ws.dataset(NAME), at.release(at.publish()), "publish")
    assert at.shown(f"dga-{PACKAGE}")["organization"]["name"] == "dga"
    assert at.shown()["organization"]["name"] == "agency"
