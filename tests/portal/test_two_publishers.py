"""Two publishers that know nothing of each other, each with a home of its own, at one dataset of one portal."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipelines.portals import ckan_lease
from pipelines.workspace import Workspace
from tests.conftest import PROJECT
from tests.portal.machinery import Ended, run_publisher
from tests.portal.prober import watching
from tests.portal.publishing_under import ADDRESS, APPLY, PACKAGE, Scene, portal_of
from tests.portal.states import State, judge
from tests.toy import NAME, PERIOD

OF_PROJECT = {"PYTHONPATH": str(PROJECT)}


def words(scene: Scene, home: str, release: str) -> list[str]:
    return [sys.executable, "-c", APPLY, str(scene.ws.project), home, scene.releases[release].id]


def all_states(scene: Scene, one: str, other: str) -> list[State]:
    """Publish the two in both orders, undisturbed, and return what there may be to see on the way."""
    states = []
    for order in ((one, other), (other, one)):
        scene.begin("first")
        states.append(scene.state("first"))
        for release in order:
            scene.publish(release)
            states.append(scene.state(release))
    return states


def at_once(scene: Scene, *publications: tuple[Workspace, str]) -> list[Ended]:
    """Publish from several homes at the same time, in processes that begin together."""
    with ThreadPoolExecutor(len(publications)) as pool:
        return list(pool.map(lambda one: run_publisher(words(scene, one[0].home, one[1]), OF_PROJECT), publications))


@pytest.fixture(scope="module")
def elsewhere(scene: Scene) -> Workspace:
    return scene.elsewhere("elsewhere")


def test_of_two_releases_at_once_one_is_live_and_whole(scene: Scene, elsewhere: Workspace) -> None:
    states = all_states(scene, "grown", "shrunk")
    scene.begin("first")
    with watching(scene.portal.address, PACKAGE) as prober:
        ended = at_once(scene, (scene.ws, "grown"), (elsewhere, "shrunk"))
        prober.wait()
    assert [one.code for one in ended] == [0, 0], ended
    live = portal_of(scene.ws).live(NAME)[PERIOD]
    (name,) = [name for name, release in scene.releases.items() if release.id == live]
    assert name != "first"
    scene.demand_exact(name)
    assert [(v.kind, v.place) for v in judge(prober.observations, states).violations] == []


def test_the_same_release_twice_at_once_is_there_once(scene: Scene, elsewhere: Workspace) -> None:
    scene.begin("first")
    with scene.watched("first", "grown"):
        ended = at_once(scene, (scene.ws, "grown"), (elsewhere, "grown"))
    assert [one.code for one in ended] == [0, 0], ended


def test_a_dataset_that_two_make_at_once_is_there_once(scene: Scene, elsewhere: Workspace) -> None:
    scene.begin(None)
    with scene.watched(None, "first"):
        ended = at_once(scene, (scene.ws, "first"), (elsewhere, "first"))
    assert [one.code for one in ended] == [0, 0], ended


def test_who_does_not_know_what_is_live_by_then_is_refused_in_words(scene: Scene) -> None:
    scene.begin("first")
    states = [scene.state("first")]
    homes = {"grown": scene.stranger("one", "first", "grown"), "shrunk": scene.stranger("other", "first", "shrunk")}
    with watching(scene.portal.address, PACKAGE) as prober:
        ended = dict(zip(homes, at_once(scene, *((ws, name) for name, ws in homes.items())), strict=True))
        prober.wait()
    (live,) = [release for release, process in ended.items() if process.code == 0]
    (refused,) = homes.keys() - {live}
    assert "is not known in this home" in ended[refused].errors
    scene.demand_exact(live, homes[live])
    assert judge(prober.observations, [*states, scene.state(live)]).violations == []


@pytest.mark.parametrize("nth", [3, 6])
def test_what_a_killed_publisher_held_is_another_ones_after_a_while(
    scene: Scene, elsewhere: Workspace, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    scene.begin("first")
    states = [scene.state("first")]
    with watching(scene.portal.address, PACKAGE) as prober:
        with scene.between() as running:
            environment = {**OF_PROJECT, ADDRESS: running.address}
            run_publisher(words(scene, elsewhere.home, "grown"), environment, running, ("after", nth))
        killed_at = time.monotonic()
        monkeypatch.setattr(ckan_lease, "SECONDS", 8.0)
        monkeypatch.setattr(ckan_lease, "POLL_SECONDS", 0.2)
        scene.publish("grown")
        assert time.monotonic() - killed_at > 4  # it was waited for: renewed at most a few seconds before
        prober.wait()
    scene.demand_exact("grown")
    assert judge(prober.observations, [*states, scene.state("grown")]).violations == []
