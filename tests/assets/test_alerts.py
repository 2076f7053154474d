"""A failed run reaches people, says where to look, and says nothing of the data."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import dagster as dg
import pytest

from assets import alerts
from pipelines.errors import InvalidData, Place, UsageError
from tests.assets.conftest import Bench, Stages


class _Webhook(BaseHTTPRequestHandler):
    received: list[dict[str, Any]]
    failures_left: int

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        webhook = type(self)
        busy = webhook.failures_left > 0
        webhook.failures_left -= busy
        if not busy:
            webhook.received.append(json.loads(body))
        self.send_response(503 if busy else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Webhook]]:
    handler = type("Webhook", (_Webhook,), {"received": [], "failures_left": 0})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv(alerts.WEBHOOK, f"http://127.0.0.1:{server.server_port}/secret-token")
        monkeypatch.setenv(alerts.UI, "https://dagster.example.go.th/")
        yield handler
        server.shutdown()
        thread.join()


def _fail(bench: Bench) -> tuple[dg.RunFailureSensorContext, str]:
    result = bench.run()
    assert not result.success
    [event] = [e for e in result.all_events if e.is_run_failure]
    context = dg.build_run_status_sensor_context(
        sensor_name="failure_alert",
        dagster_event=event,
        dagster_instance=bench.instance,
        dagster_run=result.dagster_run,
    ).for_run_failure()
    return context, result.run_id


def _alert(context: dg.RunFailureSensorContext) -> object:
    return alerts.failure_alert(dg.DefaultSensorStatus.STOPPED)(context)


def test_an_alert_names_what_failed_and_where_to_look(webhook: type[_Webhook], stages: Stages, bench: Bench) -> None:
    place = Place(table="visits", row=7, column="note_th")
    stages.failing["validate"] = InvalidData("text where a number is due", place=place, remedy="correct it")
    context, run_id = _fail(bench)
    _alert(context)
    assert webhook.received == [
        {
            "text": "welfare/visits 2022-10: validate failed (validation)."
            f" https://dagster.example.go.th/runs/{run_id}",
            "dataset": "welfare/visits",
            "partition": "2022-10",
            "stage": "validate",
            "kind": "validation",
            "run_url": f"https://dagster.example.go.th/runs/{run_id}",
        }
    ]


def test_a_webhook_that_is_busy_is_asked_again(webhook: type[_Webhook], stages: Stages, bench: Bench) -> None:
    webhook.failures_left = 2
    stages.failing["extract"] = ValueError("CANARY")
    context, _ = _fail(bench)
    _alert(context)
    assert [message["kind"] for message in webhook.received] == ["internal"]
    assert "CANARY" not in json.dumps(webhook.received)


def test_without_a_webhook_the_sensor_says_that_nobody_was_told(
    monkeypatch: pytest.MonkeyPatch, stages: Stages, bench: Bench
) -> None:
    monkeypatch.delenv(alerts.WEBHOOK, raising=False)
    stages.failing["extract"] = ValueError()
    skipped = _alert(_fail(bench)[0])
    assert isinstance(skipped, dg.SkipReason)
    assert alerts.WEBHOOK in (skipped.skip_message or "")


@pytest.mark.parametrize(("by_hand", "dataset"), [(False, "welfare/visits"), (True, "visits")])
def test_a_run_that_broke_down_outside_its_steps_is_reported_too(
    bench: Bench,
    by_hand: bool,  # noqa: FBT001
    dataset: str,
) -> None:
    """A run of chosen assets has no tag that names the dataset."""
    job = bench.defs.resolve_job_def("welfare__visits")
    run = bench.instance.create_run_for_job(
        job,
        tags={**({} if by_hand else job.tags), "dagster/partition": "2022-10"},
        asset_selection={dg.AssetKey(["visits", "raw"])} if by_hand else None,
    )
    event = bench.instance.report_run_failed(run)
    context = dg.build_run_status_sensor_context(
        sensor_name="failure_alert", dagster_event=event, dagster_instance=bench.instance, dagster_run=run
    ).for_run_failure()
    [message] = alerts.messages(context)
    assert (message["dataset"], message["stage"], message["partition"]) == (dataset, "run", "2022-10")


@pytest.mark.parametrize("address", ["file:///etc/passwd", "secret-token", "ftp://host/secret-token"])
def test_an_address_that_is_not_of_the_web_is_refused_and_not_shown(address: str) -> None:
    with pytest.raises(UsageError) as refusal:
        alerts.post(address, {})
    assert address not in str(refusal.value)
