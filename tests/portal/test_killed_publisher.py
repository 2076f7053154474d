"""A publisher that is killed (SIGKILL) at any of its writes: who publishes again goes on, and nobody saw half of it.

What the portal holds when a publisher dies before a write is what it holds when it died after the one
before. So each is killed after a write, and the next one, which goes on, after the next: by that every write is
met, and every state that a killed publisher leaves is gone on from.
"""

import signal
import sys
from pathlib import Path

from tests.portal.every_write import at_every_write
from tests.portal.machinery import Ended, run_apart, run_publisher
from tests.portal.proxy import Proxy
from tests.portal.publishing_under import ADDRESS, Outcome, Scene, apply
from tests.toy import NAME


def killed(scene: Scene, release: str, running: Proxy, nth: int) -> Ended:
    given = (str(scene.ws.project), scene.ws.home, scene.releases[release].id)
    return run_apart(apply, given, scene.environment() | {ADDRESS: running.address}, running, ("after", nth))


def strike(scene: Scene, release: str, nth: int) -> Outcome | None:
    if scene.is_live(release):
        return None
    with scene.between() as running:
        ended = killed(scene, release, running, nth)
    assert ended.code == -signal.SIGKILL, ended.errors
    return Outcome([call.action for call in running.writes], None)


def test_killed_at_every_write_and_gone_on_with(scene: Scene) -> None:
    at_every_write(scene, strike)


def test_the_command_goes_on_where_a_killed_one_was_cut_off(scene: Scene) -> None:
    scene.begin("first")
    words = [str(Path(sys.executable).with_name("opendata")), "publish", NAME, "--portal", "agency"]
    environment = scene.environment()
    with scene.watched("first", "third"):
        for nth in (1, 5, 5):
            with scene.between() as running:
                told = environment | {ADDRESS: running.address}
                assert run_publisher(words, told, running, ("after", nth)).code == -signal.SIGKILL
            assert scene.announced() == scene.releases["third"].id
        ended = run_publisher(words, environment)
        assert ended.code == 0, ended.errors
        assert scene.portal.token not in ended.printed + ended.errors
    assert run_publisher(words, environment).code == 0
