"""Approve: what another user brought to a portal, and what waits there unseen, becomes public.

The approval is the switch itself, done with a second token: a portal that lets an editor
publish cannot be kept from it by a note beside it (decision 8). What is recorded is a role, never
a person.
"""

import json
import re
import time
from datetime import UTC
from typing import Any

from pipelines.dataset_files import Dataset
from pipelines.errors import Place, PrivacyError, ReceiptError, UsageError
from pipelines.portals import Portal
from pipelines.publishing import gate, live
from pipelines.publishing.earlier import demand_publishable, period_of
from pipelines.receipts import Receipt, StageResult
from pipelines.release import CHANGELOG, Release
from pipelines.workspace import Workspace

ROLE = re.compile(r"[a-z][a-z0-9-]{2,40}")


def dataset_of(ws: Workspace, portal: Portal, release: str) -> str:
    """Return the dataset of a release that waits on the portal.

    Raises:
        PrivacyError: none of that id waits there.
        UsageError: several datasets have one of that id.
    """
    found = [name for name in ws.names() if release in portal.waiting(name).values()]
    if not found:
        raise _waits_not(release, portal, Place())
    if len(found) > 1:
        raise UsageError(
            f"several datasets have a release {release}", remedy=f"name one with --dataset: {', '.join(found)}"
        )
    return found[0]


def approve(ws: Workspace, dataset: Dataset, release: str, portal: Portal, role: str) -> StageResult:
    """Make a release that waits live, as the user of `portal`, who is not the one that brought it
    there; leaves its receipt with the role that approved it.

    Raises:
        UsageError: `role` is no role.
        PrivacyError: it does not wait there, its time is ahead, the same user brought it there, or
            it may not be public today; see `demand_publishable`.
        ReceiptError: it is not what was brought there, or told against what is not live any more.
        PortalError: the portal does not serve what it was given; it is back as it was.
    """
    began = time.monotonic()
    if not ROLE.fullmatch(role):
        raise UsageError(
            "that is not the name of a role", remedy="name a role, such as data-owner: small letters, digits and -"
        )
    period = period_of(release)
    with ws.store.lock(f"{dataset.name}/{period}"):
        place = Place(dataset=dataset.name, period=period or None)
        if portal.waiting(dataset.name).get(period) != release:
            raise _waits_not(release, portal, place)
        _demand_another_user(dataset, release, portal, place)
        gate.demand_time(dataset)
        staged = _staged(ws, portal, release, place)
        approved = staged.model_copy(
            update={"details": _approved(staged, role), "written_at": gate.now().astimezone(UTC)}
        )
        ready = demand_publishable(ws, dataset, staged, portal)
        _demand_told_against_live(ws, ready, portal, place)
        ws.receipts.announce(approved)
        portal.apply(dataset, ready, "publish")
        receipt = ws.receipts.write(approved)
        live.note(ws, ready, portal)
    return StageResult(receipt, written=True, seconds=time.monotonic() - began)


def _approved(staged: Receipt, role: str) -> dict[str, Any]:
    return {name: told for name, told in staged.details.items() if name != "waits"} | {"approved_by": role}


def _waits_not(release: str, portal: Portal, place: Place) -> PrivacyError:
    return PrivacyError(
        f"no release {release} waits on {portal.name}",
        place=place,
        remedy="`opendata publish` brings one there and names it; one that is public already needs no approval",
    )


def _demand_another_user(dataset: Dataset, release: str, portal: Portal, place: Place) -> None:
    by, now = portal.staged_by(dataset.name, release), portal.user()
    if not by or not now or by == now:
        raise PrivacyError(
            "whoever brought a release to the portal does not approve it"
            if by and by == now
            else "the portal does not tell who brought the release there, or who approves it",
            place=place,
            remedy="approve with the token of another user of the portal",
        )


def _staged(ws: Workspace, portal: Portal, release: str, place: Place) -> Receipt:
    receipt = ws.receipts.staged(str(place.dataset), str(place.period), release, portal.name)
    if receipt is None:
        raise ReceiptError(
            f"there is no genuine receipt of release {release}", place=place, remedy="publish the data again"
        )
    return receipt


def _demand_told_against_live(ws: Workspace, release: Release, portal: Portal, place: Place) -> None:
    """What a reader is told has changed must be so; a changelog that is public stays as it is, also where an
    approval was cut off after it had made the release live."""
    now = portal.live(release.dataset).get(release.period)
    if now == release.id or ws.receipts.published(release.dataset, release.period, release.id):
        return
    (path,) = (file.path for file in release.files if file.name == CHANGELOG)
    if json.loads(ws.store.read_bytes(path))["previous"] != now:
        raise ReceiptError(
            "another release is live than when this one was brought to the portal",
            place=place,
            remedy="publish it again: its changelog is told against what is live; then approve",
        )
