"""Dagster tells when the portal no longer serves what was published, and not otherwise."""

from pathlib import Path

import dagster as dg

from assets import drift
from pipelines.workspace import Workspace
from tests.assets.conftest import Bench
from tests.publishing import whole_way
from tests.toy import NAME


def audit(bench: Bench) -> tuple[bool, dg.AssetCheckEvaluation]:
    result = bench.defs.resolve_job_def(drift.JOB).execute_in_process(instance=bench.instance, raise_on_error=False)
    [told] = result.get_asset_check_evaluations()
    return result.success, told


def sensor(bench: Bench) -> dg.RunRequest | dg.SkipReason:
    [found] = [s for s in bench.defs.sensors or () if isinstance(s, dg.SensorDefinition) and s.name == "portal_drift"]
    answer = found(dg.build_sensor_context(bench.instance))
    assert isinstance(answer, dg.RunRequest | dg.SkipReason)
    return answer


def test_a_portal_that_serves_what_was_published_passes(toy: Workspace, bench: Bench) -> None:
    whole_way(toy)
    success, told = audit(bench)
    assert success
    assert told.passed
    assert told.metadata["differences"].value == 0


def test_a_file_that_was_altered_on_the_portal_fails_a_run_and_is_named_without_a_value(
    toy: Workspace, bench: Bench
) -> None:
    whole_way(toy)
    served = Path(toy.home, "site", NAME, "latest", "notes.csv")
    served.unlink()
    served.write_text("visit_code,note_th\r\nLEAK,8990000000016\r\n")
    success, told = audit(bench)
    assert not success, "whoever is told of failed runs must be told"
    assert not told.passed
    assert "notes.csv" in str(told.metadata["which"].value)
    assert "8990000000016" not in str(told.metadata)


def test_the_sensor_asks_by_the_hour_and_not_while_the_last_one_is_under_way(toy: Workspace, bench: Bench) -> None:
    del toy
    assert isinstance(sensor(bench), dg.RunRequest)
    bench.instance.create_run_for_job(bench.defs.resolve_job_def(drift.JOB), status=dg.DagsterRunStatus.STARTED)
    assert isinstance(sensor(bench), dg.SkipReason)
