"""Portals are opened by their names; what is secret of them is read then and never shown."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from pipelines.errors import DatasetError, OpendataError, PortalError, UsageError
from pipelines.portals.opening import open_portal
from pipelines.portals.settings import FILE, PortalSettings, portals
from pipelines.portals.static import StaticPortal
from pipelines.workspace import Workspace
from tests.conftest import PROJECT

ONE = {
    "address": "env:OPENDATA_TEST_URL", "token": "env:OPENDATA_TEST_TOKEN",
    "organisation": "test", "profile": "extras",
}  # fmt: skip


class Opened:
    """Stands in for the portal: reads what it needs, as it does."""

    def __init__(self, ws: Workspace, settings: PortalSettings, *, approver: bool) -> None:
        self.ws, self.url, self.key = ws, settings.url(), settings.key(approver=approver)


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setitem(sys.modules, "pipelines.portals.ckan", SimpleNamespace(CkanPortal=Opened))
    monkeypatch.delenv("OPENDATA_PORTALS", raising=False)
    listing(tmp_path, {"one": ONE})
    return Workspace(tmp_path, str(tmp_path / "home"))


def listing(folder: Path, told: object) -> None:
    (folder / "deploy").mkdir(exist_ok=True)
    (folder / FILE).write_text(yaml.safe_dump(told), encoding="utf-8")


def test_the_list_of_this_project_is_sound() -> None:
    known = portals(PROJECT)
    assert {name: settings.profile for name, settings in known.items()} == {"agency": "extras", "dga": "gd_catalogue"}


def test_the_website_of_files_needs_no_list(tmp_path: Path) -> None:
    assert isinstance(open_portal(Workspace(tmp_path, str(tmp_path / "home")), "site"), StaticPortal)


def test_a_portal_is_opened_with_what_the_environment_says_then(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENDATA_TEST_URL", "http://127.0.0.1:5000/")
    monkeypatch.setenv("OPENDATA_TEST_TOKEN", "made up")
    opened = open_portal(ws, "one")
    assert isinstance(opened, Opened)
    assert (opened.url, opened.key) == ("http://127.0.0.1:5000", "made up")


@pytest.mark.parametrize("missing", ["OPENDATA_TEST_URL", "OPENDATA_TEST_TOKEN"])
def test_a_variable_that_is_not_set_is_named_and_no_other_is_shown(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for name in ("OPENDATA_TEST_URL", "OPENDATA_TEST_TOKEN"):
        monkeypatch.setenv(name, "secret words")
    monkeypatch.setenv(missing, " ")
    with pytest.raises(PortalError, match=f"{missing} is not set") as refusal:
        open_portal(ws, "one")
    assert missing in refusal.value.remedy
    assert "secret" not in str(refusal.value)


def test_a_portal_without_an_approver_says_so(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENDATA_TEST_URL", "http://127.0.0.1:5000/")
    with pytest.raises(PortalError, match="no token that approves"):
        open_portal(ws, "one", approver=True)


def test_a_name_nobody_knows_lists_those_there_are(ws: Workspace) -> None:
    with pytest.raises(UsageError) as refusal:
        open_portal(ws, "two")
    assert "site, one" in refusal.value.remedy


def test_another_list_can_be_named(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(yaml.safe_dump({"mine": ONE}), encoding="utf-8")
    monkeypatch.setenv("OPENDATA_PORTALS", str(other))
    assert list(portals(ws.project)) == ["mine"]
    other.unlink()
    with pytest.raises(DatasetError, match="cannot be read"):
        portals(ws.project)


@pytest.mark.parametrize(
    "told",
    [
        {"one": {**ONE, "token": "an actual token"}}, {"one": {**ONE, "url": "http://127.0.0.1"}}, {"site": ONE},
        {"One!": ONE}, ["one"], {"one": None}, {"one": {**ONE, "profile": "other"}},
    ],
)  # fmt: skip
def test_a_list_that_is_wrong_is_refused_without_its_values(ws: Workspace, told: object) -> None:
    listing(ws.project, told)
    with pytest.raises(OpendataError) as refusal:
        portals(ws.project)
    assert refusal.value.kind == "dataset"
    assert refusal.value.place.file == FILE
    assert "actual" not in str(refusal.value)
