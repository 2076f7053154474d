"""Somebody else does something to the dataset while it is published: what they did stands, and nothing that was
public is lost.

The data is synthetic.
"""

import shutil
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines.errors import PortalError
from pipelines.portals import ckan_erasure
from pipelines.portals.ckan_publication import Publication
from pipelines.portals.ckan_switch import Switch
from pipelines.publishing import gate
from pipelines.publishing.rollback import rollback
from pipelines.publishing.withdrawal import withdraw
from portal.instance import PortalFault
from tests.portal import by_hand
from tests.portal.desk import FIRST, PACKAGE, REASON, SECOND, THIRD, Desk, cut, desk
from tests.portals import RealPortal
from tests.publishing import define, release_of
from tests.toy import NAME

LOG = "latest/changelog.json"


@pytest.fixture
def at(empty: RealPortal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return desk(empty, tmp_path, monkeypatch)


@pytest.fixture
def elsewhere(at: Desk, tmp_path: Path) -> Desk:
    """The same project in another home, which knows what is public."""
    at.publish(FIRST)
    return at.another_home(tmp_path)


def served(at: Desk) -> bytes:
    return httpx.get(at.resources()[LOG]["url"]).raise_for_status().content


def differs(*_: Any) -> None:
    raise PortalError("the portal does not serve what it was given", remedy="publish again")


def begin_withdrawal(at: Desk) -> None:
    """Withdraw as far as that nobody sees it any more."""
    with at.environment.context() as patch:
        patch.setattr(ckan_erasure, "drop_table", cut)
        with pytest.raises(KeyboardInterrupt):
            withdraw(at.ws, NAME, at.ckan(), REASON)


def test_who_was_overtaken_before_the_switch_does_not_switch(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    at.publish(FIRST)
    before = at.sha256("latest/notes.csv")
    views = Switch._views

    def overtaken(*given: Any) -> None:
        views(*given)
        now = gate.now().replace(microsecond=0).isoformat()
        at.say(at.extras() | {"replaced_by": f"0123456789ab {now}"})

    monkeypatch.setattr(Switch, "_views", overtaken)
    with pytest.raises(PortalError, match="another publisher has begun"):
        at.publish(SECOND)
    assert at.sha256("latest/notes.csv") == before
    assert at.extras()["replaced_by"].startswith("0123456789ab")


@pytest.mark.parametrize("moment", ["_views", "_turn"])
def test_what_another_home_withdraws_meanwhile_is_not_made_public_again(
    elsewhere: Desk, at: Desk, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = getattr(Switch, moment)

    def withdrawn(*given: Any) -> Any:
        done = step(*given)
        begin_withdrawal(elsewhere)
        return done

    with monkeypatch.context() as patch:
        patch.setattr(Switch, moment, withdrawn)
        with pytest.raises(PortalError):
            at.publish(SECOND)
    with pytest.raises(PortalFault):
        at.shown()
    with pytest.raises(PortalError, match="is being withdrawn") as refusal:
        at.publish(SECOND)
    assert "withdraw it once more" in refusal.value.remedy
    withdraw(elsewhere.ws, NAME, elsewhere.ckan(), REASON)
    assert at.shown()["resources"] == []


def test_a_first_publication_that_fails_leaves_nothing_that_says_it_is_live(
    at: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Publication, "demand", differs)
        with pytest.raises(PortalError, match="does not serve"):
            at.publish(FIRST)
    assert at.extras() == {"pipeline_key": NAME}
    second = release_of(at.publish(SECOND))
    assert (at.ckan().live(NAME), at.told(), at.ckan().released(NAME)) == ({"2566": second}, [second], [second])


def test_a_changelog_of_others_takes_no_release_away(at: Desk) -> None:
    first = release_of(at.publish(FIRST))
    old = served(at)
    second = release_of(at.publish(SECOND))
    files = {key for key in at.resources() if key.startswith(second)}
    by_hand.replace_file(at.portal, at.resources()[LOG]["id"], old)
    third = release_of(at.publish(THIRD))
    assert at.told() == [first, second, third]
    assert files < {*at.resources()}


def test_files_that_were_public_are_not_removed_where_the_changelog_does_not_tell_of_them(at: Desk) -> None:
    at.publish(FIRST)
    old = served(at)
    second = release_of(at.publish(SECOND))
    by_hand.replace_file(at.portal, at.resources()[LOG]["id"], old)
    first = old.decode().partition('"release": "')[2].partition('"')[0]
    at.say(at.extras() | {"live_releases": first, "being_replaced": first})
    at.publish(THIRD)
    assert second in at.ckan().released(NAME)


def test_a_changelog_that_is_gone_tells_nothing_early(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first = release_of(at.publish(FIRST))
    at.portal.operator("resource_delete", id=at.resources()[LOG]["id"])
    early: list[list[str]] = []
    rows = Switch._rows

    def looked(*given: Any) -> None:
        early.append(at.told())
        rows(*given)

    monkeypatch.setattr(Switch, "_rows", looked)
    second = release_of(at.publish(SECOND))
    assert early == [[first], [first]]
    assert at.told() == [first, second]


def test_a_withdrawal_of_one_release_waits_for_whoever_publishes(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = release_of(at.publish(FIRST)), release_of(at.publish(SECOND))
    rollback(at.ws, at.ws.dataset(NAME), first, at.ckan())
    free = at.extras()
    now = gate.now().replace(microsecond=0).isoformat()
    at.say(free | {"being_replaced": second, "replaced_by": f"0123456789ab {now}"})
    waited: list[set[str]] = []

    def finished(*_: Any) -> None:
        waited.append({*at.ckan().released(NAME)})
        at.say(free)

    monkeypatch.setattr(time, "sleep", finished)
    withdraw(at.ws, NAME, at.ckan(), REASON, second)
    assert waited == [{first, second}], "nothing was touched before"
    assert at.ckan().released(NAME) == [first]
    assert not {"being_replaced", "replaced_by"} & {*at.extras()}


def test_a_release_whose_withdrawal_was_cut_off_is_told_by_the_audit(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = at.publish(FIRST), release_of(at.publish(SECOND))
    rollback(at.ws, at.ws.dataset(NAME), release_of(first), at.ckan())
    with monkeypatch.context() as patch:
        patch.setattr(ckan_erasure, "drop_table", cut)
        with pytest.raises(KeyboardInterrupt):
            withdraw(at.ws, NAME, at.ckan(), REASON, second)
    found = at.ckan().audit(at.ws.dataset(NAME), [at.release(first)])
    assert ("withdraw", second) in [(change.action, change.object) for change in found]
    withdraw(at.ws, NAME, at.ckan(), REASON, second)
    assert at.ckan().audit(at.ws.dataset(NAME), [at.release(first)]) == []
    assert len(at.ckan().withdrawn(NAME)) == 1


def test_the_release_that_a_hidden_dataset_names_is_not_withdrawn_alone(at: Desk) -> None:
    first = release_of(at.publish(FIRST))
    at.portal.operator("package_patch", id=PACKAGE, private=True)
    with pytest.raises(PortalError, match="the release is live"):
        withdraw(at.ws, NAME, at.ckan(), REASON, first)
    assert not {"being_replaced", "replaced_by"} & {*at.extras()}


@pytest.mark.parametrize(("place", "step"), [(Switch, "_rows"), (Publication, "demand")])
def test_a_tombstone_stands_again_though_the_run_that_hid_it_was_killed(
    at: Desk, place: type, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at.publish(FIRST)
    withdraw(at.ws, NAME, at.ckan(), REASON)
    stone, free = at.shown(), at.extras()
    define(at.ws, lambda definition: definition.update(published_again_from=gate.now().isoformat()))
    with monkeypatch.context() as patch:
        patch.setattr(place, step, cut)
        with pytest.raises(KeyboardInterrupt):
            at.publish(SECOND)
    with monkeypatch.context() as patch:
        patch.setattr(Publication, "demand", differs)
        with pytest.raises(PortalError):
            at.publish(SECOND)
    after = at.shown()
    same = ("title", "notes", "private", "resources")
    assert [after[name] for name in same] == [stone[name] for name in same]
    assert at.extras() == free


def test_a_dataset_that_somebody_has_hidden_keeps_its_releases_through_a_kill(
    at: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = release_of(at.publish(FIRST)), release_of(at.publish(SECOND))
    at.portal.operator("package_patch", id=PACKAGE, private=True)
    with monkeypatch.context() as patch:
        patch.setattr(Publication, "demand", cut)
        with pytest.raises(KeyboardInterrupt):
            at.publish(THIRD)
    shutil.rmtree(Path(at.ws.home, "receipts"))
    third = release_of(at.publish(THIRD))
    assert at.told() == [first, second, third]
    assert {*at.ckan().released(NAME)} == {first, second, third}
