"""What a CKAN dataset of ours must look like: its resources, and the files behind them.

For each table one resource is the newest, whose id and address never change and whose DataStore table
is asked by API; each release has dated files that stay for ever: a CSV for each table, and
everything (Parquet, data dictionary, quality and privacy reports) in one zip, a Data Package.
Titles are in Thai and in English, since CKAN has one title for both.
"""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files as packaged
from pathlib import Path
from typing import Any

import yaml

from pipelines.dataset_files import Dataset
from pipelines.errors import Place, PortalError
from pipelines.portals.ckan_metadata import LICENCE, Fields, fields_of, licence_of, package_name
from pipelines.portals.ckan_package import KEY, LATEST, LIVE, RELEASE, SHA
from pipelines.portals.settings import PortalSettings
from pipelines.release import Release
from pipelines.release.description import DESCRIPTOR
from pipelines.store import StoredFile, address_of
from pipelines.workspace import Workspace

CHANGELOG = f"{LATEST}changelog.json"
CHUNK = 1 << 20
#: Of which kind a resource's `hash` is, in the words of DCAT-AP.
MD5 = "http://spdx.org/rdf/terms#checksumAlgorithm_md5"
#: The first day that a zip can hold: equal releases give equal zips.
NO_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Rows:
    """What a DataStore table is made of."""

    schema: dict[str, Any]
    """Table Schema, with its primary key."""
    parquet: StoredFile


@dataclass(frozen=True)
class Wanted:
    """One resource as it must be."""

    key: str
    release: str
    format: str
    licence: str
    """The address of its licence."""
    text: dict[str, str]
    """Its `name` and `description`."""
    file: StoredFile | None
    """The file of the release that it serves; None where it is made on the way."""
    rows: "Rows | None" = None
    """What its DataStore table holds."""

    @property
    def fields(self) -> dict[str, str]:
        """Its fields as CKAN has them, but for what is known only of the file that goes up."""
        told = {"format": self.format, "license": self.licence, "hash_algorithm": MD5}
        return {KEY: self.key, RELEASE: self.release, **told, **self.text}


def newest(ws: Workspace, dataset: Dataset, release: Release, *, datastore_rows: int) -> list[Wanted]:
    """Return the resources that are always of the newest release. A table of more than `datastore_rows`
    rows is served as a file only."""
    files, licence = {file.name: file for file in release.files}, licence_of(dataset.spec)
    found = []
    for table, told in _tables(ws, dataset, release).items():
        asked = release.rows[f"{table}.csv"] <= datastore_rows
        text = text_of("newest" if asked else "newest_without_api", period=release.period, **told["titles"])
        spec = dataset.spec.tables.get(table)
        if spec and spec.description:
            text["description"] += f"\n\n{spec.description.th}\n\n{spec.description.en}"
        rows = Rows(told["schema"], files[f"{table}.parquet"]) if asked else None
        found.append(Wanted(f"{LATEST}{table}.csv", release.id, "CSV", licence, text, files[f"{table}.csv"], rows))
    return found


def dated(ws: Workspace, dataset: Dataset, release: Release) -> list[Wanted]:
    """Return the resources of a release that stay for ever."""
    files, licence = {file.name: file for file in release.files}, licence_of(dataset.spec)
    found = [
        Wanted(
            f"{release.id}/{table}.csv",
            release.id,
            "CSV",
            licence,
            text_of("dated", period=release.period, release=release.id, **told["titles"]),
            files[f"{table}.csv"],
        )
        for table, told in _tables(ws, dataset, release).items()
    ]
    key = f"{release.id}/{package_name(dataset.name)}.zip"
    text = text_of("whole", period=release.period, release=release.id)
    return [*found, Wanted(key, release.id, "ZIP", licence, text, None)]


@dataclass(frozen=True)
class Target:
    """A whole dataset as it must be."""

    fields: Fields
    """The dataset's fields; its free ones among them, by name."""
    releases: dict[str, Release]
    """Every release whose dated files belong to it, by id."""
    newest: Release
    resources: tuple[Wanted, ...]
    """Without the changelog, which is made of what is there."""
    shown: frozenset[str]
    """Every release that was live at some time, whether or not it is known here: files of others are of
    publications that were cut off."""

    @property
    def extras(self) -> dict[str, str]:
        """The free fields by name."""
        extras: dict[str, str] = self.fields["extras"]
        return extras

    @property
    def own_fields(self) -> Fields:
        """The dataset's fields without its free ones."""
        return {name: value for name, value in self.fields.items() if name != "extras"}

    def also(self, extras: Mapping[str, str]) -> "Target":
        """Return the same with more free fields."""
        return replace(self, fields=self.fields | {"extras": {**self.extras, **extras}})

    @property
    def changelog(self) -> Wanted:
        """The resource that tells what changed from release to release."""
        return Wanted(CHANGELOG, self.newest.id, "JSON", self.extras[LICENCE], text_of("changelog"), None)


def target_of(
    ws: Workspace, dataset: Dataset, settings: PortalSettings, live: Mapping[str, str],
    known: Mapping[str, Release], told: Iterable[str],
) -> Target:  # fmt: skip
    """Return what a dataset must look like whose live releases are these, by period. `known` are those that
    the store has proof of, earlier ones too, which stay to be had; of others that were `told` of nothing is demanded.

    Raises `PortalError` where the newest that is live is not among them."""
    if (latest := known.get(live[max(live)])) is None:
        raise PortalError(
            "the newest release on the portal is not known in this home",
            place=Place(dataset=dataset.name, period=max(live)),
            remedy="publish from the home that made it, or bring its receipts and releases here",
        )
    resources = newest(ws, dataset, latest, datastore_rows=settings.datastore_rows)
    fields = fields_of(dataset, settings.profile, sorted(live))
    own = {
        KEY: dataset.name,
        LIVE: " ".join(sorted(live.values())),
        RELEASE: latest.id,
        SHA: address_of({one.key: one.file.sha256 for one in resources if one.file}),
    }
    return Target(
        fields | {"extras": fields["extras"] | own},
        dict(known),
        latest,
        (*resources, *(one for release in known.values() for one in dated(ws, dataset, release))),
        frozenset([*live.values(), *told]),
    )


@contextmanager
def files_of(ws: Workspace, releases: Mapping[str, Release], wanted: Sequence[Wanted]) -> Iterator[dict[str, Path]]:
    """Give the local file of each resource by its key; a zip is made for the while."""
    with ExitStack() as open_files, ws.store.scratch() as scratch:
        found = {}
        for one in wanted:
            if one.file:
                found[one.key] = open_files.enter_context(ws.store.local(one.file.path))
            else:
                found[one.key] = scratch / one.key.rpartition("/")[2]
                _zip(ws, releases[one.release], found[one.key])
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


def _tables(ws: Workspace, dataset: Dataset, release: Release) -> dict[str, dict[str, Any]]:
    """Return titles and schema of each table, as the release itself says; a draft's are the dataset's."""
    path = f"releases/{release.dataset}/{release.id}/{DESCRIPTOR}"
    if not ws.store.exists(path):
        spec = dataset.spec.tables
        return {t: {"titles": spec[t].title.model_dump(), "schema": dataset.public_fields(t)} for t in spec}
    told = json.loads(ws.store.read_bytes(path))["resources"]
    return {resource["path"].removesuffix(".csv"): resource for resource in told if resource["format"] == "csv"}


def text_of(kind: str, **filled: str) -> dict[str, str]:
    """Return the texts of `ckan_texts.yaml` of a kind, filled in."""
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
