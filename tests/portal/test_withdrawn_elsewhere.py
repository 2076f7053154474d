"""What somebody withdraws, from whatever home and wherever they are cut off, nobody makes public again.

The data is synthetic.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import PortalError, PrivacyError, UsageError, WaitingError
from pipelines.portals import Tombstone, ckan_calls, ckan_erasure, ckan_lease
from pipelines.portals.ckan import CkanPortal
from pipelines.portals.ckan_package import Package
from pipelines.portals.ckan_publication import Publication
from pipelines.publishing import gate
from pipelines.publishing.rollback import rollback
from pipelines.publishing.withdrawal import withdraw
from portal.instance import PortalFault
from tests.portal.desk import FIRST, PACKAGE, REASON, SECOND, THIRD, Desk, cut, desk
from tests.portals import RealPortal
from tests.publishing import define, release_of
from tests.toy import NAME

LOG = "latest/changelog.json"


@pytest.fixture
def at(empty: RealPortal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    found = desk(empty, tmp_path, monkeypatch)
    found.publish(FIRST)
    return found


@pytest.fixture
def elsewhere(at: Desk, tmp_path: Path) -> Desk:
    """The same project in another home, which knows what is public."""
    return at.another_home(tmp_path)


@pytest.fixture
def back(at: Desk) -> tuple[str, str]:
    """The release that is live, an earlier one; and the newer one from which it was rolled back."""
    first, second = release_of(at.publish()), release_of(at.publish(SECOND))
    rollback(at.ws, at.ws.dataset(NAME), first, at.ckan())
    return first, second


def cut_at(at: Desk, place: object, step: str, act: Callable[[], object]) -> None:
    with at.environment.context() as patch:
        patch.setattr(place, step, cut)
        with pytest.raises(KeyboardInterrupt):
            act()


def take_away(at: Desk, release: str | None = None) -> None:
    withdraw(at.ws, NAME, at.ckan(), REASON, release)


def before_it_applies(at: Desk, act: Callable[[], object]) -> None:
    """Have something happen after all that publishing asks for first, just before it writes."""
    apply = CkanPortal.apply

    def later(*given: Any) -> None:
        at.environment.setattr(CkanPortal, "apply", apply)
        act()
        apply(*given)

    at.environment.setattr(CkanPortal, "apply", later)


def test_a_withdrawal_that_was_done_just_before_the_first_write_is_obeyed(at: Desk, elsewhere: Desk) -> None:
    before_it_applies(at, lambda: take_away(elsewhere))
    with pytest.raises(PrivacyError, match="was withdrawn"):
        at.publish(SECOND)
    assert at.shown()["resources"] == []
    assert "being_replaced" not in {extra["key"] for extra in at.shown()["extras"]}


def test_that_another_release_was_withdrawn_meanwhile_keeps_nobody_from_publishing(
    at: Desk, back: tuple[str, str]
) -> None:
    first, second = back
    before_it_applies(at, lambda: at.ckan().withdraw(NAME, stone_of(second), second))
    third = release_of(at.publish(THIRD))
    assert {*at.ckan().released(NAME)} == {first, third}


def stone_of(release: str) -> Tombstone:
    moment = gate.now().replace(microsecond=0).isoformat()
    return Tombstone(NAME, (release,), "release", REASON, moment)


@pytest.mark.parametrize(("place", "step"), [(ckan_erasure, "drop_table"), (Package, "create"), (Package, "remove")])
def test_a_withdrawal_that_was_cut_off_keeps_every_publisher_out_and_ends_from_any_home(
    at: Desk, elsewhere: Desk, place: object, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = at.shown()["resources"]
    files = at.on_disk(resources)
    cut_at(at, place, step, lambda: take_away(at))
    monkeypatch.setattr(ckan_lease, "SECONDS", 0.0)  # however long ago that was
    with pytest.raises(PortalError, match="is being withdrawn") as refusal:
        elsewhere.publish(SECOND)
    assert "withdraw it once more" in refusal.value.remedy
    with pytest.raises((PortalError, UsageError), match=r"is being withdrawn|has no release"):
        take_away(elsewhere, resources[-1]["release"])
    with pytest.raises(PortalFault):
        at.shown()
    take_away(elsewhere)
    assert at.shown()["resources"] == []
    assert not at.on_disk(resources) & files
    named = [p["name"] for p in at.portal.operator("package_search", include_private=True)["results"]]
    assert named == [PACKAGE], "what was moved aside is deleted"


def test_whoever_is_refused_leaves_the_mark_of_a_withdrawal_where_it_is(
    at: Desk, elsewhere: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries, asked = Publication.entries, []

    def begun(*given: Any, **more: Any) -> Any:
        asked.append(1)
        if len(asked) == 3:  # of the plan, before the lease, under it
            cut_at(elsewhere, ckan_erasure, "drop_table", lambda: take_away(elsewhere))
            raise PortalError("the portal does not answer", remedy="run again")
        return entries(*given, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Publication, "entries", begun)
        with pytest.raises(PortalError):
            at.publish(SECOND)
    assert len(asked) == 3
    with pytest.raises(PortalError, match="is being withdrawn"):
        at.publish(SECOND)


def test_what_waits_is_hidden_with_what_is_live_whatever_fails(at: Desk) -> None:
    define(at.ws, lambda definition: definition.update(approval="required"))
    with pytest.raises(WaitingError):
        at.publish(SECOND)
    cut_at(at, ckan_erasure, "drop_table", lambda: take_away(at))
    with pytest.raises(PortalFault):
        at.shown()
    take_away(at)
    assert at.ckan().waiting(NAME) == {}


def test_a_release_that_is_withdrawn_takes_nothing_away_that_waits(at: Desk, back: tuple[str, str]) -> None:
    define(at.ws, lambda definition: definition.update(approval="required"))
    with pytest.raises(WaitingError):
        at.publish(THIRD)
    waits = at.ckan().waiting(NAME)
    take_away(at, back[1])
    assert at.ckan().waiting(NAME) == waits != {}


def test_what_was_withdrawn_stays_away_though_the_changelog_is_lost(at: Desk, back: tuple[str, str]) -> None:
    _, second = back
    gone = [r for r in at.shown()["resources"] if r["release"] == second]
    files = at.on_disk(gone)
    cut_at(at, Package, "remove", lambda: take_away(at, second))
    at.portal.operator("resource_delete", id=at.resources()[LOG]["id"])
    third = at.publish(THIRD)
    assert not at.on_disk(at.shown()["resources"]) & files
    found = at.ckan().audit(at.ws.dataset(NAME), [at.release(third)])
    assert [(change.action, change.object) for change in found] == [("withdraw", second)]


def test_a_release_is_withdrawn_where_there_is_no_changelog(at: Desk, back: tuple[str, str]) -> None:
    first, second = back
    at.portal.operator("resource_delete", id=at.resources()[LOG]["id"])
    take_away(at, second)
    assert at.ckan().released(NAME) == [first]
    assert [stone.releases for stone in at.ckan().withdrawn(NAME)] == [(second,)]


def test_a_second_withdrawal_of_a_release_needs_a_second_leave(at: Desk, back: tuple[str, str]) -> None:
    first, second = back
    take_away(at, second)
    define(at.ws, lambda definition: definition.update(published_again_from=gate.now().isoformat()))
    again = rollback(at.ws, at.ws.dataset(NAME), second, at.ckan())
    assert at.ckan().audit(at.ws.dataset(NAME), [at.release(again)]) == []
    rollback(at.ws, at.ws.dataset(NAME), first, at.ckan())
    take_away(at, second)
    assert len(at.ckan().withdrawn(NAME)) == 2
    shutil.rmtree(Path(at.ws.home, "withdrawals"))  # as in another home: what stands on the portal is enough
    with pytest.raises(PrivacyError, match="was withdrawn"):
        rollback(at.ws, at.ws.dataset(NAME), second, at.ckan())


def test_a_lease_outlasts_the_longest_call() -> None:
    longest = ckan_calls.LONGEST_IN_ALL + ckan_calls.WRITE_SECONDS + ckan_calls.CONNECT_SECONDS
    assert ckan_lease.RENEW_SECONDS + longest < ckan_lease.SECONDS
