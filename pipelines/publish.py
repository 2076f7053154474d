"""Publish: accepted tables -> an immutable release -> a portal that is proved to serve it.

Immediately before anything becomes public the whole chain of receipts is walked and the
very bytes are scanned once more.

Publishing an earlier release is the rollback. It changes the portal alone: the newest
accepted data stays the newest, so publishing again, also by a schedule, makes that live
again. `plan` says so beforehand and `publish` afterwards. What must not come back is
corrected or withdrawn at its source.
"""

import re
import time
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from pipelines import quarantine
from pipelines.dataset_files import Dataset
from pipelines.disclosure.clean import demand_clean
from pipelines.disclosure.scan import Finding, scan_file, scan_texts
from pipelines.errors import OpendataError, Place, PrivacyError, ReceiptError
from pipelines.portals import Change, Portal
from pipelines.progress import Progress, silent
from pipelines.receipts import Receipt, StageResult, new_receipt
from pipelines.release import CHANGELOG, Draft, Proof, Release, drafted, keep
from pipelines.release.allowed import demand_allowed
from pipelines.release.changelog import changelog
from pipelines.release.contracting import PACKAGE, texts
from pipelines.tabular import json_bytes
from pipelines.thai.years import BANGKOK
from pipelines.workspace import Workspace

PUBLIC = "ข้อมูลสาธารณะ"
#: Digits that mean nothing: by chance one hash in a hundred holds what reads as a telephone number.
HASH = re.compile(r"[0-9a-f]{64}")


def publish(
    ws: Workspace, dataset: Dataset, period: str, portal: Portal, *, on_progress: Progress = silent
) -> StageResult:
    """Make the release of the accepted tables live on the portal, and leave the receipt.
    Where the portal serves it already nothing is written.

    Raises:
        ReceiptError: something about these bytes is not proved.
        PrivacyError: an embargo, a class of data that is not public, or personal data.
        DatasetError: what the dataset says of itself makes no valid Data Package.
        PortalError: the portal does not serve what it was given; it is back as it was.
    """
    began = time.monotonic()
    with ws.store.lock(f"{dataset.name}/{period}"):
        proof = Proof(*ws.receipts.chain(dataset, period, "anonymise"))
        current = ws.receipts.done(dataset, period, "publish", proof.anonymised.id)
        try:
            _demand_public(dataset)
            if current and _is_served(portal, dataset, Release.of(current)):
                return StageResult(current, written=False, seconds=time.monotonic() - began)
            before = portal.live(dataset.name).get(period)
            release = _release(ws, dataset, proof, portal, on_progress)
            receipt = _receipt(dataset, proof, release, portal)
            ws.receipts.announce(receipt)
            _bring(portal, dataset, release)
        except OpendataError as error:
            quarantine.record(ws, dataset.name, period, "publish", error.at(dataset=dataset.name, period=period))
            raise
        notices = _notices(current, before, release.id)
        return StageResult(ws.receipts.write(receipt), written=True, seconds=time.monotonic() - began, notices=notices)


def _receipt(dataset: Dataset, proof: Proof, release: Release, portal: Portal) -> Receipt:
    return new_receipt(
        dataset, release.period, "publish", previous=proof.anonymised, input_sha256=proof.anonymised.id,
        files=list(release.files), rows=release.rows, details={"release": release.id, "portal": portal.name},
    )  # fmt: skip


def plan(ws: Workspace, dataset: Dataset, period: str, portal: Portal) -> Sequence[Change]:
    """Return what publishing would change on the portal; nothing is changed.

    Raises what `publish` would, but for what only the look at every byte finds."""
    with ws.store.lock(f"{dataset.name}/{period}"):
        proof = Proof(*ws.receipts.chain(dataset, period, "anonymise"))
        _demand_public(dataset)
        with drafted(ws, dataset, proof) as draft:
            return portal.plan(dataset, draft.release)


def rollback(ws: Workspace, dataset: Dataset, release: str, portal: Portal) -> StageResult:
    """Make an earlier release live again, in one step; returns the receipt it was published
    under. Writes nothing where it is live.

    Raises:
        ReceiptError: it was never published, its receipt is not genuine, or its files are
            not those that were.
        PrivacyError: the dataset may not be public any more, today's privacy rules are stricter
            than those the release was made by, or personal data is found that was not known then.
        PortalError: the portal does not serve what it was given; it is back as it was.
    """
    began = time.monotonic()
    period = release.rpartition("-")[0]
    place = Place(dataset=dataset.name, period=period or None)
    with ws.store.lock(f"{dataset.name}/{period}"):
        receipt = _genuine(ws, dataset, period, release, portal)
        if not ws.receipts.intact(receipt):
            raise ReceiptError(
                "the release no longer has the bytes it was published with",
                place=place,
                remedy="bring its folder back from the portal or a backup, or publish the data anew",
            )
        earlier = Release.of(receipt)
        _demand_public(dataset)
        demand_allowed(ws, dataset, earlier)
        for file in earlier.files:
            with ws.store.local(file.path) as path:
                _demand_clean(ws, dataset, earlier, path)
        written = not _is_served(portal, dataset, earlier)
        if written:
            portal.apply(dataset, earlier, "rollback")
    return StageResult(receipt, written=written, seconds=time.monotonic() - began)


