"""The website of files: what a reader meets while it is being replaced, and afterwards."""

import shutil
import threading
from pathlib import Path

import pytest

from pipelines.errors import PortalError
from pipelines.portals.static import StaticPortal
from pipelines.release import Release
from pipelines.run import run
from pipelines.store import StoredFile
from pipelines.workspace import Workspace
from tests.toy import NAME, csv_of, persons, source_file, write_project


def publish(ws: Workspace) -> str:
    return run(ws, ws.dataset(NAME), period=None, location=None, portal=StaticPortal(ws)).release


def test_a_reader_never_meets_a_mixture_while_releases_change(tmp_path: Path) -> None:
    ws = write_project(tmp_path)
    publish(ws)
    latest, stop, seen = Path(ws.home, "site", NAME, "latest"), threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            seen.append((latest / "notes.csv").read_bytes().count(b"\r\n"))

    reader = threading.Thread(target=read)
    reader.start()
    for count in range(10, 16):
        source_file(ws).write_bytes(csv_of(persons("1001", count) + persons("1002", 7)))
        publish(ws)
    stop.set()
    reader.join()
    assert set(seen) <= {19, *(count + 8 for count in range(10, 16))}
    assert len(seen) > 6


def test_a_dataset_without_a_definition_stays_on_the_website(tmp_path: Path) -> None:
    ws = write_project(tmp_path)
    publish(ws)
    (ws.project / "datasets/welfare/visits").rename(ws.project / "datasets/welfare/calls")
    site = Path(ws.home, "site")
    page = (site / NAME / "index.html").read_bytes()
    other = ws.dataset("welfare/calls")
    run(ws, other, period=None, location=None, portal=StaticPortal(ws))
    assert (site / NAME / "index.html").read_bytes() == page
    assert (site / NAME / "latest" / "notes.csv").is_file()


def test_the_website_is_plain_files_that_can_be_copied_away(tmp_path: Path) -> None:
    ws = write_project(tmp_path)
    publish(ws)
    shutil.copytree(Path(ws.home, "site").resolve(), tmp_path / "copy")
    assert not [path for path in (tmp_path / "copy").rglob("*") if path.is_symlink()]


def test_a_changed_file_on_the_website_is_found(tmp_path: Path) -> None:
    ws = write_project(tmp_path)
    release = publish(ws)
    served = Path(ws.home, "site", NAME, release, "notes.csv")
    data = served.read_bytes()
    served.unlink()
    served.write_bytes(data + b"x")
    receipt = ws.receipts.published(NAME, "2566", release)
    assert receipt is not None
    files = tuple(StoredFile(p.path, p.sha256, p.bytes) for p in receipt.files.values())
    with pytest.raises(PortalError, match="does not serve"):
        StaticPortal(ws).verify(ws.dataset(NAME), Release(NAME, "2566", release, files, {}))
