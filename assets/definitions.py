"""Everything Dagster is told, in one place: assets, jobs, sensors, the schedule, resources.

Loading this reads the dataset folders and nothing else: no network, no portal, no store, no
secret. The only setting it looks at is `OPENDATA_PRODUCTION`: with `1` the sensors and the
schedule run from the start, otherwise each waits until a person switches it on in the UI.
"""

import os

import dagster as dg

from assets import alerts, automation, drift, factory, maintenance
from assets.resources import resources
from pipelines.workspace import Workspace


def build_definitions(
    workspace: Workspace | None = None,
    *,
    executor: dg.ExecutorDefinition = dg.in_process_executor,
    running: bool = False,
) -> dg.Definitions:
    """Return the definitions for every dataset of a workspace.

    `executor` decides where the steps of one run go. A run is one dataset and period, and
    its steps follow one another, so the default keeps them in the run's own process; runs
    spread by the run launcher of the instance. `running` says whether sensors and the
    schedule start by themselves.

    Raises `DatasetError` where a dataset folder is wrong."""
    ws = workspace or Workspace.from_environment()
    datasets = [ws.dataset(name) for name in ws.names()]
    topics = sorted({dataset.topic for dataset in datasets})
    sensor_status = dg.DefaultSensorStatus.RUNNING if running else dg.DefaultSensorStatus.STOPPED
    schedule_status = dg.DefaultScheduleStatus.RUNNING if running else dg.DefaultScheduleStatus.STOPPED
    checks = [drift.check_of(dataset) for dataset in datasets]
    audit = drift.audit_job(checks)
    return dg.Definitions(
        asset_checks=checks,
        assets=[asset for dataset in datasets for asset in factory.assets_of(dataset)],
        jobs=[*(factory.whole_way(dataset) for dataset in datasets), maintenance.delete_old_runs, audit],
        schedules=[maintenance.nightly(schedule_status)],
        sensors=[
            *automation.sensors(topics, sensor_status),
            alerts.failure_alert(sensor_status),
            drift.hourly(audit, sensor_status),
        ],
        resources=resources(workspace),
        executor=executor,
    )


defs = build_definitions(running=os.environ.get("OPENDATA_PRODUCTION") == "1")
