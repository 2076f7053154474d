"""A publisher that is killed (SIGKILL) at any of its writes: who publishes again goes on, and nobody saw half of it.

What the portal holds when a publisher dies before a write is what it holds when it died after the one
before. So each is killed after a write, and the next one, which goes on, after the next: by that every write is
met, and every state that a killed publisher leaves is gone on from.
"""

import signal
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECT
from tests.portal.machinery import Ended, run_publisher
from tests.portal.proxy import Proxy
from tests.portal.publishing_under import ADDRESS, APPLY, Outcome, Scene, at_every_write
from tests.toy import NAME


def killed(scene: Scene, release: str, running: Proxy, nth: int) -> Ended:
    words = [sys.executable, "-c", APPLY, str(scene.ws.project), scene.ws.home, scene.releases[release].id]
    environment = {"PYTHONPATH": str(PROJECT), ADDRESS: running.address}
    return run_publisher(words, environment, running, ("after", nth))


def strike(scene: Scene, release: str, nth: int) -> Outcome | None:
    if scene.is_live(release):
        return None
    with scene.between() as running:
        ended = killed(scene, release, running, nth)
    assert ended.code == -signal.SIGKILL, ended.errors
    return Outcome([call.action for call in running.writes], None)


@pytest.mark.parametrize(("before", "after"), [(None, "first"), ("first", "grown"), ("first", "shrunk")])
def test_killed_at_every_write_and_gone_on_with(scene: Scene, before: str | None, after: str) -> None:
    scene.begin(before)
    with scene.watched(before, after):
        outcomes = at_every_write(scene, after, strike)
    met = {action for outcome in outcomes for action in outcome.writes[-1:]}
    assert met >= {"package_revise", "datastore_upsert", "package_create_default_resource_views"}


@pytest.mark.parametrize("nth", [1, 5, 9])
def test_the_command_goes_on_where_a_killed_one_was_cut_off(scene: Scene, nth: int) -> None:
    scene.begin("first")
    words = [str(Path(sys.executable).with_name("opendata")), "publish", NAME, "--portal", "agency"]
    environment = scene.environment()
    with scene.watched("first", "shrunk"):
        with scene.between() as running:
            environment[ADDRESS] = running.address
            assert run_publisher(words, environment, running, ("after", nth)).code == -signal.SIGKILL
        assert scene.announced() == scene.releases["shrunk"].id
        environment[ADDRESS] = scene.portal.address
        ended = run_publisher(words, environment)
        assert ended.code == 0, ended.errors
        assert scene.portal.token not in ended.printed + ended.errors
    assert run_publisher(words, environment).code == 0
