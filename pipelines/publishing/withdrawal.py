"""Withdraw: take a dataset, or one release of it, out of public, and keep it out.

What stays is a tombstone in public and a record in the store, neither of which tells anything
of the data. Publishing asks for both: who withdraws is obeyed also where one of them is lost.
"""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from pipelines.dataset_files import Dataset
from pipelines.errors import Place, StoreError, UsageError
from pipelines.portals import Portal, Tombstone, tombstones
from pipelines.publishing import gate, live
from pipelines.tabular import json_bytes
from pipelines.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What a withdrawal came to."""

    tombstone: Tombstone
    to_erase: tuple[str, ...]
    """What an administrator of the portal must still erase."""

    def as_dict(self) -> dict[str, Any]:
        """Return the machine-readable form."""
        return {"tombstone": self.tombstone.as_dict(), "to_erase": list(self.to_erase)}


def withdraw(ws: Workspace, dataset: str, portal: Portal, reason: str, release: str | None = None) -> Withdrawal:
    """Take everything of a dataset, or one release that is not live, off a portal.

    The record in the store is written first: from then on nothing of it is published. Cut off or
    refused by the portal, it is done by withdrawing again.

    Raises:
        UsageError: no reason, nothing there to withdraw, or the release is live.
        PrivacyError: what looks like personal data stands in the reason, which is public.
        PortalError: something is served still.
    """
    place = Place(dataset=dataset)
    reason = " ".join(reason.split())
    if not reason:
        raise UsageError("a withdrawal needs a reason", remedy="say in public words why, with --reason")
    gate.demand_words_clean({"reason": [reason]}, place)
    with ExitStack() as locks:
        for period in ws.receipts.periods(dataset):
            locks.enter_context(ws.store.lock(f"{dataset}/{period}"))
        releases = _releases(ws, dataset, portal, release, place)
        moment = gate.now().astimezone(UTC).replace(microsecond=0)
        tombstone = Tombstone(dataset, releases, "release" if release else "dataset", reason, moment.isoformat())
        path = f"withdrawals/{dataset}/{moment:%Y%m%dT%H%M%SZ}-{portal.name}.json"
        record = {"portal": portal.name, **tombstone.as_dict()}
        ws.store.write_bytes(path, json_bytes({**record, "finished": False}))
        to_erase = tuple(portal.withdraw(dataset, tombstone, release))
        ws.store.write_bytes(path, json_bytes({**record, "finished": True, "to_erase": list(to_erase)}))
        if release is None:
            live.forget(ws, dataset, portal)
    return Withdrawal(tombstone, to_erase)


def demand_not_withdrawn(ws: Workspace, dataset: Dataset, portal: Portal, release: str | None = None) -> None:
    """Raises `PrivacyError` where the dataset, or this release of it, was withdrawn from the portal and
    nobody has acknowledged that since."""
    tombstones.demand_not_withdrawn(_known(ws, dataset.name, portal), dataset, release, portal.name, gate.now())


def in_force(ws: Workspace, dataset: Dataset, portal: Portal) -> list[Tombstone]:
    """Return the tombstones of a dataset on a portal that nobody has acknowledged."""
    return tombstones.in_force(_known(ws, dataset.name, portal), dataset, gate.now())


def _known(ws: Workspace, dataset: str, portal: Portal) -> list[Tombstone]:
    records = [Tombstone.of(told) for told in _told(ws, dataset, portal.name)]
    return [*records, *portal.withdrawn(dataset)]


def _releases(ws: Workspace, dataset: str, portal: Portal, release: str | None, place: Place) -> tuple[str, ...]:
    """Return what is to be withdrawn, by its ids."""
    now, listed, waiting = portal.live(dataset).values(), portal.released(dataset), portal.waiting(dataset).values()
    begun = [each for told in _told(ws, dataset, portal.name) if not told.get("finished") for each in told["releases"]]
    if release:
        if release in now:
            raise UsageError(
                f"release {release} is live",
                place=place,
                remedy="roll back to another one first, or leave out --release",
            )
        if release not in {*listed, *waiting, *begun}:
            raise UsageError(f"{portal.name} has no release {release}", place=place, remedy="see the dataset's history")
        return (release,)
    found = sorted({*now, *listed, *waiting, *begun})
    if not found:
        raise UsageError(
            f"nothing of the dataset is on {portal.name}", place=place, remedy="`opendata list` shows what is public"
        )
    return tuple(found)


def _told(ws: Workspace, dataset: str, portal: str) -> Sequence[dict[str, Any]]:
    folder = f"withdrawals/{dataset}"
    return [_read(ws, f"{folder}/{n}") for n in ws.store.names(folder) if n.endswith(f"Z-{portal}.json")]


def _read(ws: Workspace, path: str) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(ws.store.read_bytes(path))
        tombstones.moment_of(Tombstone.of(told))
    except (ValueError, KeyError, TypeError):
        raise StoreError(
            "the record of a withdrawal is damaged",
            place=Place(file=path),
            remedy="bring it back from a backup: until then nothing of the dataset is published",
        ) from None
    return told
