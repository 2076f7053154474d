"""Roll back: an earlier release of a period live again, in one step.

It changes the portal alone: the newest accepted data stays the newest, so publishing again, also
by a schedule, makes that live again. What must not come back is corrected at its source or withdrawn.
"""

import time

from pipelines.dataset_files import Dataset
from pipelines.portals import Portal
from pipelines.publishing import live
from pipelines.publishing.earlier import demand_publishable, genuine, period_of
from pipelines.publishing.gate import demand_time
from pipelines.receipts import StageResult
from pipelines.workspace import Workspace


def rollback(ws: Workspace, dataset: Dataset, release: str, portal: Portal) -> StageResult:
    """Make an earlier release live again, in one step; returns the receipt it was published
    under. Writes nothing where it is live. A person's own act: breaks of the tables need no
    acknowledgement, and what was approved once needs no approval.

    Raises:
        ReceiptError: it was never live there, its receipt is not genuine, or its files are
            not those that were.
        PrivacyError: it may not be public today; see `demand_publishable`.
        PortalError: the portal does not serve what it was given; it is back as it was.
    """
    began = time.monotonic()
    with ws.store.lock(f"{dataset.name}/{period_of(release)}"):
        receipt = genuine(ws, dataset, release, portal)
        demand_time(dataset)
        earlier = demand_publishable(ws, dataset, receipt, portal)
        written = not all(change.action == "none" for change in portal.plan(dataset, earlier))
        if written:
            portal.apply(dataset, earlier, "rollback")
        live.note(ws, earlier, portal)
    return StageResult(receipt, written=written, seconds=time.monotonic() - began)
