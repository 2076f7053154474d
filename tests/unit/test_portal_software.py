"""What a portal is made of is installed once, by whoever comes first."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal import software
from portal.instance import Instance, PortalFault


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    monkeypatch.setattr(software, "lacking", lambda _: [])
    return Instance(tmp_path / "home", 5050, tmp_path / "software")


def installing(doing: list[str]) -> Callable[[str, list[str]], None]:
    """Stand in for pip and Maven: takes a while and leaves the folder they would leave."""

    def run(what: str, words: list[str]) -> None:
        doing.append(what)
        if what != "installing CKAN":  # the others make the folder that is named last
            Path(words[-1].removeprefix("-DoutputDirectory=")).mkdir(parents=True, exist_ok=True)
        time.sleep(0.05)
        doing.append(what)

    return run


def test_two_starts_at_once_do_not_clear_what_the_other_installs(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    doing: list[str] = []
    monkeypatch.setattr(software, "_run", installing(doing))
    with ThreadPoolExecutor() as both:
        for done in [both.submit(software.provide, instance) for _ in range(2)]:
            done.result()
    assert sorted(doing) == sorted(["making CKAN's environment", "installing CKAN", "bringing Solr"] * 2)


def test_a_failed_installation_says_what_the_program_said() -> None:
    with pytest.raises(PortalFault, match="no such artifact"):
        software._run("bringing Solr", ["sh", "-c", "echo no such artifact; printf '\\033[0m' >&2; exit 1"])