def _genuine(ws: Workspace, dataset: Dataset, period: str, release: str, portal: Portal) -> Receipt:
    """Return the receipt of a release that was live; raises `ReceiptError` naming those that can be."""

    def receipt_of(known: str) -> Receipt | None:
        return ws.receipts.published(dataset.name, period, known, announced=known in listed)

    listed = [known for known in portal.released(dataset.name) if known.rpartition("-")[0] == period]
    if period and (receipt := receipt_of(release)):
        return receipt
    others = ", ".join(known for known in listed if receipt_of(known))
    remedy = f"choose one of {others}" if others else "choose one that `opendata list` shows"
    if release in listed:
        remedy = (
            "give the key it was sealed with as OPENDATA_RECEIPT_KEY_BEFORE, or publish its data again "
            f"(`opendata run` with --source){f', or {remedy}' if others else ''}"
        )
    raise ReceiptError(
        f"there is no genuine receipt of a release {release}",
        place=Place(dataset=dataset.name, period=period or None),
        remedy=remedy,
    )


def _release(ws: Workspace, dataset: Dataset, proof: Proof, portal: Portal, on_progress: Progress) -> Release:
    """Make the release in the store, every byte looked at."""
    with drafted(ws, dataset, proof) as draft:
        for number, file in enumerate(draft.release.files, start=1):
            on_progress("scanning the release", number, len(draft.release.files))
            _demand_clean(ws, dataset, draft.release, draft.folder / file.name)
        return keep(ws, draft, _changes(ws, dataset, draft, portal))


def _changes(ws: Workspace, dataset: Dataset, draft: Draft, portal: Portal) -> bytes:
    """Return the changelog against what is live. One that is public already never changes; one of
    a release that was made but did not get that far is told anew."""
    release = draft.release
    kept = f"releases/{dataset.name}/{release.id}/{CHANGELOG}"
    listed = release.id in portal.released(dataset.name)  # however it was sealed
    if (listed or ws.receipts.published(dataset.name, release.period, release.id)) and ws.store.exists(kept):
        return ws.store.read_bytes(kept)
    before = portal.live(dataset.name).get(release.period)

    def may_list(table: str, keys: Path) -> bool:
        try:
            demand_clean(dataset, table, keys)
        except PrivacyError:
            return False
        return True

    return json_bytes(changelog(ws, dataset, draft.folder, before, may_list))


def _notices(done: Receipt | None, before: str | None, release: str) -> tuple[str, ...]:
    """Say what a person should know where the work was done already, but not to be seen."""
    if done is None:
        return ()
    if before == release:
        return (f"the portal no longer served release {release} as it was published; it does again",)
    return (f"{before or 'nothing'} was live instead of {release}, the newest data, which is live again",)


def _bring(portal: Portal, dataset: Dataset, release: Release) -> None:
    if _is_served(portal, dataset, release):
        portal.verify(dataset, release)
    else:
        portal.apply(dataset, release, "publish")


def _is_served(portal: Portal, dataset: Dataset, release: Release) -> bool:
    return all(change.action == "none" for change in portal.plan(dataset, release))


def _demand_public(dataset: Dataset) -> None:
    spec = dataset.spec
    if spec.embargo and _today() < spec.embargo:
        raise PrivacyError(
            f"the dataset is under embargo until {spec.embargo}",
            place=Place(dataset=dataset.name),
            remedy="publish on that day (Bangkok time) or later, or change `embargo`",
        )
    if spec.catalogue.data_category != PUBLIC:
        raise PrivacyError(
            "the dataset is not classed as public data",
            place=Place(dataset=dataset.name, column="catalogue.data_category"),
            remedy=f"only what the agency has classed as {PUBLIC} is published",
        )


def _today() -> date:
    return datetime.now(BANGKOK).date()


def _demand_clean(ws: Workspace, dataset: Dataset, release: Release, path: Path) -> None:
    """Scan a file of the release. The changelog's keys were, when it was written."""
    if path.name in release.rows:
        demand_clean(dataset, path.stem, path)
    elif path.name != CHANGELOG:
        _demand_clean_description(ws, dataset, release, path)


def _demand_clean_description(ws: Workspace, dataset: Dataset, release: Release, path: Path) -> None:
    """Scan a description: its words, not the hashes, the release's id and the unit's address."""
    for finding in scan_texts(texts(path)).findings if path.name == PACKAGE else _in_words(ws, dataset, release, path):
        raise PrivacyError(
            f"what looks like personal data ({finding.kind}) stands in a description",
            place=Place(dataset=dataset.name, file=path.name, row=finding.rows[0]),
            remedy="take it out of the dataset's texts",
        )


def _in_words(ws: Workspace, dataset: Dataset, release: Release, path: Path) -> Sequence[Finding]:
    words = HASH.sub("", path.read_text(encoding="utf-8-sig"))
    for known in (release.id, dataset.spec.publisher.email):
        words = words.replace(known, "")
    with ws.store.scratch() as scratch:
        (scratch / path.name).write_text(words, encoding="utf-8", newline="")
        return scan_file(scratch / path.name).findings
