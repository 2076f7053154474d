"""Two publishers that know nothing of each other, each with a home of its own, at one dataset of one portal."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipelines.portals import ckan_lease
from pipelines.workspace import Workspace
from tests.portal.machinery import Ended, run_apart
from tests.portal.prober import watching
from tests.portal.publishing_under import ADDRESS, PACKAGE, Scene, apply, portal_of
from tests.portal.states import State, judge
from tests.toy import NAME, PERIOD


def given(scene: Scene, home: str, release: str) -> tuple[str, str, str]:
    return str(scene.ws.project), home, scene.releases[release].id


def states_of(scene: Scene, *releases: str) -> list[State]:
    """Publish in this order, undisturbed, and return what there may be to see on the way."""
    scene.begin(None)
    states = []
    for release in releases:
        scene.publish(release)
        states.append(scene.state(release))
    return states


def at_once(scene: Scene, *publications: tuple[Workspace, str]) -> list[Ended]:
    """Publish from several homes at the same time, in processes that begin together."""
    environment = scene.environment()
    with ThreadPoolExecutor(len(publications)) as pool:
        publishers = [
            pool.submit(run_apart, apply, given(scene, ws.home, release), environment) for ws, release in publications
        ]
        return [publisher.result() for publisher in publishers]


@pytest.fixture(scope="module")
def elsewhere(scene: Scene) -> Workspace:
    return scene.elsewhere("elsewhere")


def test_of_two_releases_at_once_one_is_live_and_whole(scene: Scene, elsewhere: Workspace) -> None:
    scene.begin("first")
    with watching(scene.portal.address, PACKAGE) as prober:
        ended = at_once(scene, (scene.ws, "second"), (elsewhere, "third"))
        prober.wait()
    assert [one.code for one in ended] == [0, 0], ended
    package = scene.package()
    assert package
    names = {release.id: name for name, release in scene.releases.items()}
    order = [names[release] for release in scene.told(package)]
    assert sorted(order) == ["first", "second", "third"]
    assert portal_of(scene.ws).live(NAME)[PERIOD] == scene.releases[order[-1]].id
    scene.demand_exact(order[-1])
    states = states_of(scene, *order)
    assert [(v.kind, v.place) for v in judge(prober.observations, states).violations] == []


def test_the_same_release_twice_at_once_is_there_once(scene: Scene, elsewhere: Workspace) -> None:
    scene.begin("first")
    with scene.watched("first", "second"):
        ended = at_once(scene, (scene.ws, "second"), (elsewhere, "second"))
    assert [one.code for one in ended] == [0, 0], ended


def test_a_dataset_that_two_make_at_once_is_there_once(scene: Scene, elsewhere: Workspace) -> None:
    scene.begin(None)
    with scene.watched(None, "first"):
        ended = at_once(scene, (scene.ws, "first"), (elsewhere, "first"))
    assert [one.code for one in ended] == [0, 0], ended


def test_who_does_not_know_what_is_live_by_then_is_refused_in_words(scene: Scene) -> None:
    scene.begin("first")
    states = [scene.state("first")]
    homes = {"second": scene.stranger("one", "first", "second"), "third": scene.stranger("other", "first", "third")}
    with watching(scene.portal.address, PACKAGE) as prober:
        ended = dict(zip(homes, at_once(scene, *((ws, name) for name, ws in homes.items())), strict=True))
        prober.wait()
    (live,) = [release for release, process in ended.items() if process.code == 0]
    (refused,) = homes.keys() - {live}
    assert "is not known in this home" in ended[refused].errors
    scene.demand_exact(live, homes[live])
    assert judge(prober.observations, [*states, scene.state(live)]).violations == []


def test_what_a_killed_publisher_held_is_another_ones_after_a_while(
    scene: Scene, elsewhere: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.begin("first")
    states = [scene.state("first")]
    with watching(scene.portal.address, PACKAGE) as prober:
        with scene.between() as running:
            environment = scene.environment() | {ADDRESS: running.address}
            run_apart(apply, given(scene, elsewhere.home, "second"), environment, running, ("after", 3))
        killed_at = time.monotonic()
        monkeypatch.setattr(ckan_lease, "SECONDS", 8.0)
        monkeypatch.setattr(ckan_lease, "POLL_SECONDS", 0.2)
        scene.publish("second")
        assert time.monotonic() - killed_at > 4  # it was waited for: renewed at most a few seconds before
        prober.wait()
    scene.demand_exact("second")
    assert judge(prober.observations, [*states, scene.state("second")]).violations == []
