"""One generation of the website of files: a whole website in a folder of its own.

The state of the portal is read from here, from what is served (`releases.json` of each
dataset), and the next generation is built beside it, out of hard links and new pages. A file
that readers see is never written into.

What a dataset said of itself when it was last published is kept beside the website, in
`<generation>.definitions/` (it names sources, so it is not served): publishing one dataset
shows no edit of another before that is published itself, and one whose folder is gone or
broken stays in the catalogue.
"""

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipelines.dataset import DatasetSpec
from pipelines.dataset_files import Dataset
from pipelines.errors import Place, PortalError
from pipelines.portals import Change
from pipelines.portals.entries import SiteEntry
from pipelines.release import CHANGELOG, Release
from pipelines.store import sha256_of
from pipelines.tabular import json_bytes

LATEST, RECORD = "latest", "releases.json"
PAGES = ("index.html", "catalog.jsonld", "catalog.ttl")
RENDERED = {".html", ".jsonld", ".ttl"}


class Generation:
    """The website in the folder `public`; it need not exist yet."""

    def __init__(self, public: Path) -> None:
        self.public = public

    @property
    def definitions(self) -> Path:
        """The folder beside it with the datasets' definitions."""
        return self.public.with_name(f"{self.public.name}.definitions")

    def record(self, dataset: str) -> dict[str, Any]:
        """Return what is live of a dataset and its history, the newest last."""
        path = self.public / dataset / RECORD
        if not path.is_file():
            return {"live": {}, "history": []}
        try:
            record: dict[str, Any] = json.loads(path.read_bytes())
            return {"live": dict(record["live"]), "history": list(record["history"])}
        except (ValueError, KeyError, TypeError):
            raise PortalError(
                f"{RECORD} on the website is damaged",
                place=Place(dataset=dataset, file=f"site/{dataset}/{RECORD}"),
                remedy="bring the website back from a copy; without one remove `site` and publish every dataset again: "
                "the history and the addresses of earlier releases are then gone",
            ) from None

    def differences(self, release: Release) -> list[Change]:
        """Compare every file of a live release with what is served, where it stays for ever and
        where the newest is. The changelog of a draft is not known yet and not compared."""
        live = self.record(release.dataset)["live"]
        folders = [release.id, *([LATEST] if release.period == max(live, default=None) else [])]
        wanted = {file.name: file.sha256 for file in release.files}
        found = []
        for folder in folders:
            served = _hashes(self.public / release.dataset / folder)
            for name in sorted({*wanted, *served}):
                draft = name == CHANGELOG and name in served and name not in wanted
                if wanted.get(name) != served.get(name) and not draft:
                    reason = (
                        "is missing" if name not in served else "has other bytes" if name in wanted else "is strange"
                    )
                    found.append(Change("update", f"{release.dataset}/{folder}/{name}", reason))
        pages = [*PAGES, f"{release.dataset}/index.html"]
        missing = [page for page in pages if not (self.public / page).is_file()]
        return found + [Change("update", page, "is missing") for page in missing]

    def build_from(self, now: "Generation", home: Path, dataset: Dataset, release: Release, action: str) -> None:
        """Write this generation: what `now` serves, with the release (in the store at `home`)
        live for its period."""
        self.copy(now)
        self._place(home, release, action)
        # In the definition's own order, which is the order of columns.
        definition = json.dumps(_definition(dataset), ensure_ascii=False)
        write_anew(self.definition_of(dataset.name), definition.encode())
        self.render()

    def copy(self, now: "Generation") -> None:
        """Begin with what `now` serves; the files are the same ones."""
        for old, new in ((now.public, self.public), (now.definitions, self.definitions)):
            if old.is_dir():
                shutil.copytree(old, new, copy_function=_link)
            new.mkdir(parents=True, exist_ok=True)
        self.definitions.chmod(0o700)

    def render(self) -> None:
        """Write the pages anew, and the catalogue."""
        from pipelines.portals.site import render  # noqa: PLC0415 - charts are large, and of publishing alone

        entries = [self._entry(known) for known in self._known()]
        self._remove_pages([entry.dataset.name for entry in entries])
        render(entries, self.public)

    def _place(self, home: Path, release: Release, action: str) -> None:
        folder = self.public / release.dataset
        _fill(folder / release.id, [home / file.path for file in release.files])
        record = self.record(release.dataset)
        record["live"][release.period] = release.id
        record["history"].append(_event(release, action))
        write_anew(folder / RECORD, json_bytes(record))
        newest = folder / record["live"][max(record["live"])]
        _fill(folder / LATEST, sorted(newest.iterdir()))

    def _known(self) -> list[Dataset]:
        """Return the datasets on the website as they were when last published. The pages of
        one whose definition today's code cannot read stay as they are."""
        found = (path.parent.relative_to(self.public).as_posix() for path in sorted(self.public.glob(f"*/*/{RECORD}")))
        return [dataset for name in found if (dataset := self.dataset(name))]

    def definition_of(self, dataset: str) -> Path:
        """Return where it is kept what a dataset said of itself."""
        return self.definitions / f"{dataset.replace('/', '.')}.json"

    def dataset(self, name: str) -> Dataset | None:
        """Return a dataset as it was when last published; None where that cannot be read today."""
        try:
            kept = json.loads(self.definition_of(name).read_bytes())
            spec = DatasetSpec.model_validate(kept["spec"])
        except (FileNotFoundError, ValidationError):
            return None
        return Dataset(name, Path(), spec, kept["source_schemas"], kept["public_schema"])

    def _entry(self, dataset: Dataset) -> SiteEntry:
        record = self.record(dataset.name)
        folders = {event["release"]: self.public / dataset.name / event["release"] for event in record["history"]}
        newest = record["live"][max(record["live"])]
        times = [event["published_at"] for event in record["history"] if event["release"] == newest]
        return SiteEntry(dataset, record["live"], record["history"], folders, datetime.fromisoformat(times[-1]))

    def _remove_pages(self, rendered: list[str]) -> None:
        """Remove what is about to be rendered anew: it is linked to the website that readers see."""
        shutil.rmtree(self.public / "assets", ignore_errors=True)
        for folder in (self.public, *(self.public / name for name in rendered)):
            for path in folder.iterdir():
                if path.suffix in RENDERED:
                    path.unlink()


def _definition(dataset: Dataset) -> dict[str, Any]:
    return {
        "spec": dataset.spec.model_dump(mode="json", by_alias=True),
        "source_schemas": dataset.source_schemas,
        "public_schema": dataset.public_schema,
    }


def _event(release: Release, action: str) -> dict[str, Any]:
    files = [
        {"path": f"{release.id}/{f.name}", "sha256": f.sha256, "bytes": f.bytes, "rows": release.rows.get(f.name)}
        for f in release.files
    ]
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    return {"release": release.id, "period": release.period, "published_at": now, "action": action, "files": files}


def _hashes(folder: Path) -> dict[str, str]:
    """Return name -> sha256 of all that is in a folder; a folder in it has no hash."""
    if not folder.is_dir():
        return {}
    return {path.name: sha256_of(path) if path.is_file() else "" for path in folder.iterdir()}


def _fill(folder: Path, files: list[Path]) -> None:
    """Make a folder of exactly these files."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in files:
        _link(file, folder / file.name)


def _link(source: str | Path, target: str | Path) -> None:
    """Put a file there without its bytes taking room twice, where the disk can do that."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def write_anew(path: Path, data: bytes) -> None:
    """Write a file anew: what is there may be linked to the website that readers see."""
    path.unlink(missing_ok=True)
    path.write_bytes(data)
