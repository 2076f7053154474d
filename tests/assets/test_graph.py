"""What Dagster is told, all of it, as one reviewed file.

A change in keys, partitions, checks, automation, pools or owners is a change for operators:
it has to be seen in a review. `pytest tests/assets/test_graph.py --snapshot-update` writes
the file anew.
"""

from typing import Any

import dagster as dg
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from assets.definitions import build_definitions
from assets.factory import source_pool
from pipelines.workspace import Workspace


@pytest.fixture
def defs(monkeypatch: pytest.MonkeyPatch) -> dg.Definitions:
    """The definitions of the project's own datasets."""
    monkeypatch.delenv("OPENDATA_PROJECT", raising=False)
    return build_definitions(Workspace.from_environment())


def test_the_graph_is_the_reviewed_one(defs: dg.Definitions, snapshot: SnapshotAssertion) -> None:
    graph = {
        "assets": {spec.key.to_user_string(): _asset(defs, spec) for spec in defs.resolve_all_asset_specs()},
        "jobs": sorted(job.name for job in defs.resolve_all_job_defs() if not job.name.startswith("__")),
        "schedules": {s.name: [s.cron_schedule, s.execution_timezone] for s in defs.schedules or []},  # type: ignore[union-attr]
        "sensors": sorted(sensor.name for sensor in defs.sensors or []),
    }
    assert graph == snapshot(extension_class=JSONSnapshotExtension)


def test_the_definitions_load_and_every_dataset_has_its_four_assets_and_its_job(defs: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(defs)
    names = Workspace.from_environment().names()
    assert len(defs.resolve_all_asset_specs()) == 4 * len(names)
    jobs = {job.name for job in defs.resolve_all_job_defs()}
    assert {name.replace("/", "__") for name in names} <= jobs


@pytest.mark.parametrize(
    ("location", "pool"),
    [
        ("sample/lines.csv", "source:file"),
        ("https://data.example.go.th/files/a.xlsx", "source:data.example.go.th"),
        ("s3://bucket/a.csv", "source:bucket"),
        ("env:VISITS_SOURCE", "source:env:VISITS_SOURCE"),
    ],
)
def test_each_source_host_is_a_pool_of_its_own(location: str, pool: str) -> None:
    assert source_pool(location) == pool


def _asset(defs: dg.Definitions, spec: dg.AssetSpec) -> dict[str, Any]:
    made_by = defs.resolve_assets_def(spec.key)
    condition = spec.automation_condition
    partitions = spec.partitions_def
    assert isinstance(partitions, dg.TimeWindowPartitionsDefinition)
    return {
        "automation": condition and (condition.get_label() or str(condition)),
        "checks": sorted(f"{c.name}{' (blocking)' if c.blocking else ''}" for c in made_by.check_specs),
        "deps": [dep.asset_key.to_user_string() for dep in spec.deps],
        "group": spec.group_name,
        "kinds": sorted(spec.kinds),
        "metadata": sorted(spec.metadata),
        "owners": list(spec.owners),
        "partitions": [
            partitions.cron_schedule, partitions.timezone, partitions.fmt, partitions.get_first_partition_key(),
            partitions.end_offset,
        ],
        "pool": made_by.op.pool,
        "retries": made_by.op.retry_policy.max_retries if made_by.op.retry_policy else 0,
        "tags": {name: tag for name, tag in spec.tags.items() if not name.startswith("dagster/kind/")},
    }  # fmt: skip
