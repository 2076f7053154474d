"""A release that was made before: its proof, and whether it may be public under the rules of today."""

from pipelines.dataset_files import Dataset
from pipelines.errors import Place, ReceiptError
from pipelines.portals import Portal
from pipelines.publishing.gate import demand_clean_file, demand_public
from pipelines.publishing.withdrawal import demand_not_withdrawn
from pipelines.receipts import Receipt
from pipelines.release import Release
from pipelines.release.allowed import demand_allowed
from pipelines.workspace import Workspace


def period_of(release: str) -> str:
    """Return the period in a release's id; "" where it is none."""
    return release.rpartition("-")[0]


def genuine(ws: Workspace, dataset: Dataset, release: str, portal: Portal) -> Receipt:
    """Return the receipt of a release that was live on the portal; raises `ReceiptError` naming those
    that can be."""
    period = period_of(release)

    def receipt_of(known: str) -> Receipt | None:
        announced = known in listed
        return ws.receipts.published(dataset.name, period, known, portal=portal.name, announced=announced)

    listed = [known for known in portal.released(dataset.name) if period_of(known) == period]
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


def demand_publishable(ws: Workspace, dataset: Dataset, receipt: Receipt, portal: Portal) -> Release:
    """Return the release of a receipt, looked at as if it were made today.

    Raises:
        ReceiptError: its files are not those that were.
        PrivacyError: it was withdrawn, the dataset may not be public any more, today's privacy rules
            are stricter than those it was made by, or personal data is found that was not known then.
    """
    release = Release.of(receipt)
    if not ws.receipts.intact(receipt):
        raise ReceiptError(
            "the release no longer has the bytes it was published with",
            place=Place(dataset=dataset.name, period=release.period),
            remedy="bring its folder back from the portal or a backup, or publish the data anew",
        )
    demand_public(dataset)
    demand_not_withdrawn(ws, dataset, portal, release.id)
    demand_allowed(ws, dataset, release)
    for file in release.files:
        with ws.store.local(file.path) as path:
            demand_clean_file(ws, dataset, release, path)
    return release
