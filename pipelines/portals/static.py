"""The embedded portal: a website of files, switched from one whole state to the next.

`site` is a link to a generation, a folder of its own in `.site/`. Publishing builds the next
generation beside it, reads back every file of the release, and turns the link with one
rename: page, catalogue and data change together, and a reader never meets a mixture. What
the portal holds is read from the website itself (`releases.json` of each dataset).
"""

import json
import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.dataset_files import Dataset
from pipelines.errors import DatasetError, Place, PortalError
from pipelines.portals import Change
from pipelines.portals.entries import SiteEntry
from pipelines.portals.site import render
from pipelines.release import Release
from pipelines.store import sha256_of
from pipelines.tabular import json_bytes
from pipelines.workspace import Workspace

LATEST, RECORD = "latest", "releases.json"


class StaticPortal:
    """The website in a home on this machine's disk."""

    name = "site"

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        if not ws.store.is_local:
            raise PortalError("the website of files needs a home on a disk", remedy="set OPENDATA_HOME to a path")
        self._site = Path(ws.store.root, "site")
        self._generations = Path(ws.store.root, ".site")

    def live(self, dataset: str) -> dict[str, str]:
        """Return period -> id of the release that is live."""
        live: dict[str, str] = self._record(self._site, dataset)["live"]
        return live

    def plan(self, dataset: Dataset, period: str, release: str) -> Sequence[Change]:
        """Return what `apply` would change."""
        what = f"{dataset.name} {period}"
        now = self.live(dataset.name).get(period)
        if now is None:
            return [Change("create", what, f"release {release} is the first of this period")]
        if now != release:
            return [Change("update", what, f"release {release} takes the place of {now}")]
        return [Change("none", what, f"release {release} is live")]

    def apply(self, dataset: Dataset, release: Release, action: str) -> None:
        """Make a release live; see `Portal`."""
        with self._ws.store.lock("site"), self._ws.store.guarded("write", "site"):
            before = str(self._site.readlink()) if self._site.is_symlink() else None
            self._generations.mkdir(exist_ok=True)
            built = self._generations / f"building-{os.getpid()}"
            shutil.rmtree(built, ignore_errors=True)
            try:
                self._build(built, dataset, release, action)
                self._verify(built, dataset, release)
                generation = self._generations / f"{self._next_number():06}"
                built.rename(generation)
            finally:
                shutil.rmtree(built, ignore_errors=True)
            self._turn(f".site/{generation.name}")
            try:
                self._verify(self._site, dataset, release)
            except PortalError:
                self._turn(before)
                raise
            self._sweep({generation.name, Path(before).name if before else ""})

    def verify(self, dataset: Dataset, release: Release) -> None:
        """Read back what the website serves; see `Portal`."""
        self._verify(self._site, dataset, release)

    def _build(self, built: Path, dataset: Dataset, release: Release, action: str) -> None:
        """Write the whole next website: what was there, with this release live."""
        if self._site.exists():
            shutil.copytree(self._site, built, copy_function=os.link)
        folder = built / dataset.name
        served = folder / release.id
        if not served.exists():
            served.mkdir(parents=True)
            for file in release.files:
                _link(Path(self._ws.store.root, file.path), served / file.name)
        record = self._record(self._site, dataset.name)
        record["live"][release.period] = release.id
        record["history"].append(_event(release, action))
        (folder / RECORD).unlink(missing_ok=True)
        (folder / RECORD).write_bytes(json_bytes(record))
        shutil.rmtree(folder / LATEST, ignore_errors=True)
        newest = folder / record["live"][max(record["live"])]
        shutil.copytree(newest, folder / LATEST, copy_function=os.link)
        known = self._on_site(built, dataset)
        _remove_pages(built, [each.name for each in known])
        render([self._entry(built, each) for each in known], built)

    def _on_site(self, built: Path, publishing: Dataset) -> list[Dataset]:
        """Return the datasets on the website that still have a definition; the pages of one
        that has none any more stay as they are."""
        known = []
        for path in sorted(built.glob(f"*/*/{RECORD}")):
            name = path.parent.relative_to(built).as_posix()
            try:
                known.append(publishing if name == publishing.name else self._ws.dataset(name))
            except DatasetError:
                continue
        return known

    def _entry(self, built: Path, dataset: Dataset) -> SiteEntry:
        record = self._record(built, dataset.name)
        folders = {event["release"]: built / dataset.name / event["release"] for event in record["history"]}
        newest = max(record["live"])
        times = [event["published_at"] for event in record["history"] if event["release"] == record["live"][newest]]
        return SiteEntry(dataset, record["live"], record["history"], folders, datetime.fromisoformat(times[-1]))

    def _verify(self, site: Path, dataset: Dataset, release: Release) -> None:
        """Compare every file of the release, where it stays and where the newest is."""
        folders = [site / dataset.name / release.id]
        live = self._record(site, dataset.name)["live"]
        if release.period == max(live, default=None):
            folders.append(site / dataset.name / LATEST)
        for folder in folders:
            served = {path.name: sha256_of(path) for path in folder.iterdir()} if folder.is_dir() else {}
            if served != {file.name: file.sha256 for file in release.files}:
                raise PortalError(
                    "the website does not serve the bytes of the release",
                    place=Place(dataset=dataset.name, period=release.period, file=folder.name),
                    remedy="publish again; if it happens again, look at the disk",
                )

    def _record(self, site: Path, dataset: str) -> dict[str, Any]:
        path = site / dataset / RECORD
        if not path.is_file():
            return {"live": {}, "history": []}
        record: dict[str, Any] = json.loads(path.read_bytes())
        return record

    def _turn(self, target: str | None) -> None:
        """Point the website at a generation: the one step a reader sees."""
        link = self._generations / f"link-{os.getpid()}"
        link.unlink(missing_ok=True)
        if target is None:
            self._site.unlink()
            return
        link.symlink_to(target)
        link.replace(self._site)

    def _next_number(self) -> int:
        return max((int(path.name) for path in self._generations.iterdir() if path.name.isdigit()), default=0) + 1

    def _sweep(self, keep: set[str]) -> None:
        """Remove older generations; the one before stays for readers in the middle of it."""
        for path in self._generations.iterdir():
            if path.name not in keep:
                shutil.rmtree(path, ignore_errors=True)


def _remove_pages(built: Path, rendered: list[str]) -> None:
    """Remove what is about to be rendered anew: it is linked to the website that readers
    see, and must not be written into."""
    shutil.rmtree(built / "assets", ignore_errors=True)
    for folder in (built, *(built / name for name in rendered)):
        for path in folder.iterdir():
            if path.suffix in {".html", ".ttl", ".jsonld"}:
                path.unlink()


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _event(release: Release, action: str) -> dict[str, Any]:
    files = [
        {"path": f"{release.id}/{f.name}", "sha256": f.sha256, "bytes": f.bytes, "rows": release.rows.get(f.name)}
        for f in release.files
    ]
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    return {"release": release.id, "period": release.period, "published_at": now, "action": action, "files": files}
