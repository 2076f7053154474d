"""Publish: accepted tables -> an immutable release -> a portal that is proved to serve it.

Immediately before anything becomes public the whole chain of receipts is walked and the
very bytes are scanned once more. What may not be public yet waits on the portal unseen, where
that can keep it so; what breaks the published tables is refused unless it is meant.

What else becomes of a release (rolled back to, approved, withdrawn, audited) is in `publishing`.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from pipelines import quarantine
from pipelines.dataset_files import Dataset
from pipelines.disclosure.clean import demand_clean
from pipelines.errors import OpendataError, Place, PrivacyError, WaitingError
from pipelines.portals import Change, Portal
from pipelines.progress import Progress, silent
from pipelines.publishing import gate, live
from pipelines.publishing.withdrawal import demand_not_withdrawn
from pipelines.receipts import Receipt, StageResult, new_receipt
from pipelines.release import CHANGELOG, Draft, Proof, Release, drafted, keep
from pipelines.release.changelog import changelog
from pipelines.release.schema_changes import Differences, demand_acknowledged, differences, meant_by
from pipelines.tabular import json_bytes
from pipelines.workspace import Workspace


def publish(
    ws: Workspace, dataset: Dataset, period: str, portal: Portal, *, on_progress: Progress = silent
) -> StageResult:
    """Make the release of the accepted tables live on the portal, and leave the receipt.
    Where the portal serves it already nothing is written.

    Raises:
        ReceiptError: something about these bytes is not proved.
        PrivacyError: it is too early, withdrawn, of a class that is not public, or personal data.
        DatasetError: what the dataset says of itself makes no valid Data Package, or the published
            tables break without an acknowledgement.
        WaitingError: it waits on the portal, unseen, for its time or an approval.
        PortalError: the portal does not serve what it was given; it is back as it was.
    """
    began = time.monotonic()
    with ws.store.lock(f"{dataset.name}/{period}"):
        proof = Proof(*ws.receipts.chain(dataset, period, "anonymise"))
        current = ws.receipts.done(dataset, period, "publish", proof.anonymised.id, portal.name)
        try:
            _demand_may_go(ws, dataset, portal)
            if current and _is_served(portal, dataset, Release.of(current)):
                live.note(ws, Release.of(current), portal)
                return StageResult(current, written=False, seconds=time.monotonic() - began)
            before = portal.live(dataset.name).get(period)
            release, differs = _release(ws, dataset, proof, portal, on_progress)
            held = gate.hold(dataset)
            if held and before == release.id:
                _demand_leave(ws, release, portal, held, too_early=gate.too_early(dataset))
                held = None
            receipt = _receipt(ws, dataset, proof, release, portal, waits=held is not None)
            ws.receipts.announce(receipt)
            if held:
                _wait(portal, dataset, release, held)
            _bring(portal, dataset, release, on_progress)
        except WaitingError:
            raise
        except OpendataError as error:
            quarantine.record(ws, dataset.name, period, "publish", error.at(dataset=dataset.name, period=period))
            raise
        notices = (*_notices(current, before, release.id), *_told(differs))
        live.note(ws, release, portal)
        return StageResult(ws.receipts.write(receipt), written=True, seconds=time.monotonic() - began, notices=notices)


def plan(ws: Workspace, dataset: Dataset, period: str, portal: Portal) -> Sequence[Change]:
    """Return what publishing would change on the portal; nothing is changed.

    Raises what `publish` would, but for what only the look at every byte finds; what would wait
    there is told as a change that waits."""
    with ws.store.lock(f"{dataset.name}/{period}"):
        proof = Proof(*ws.receipts.chain(dataset, period, "anonymise"))
        _demand_may_go(ws, dataset, portal)
        with drafted(ws, dataset, proof) as draft:
            _differences(ws, dataset, draft, portal)
            changes = portal.plan(dataset, draft.release)
        held = gate.hold(dataset)
        if held is None:
            return changes
        return [
            c if c.action == "none" else replace(c, reason=f"{c.reason}; it would wait: {held.why}") for c in changes
        ]


def _demand_may_go(ws: Workspace, dataset: Dataset, portal: Portal) -> None:
    gate.demand_holdable(dataset, portal)
    gate.demand_public(dataset)
    demand_not_withdrawn(ws, dataset, portal)


def _receipt(
    ws: Workspace, dataset: Dataset, proof: Proof, release: Release, portal: Portal, *, waits: bool
) -> Receipt:
    """Make the receipt; who approved a release that is public already stays in it."""
    details: dict[str, Any] = {"release": release.id, "portal": portal.name}
    known = ws.receipts.published(dataset.name, release.period, release.id, portal=portal.name, announced=True)
    if waits:
        details["waits"] = True
    elif known and "approved_by" in known.details:
        details["approved_by"] = known.details["approved_by"]
    return new_receipt(
        dataset, release.period, "publish", previous=proof.anonymised, input_sha256=proof.anonymised.id,
        files=list(release.files), rows=release.rows, details=details,
    )  # fmt: skip


def _release(
    ws: Workspace, dataset: Dataset, proof: Proof, portal: Portal, on_progress: Progress
) -> tuple[Release, Differences]:
    """Make the release in the store, every byte looked at; returns what of its tables is new, too."""
    with drafted(ws, dataset, proof) as draft:
        demand_not_withdrawn(ws, dataset, portal, draft.release.id)
        differs = _differences(ws, dataset, draft, portal)
        for number, file in enumerate(draft.release.files, start=1):
            on_progress("scanning the release", number, len(draft.release.files))
            gate.demand_clean_file(ws, dataset, draft.release, draft.folder / file.name)
        return keep(ws, draft, _changes(ws, dataset, draft, portal, differs)), differs


def _differences(ws: Workspace, dataset: Dataset, draft: Draft, portal: Portal) -> Differences:
    """Compare the tables with what is live; a break that is not acknowledged is refused."""
    before = portal.live(dataset.name).get(draft.release.period)
    differs = differences(ws, dataset, draft.folder, None if before == draft.release.id else before)
    demand_acknowledged(dataset, differs.broken, gate.now().date())
    return differs


def _changes(ws: Workspace, dataset: Dataset, draft: Draft, portal: Portal, differs: Differences) -> bytes:
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

    return json_bytes(changelog(ws, dataset, draft.folder, before, may_list, meant_by(dataset, differs.broken)))


def _notices(done: Receipt | None, before: str | None, release: str) -> tuple[str, ...]:
    """Say what a person should know where the work was done already, but not to be seen."""
    if done is None:
        return ()
    if before == release:
        return (f"the portal no longer served release {release} as it was published; it does again",)
    return (f"{before or 'nothing'} was live instead of {release}, the newest data, which is live again",)


def _told(differs: Differences) -> tuple[str, ...]:
    """Say what has come into the published tables, and which breaks were meant."""
    told = (("new in the published tables", differs.added), ("gone or changed, as acknowledged", differs.broken))
    return tuple(f"{what}: {', '.join(parts)}" for what, parts in told if parts)


def _demand_leave(ws: Workspace, release: Release, portal: Portal, held: gate.Hold, *, too_early: bool) -> None:
    """Let a release be that is public already by a leave that still holds.

    Raises `PrivacyError` where it is too early, or someone made it public without an approval."""
    known = ws.receipts.published(release.dataset, release.period, release.id, portal=portal.name, announced=True)
    if too_early or known is None:
        raise PrivacyError(
            f"release {release.id} is public on {portal.name} already: {held.why}",
            place=Place(dataset=release.dataset, period=release.period),
            remedy="withdraw the dataset (`opendata withdraw`) and find out who made it public, "
            "or change `release_at` or `approval` where they are wrong",
        )


def _wait(portal: Portal, dataset: Dataset, release: Release, held: gate.Hold) -> NoReturn:
    """Let a release wait on the portal, unseen."""
    portal.stage(dataset, release)
    raise WaitingError(
        f"release {release.id} waits on {portal.name}, unseen by the public: {held.why}",
        place=Place(dataset=release.dataset, period=release.period),
        remedy=held.remedy.format(release=release.id),
    )


def _bring(portal: Portal, dataset: Dataset, release: Release, on_progress: Progress) -> None:
    if _is_served(portal, dataset, release):
        portal.verify(dataset, release)
    else:
        portal.apply(dataset, release, "publish", on_progress)


def _is_served(portal: Portal, dataset: Dataset, release: Release) -> bool:
    return all(change.action == "none" for change in portal.plan(dataset, release))
