"""What befalls the website of files is found, told clearly and repaired; it never spreads.

All data is the synthetic toy dataset's.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.dataset_files import Dataset
from pipelines.errors import PortalError, StoreError
from pipelines.portals.static import StaticPortal
from pipelines.portals.static_generation import Generation
from pipelines.publish import plan
from pipelines.publishing.rollback import rollback
from pipelines.receipts import StageResult
from pipelines.release import Release
from pipelines.run import run
from pipelines.workspace import Workspace
from tests.toy import NAME, PERIOD, csv_of, persons, source_file, write_project


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return write_project(tmp_path)


def publish(ws: Workspace) -> StageResult:
    return run(ws, ws.dataset(NAME), period=None, location=None, portal=StaticPortal(ws)).stages["publish"]


def site(ws: Workspace) -> Path:
    return Path(ws.home, "site")


def replace(path: Path, data: bytes) -> None:
    """Put other bytes in a file's place, as a person with an editor does."""
    path.unlink()
    path.write_bytes(data)


HARM: dict[str, Callable[[Path, str], object]] = {
    "altered": lambda folder, release: replace(folder / release / "notes.csv", b"other bytes"),
    "altered in latest": lambda folder, _: replace(folder / "latest/privacy.json", b"{}"),
    "removed": lambda folder, release: (folder / release / "notes.parquet").unlink(),
    "added": lambda folder, release: (folder / release / "more.csv").write_bytes(b"x"),
    "folder added": lambda folder, release: (folder / release / "more").mkdir(),
    "page removed": lambda folder, _: (folder / "index.html").unlink(),
    "catalogue removed": lambda folder, _: (folder.parents[1] / "catalog.ttl").unlink(),
    "latest removed": lambda folder, _: shutil.rmtree(folder / "latest"),
}


@pytest.mark.parametrize("harm", HARM)
def test_what_befell_the_website_is_found_and_publishing_again_repairs_it(ws: Workspace, harm: str) -> None:
    result = publish(ws)
    release, dataset, portal = Release.of(result.receipt), ws.dataset(NAME), StaticPortal(ws)
    portal.verify(dataset, release)
    HARM[harm](site(ws) / NAME, release.id)
    with pytest.raises(PortalError, match="does not serve what was released"):
        portal.verify(dataset, release)
    assert {change.action for change in plan(ws, dataset, PERIOD, portal)} == {"update"}
    again = publish(ws)
    assert again.written
    assert "no longer served" in again.notices[0]
    portal.verify(dataset, release)
    assert {change.action for change in plan(ws, dataset, PERIOD, portal)} == {"none"}


def test_a_released_file_edited_in_place_is_repaired_in_the_store_too(ws: Workspace) -> None:
    result = publish(ws)
    with (site(ws) / NAME / "latest/notes.csv").open("r+b") as file:
        file.write(b"edited")
    assert not ws.receipts.intact(result.receipt), "the website and the store share the bytes"
    assert publish(ws).written
    assert ws.receipts.intact(result.receipt)
    StaticPortal(ws).verify(ws.dataset(NAME), Release.of(result.receipt))


def test_another_live_release_is_no_match(ws: Workspace) -> None:
    first = Release.of(publish(ws).receipt)
    source_file(ws).write_bytes(csv_of(persons("1001", 12)))
    publish(ws)
    with pytest.raises(PortalError, match="another release is live"):
        StaticPortal(ws).verify(ws.dataset(NAME), first)


def test_a_damaged_record_is_a_clear_refusal(ws: Workspace) -> None:
    publish(ws)
    replace(site(ws) / NAME / "releases.json", b"{}")
    with pytest.raises(PortalError, match=r"releases\.json") as refusal:
        publish(ws)
    assert "history and the addresses of earlier releases are then gone" in refusal.value.remedy
    site(ws).unlink()
    assert StaticPortal(ws).live(NAME) == {}
    assert publish(ws).written


@pytest.mark.parametrize("first", [True, False])
def test_where_the_website_serves_other_bytes_after_the_switch_it_is_turned_back(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, *, first: bool
) -> None:
    """The disk lies once the link is turned: readers must get the generation before."""
    before = None if first else publish(ws)
    seen = None if first else (site(ws) / NAME / "latest/notes.csv").read_bytes()
    source_file(ws).write_bytes(csv_of(persons("1001", 12)))
    turn = StaticPortal._turn
    turned: list[Generation] = []

    def turn_and_spoil(portal: StaticPortal, target: Generation) -> None:
        turn(portal, target)
        turned.append(target)
        if len(turned) == 1:
            replace(site(ws) / NAME / "latest/notes.csv", b"spoilt")

    monkeypatch.setattr(StaticPortal, "_turn", turn_and_spoil)
    with pytest.raises(PortalError, match="does not serve what was released"):
        publish(ws)
    assert len(turned) == 2
    if before is None:
        assert not site(ws).exists()
    else:
        assert (site(ws) / NAME / "latest/notes.csv").read_bytes() == seen
        StaticPortal(ws).verify(ws.dataset(NAME), Release.of(before.receipt))
    monkeypatch.undo()
    assert publish(ws).written


def test_a_disk_without_hard_links_is_served_from_copies(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    first = publish(ws)
    source_file(ws).write_bytes(csv_of(persons("1001", 12)))
    publish(ws)
    rollback(ws, ws.dataset(NAME), str(first.receipt.details["release"]), StaticPortal(ws))
    StaticPortal(ws).verify(ws.dataset(NAME), Release.of(first.receipt))


def test_a_website_that_cannot_be_written_is_a_clear_refusal(ws: Workspace) -> None:
    Path(ws.home).mkdir(parents=True)
    Path(ws.home, ".site").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="cannot write the store") as refusal:
        publish(ws)
    assert refusal.value.remedy
    assert not site(ws).exists()


def test_a_folder_that_is_not_ours_is_not_replaced(ws: Workspace) -> None:
    site(ws).mkdir(parents=True)
    (site(ws) / "index.html").write_text("somebody else's")
    with pytest.raises(PortalError, match="not the link"):
        publish(ws)
    assert (site(ws) / "index.html").read_text() == "somebody else's"


def test_a_home_that_is_no_disk_is_refused(ws: Workspace) -> None:
    with pytest.raises(PortalError, match="needs a home on a disk"):
        StaticPortal(Workspace(ws.project, "memory://home"))


def test_a_portal_that_breaks_while_building_leaves_no_rubbish(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(ws)
    before = sorted(Path(ws.home, ".site").rglob("*"))
    source_file(ws).write_bytes(csv_of(persons("1001", 12)))

    def break_down(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Generation, "build_from", break_down)
    with pytest.raises(StoreError, match="No space left"):
        publish(ws)
    assert sorted(Path(ws.home, ".site").rglob("*")) == before


def test_a_dataset_never_published_has_nothing_live(ws: Workspace) -> None:
    dataset: Dataset = ws.dataset(NAME)
    assert StaticPortal(ws).live(dataset.name) == {}
