"""What a network, a gateway or a token that has become wrong does to a publisher at every one of its writes.

Each time it ends with the exact release live after publishing again, and an anonymous reader saw nothing else
than the release before or the one after, whole. What a fault is, is tested in `test_instruments`.
"""

import pytest

from tests.portal.every_write import STEPS, at_every_write, strike_each_twice
from tests.portal.proxy import Fault, Kind, Proxy
from tests.portal.publishing_under import Outcome, Scene


@pytest.mark.parametrize(
    ("unseen", "seen"), [("cut_before", "cut_after"), ("cut_within", "error_after"), ("busy_header", "gateway_timeout")]
)
def test_whatever_passes_by_itself_is_outlasted_at_every_write(scene: Scene, unseen: Kind, seen: Kind) -> None:
    scene.begin(None)
    for before, after in STEPS:
        with scene.watched(before, after), scene.between() as running:
            strike_each_twice(running, unseen, seen)
            outcome = scene.attempt(after, running)
        assert outcome.error is None
        for kind in (unseen, seen):
            assert {call.action for call in running.writes if call.kind == kind} == set(outcome.writes)


def strike_too_large(running: Proxy, nth: int) -> None:
    """Have the nth write be too large: where it is rows, which go in smaller pieces then, the next that is none too."""

    def strike() -> None:
        *earlier, call = running.writes
        struck = [before.action for before in earlier if before.fault]
        is_next = struck == ["datastore_upsert"] and call.action != "datastore_upsert"
        if call.write == nth or is_next:
            call.fault = Fault("too_large")

    running.before_write(None, strike)


def too_large(scene: Scene, release: str, nth: int) -> Outcome | None:
    with scene.between() as running:
        strike_too_large(running, nth)
        outcome = scene.attempt(release, running)
    if outcome.error is None:
        assert len(outcome.writes) < nth
        return None
    assert "larger than the portal takes" in outcome.error.message
    assert not scene.was or scene.looks() == scene.was
    return outcome


def test_a_write_that_is_too_large_is_refused_with_the_portal_as_it_was(scene: Scene) -> None:
    at_every_write(scene, too_large)


def expired(scene: Scene, release: str, nth: int) -> Outcome | None:
    with scene.between(Fault("unauthorised_from", nth)) as running:
        outcome = scene.attempt(release, running)
        is_struck = len(running.writes) >= nth
    assert is_struck == bool(outcome.error)
    if outcome.error:
        assert "make a new token" in outcome.error.remedy
        assert not scene.was or scene.announced() or scene.looks() == scene.was
    return outcome if is_struck else None


def test_a_token_that_expires_half_way_is_named_and_a_good_one_goes_on(scene: Scene) -> None:
    at_every_write(scene, expired)
