"""Publish: accepted tables -> an immutable release -> a portal that is proved to serve it.

Immediately before anything becomes public the whole chain of receipts is walked and the
very bytes are scanned once more. Publishing an earlier release is the rollback; after one,
publishing again makes the newest accepted data live again, and `plan` says so beforehand.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pipelines.dataset_files import Dataset
from pipelines.disclosure.clean import demand_clean
from pipelines.disclosure.scan import scan_file
from pipelines.errors import Place, PrivacyError, ReceiptError
from pipelines.periods import BANGKOK
from pipelines.portals import Change, Portal
from pipelines.progress import Progress, silent
from pipelines.receipts import Receipt, StageResult, new_receipt
from pipelines.release import Proof, Release, build, identify
from pipelines.stages import rules_sha256
from pipelines.store import StoredFile
from pipelines.workspace import Workspace

PUBLIC = "ข้อมูลสาธารณะ"
#: Kinds of finding that a descriptor holds on purpose: the unit's address.
DESCRIPTOR = {"datapackage.json": {"email"}}


def publish(
    ws: Workspace, dataset: Dataset, period: str, portal: Portal, *, on_progress: Progress = silent
) -> StageResult:
    """Make the release of the accepted tables live on the portal, and leave the receipt.

    Raises:
        ReceiptError: something about these bytes is not proved.
        PrivacyError: an embargo, a class of data that is not public, or personal data.
        PortalError: the portal does not serve what it was given; it is back as it was.
    """
    began = time.monotonic()
    with ws.store.lock(f"{dataset.name}/{period}"):
        proof = _proof(ws, dataset, period)
        anonymised = proof.anonymised
        _demand_public(dataset)
        current = ws.receipts.current(dataset.name, period, "publish")
        if current and _is_live(ws, dataset, portal, anonymised, current):
            return StageResult(current, written=False, seconds=time.monotonic() - began)
        release = build(ws, dataset, proof, portal.live(dataset.name).get(period))
        _demand_clean(ws, dataset, release, on_progress)
        changes = portal.plan(dataset, period, release.id)
        if any(change.action != "none" for change in changes):
            portal.apply(dataset, release, "publish")
        portal.verify(dataset, release)
        receipt = new_receipt(
            dataset, period, "publish", previous=anonymised, input_sha256=anonymised.id, files=list(release.files),
            rows=release.rows, details={"release": release.id, "portal": portal.name},
        )  # fmt: skip
        return StageResult(ws.receipts.write(receipt), written=True, seconds=time.monotonic() - began)


def plan(ws: Workspace, dataset: Dataset, period: str, portal: Portal) -> Sequence[Change]:
    """Return what publishing would change on the portal; the portal is not touched."""
    with ws.store.lock(f"{dataset.name}/{period}"):
        proof = _proof(ws, dataset, period)
        _demand_public(dataset)
        return portal.plan(dataset, period, identify(ws, dataset, proof))


def rollback(ws: Workspace, dataset: Dataset, release: str, portal: Portal) -> StageResult:
    """Make an earlier release live again.

    Raises:
        ReceiptError: it was never published, or its files are not those that were.
    """
    began = time.monotonic()
    period = release.rpartition("-")[0]
    place = Place(dataset=dataset.name, period=period)
    receipt = ws.receipts.published(dataset.name, period, release) if period else None
    if receipt is None:
        raise ReceiptError(
            "this release was never published", place=place, remedy="`releases.json` on the site lists them"
        )
    if not ws.receipts.intact(receipt):
        raise ReceiptError(
            "the release no longer has the bytes it was published with", place=place, remedy="publish the data anew"
        )
    files = tuple(StoredFile(proof.path, proof.sha256, proof.bytes) for proof in receipt.files.values())
    rows = {name: proof.rows for name, proof in receipt.files.items() if proof.rows is not None}
    earlier = Release(dataset.name, period, release, files, rows)
    with ws.store.lock(f"{dataset.name}/{period}"):
        changes = portal.plan(dataset, period, release)
        written = any(change.action != "none" for change in changes)
        if written:
            portal.apply(dataset, earlier, "rollback")
    return StageResult(receipt, written=written, seconds=time.monotonic() - began)


def _is_live(ws: Workspace, dataset: Dataset, portal: Portal, anonymised: Receipt, current: Receipt) -> bool:
    return (
        current.is_for(anonymised.id, rules_sha256(dataset, "publish"))
        and ws.receipts.intact(current)
        and portal.live(dataset.name).get(current.period) == current.details["release"]
    )


def _proof(ws: Workspace, dataset: Dataset, period: str) -> Proof:
    """Return the receipts of every stage before, the whole chain walked."""
    return Proof(
        raw=ws.receipts.demand(dataset, period, "extract"),
        validated=ws.receipts.demand(dataset, period, "validate"),
        anonymised=ws.receipts.demand(dataset, period, "anonymise"),
    )


def _demand_public(dataset: Dataset) -> None:
    spec = dataset.spec
    if spec.embargo and datetime.now(BANGKOK).date() < spec.embargo:
        raise PrivacyError(
            f"the dataset is under embargo until {spec.embargo}",
            place=Place(dataset=dataset.name),
            remedy="wait, or change embargo",
        )
    if spec.catalogue.data_category != PUBLIC:
        raise PrivacyError(
            "the dataset is not classed as public data",
            place=Place(dataset=dataset.name),
            remedy="see catalogue.data_category",
        )


def _demand_clean(ws: Workspace, dataset: Dataset, release: Release, on_progress: Progress) -> None:
    """Scan every byte that is about to be public."""
    for number, file in enumerate(release.files, start=1):
        on_progress("scanning the release", number, len(release.files))
        with ws.store.local(file.path) as path:
            if file.name in release.rows:
                demand_clean(dataset, file.name.rpartition(".")[0], path)
            else:
                _demand_clean_description(dataset, path)


def _demand_clean_description(dataset: Dataset, path: Path) -> None:
    for finding in scan_file(path).findings:
        if finding.kind not in DESCRIPTOR.get(path.name, set()):
            raise PrivacyError(
                f"what looks like personal data ({finding.kind}) stands in a description",
                place=Place(dataset=dataset.name, file=path.name, row=finding.rows[0]),
                remedy="take it out of the dataset's texts",
            )
