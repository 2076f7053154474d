"""A synthetic project as Dagster sees it, and stages that do as a test says.

`stages` stands in for the four verbs where a test is about Dagster (what is recorded, tried
again, skipped); tests about the whole way use the real ones.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets import factory
from assets.definitions import build_definitions
from assets.nouns import STAGE_OF, Noun
from pipelines.dataset_files import Dataset
from pipelines.receipts import StageResult, new_receipt
from pipelines.stages import Stage
from pipelines.store import StoredFile
from pipelines.workspace import Workspace
from tests.toy import write_project

JOB, PARTITION = "welfare__visits", "2022-10"
#: Reports of the shape that the stages write.
DETAILS: dict[Stage, dict[str, Any]] = {
    "validate": {
        "quality": {
            "tables": {
                "visits": {
                    "rows": 18,
                    "subtotals": {"exact": 3, "rounding": 1, "acknowledged": [{"row": 4, "column": "amount_thb"}]},
                    "fill": {"note_th": "0.5000"},
                }
            }
        }
    },
    "anonymise": {
        "privacy": {
            "tables": {
                "notes": {"hidden": 0},
                "visits_by_district": {"hidden": 3},
            },
            "scan": {"notes.csv": {"findings": 0}},
        }
    },
}


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The synthetic project, as the environment's."""
    ws = write_project(tmp_path)
    monkeypatch.setenv("OPENDATA_PROJECT", str(ws.project))
    monkeypatch.setenv("OPENDATA_HOME", ws.home)
    return ws


@dataclass
class Stages:
    """What the four verbs do: `content` is what each makes, `failing` what it raises."""

    content: dict[Stage, str] = field(default_factory=dict)
    failing: dict[Stage, Exception] = field(default_factory=dict)
    calls: list[Stage] = field(default_factory=list)
    locations: list[object] = field(default_factory=list)

    def verb(self, stage: Stage) -> Callable[..., StageResult]:
        def run(_ws: Workspace, dataset: Dataset, *args: object, **kwargs: Any) -> StageResult:
            self.calls.append(stage)
            self.locations.append(kwargs.get("location"))
            period = kwargs.get("period") or args[0]
            if stage in self.failing:
                raise self.failing[stage]
            sha = hashlib.sha256(self.content.get(stage, "unchanged").encode()).hexdigest()
            file = StoredFile(f"snapshots/{stage}/{dataset.name}/{period}/visits.parquet", sha, 7)
            receipt = new_receipt(
                dataset, str(period), stage, previous=None, input_sha256=sha, files=[file],
                rows={"visits.parquet": 18}, details=DETAILS.get(stage, {}),
            )  # fmt: skip
            return StageResult(receipt, written=True, seconds=0.1)

        return run


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> Stages:
    """Stand-ins for the four verbs."""
    stand_ins = Stages()
    for stage in STAGE_OF.values():
        monkeypatch.setattr(factory, stage, stand_ins.verb(stage))
    monkeypatch.setattr(factory, "RETRY", dg.RetryPolicy(max_retries=2, delay=0))
    return stand_ins


@dataclass
class Bench:
    """The toy's definitions on an instance that lives as long as the test."""

    defs: dg.Definitions
    instance: dg.DagsterInstance

    def run(self, config: dict[str, Any] | None = None, noun: Noun | None = None) -> dg.ExecuteInProcessResult:
        """Run the whole way, or one asset alone, for the toy's period."""
        job = self.defs.resolve_job_def(JOB)
        return job.execute_in_process(
            instance=self.instance,
            partition_key=PARTITION,
            run_config={"ops": {"visits__raw": {"config": config}}} if config else None,
            asset_selection=[dg.AssetKey(["visits", noun])] if noun else None,
            raise_on_error=False,
        )

    def latest(self, noun: Noun) -> dg.AssetMaterialization | None:
        """Return an asset's latest materialisation."""
        event = self.instance.get_latest_materialization_event(dg.AssetKey(["visits", noun]))
        return event.asset_materialization if event else None


@pytest.fixture
def bench(toy: Workspace, tmp_path: Path) -> Iterator[Bench]:
    """The toy on an instance that keeps its records below the test's folder."""
    home = tmp_path / "dagster"
    home.mkdir()
    with dg.DagsterInstance.ephemeral(tempdir=str(home)) as instance:
        yield Bench(build_definitions(toy), instance)
