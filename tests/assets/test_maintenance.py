"""The maintenance job frees the database and forgets nothing that Dagster decides by."""

import shutil
from pathlib import Path

import dagster as dg

from assets.definitions import build_definitions
from assets.maintenance import delete_old_runs, runs_of_latest_materialisations
from pipelines.workspace import Workspace
from tests.assets.conftest import Bench, Stages
from tests.conftest import PROJECT


def _delete(bench: Bench, **config: int) -> dict[str, object]:
    result = delete_old_runs.execute_in_process(
        instance=bench.instance, run_config={"ops": {"delete_runs": {"config": config}}}
    )
    [output] = [e for e in result.all_events if e.is_successful_output]
    return {name: value.value for name, value in output.step_output_data.metadata.items()}


def _ids(bench: Bench) -> list[str]:
    return [r.run_id for r in reversed(bench.instance.get_runs()) if r.job_name != delete_old_runs.name]


def test_only_runs_that_hold_no_latest_materialisation_go(stages: Stages, bench: Bench) -> None:
    first = bench.run().run_id
    stages.failing["validate"] = ValueError()
    refused = bench.run().run_id
    stages.failing.clear()
    raw_only = bench.run(noun="raw").run_id
    assert _ids(bench) == [first, refused, raw_only]

    assert _delete(bench, days=0) == {"deleted": 1, "needed": 2, "more_left": False}
    assert _ids(bench) == [first, raw_only]
    assert bench.instance.get_records_for_run(refused).records == [], "its events are gone too"
    assert runs_of_latest_materialisations(bench.instance) == {first, raw_only}
    for noun in ("raw", "valid", "anonymised", "published"):
        key = dg.AssetKey(["visits", noun])
        assert bench.instance.get_materialized_partitions(key) == {"2022-10"}


def test_a_partition_that_was_made_again_frees_its_earlier_run(stages: Stages, bench: Bench) -> None:
    assert stages.calls == []
    bench.run()
    again = bench.run().run_id
    assert _delete(bench, days=0)["deleted"] == 1
    assert _ids(bench) == [again]


def test_recent_and_unfinished_runs_stay(stages: Stages, bench: Bench) -> None:
    stages.failing["extract"] = ValueError()
    recent = bench.run().run_id
    unfinished = bench.instance.create_run_for_job(bench.defs.resolve_job_def("welfare__visits")).run_id
    assert _delete(bench, days=1)["deleted"] == 0
    assert _delete(bench, days=0)["deleted"] == 2, "the refused run and the maintenance run before this one"
    assert _ids(bench) == [unfinished]
    assert recent not in _ids(bench)


def test_no_more_than_allowed_goes_at_once_and_the_oldest_go_first(stages: Stages, bench: Bench) -> None:
    stages.failing["extract"] = ValueError()
    ids = [bench.run().run_id for _ in range(4)]
    assert _delete(bench, days=0, at_most=3) == {"deleted": 3, "needed": 0, "more_left": True}
    assert _ids(bench) == ids[3:]


def test_more_runs_than_fit_one_page_are_all_seen(stages: Stages, bench: Bench) -> None:
    assert stages.calls == []
    job = bench.defs.resolve_job_def("welfare__visits")
    for _ in range(450):
        bench.instance.create_run_for_job(job, status=dg.DagsterRunStatus.CANCELED)
    assert _delete(bench, days=0)["deleted"] == 450


def test_on_sqlite_the_file_of_a_deleted_run_goes_too(stages: Stages, toy: Workspace, tmp_path: Path) -> None:
    """Each run has a file of its own there; left behind they would fill the disk."""
    stages.failing["validate"] = ValueError()
    home = tmp_path / "sqlite"
    home.mkdir()
    shutil.copy(PROJECT / "deploy/dagster.embedded.yaml", home / "dagster.yaml")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        bench = Bench(build_definitions(toy), instance)
        refused, latest = bench.run().run_id, bench.run().run_id
        assert _delete(bench, days=0)["deleted"] == 1
    left = {path.stem for path in (home / "history/runs").glob("*.db")}
    assert refused not in left
    assert latest in left
