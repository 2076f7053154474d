"""While the website is being switched, and when that is cut off anywhere, a reader meets one
whole state: the old one or the new one. All data is the synthetic toy dataset's.
"""

import hashlib
import json
import os
import shutil
import signal
import threading
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from pipelines.anonymise import anonymise
from pipelines.extract import extract
from pipelines.portals.static import StaticPortal
from pipelines.publish import publish
from pipelines.publishing.rollback import rollback
from pipelines.run import run
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests.killing import in_child
from tests.toy import NAME, PERIOD, csv_of, persons, source_file, write_project

SWITCHES = 30


def whole_way(ws: Workspace) -> str:
    return run(ws, ws.dataset(NAME), period=None, location=None, portal=StaticPortal(ws)).release


@dataclass
class Reader:
    """Reads the website again and again, as fast as it can."""

    site: Path
    stop: threading.Event = field(default_factory=threading.Event)
    seen: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    readings: int = 0

    def read_on(self) -> None:
        while not self.stop.is_set():
            before = self._generation()
            try:
                self._read()
            except (OSError, ValueError) as error:
                if self._generation() - before < 2:  # who sleeps through two switches has to begin anew
                    self.faults.append(f"{type(error).__name__} {error}")

    def _generation(self) -> int:
        return int(self.site.readlink().name)

    def _read(self) -> None:
        """Read table, history and catalogue at once, then the table alone by its address."""
        folder = os.open(self.site, os.O_RDONLY | os.O_DIRECTORY)
        try:
            table, history, page = (
                self._in(folder, name) for name in ("latest/notes.csv", "releases.json", "index.html")
            )
        finally:
            os.close(folder)
        record = json.loads(history)
        release = record["live"][PERIOD]
        stated = {f["path"]: f["sha256"] for event in record["history"] for f in event["files"]}
        if stated[f"{release}/notes.csv"] != hashlib.sha256(table).hexdigest():
            self.faults.append("the table is not that of the release that is live")
        if release not in page.decode():
            self.faults.append("the page is of another release")
        self.seen.add(hashlib.sha256((self.site / NAME / "latest/notes.csv").read_bytes()).hexdigest())
        self.readings += 1

    def _in(self, folder: int, name: str) -> bytes:
        file = os.open(f"{NAME}/{name}", os.O_RDONLY, dir_fd=folder)
        with os.fdopen(file, "rb") as opened:
            return opened.read()


def test_a_reader_never_meets_a_mixture_or_a_gap_during_thirty_switches(tmp_path: Path) -> None:
    ws = write_project(tmp_path)
    releases = [whole_way(ws)]
    source_file(ws).write_bytes(csv_of(persons("1001", 12) + persons("1002", 7)))
    releases.append(whole_way(ws))
    reader = Reader(Path(ws.home, "site"))
    thread = threading.Thread(target=reader.read_on)
    thread.start()
    for number in range(SWITCHES):
        rollback(ws, ws.dataset(NAME), releases[number % 2], StaticPortal(ws))
    reader.stop.set()
    thread.join()
    assert reader.faults == []
    assert len(reader.seen) == 2
    assert reader.readings > SWITCHES


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One release is live, the next is accepted and only has to be published."""
    ws = write_project(tmp_path_factory.mktemp("begun"))
    whole_way(ws)
    source_file(ws).write_bytes(csv_of(persons("1001", 12) + persons("1002", 7)))
    dataset = ws.dataset(NAME)
    extract(ws, dataset)
    validate(ws, dataset, PERIOD)
    anonymise(ws, dataset, PERIOD)
    return ws


def published(ws: Workspace) -> dict[str, str]:
    """What a citizen can download: name -> sha256."""
    latest = Path(ws.home, "site", NAME, "latest")
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in latest.iterdir()}


def test_killed_before_any_of_its_writes_publishing_resumes_to_the_same_bytes(begun: Workspace, tmp_path: Path) -> None:
    old = published(begun)
    undisturbed = copy_of(begun, tmp_path / "undisturbed")
    _, writes = in_child(partial(publish_now, undisturbed))
    new = published(undisturbed)
    assert new != old
    assert writes > 40
    seen = []
    for step in range(1, writes + 1, 3):
        ws = copy_of(begun, tmp_path / str(step))
        assert in_child(partial(publish_now, ws), kill_at=step).code == -signal.SIGKILL
        seen.append(published(ws))
        assert seen[-1] in (old, new), f"killed before write {step}"
        publish_now(ws)
        assert published(ws) == new, f"killed before write {step}"
        left = {path.name.partition(".")[0] for path in Path(ws.home, ".site").iterdir()}
        assert "unfinished" not in left
        assert len(left) <= 2
        shutil.rmtree(ws.home)
    assert old in seen
    assert new in seen


def publish_now(ws: Workspace) -> None:
    publish(ws, ws.dataset(NAME), PERIOD, StaticPortal(ws))


def copy_of(ws: Workspace, home: Path) -> Workspace:
    shutil.copytree(ws.home, home, symlinks=True)
    return Workspace(ws.project, str(home))
