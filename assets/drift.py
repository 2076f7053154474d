"""Does the portal still hold what was published? Asked by the hour, and whenever a person likes.

A check on each published asset does what `opendata audit` does; its result says what differs, in plain
words and without a value. A difference fails its run, so that whoever is told of failed runs is told of it.
Nothing is mended here: publishing again does that, and what was changed on the portal may be a person's
good reason.
"""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from assets.metadata import refusal_metadata
from assets.nouns import DATASET_TAG, asset_key
from assets.resources import PortalResource, WorkspaceResource
from pipelines.dataset_files import Dataset
from pipelines.errors import OpendataError
from pipelines.publishing.audit import audit

CHECK, JOB = "portal_still_serves", "audit_portal"
SECONDS_BETWEEN = 3600
MOST_TOLD = 20
UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


def check_of(dataset: Dataset) -> dg.AssetChecksDefinition:
    """Return the check that compares a dataset on the portal with its receipts."""

    @dg.asset_check(
        asset=asset_key(dataset, "published"),
        name=CHECK,
        blocking=True,
        pool="portal",
        description="The portal still serves what was published: files, rows, data dictionary, metadata, visibility.",
    )
    def portal_still_serves(workspace: WorkspaceResource, open_portal: PortalResource) -> dg.AssetCheckResult:
        try:
            found = audit(workspace, dataset, open_portal(workspace))
        except OpendataError as refusal:
            told = refusal.at(dataset=dataset.name)
            raise dg.Failure(str(told), metadata=refusal_metadata("published", told), allow_retries=False) from None
        lines = [f"- {change.object}: {change.reason}" for change in found[:MOST_TOLD]]
        return dg.AssetCheckResult(
            passed=not found,
            metadata={"differences": len(found), "which": dg.MetadataValue.md("\n".join(lines) or "none")},
        )

    return portal_still_serves


def audit_job(checks: list[dg.AssetChecksDefinition]) -> UnresolvedAssetJobDefinition:
    """Return the job that asks for all datasets."""
    return dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.checks(*checks),
        description="Compares every dataset on the portal with what was published there.",
        tags={DATASET_TAG: "all"},
    )


def hourly(job: UnresolvedAssetJobDefinition, status: dg.DefaultSensorStatus) -> dg.SensorDefinition:
    """Return the sensor that runs the job by the hour, once at a time."""

    @dg.sensor(name="portal_drift", job=job, minimum_interval_seconds=SECONDS_BETWEEN, default_status=status)
    def portal_drift(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        """Has the portal compared with what was published there."""
        if context.instance.get_runs(dg.RunsFilter(job_name=JOB, statuses=UNDER_WAY), limit=1):
            return dg.SkipReason("the last one is not finished")
        return dg.RunRequest()

    return portal_drift
