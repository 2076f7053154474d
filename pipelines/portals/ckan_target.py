"""What a CKAN dataset of ours must look like: its resources, and the files behind them.

For each table one resource is the newest, whose id and address never change and whose DataStore table
is asked by API; each release has dated files that stay for ever: a CSV for each table, and
everything (Parquet, data dictionary, quality and privacy reports) in one zip, a Data Package.
Titles are in Thai and in English, since CKAN has one title for both.
"""

import hashlib
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as packaged
from pathlib import Path
from typing import Any

import yaml

from pipelines.dataset_files import Dataset
from pipelines.portals.ckan_metadata import package_name
from pipelines.portals.ckan_package import KEY, LATEST, RELEASE, SHA
from pipelines.release import Release
from pipelines.store import StoredFile
from pipelines.workspace import Workspace

CHANGELOG = f"{LATEST}changelog.json"
CHUNK = 1 << 20
#: The first day that a zip can hold: equal releases give equal zips.
NO_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Wanted:
    """One resource as it must be."""

    key: str
    release: str
    format: str
    text: dict[str, str]
    """Its `name` and `description`."""
    file: StoredFile | None
    """The file of the release that it serves; None where it is made on the way."""
    table: str | None = None
    """The table that its DataStore holds."""

    @property
    def fields(self) -> dict[str, str]:
        """Its fields as CKAN has them, but for what is known only of the file that goes up."""
        return {KEY: self.key, RELEASE: self.release, "format": self.format, **self.text}


def newest(dataset: Dataset, release: Release, *, datastore_rows: int) -> list[Wanted]:
    """Return the resources that are always of the newest release. A table of more than `datastore_rows`
    rows is served as a file only."""
    files, found = _files(release), []
    for table, spec in dataset.spec.tables.items():
        asked = release.rows[f"{table}.csv"] <= datastore_rows
        text = _text("newest" if asked else "newest_without_api", release, **spec.title.model_dump())
        if spec.description:
            text["description"] += f"\n\n{spec.description.th}\n\n{spec.description.en}"
        file = files[f"{table}.csv"]
        found.append(Wanted(f"{LATEST}{table}.csv", release.id, "CSV", text, file, table if asked else None))
    return found


def dated(dataset: Dataset, release: Release) -> list[Wanted]:
    """Return the resources of a release that stay for ever."""
    files = _files(release)
    found = [
        Wanted(
            f"{release.id}/{table}.csv",
            release.id,
            "CSV",
            _text("dated", release, **spec.title.model_dump()),
            files[f"{table}.csv"],
        )
        for table, spec in dataset.spec.tables.items()
    ]
    key = f"{release.id}/{package_name(dataset.name)}.zip"
    return [*found, Wanted(key, release.id, "ZIP", _text("whole", release), None)]


def changelog_of(release: Release) -> Wanted:
    """Return the resource that tells what changed from release to release."""
    return Wanted(CHANGELOG, release.id, "JSON", _text("changelog", release), None)


@contextmanager
def files_of(ws: Workspace, release: Release, wanted: Sequence[Wanted]) -> Iterator[dict[str, Path]]:
    """Give the local file of each resource by its key; a zip is made for the while."""
    with ExitStack() as open_files, ws.store.scratch() as scratch:
        found = {}
        for one in wanted:
            if one.file:
                found[one.key] = open_files.enter_context(ws.store.local(one.file.path))
            else:
                found[one.key] = scratch / one.key.rpartition("/")[2]
                _zip(ws, release, found[one.key])
        yield found


def zip_differs(release: Release, path: Path) -> bool:
    """Say whether a zip holds anything else than exactly the files of a release."""
    wanted = {file.name: file.sha256 for file in release.files}
    try:
        with zipfile.ZipFile(path) as whole:
            if sorted(whole.namelist()) != sorted(wanted):
                return True
            for name, sha256 in wanted.items():
                with whole.open(name) as member:
                    if hashlib.file_digest(member, "sha256").hexdigest() != sha256:  # type: ignore[arg-type]
                        return True
    except zipfile.BadZipFile:
        return True
    return False


def marks_of(path: Path) -> dict[str, Any]:
    """Return what a resource says of its file: our own sha256, and the MD5 by which the loaders of other
    portals see that there is nothing for them to load."""
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            sha256.update(chunk)
            md5.update(chunk)
    return {SHA: sha256.hexdigest(), "hash": md5.hexdigest()}


def _files(release: Release) -> dict[str, StoredFile]:
    return {file.name: file for file in release.files}


def _text(kind: str, release: Release, **titles: str) -> dict[str, str]:
    filled = {"period": release.period, "release": release.id, **titles}
    return {name: text.format(**filled) for name, text in _texts()[kind].items()}


@cache
def _texts() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.safe_load(
        packaged("pipelines.portals").joinpath("ckan_texts.yaml").read_text(encoding="utf-8")
    )
    return loaded


def _zip(ws: Workspace, release: Release, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as whole:
        for file in sorted(release.files, key=lambda file: file.name):
            entry = zipfile.ZipInfo(file.name, NO_TIME)
            entry.compress_type = zipfile.ZIP_STORED if file.name.endswith(".parquet") else zipfile.ZIP_DEFLATED
            with (
                ws.store.local(file.path) as source,
                source.open("rb") as read,
                whole.open(entry, "w", force_zip64=True) as write,
            ):
                shutil.copyfileobj(read, write, CHUNK)
