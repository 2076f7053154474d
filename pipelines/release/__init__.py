"""A release: everything that goes out for one period, immutable and named by its content.

`releases/<dataset>/<id>/` holds for each table the CSV and the Parquet (the very bytes that
disclosure control accepted), `datapackage.json`, `dictionary.csv`, `quality.json`,
`privacy.json` and `changelog.json`. No file holds a time, a path of this machine or anything
else that differs between two makings of the same release.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.dataset_files import Dataset
from pipelines.errors import Place, ReceiptError
from pipelines.receipts import Receipt
from pipelines.release.changelog import changelog
from pipelines.release.description import datapackage, dictionary
from pipelines.store import StoredFile, address_of, sha256_of
from pipelines.tabular import json_bytes
from pipelines.workspace import Workspace

CHANGELOG = "changelog.json"
ID_DIGITS = 12


@dataclass(frozen=True)
class Proof:
    """The receipts that a release stands on."""

    raw: Receipt
    validated: Receipt
    anonymised: Receipt


@dataclass(frozen=True)
class Release:
    """One release in the store."""

    dataset: str
    period: str
    id: str
    """`<period>-<12 hex digits>`: a hash of all files but the changelog, which tells of
    another release as well."""
    files: tuple[StoredFile, ...]
    rows: dict[str, int]
    """Rows by file name, for the tables."""


def identify(ws: Workspace, dataset: Dataset, proof: Proof) -> str:
    """Return the id that `build` would give, writing nothing."""
    with ws.store.scratch() as folder:
        return _assemble(ws, dataset, proof, folder)


def build(ws: Workspace, dataset: Dataset, proof: Proof, previous: str | None) -> Release:
    """Put a release together in the store; where it is there already it is left as it is.

    `previous` is the id of the release that is live for the period, for the changelog.

    Raises:
        ReceiptError: a table no longer has the bytes that were accepted.
    """
    under = f"releases/{dataset.name}"
    with ws.store.scratch() as folder:
        release = _assemble(ws, dataset, proof, folder)
        earlier = f"{under}/{release}/{CHANGELOG}"
        told = ws.store.read_bytes(earlier) if ws.store.exists(earlier) else None
        (folder / CHANGELOG).write_bytes(told or json_bytes(changelog(ws, dataset, folder, previous)))
        files = ws.store.adopt(folder, under, release)
    rows = {name: file.rows for name, file in proof.anonymised.files.items() if file.rows is not None}
    return Release(dataset.name, proof.anonymised.period, release, tuple(files), rows)


def _assemble(ws: Workspace, dataset: Dataset, proof: Proof, folder: Path) -> str:
    """Write every file but the changelog into a folder; returns the release's id."""
    _copy_tables(ws, proof.anonymised, folder)
    for name, data in _descriptions(dataset, proof, folder).items():
        (folder / name).write_bytes(data)
    identity = address_of({path.name: sha256_of(path) for path in folder.iterdir()})
    return f"{proof.anonymised.period}-{identity[:ID_DIGITS]}"


def _copy_tables(ws: Workspace, anonymised: Receipt, built: Path) -> None:
    for name, proof in anonymised.files.items():
        with ws.store.local(proof.path) as accepted:
            shutil.copyfile(accepted, built / name)
        if sha256_of(built / name) != proof.sha256:
            raise ReceiptError(
                "a table does not have the bytes that were accepted",
                place=Place(dataset=anonymised.dataset, period=anonymised.period, file=name),
                remedy="run `opendata anonymise` again",
            )


def _descriptions(dataset: Dataset, proof: Proof, built: Path) -> dict[str, bytes]:
    origin: dict[str, Any] = proof.raw.details["origin"]
    quality = {"source": {name: origin[name] for name in ("sha256", "bytes", "encoding")}}
    synthetic = bool(origin["synthetic"])
    return {
        "quality.json": json_bytes(quality | proof.validated.details["quality"]),
        "privacy.json": json_bytes(proof.anonymised.details["privacy"]),
        "dictionary.csv": dictionary(dataset),
        "datapackage.json": json_bytes(datapackage(dataset, proof.anonymised, built, synthetic=synthetic)),
    }
