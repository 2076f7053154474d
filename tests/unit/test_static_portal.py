"""The website of files holds what was released, all of it and nothing else, whatever befalls it.

All data is the synthetic toy dataset's.
"""

import hashlib
import json
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from pipelines.portals.static import StaticPortal
from pipelines.receipts import StageResult
from pipelines.release import Release
from pipelines.run import run
from pipelines.workspace import Workspace
from tests.toy import NAME, PERIOD, csv_of, persons, source_file, write_project

OTHER = "welfare/calls"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return write_project(tmp_path)


def publish(ws: Workspace, name: str = NAME) -> StageResult:
    return run(ws, ws.dataset(name), period=None, location=None, portal=StaticPortal(ws)).stages["publish"]


def site(ws: Workspace) -> Path:
    return Path(ws.home, "site")


def record(ws: Workspace) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((site(ws) / NAME / "releases.json").read_bytes())
    return read


def rename_dataset(ws: Workspace) -> None:
    """Let the toy dataset's folder vanish and another stand there with the same content."""
    (ws.project / "datasets" / NAME).rename(ws.project / "datasets" / OTHER)


def deliver_of(ws: Workspace, period: str) -> None:
    lines = [line.replace(f",{PERIOD},", f",{period},") for line in persons("1001", int(period) % 100)]
    source_file(ws).write_bytes(csv_of(lines))


def test_every_file_has_its_stable_address(ws: Workspace) -> None:
    release = Release.of(publish(ws).receipt)
    names = {file.name for file in release.files}
    assert {p.name for p in (site(ws) / NAME / "latest").iterdir()} == names
    assert {p.name for p in (site(ws) / NAME / release.id).iterdir()} == names
    assert {p.name for p in site(ws).iterdir()} >= {"index.html", "catalog.jsonld", "catalog.ttl"}
    assert (site(ws) / NAME / "index.html").is_file()


def test_the_history_says_what_was_published_when_with_hashes_and_rows(ws: Workspace) -> None:
    publish(ws)
    (event,) = record(ws)["history"]
    assert record(ws)["live"] == {PERIOD: event["release"]}
    assert (event["action"], event["period"], event["published_at"][-6:]) == ("publish", PERIOD, "+00:00")
    for file in event["files"]:
        data = (site(ws) / NAME / file["path"]).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (file["sha256"], file["bytes"])
        if file["path"].endswith("notes.csv"):
            assert file["rows"] == data.count(b"\r\n") - 1


def test_latest_is_the_newest_period_also_after_an_older_one_is_published(ws: Workspace) -> None:
    deliver_of(ws, "2566")
    publish(ws)
    newest = (site(ws) / NAME / "latest/notes.csv").read_bytes()
    deliver_of(ws, "2565")
    publish(ws)
    assert sorted(record(ws)["live"]) == ["2565", "2566"]
    assert (site(ws) / NAME / "latest/notes.csv").read_bytes() == newest


def test_releases_that_are_live_no_more_keep_their_address(ws: Workspace) -> None:
    first = Release.of(publish(ws).receipt)
    source_file(ws).write_bytes(csv_of(persons("1001", 12)))
    publish(ws)
    for file in first.files:
        data = (site(ws) / NAME / first.id / file.name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == file.sha256


def test_the_website_is_plain_files_that_can_be_copied_away(ws: Workspace, tmp_path: Path) -> None:
    publish(ws)
    shutil.copytree(site(ws).resolve(), tmp_path / "copy")
    assert not [path for path in (tmp_path / "copy").rglob("*") if path.is_symlink()]


def test_where_a_file_comes_from_in_the_house_is_not_served(ws: Workspace) -> None:
    publish(ws)
    served = [path for path in site(ws).resolve().rglob("*") if path.is_file()]
    assert not [path for path in served if b"sample/synthetic.csv" in path.read_bytes()]


def test_a_dataset_whose_folder_vanished_stays_in_the_catalogue(ws: Workspace) -> None:
    publish(ws)
    pages = {name: (site(ws) / NAME / name).read_bytes() for name in ("index.html", "latest/notes.csv")}
    rename_dataset(ws)
    publish(ws, OTHER)
    assert {name: (site(ws) / NAME / name).read_bytes() for name in pages} == pages
    for page in ("index.html", "catalog.jsonld", "catalog.ttl"):
        text = (site(ws) / page).read_text(encoding="utf-8")
        assert NAME in text
        assert OTHER in text


def test_publishing_one_dataset_shows_no_unpublished_edit_of_another(ws: Workspace) -> None:
    publish(ws)
    shutil.copytree(ws.project / "datasets" / NAME, ws.project / "datasets" / OTHER)
    path = ws.project / "datasets" / NAME / "dataset.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("Home visits", "Not yet public"), encoding="utf-8")
    publish(ws, OTHER)
    texts = [p.read_text(encoding="utf-8") for p in site(ws).resolve().rglob("*") if p.suffix in {".html", ".jsonld"}]
    assert any("Home visits" in text for text in texts)
    assert not [text for text in texts if "Not yet public" in text]


def test_pages_whose_definition_cannot_be_read_any_more_stay_as_they_are(ws: Workspace) -> None:
    publish(ws)
    page = (site(ws) / NAME / "index.html").read_bytes()
    for kept in Path(ws.home, ".site").glob("*.definitions/*.json"):
        kept.write_text(kept.read_text(encoding="utf-8").replace('"licence"', '"of_an_earlier_version"'))
    rename_dataset(ws)
    publish(ws, OTHER)
    assert (site(ws) / NAME / "index.html").read_bytes() == page
    assert (site(ws) / NAME / "latest/notes.csv").is_file()


def test_two_datasets_published_at_once_are_both_there(ws: Workspace) -> None:
    shutil.copytree(ws.project / "datasets" / NAME, ws.project / "datasets" / OTHER)
    spaces = [Workspace(ws.project, ws.home) for _ in range(2)]
    workers = [threading.Thread(target=publish, args=pair) for pair in zip(spaces, (NAME, OTHER), strict=True)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all(StaticPortal(ws).live(name) for name in (NAME, OTHER))
    assert all((site(ws) / name / "index.html").is_file() for name in (NAME, OTHER))


def test_only_the_generation_before_is_kept(ws: Workspace) -> None:
    generations = Path(ws.home, ".site")
    for count in (7, 8, 9, 10):
        source_file(ws).write_bytes(csv_of(persons("1001", count)))
        publish(ws)
    assert sorted(path.name for path in generations.iterdir()) == [
        "000003", "000003.definitions", "000004", "000004.definitions",
    ]  # fmt: skip
    assert site(ws).readlink() == Path(".site/000004")


def test_the_bytes_of_a_release_are_on_the_disk_once(ws: Workspace) -> None:
    release = publish(ws).receipt.details["release"]
    stored = Path(ws.home, "releases", NAME, str(release), "notes.csv")
    assert stored.stat().st_ino == (site(ws) / NAME / "latest/notes.csv").stat().st_ino
