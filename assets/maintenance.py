"""Keeps Dagster's own database from growing for ever: it has no retention of runs.

Deletes finished runs, with their events, that ended long enough ago, but never a run that
holds the latest materialisation of any partition: those are what Dagster knows of the data.
Published data and receipts are not Dagster's and are not touched.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage
from pydantic import Field

from assets.partitions import TIMEZONE

FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
BATCH = 200


class Retention(dg.Config):
    """What is kept."""

    days: int = Field(default=90, ge=0, description="Keep finished runs for this many days.")
    at_most: int = Field(default=2000, ge=1, description="Delete no more runs than this in one go.")


@dg.op
def delete_runs(context: dg.OpExecutionContext, config: Retention) -> None:
    """Delete the oldest finished runs that nothing needs any more, and say how many."""
    instance = context.instance
    before = datetime.now(UTC) - timedelta(days=config.days)
    needed = runs_of_latest_materialisations(instance)
    doomed = list(islice((run for run in _finished(instance, before) if run not in needed), config.at_most))
    for run_id in doomed:
        _delete(instance, run_id)
    context.log.info("%d runs that ended before %s were deleted", len(doomed), before.date())
    context.add_output_metadata(
        {"deleted": len(doomed), "needed": len(needed), "more_left": len(doomed) == config.at_most}
    )


@dg.job(description="Deletes old runs from Dagster's database, but none that holds the latest state of a partition.")
def delete_old_runs() -> None:
    """Run the one step there is."""
    delete_runs()


def nightly(status: dg.DefaultScheduleStatus) -> dg.ScheduleDefinition:
    """Return the schedule of the job: every night at 05:00 in Bangkok."""
    return dg.ScheduleDefinition(
        name="delete_old_runs_nightly",
        job=delete_old_runs,
        cron_schedule="0 5 * * *",
        execution_timezone=TIMEZONE,
        default_status=status,
    )


def runs_of_latest_materialisations(instance: dg.DagsterInstance) -> set[str]:
    """Return the runs that made the latest materialisation of any asset or partition."""
    keys = instance.get_asset_keys()
    latest = instance.get_latest_materialization_events(keys).values()
    found = {event.run_id for event in latest if event}
    for key in keys:
        ids = iter(instance.get_latest_storage_id_by_partition(key, dg.DagsterEventType.ASSET_MATERIALIZATION).values())
        while batch := list(islice(ids, BATCH)):
            wanted = dg.AssetRecordsFilter(asset_key=key, storage_ids=batch)
            found |= {record.run_id for record in instance.fetch_materializations(wanted, limit=BATCH).records}
    return found


def _delete(instance: dg.DagsterInstance, run_id: str) -> None:
    """Delete a run, its events and what its steps printed."""
    instance.delete_run(run_id)
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    events = instance.event_log_storage
    if isinstance(events, SqliteEventLogStorage):
        # Its rows are gone, but SQLite gives no space back and the file is the run's alone.
        Path(events.path_for_shard(run_id)).unlink(missing_ok=True)


def _finished(instance: dg.DagsterInstance, before: datetime) -> Iterator[str]:
    """Give the ids of runs that ended before a moment, the oldest first."""
    wanted = dg.RunsFilter(statuses=FINISHED, updated_before=before)
    cursor: str | None = None
    while page := instance.get_run_records(wanted, limit=BATCH, cursor=cursor, ascending=True):
        yield from (record.dagster_run.run_id for record in page)
        cursor = page[-1].dagster_run.run_id
