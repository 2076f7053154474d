"""A release: everything that goes out for one period, immutable and named by its content.

`releases/<dataset>/<id>/` holds for each table the CSV and the Parquet (the very bytes that
disclosure control accepted), `datapackage.json`, `dictionary.csv`, `quality.json`,
`privacy.json` and `changelog.json`, and of contracts an OCDS release package. No file holds a
time, a path of this machine or anything else that differs between two makings of the same
release.

A release is drafted apart, looked at by whoever publishes it, and kept in one step.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pipelines.dataset_files import Dataset
from pipelines.errors import DatasetError, Place, ReceiptError
from pipelines.receipts import Receipt
from pipelines.release import contracting
from pipelines.release.description import DESCRIPTOR, datapackage, dictionary, quality
from pipelines.release.ocds import Package
from pipelines.store import StoredFile, address_of, sha256_of
from pipelines.tabular import json_bytes
from pipelines.validation.package import check_package
from pipelines.workspace import Workspace

CHANGELOG = "changelog.json"
ID_DIGITS = 12
READ_ONLY = 0o444
#: What is told of a source's bytes.
OF_SOURCE = ("sha256", "bytes", "encoding")


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
    another release as well; the descriptor counts as it is before the id stands in it."""
    files: tuple[StoredFile, ...]
    rows: dict[str, int]
    """Rows by file name, for the tables."""

    @classmethod
    def of(cls, receipt: Receipt) -> "Release":
        """Return the release that a receipt of `publish` is about."""
        files = tuple(StoredFile(proof.path, proof.sha256, proof.bytes) for proof in receipt.files.values())
        rows = {name: proof.rows for name, proof in receipt.files.items() if proof.rows is not None}
        return cls(receipt.dataset, receipt.period, str(receipt.details["release"]), files, rows)


@dataclass(frozen=True)
class Draft:
    """A release put together apart from the store, whole but for its changelog."""

    folder: Path
    release: Release
    """Its files are those in `folder`, under the paths they will have."""


@contextmanager
def drafted(ws: Workspace, dataset: Dataset, proof: Proof) -> Iterator[Draft]:
    """Put a release together; nothing of it stays unless it is kept.

    Raises:
        ReceiptError: a table no longer has the bytes that were accepted.
        DatasetError: what the dataset says of itself makes no valid Data Package.
    """
    with ws.store.scratch() as scratch:
        folder = scratch / "release"
        folder.mkdir()
        _copy_tables(ws, proof.anonymised, folder)
        package = contracting.write(dataset, proof.anonymised.period, folder)
        for name, data in _descriptions(dataset, proof, folder, package).items():
            (folder / name).write_bytes(data)
        identity = _identify(folder, proof.anonymised.period)
        _demand_valid(dataset, folder)
        rows = {name: file.rows for name, file in proof.anonymised.files.items() if file.rows is not None}
        files = tuple(
            StoredFile(f"releases/{dataset.name}/{identity}/{path.name}", sha256_of(path), path.stat().st_size)
            for path in sorted(folder.iterdir())
        )
        yield Draft(folder, Release(dataset.name, proof.anonymised.period, identity, files, rows))


def keep(ws: Workspace, draft: Draft, changes: bytes) -> Release:
    """Move a draft, with its changelog, into the store in one step; where the very same is
    there already it is left as it is.

    Raises:
        ReceiptError: a file is not what was drafted any more.
    """
    release = draft.release
    (draft.folder / CHANGELOG).write_bytes(changes)
    for path in draft.folder.iterdir():
        path.chmod(READ_ONLY)
    files = ws.store.adopt(draft.folder, f"releases/{release.dataset}", release.id)
    if {file for file in files if file.name != CHANGELOG} != set(release.files):
        raise ReceiptError(
            "a file of the release was changed while it was being made",
            place=Place(dataset=release.dataset, period=release.period),
            remedy="publish again; find out who writes into the home",
        )
    return replace(release, files=tuple(files))


def _copy_tables(ws: Workspace, anonymised: Receipt, folder: Path) -> None:
    for name, proof in anonymised.files.items():
        with ws.store.local(proof.path) as accepted:
            shutil.copyfile(accepted, folder / name)
        if sha256_of(folder / name) != proof.sha256:
            raise ReceiptError(
                "a table does not have the bytes that were accepted",
                place=Place(dataset=anonymised.dataset, period=anonymised.period, file=name),
                remedy="run `opendata anonymise` again",
            )


def _descriptions(dataset: Dataset, proof: Proof, folder: Path, package: Package | None) -> dict[str, bytes]:
    origin: dict[str, Any] = proof.raw.details["origin"]
    source: dict[str, Any] = {"source": {of: origin[of] for of in OF_SOURCE}}
    if "parts" in origin:
        parts = {name: {of: part[of] for of in OF_SOURCE} for name, part in origin["parts"].items()}
        source["source"] |= {"parts": parts, "absent": origin["absent"]}
    if package:
        source["ocds"] = asdict(package)
    synthetic = bool(origin["synthetic"])
    return {
        "quality.json": json_bytes(source | quality(dataset, proof.validated.details["quality"])),
        "privacy.json": json_bytes(proof.anonymised.details["privacy"]),
        "dictionary.csv": dictionary(dataset),
        DESCRIPTOR: json_bytes(datapackage(dataset, proof.anonymised, folder, synthetic=synthetic)),
    }


def _identify(folder: Path, period: str) -> str:
    """Work the id out and write it into the descriptor, as its version."""
    digits = address_of({path.name: sha256_of(path) for path in folder.iterdir()})[:ID_DIGITS]
    path = folder / DESCRIPTOR
    path.write_bytes(json_bytes({**json.loads(path.read_bytes()), "version": f"{period}-{digits}"}))
    return f"{period}-{digits}"


def _demand_valid(dataset: Dataset, folder: Path) -> None:
    report = check_package(folder)
    if not report.valid:
        first = report.errors[0]
        raise DatasetError(
            f"the release is no valid Data Package: {first.type}, {first.rule}",
            place=Place(dataset=dataset.name, file=DESCRIPTOR, column=first.field),
            remedy="correct the titles, the publisher or the public schema of the dataset",
        )
