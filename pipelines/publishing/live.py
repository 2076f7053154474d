"""What we made live where: a note of the release of each period on each portal.

Written when a release was made live (published, approved, rolled back to), so that what
someone else makes live is seen. The proof is the receipt, never the note
(`live/<portal>/<dataset>/<period>.json` in the store).
"""

import json
from collections.abc import Sequence

from pipelines.portals import Portal
from pipelines.receipts import Receipt
from pipelines.release import Release
from pipelines.tabular import json_bytes
from pipelines.workspace import Workspace


def note(ws: Workspace, release: Release, portal: Portal) -> None:
    """Note that a release is live on the portal now."""
    path = _path(release.dataset, release.period, portal)
    told = json_bytes({"release": release.id})
    if not ws.store.exists(path) or ws.store.read_bytes(path) != told:
        ws.store.write_bytes(path, told)


def forget(ws: Workspace, dataset: str, portal: Portal) -> None:
    """Forget what was live of a dataset on the portal: it was withdrawn."""
    for period in ws.receipts.periods(dataset):
        if ws.store.exists(path := _path(dataset, period, portal)):
            ws.store.remove(path)


def proved(ws: Workspace, dataset: str, portal: Portal, withdrawn: Sequence[str]) -> list[Release]:
    """Return for each period the release that should be live on the portal, where there is a genuine
    receipt of it: the one we made live, or without a note of that the one that is.

    `withdrawn`: releases that should be live nowhere."""
    served = portal.live(dataset)
    found = []
    for period in sorted({*served, *ws.receipts.periods(dataset)}):
        due = _noted(ws, dataset, period, portal) or served.get(period)
        if due and due not in withdrawn and (receipt := _receipt(ws, dataset, period, due, served.get(period), portal)):
            found.append(Release.of(receipt))
    return found


def _receipt(ws: Workspace, dataset: str, period: str, due: str, served: str | None, portal: Portal) -> Receipt | None:
    """Return the receipt of what is due; or of what is served, where a run was cut off after the switch."""
    if served and served != due:
        cut_off = ws.receipts.published(dataset, period, served, portal=portal.name, announced=True)
        if cut_off and not ws.receipts.published(dataset, period, served, portal=portal.name):
            return cut_off
    return ws.receipts.published(dataset, period, due, portal=portal.name, announced=True)


def _noted(ws: Workspace, dataset: str, period: str, portal: Portal) -> str | None:
    path = _path(dataset, period, portal)
    if not ws.store.exists(path):
        return None
    try:
        return str(json.loads(ws.store.read_bytes(path))["release"])
    except (ValueError, KeyError, TypeError):
        return None


def _path(dataset: str, period: str, portal: Portal) -> str:
    return f"live/{portal.name}/{dataset}/{period}.json"
