"""Who is run when: too little leaves the public with old data, too much wastes hours, and a
run on refused data must not happen at all."""

from datetime import datetime, timedelta

import dagster as dg
import pytest

from assets.definitions import build_definitions
from pipelines.errors import InvalidData
from pipelines.periods import Period
from pipelines.thai.years import BANGKOK
from pipelines.workspace import Workspace
from tests.assets.conftest import JOB, Bench, Stages
from tests.toy import NAME

MONDAY_NIGHT = datetime(2026, 11, 30, 23, 0, tzinfo=BANGKOK)
#: The fiscal year that is running then.
RUNNING = "2026-10"


class Clockwork:
    """Evaluates the conditions of the toy's assets at successive moments."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.cursor: dg.AutomationConditionCursor | None = None
        self.now = MONDAY_NIGHT

    def tick(self, defs: dg.Definitions | None = None, **later: float) -> set[str]:
        """Return the stages that are asked for after a while."""
        self.now += timedelta(**later)
        result = dg.evaluate_automation_conditions(
            defs or self.bench.defs,
            self.bench.instance,
            asset_selection=dg.AssetSelection.all(),
            cursor=self.cursor,
            evaluation_time=self.now,
        )
        self.cursor = result.cursor
        keys = [dg.AssetKey(["visits", noun]) for noun in ("raw", "valid", "anonymised", "published")]
        asked = {key.path[1]: result.get_requested_partitions(key) for key in keys}
        assert all(partitions <= {RUNNING} for partitions in asked.values()), "only the running period runs by itself"
        return {noun for noun, partitions in asked.items() if partitions}

    def run(self, *nouns: str) -> bool:
        """Run assets for the running period, as the daemon does."""
        job = self.bench.defs.resolve_job_def(JOB)
        selection = [dg.AssetKey(["visits", noun]) for noun in nouns]
        return job.execute_in_process(
            instance=self.bench.instance, partition_key=RUNNING, asset_selection=selection, raise_on_error=False
        ).success


@pytest.fixture
def clock(stages: Stages, bench: Bench) -> Clockwork:
    assert stages.calls == []
    clockwork = Clockwork(bench)
    assert clockwork.tick() == set()
    return clockwork


def test_the_source_is_asked_on_the_first_of_the_month_at_three_in_bangkok(clock: Clockwork) -> None:
    assert clock.tick(hours=3.9) == set()
    assert clock.tick(minutes=10) == {"raw"}
    assert clock.tick(minutes=10) == set()


def test_new_data_goes_down_the_way_one_stage_after_the_other(clock: Clockwork) -> None:
    way = ["raw", "valid", "anonymised", "published"]
    for noun, following in zip(way, [*way[1:], None], strict=True):
        assert clock.run(noun)
        assert clock.tick(minutes=1) == ({following} if following else set())


def test_a_run_of_the_whole_way_asks_for_nothing_more(clock: Clockwork) -> None:
    assert clock.run("raw", "valid", "anonymised", "published")
    assert clock.tick(minutes=1) == set()


def test_an_unchanged_delivery_ends_at_the_source(clock: Clockwork) -> None:
    clock.run("raw", "valid", "anonymised", "published")
    clock.tick(minutes=1)
    clock.run("raw")
    assert clock.tick(minutes=1) == set()


def test_a_changed_delivery_is_validated(clock: Clockwork, stages: Stages) -> None:
    clock.run("raw", "valid", "anonymised", "published")
    clock.tick(minutes=1)
    stages.content["extract"] = "a new delivery"
    clock.run("raw")
    assert clock.tick(minutes=1) == {"valid"}


def test_after_a_failed_blocking_check_nothing_downstream_is_asked_for(clock: Clockwork, stages: Stages) -> None:
    clock.run("raw", "valid", "anonymised", "published")
    clock.tick(minutes=1)
    stages.content["extract"] = "a bad delivery"
    stages.failing["validate"] = InvalidData("text where a number is due", remedy="correct it")
    assert clock.run("raw")
    assert clock.tick(minutes=1) == {"valid"}
    assert not clock.run("valid")
    assert clock.tick(minutes=1) == set()
    assert clock.tick(minutes=1) == set()


def test_changed_rules_run_their_stage_again(clock: Clockwork, toy: Workspace) -> None:
    clock.run("raw", "valid", "anonymised", "published")
    clock.tick(minutes=1)
    schema = toy.project / "schemas/welfare/visits.source.yaml"
    schema.write_text(schema.read_text("utf-8").replace("maximum: 2600", "maximum: 2601"), "utf-8")
    assert clock.tick(build_definitions(toy), minutes=1) == {"valid"}


def test_a_dataset_that_is_never_renewed_is_run_by_hand(toy: Workspace) -> None:
    definition = toy.project / "datasets" / NAME / "dataset.yaml"
    text = definition.read_text("utf-8").replace("update_frequency: year", "update_frequency: never")
    definition.write_text(text, "utf-8")
    raw = build_definitions(toy).resolve_assets_def(dg.AssetKey(["visits", "raw"]))
    assert raw.automation_conditions_by_key == {}


def test_every_automated_asset_has_exactly_one_sensor(toy: Workspace) -> None:
    """An asset under two sensors would be run twice; one under none, by a default one."""
    defs = build_definitions(toy)
    graph = defs.resolve_asset_graph()
    targets = [
        sensor.asset_selection.resolve(graph)
        for sensor in defs.sensors or []
        if isinstance(sensor, dg.AutomationConditionSensorDefinition)
    ]
    assert sorted(key for keys in targets for key in keys) == sorted(graph.materializable_asset_keys)


@pytest.mark.parametrize("running", [True, False])
def test_nothing_starts_by_itself_but_in_production(toy: Workspace, running: bool) -> None:  # noqa: FBT001
    defs = build_definitions(toy, running=running)
    statuses = {s.default_status.value for s in [*(defs.sensors or []), *(defs.schedules or [])]}
    assert statuses == {"RUNNING" if running else "STOPPED"}


def test_the_running_period_of_these_tests_is_the_one_of_the_clock() -> None:
    assert Period.containing("fiscal_year", MONDAY_NIGHT).label == "2570"
