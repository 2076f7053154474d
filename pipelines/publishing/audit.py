"""Audit: does the portal still hold what was published there?"""

from collections.abc import Sequence

from pipelines.dataset_files import Dataset
from pipelines.portals import Change, Portal
from pipelines.publishing import live
from pipelines.publishing.withdrawal import in_force
from pipelines.workspace import Workspace


def audit(ws: Workspace, dataset: Dataset, portal: Portal) -> Sequence[Change]:
    """Return every difference between what should be live of a dataset, by our receipts, and what
    the portal serves; none where all is as it should be. Each change says what would mend it."""
    gone = [release for tombstone in in_force(ws, dataset, portal) for release in tombstone.releases]
    due = live.proved(ws, dataset.name, portal, gone)
    return [change for change in portal.audit(dataset, due) if change.action != "none"]
