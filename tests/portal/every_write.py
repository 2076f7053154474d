"""A publisher struck at every one of its writes: the two releases by which every kind of write is met.

What strikes it, and how it must take that, each test says; what must have come of it says `publishing_under`.
"""

from collections.abc import Callable
from itertools import cycle

from tests.portal.proxy import Fault, Kind, Proxy
from tests.portal.publishing_under import Outcome, Scene

#: What is live before, and what is published: between them they take every kind of write.
STEPS = ((None, "first"), ("first", "second"))
KINDS = {
    "package_create", "package_revise", "datastore_create", "datastore_upsert", "datastore_delete",
    "package_resource_reorder", "package_create_default_resource_views",
}  # fmt: skip

#: Publishes, struck at the nth write; None where it was not struck any more.
Strike = Callable[[Scene, str, int], Outcome | None]


def at_every_write(scene: Scene, strike: Strike) -> None:
    """Publish again and again, struck each time at the next write, until it is not struck any more; first a
    release that is the first, then one that follows it. Every kind of write is struck.

    Whoever goes on where it was cut off makes other writes than the first time: it is struck at the nth
    one, and at the one after that only where the portal looks as it did before. Where the write that was struck
    went well, and a later one did not, the ones between would be struck to the same end."""
    scene.begin(None)
    struck: set[str] = set()
    for before, after in STEPS:
        with scene.watched(before, after):
            nth, looked = 1, scene.was
            while outcome := strike(scene, after, nth):
                last = max(nth, outcome.failed)
                struck |= {*outcome.writes[nth - 1 : last]}
                assert nth < 60, "it comes to no end"
                looks = scene.looks()
                nth, looked = last + 1 if looks == looked else nth, looks
    assert struck == KINDS, struck ^ KINDS


#: CKAN has acted, and whoever asks before sending again finds it done: no write follows.
LOOKED_UP = {"package_create", "package_revise"}


def strike_each_twice(running: Proxy, unseen: Kind, *seen: Kind) -> None:
    """Have every write go wrong twice: first CKAN sees nothing of it, or not all, then it acts and nobody hears;
    of several ways of that, each in its turn."""
    turns = cycle(seen)

    def strike() -> None:
        *earlier, call = running.writes
        before = earlier[-1] if earlier else None
        is_again = before and before.fault and before.action == call.action
        if is_again and before and before.kind == unseen:
            call.fault = Fault(next(turns))
        elif not is_again or call.action in LOOKED_UP:
            call.fault = Fault(unseen)

    running.before_write(None, strike)
