"""The commands and files that operators use: each must work as the manual shows it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.instance.config import dagster_instance_config
from dagster._core.workspace.load_target import WorkspaceFileTarget
from sqlalchemy import create_engine

from pipelines.workspace import Workspace

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


@pytest.fixture
def environment(toy: Workspace, tmp_path: Path) -> dict[str, str]:
    """The environment of an embedded deployment of the toy."""
    home = tmp_path / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_bytes((DEPLOY / "dagster.embedded.yaml").read_bytes())
    return {**os.environ, "OPENDATA_HOME": toy.home, "DAGSTER_HOME": str(home), "HOME": str(tmp_path)}


def _dg(environment: dict[str, str], *arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("dg")), *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_dg_check_and_list_know_the_project(environment: dict[str, str]) -> None:
    assert "All definitions loaded successfully" in _dg(environment, "check", "defs")
    assert "visits/published" in _dg(environment, "list", "defs", "--json")


def test_dg_launch_runs_one_asset_of_one_partition(environment: dict[str, str], toy: Workspace) -> None:
    _dg(environment, "launch", "--assets", "key:visits/raw", "--partition", "2022-10")
    assert toy.receipts.current("welfare/visits", "2566", "extract") is not None
    assert not (Path(environment["DAGSTER_HOME"]) / "storage").exists(), "nothing is pickled"
    assert not (Path(environment["HOME"]) / ".dagster").exists(), "telemetry is off"


def test_workspace_yaml_names_the_one_code_location() -> None:
    [origin] = WorkspaceFileTarget([str(ROOT / "workspace.yaml")]).create_origins()
    assert origin.location_name == "opendata"
    assert origin.loadable_target_origin.module_name == "assets.definitions"


@pytest.mark.parametrize("example", ["dagster.embedded.yaml", "dagster.postgres.yaml"])
def test_the_example_configurations_are_valid_and_send_no_telemetry(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", "postgresql://nobody@127.0.0.1/none")
    (tmp_path / "dagster.yaml").write_bytes((DEPLOY / example).read_bytes())
    settings, _ = dagster_instance_config(str(tmp_path))
    assert settings["telemetry"] == {"enabled": False}
    assert settings["compute_logs"]["class"] == "NoOpComputeLogManager"
    assert settings["nux"] == {"enabled": False}, "no invitation to sign up elsewhere"


def test_the_address_of_postgres_in_the_example_is_for_the_driver_that_is_installed() -> None:
    """SQLAlchemy takes another driver than Dagster's where the address names none."""
    [address] = re.findall(r"postgresql\S+", (DEPLOY / "dagster.postgres.yaml").read_text("utf-8"))
    assert create_engine(address).dialect.driver == "psycopg2"


def test_the_embedded_instance_opens(environment: dict[str, str]) -> None:
    with dg.DagsterInstance.from_config(environment["DAGSTER_HOME"]) as instance:
        assert instance.get_concurrency_config().pool_config.default_pool_limit == 1
