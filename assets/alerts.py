"""Tells people that a run failed: one POST to the address in `OPENDATA_ALERT_WEBHOOK`.

The message holds the dataset, stage, partition, kind of error and the run's address, and
nothing of the data. The webhook's address is a secret: it is read when there is something to
send and never shown. `OPENDATA_DAGSTER_URL` is where people open the UI.
"""

import json
import os
import urllib.request
from urllib.error import URLError

import dagster as dg

from assets.nouns import DATASET_TAG
from pipelines.errors import UsageError
from pipelines.pauses import tries

WEBHOOK, UI = "OPENDATA_ALERT_WEBHOOK", "OPENDATA_DAGSTER_URL"
TIMEOUT_SECONDS = 10


def failure_alert(status: dg.DefaultSensorStatus) -> dg.SensorDefinition:
    """Return the sensor that reports every failed run of this code location once."""

    @dg.run_failure_sensor(name="failure_alert", default_status=status)
    def failure_alert(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        """Posts what failed to the webhook of the deployment."""
        webhook = os.environ.get(WEBHOOK)
        if not webhook:
            return dg.SkipReason(f"{WEBHOOK} is not set: nobody was told")
        for message in messages(context):
            post(webhook, message)
        return None

    return failure_alert


def messages(context: dg.RunFailureSensorContext) -> list[dict[str, str]]:
    """Return what to say of a failed run: a message for each step that failed, or one for
    a run that broke down outside of its steps."""
    run = context.dagster_run
    chosen = sorted({key.path[0] for key in run.asset_selection or ()})
    known = {
        "dataset": run.tags.get(DATASET_TAG) or ", ".join(chosen) or run.job_name,
        "partition": run.tags.get("dagster/partition", "none"),
        "run_url": f"{os.environ.get(UI, 'http://127.0.0.1:3000').rstrip('/')}/runs/{run.run_id}",
    }
    failures = [event.step_failure_data.user_failure_data for event in context.get_step_failure_events()]
    found = [
        {name: str(failure.metadata[name].value) for name in ("dataset", "stage", "kind") if name in failure.metadata}
        for failure in failures
        if failure
    ]
    told = [{"stage": "run", "kind": "internal", **known, **each} for each in found or [{}]]
    return [{"text": _TEXT.format(**message), **message} for message in told]


def post(webhook: str, message: dict[str, str]) -> None:
    """Send one message as JSON; tries again for a while where the network fails.

    Raises `UsageError` for an address that is not of the web, `URLError` where nobody answers."""
    if not webhook.startswith(("http://", "https://")):
        raise UsageError(f"{WEBHOOK} is not a web address", remedy="give an http:// or https:// address")
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked
        webhook, json.dumps(message).encode(), {"Content-Type": "application/json"}
    )
    for attempt in tries(URLError, attempts=3, within=60):
        with attempt, urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310 - likewise
            pass


_TEXT = "{dataset} {partition}: {stage} failed ({kind}). {run_url}"
