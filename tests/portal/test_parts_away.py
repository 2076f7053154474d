"""Real parts of the portal are stopped under a publisher: Solr, PostgreSQL, the worker of background jobs.

Without Solr CKAN refuses whatever it would have to index and rolls it back, but for the bytes of a file.
"""

from collections.abc import Callable

import pytest

from pipelines.portals import ckan_calls
from pipelines.portals.ckan_package import COMING
from tests.portal import machinery
from tests.portal.every_write import at_every_write
from tests.portal.proxy import Proxy
from tests.portal.publishing_under import Outcome, Scene

WITHOUT_THE_INDEX = {"datastore_upsert", "datastore_delete", "package_create_default_resource_views"}


def at_the_first_try_of_every_write(
    running: Proxy, *, first: Callable[[], object], again: Callable[[], object]
) -> None:
    """Call back before a write, by whether it is the one before it, which was refused, once more."""

    def come() -> None:
        *earlier, call = running.writes
        is_again = earlier and earlier[-1].status >= 500 and earlier[-1].action == call.action
        (again if is_again else first)()

    running.before_write(None, come)


def without_solr(scene: Scene, release: str, nth: int) -> Outcome | None:
    try:
        with scene.between() as running:
            running.before_write(nth, lambda: machinery.turn_solr_off(scene.portal.instance))
            outcome = scene.attempt(release, running)
    finally:
        machinery.turn_solr_on(scene.portal.instance)
    assert (outcome.error is None) == (len(running.writes) < nth)
    if outcome.error and scene.was and scene.looks() != scene.was:
        assert scene.announced() == scene.releases[release].id
        assert COMING in outcome.error.remedy
    return outcome if outcome.error else None


def test_solr_that_stays_away_from_any_write_on(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ckan_calls, "RETRIES_IN_ALL", 2)  # it does not come back: more would be more of the same
    at_every_write(scene, without_solr)


def test_solr_that_comes_back_soon_is_outlasted_at_every_write(scene: Scene) -> None:
    scene.begin("first")
    instance = scene.portal.instance
    with scene.watched("first", "second"), scene.between() as running:
        at_the_first_try_of_every_write(
            running,
            first=lambda: machinery.turn_solr_off(instance),
            again=lambda: machinery.turn_solr_on(instance),
        )
        try:
            outcome = scene.attempt("second", running)
        finally:
            machinery.turn_solr_on(instance)
    assert outcome.error is None
    assert {call.action for call in running.writes if call.status >= 500} >= set(outcome.writes) - WITHOUT_THE_INDEX


@pytest.mark.parametrize("when", ["before", "during"])
def test_a_database_that_is_restarted_at_every_write_is_outlasted(scene: Scene, when: str) -> None:
    scene.begin("first")

    def restart() -> None:
        *earlier, call = running.writes
        if not (earlier and earlier[-1].status >= 500 and earlier[-1].action == call.action):
            machinery.restart_postgres(scene.portal.instance)

    with scene.watched("first", "second"), scene.between() as running:
        (running.before_write if when == "before" else running.during_write)(None, restart)
        outcome = scene.attempt("second", running)
    assert outcome.error is None
    assert when == "before" or [call for call in running.writes if call.status >= 500]


def test_without_the_worker_of_background_jobs_nothing_is_amiss(scene: Scene) -> None:
    scene.begin("first")
    with scene.watched("first", "second"):
        machinery.kill_worker(scene.portal.instance)
        scene.publish("second")
    machinery.start_worker(scene.portal.instance)
    scene.demand_exact("second")
