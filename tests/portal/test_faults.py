"""What a network, a gateway or a token that has become wrong does to a publisher at every one of its writes.

Each time it ends with the exact release live after publishing again, and an anonymous reader saw nothing else
than the release before or the one after, whole. What a fault is, is tested in `test_instruments`.
"""

import pytest

from tests.portal.proxy import Fault, Kind, Proxy
from tests.portal.publishing_under import Outcome, Scene, at_every_write

#: CKAN has acted, and whoever asks before sending again finds it done: no write follows.
LOOKED_UP = {"package_create", "package_revise"}


def strike_each_twice(running: Proxy, unseen: Kind, seen: Kind) -> None:
    """Have every write go wrong twice: first CKAN sees nothing of it, or not all, then it acts and nobody hears."""

    def strike() -> None:
        *earlier, call = running.writes
        before = earlier[-1] if earlier else None
        is_again = before and before.fault and before.action == call.action
        if is_again and before and before.kind == unseen:
            call.fault = Fault(seen)
        elif not is_again or call.action in LOOKED_UP:
            call.fault = Fault(unseen)

    running.before_write(None, strike)


@pytest.mark.parametrize(
    ("unseen", "seen"), [("cut_before", "cut_after"), ("cut_within", "error_after"), ("busy_header", "gateway_timeout")]
)
def test_whatever_passes_by_itself_is_outlasted_at_every_write(scene: Scene, unseen: Kind, seen: Kind) -> None:
    scene.begin(None)
    for before, after in ((None, "first"), ("first", "grown"), ("grown", "shrunk")):
        with scene.watched(before, after), scene.between() as running:
            strike_each_twice(running, unseen, seen)
            outcome = scene.attempt(after, running)
        assert outcome.error is None
        for kind in (unseen, seen):
            assert {call.action for call in running.writes if call.kind == kind} == set(outcome.writes)


@pytest.mark.parametrize(("before", "after"), [(None, "first"), ("first", "grown"), ("first", "shrunk")])
def test_a_write_that_is_too_large_is_refused_with_the_portal_as_it_was(
    scene: Scene, before: str | None, after: str
) -> None:
    scene.begin(before)
    was = scene.looks()

    def strike(scene: Scene, release: str, nth: int) -> Outcome | None:
        with scene.between(Fault("too_large", nth)) as running:
            outcome = scene.attempt(release, running)
        if outcome.error is None:
            is_rows = len(outcome.writes) >= nth and outcome.writes[nth - 1] == "datastore_upsert"
            assert len(outcome.writes) < nth or is_rows
            return outcome if is_rows else None
        assert "larger than the portal takes" in outcome.error.message
        assert before is None or scene.looks() == was
        return outcome

    with scene.watched(before, after):
        outcomes = at_every_write(scene, after, strike)
    assert outcomes


@pytest.mark.parametrize(("before", "after"), [(None, "first"), ("first", "shrunk")])
def test_a_token_that_expires_half_way_is_named_and_a_good_one_goes_on(
    scene: Scene, before: str | None, after: str
) -> None:
    scene.begin(before)
    was = scene.looks()

    def strike(scene: Scene, release: str, nth: int) -> Outcome | None:
        with scene.between(Fault("unauthorised_from", nth)) as running:
            outcome = scene.attempt(release, running)
            is_struck = len(running.writes) >= nth
        assert is_struck == bool(outcome.error)
        if outcome.error:
            assert "make a new token" in outcome.error.remedy
            assert not before or scene.announced() or scene.looks() == was
        return outcome if is_struck else None

    with scene.watched(before, after):
        assert at_every_write(scene, after, strike)
