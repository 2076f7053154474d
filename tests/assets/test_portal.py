"""Which portal Dagster publishes to is read while a run goes, from the environment."""

from pathlib import Path

import dagster as dg
import pytest

from assets.resources import PORTAL, resources
from pipelines.errors import UsageError
from pipelines.portals.static import StaticPortal
from pipelines.workspace import Workspace


def test_the_portal_is_the_one_that_the_environment_names_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    definition = resources(None)["open_portal"]
    assert isinstance(definition, dg.ResourceDefinition)
    opener = definition(dg.build_init_resource_context())
    ws = Workspace(tmp_path, str(tmp_path / "home"))
    monkeypatch.delenv(PORTAL, raising=False)
    assert isinstance(opener(ws), StaticPortal)
    monkeypatch.setenv(PORTAL, "nowhere")
    with pytest.raises(UsageError, match="nowhere"):
        opener(ws)
