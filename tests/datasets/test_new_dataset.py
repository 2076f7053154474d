"""The page on adding a dataset holds: its three files, and nothing else, make one that runs."""

import csv
import re
import shutil
from pathlib import Path

import pytest

from pipelines.dataset_check import check_all
from pipelines.portals.static import StaticPortal
from pipelines.run import run
from pipelines.workspace import Workspace
from tests.conftest import PROJECT

PAGE = PROJECT / "docs/add-a-dataset.md"
FILES = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL))
NAME = "budget/road_repairs"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    """The project's own datasets and schemas, with the page's files beside them."""
    project = tmp_path / "project"
    for folder in ("datasets", "schemas"):
        shutil.copytree(PROJECT / folder, project / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in FILES.items():
        path = project / name
        assert not path.exists(), "no shared file is edited"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Workspace(project, str(tmp_path / "home"))


def test_three_files_are_a_dataset_that_fits_the_others(ws: Workspace) -> None:
    assert len(FILES) == 3
    assert NAME in ws.names()
    assert [str(problem) for problem in check_all(ws)] == []


def test_it_goes_the_whole_way(ws: Workspace) -> None:
    portal = StaticPortal(ws)
    result = run(ws, ws.dataset(NAME), period=None, location=None, portal=portal)
    assert result.period == "2566"
    assert portal.live(NAME) == {"2566": result.release}
    with Path(result.files[0]["path"]).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["project_code"], row["project_name_th"], row["repair_budget_thb"]) for row in rows] == [
        ("AA-001", "ถนนตัวอย่าง สาย ก", "1250000.50"),
        ("AA-002", "ถนนตัวอย่าง สาย ข", "499500.00"),
        ("AB-001", "ถนนตัวอย่าง สาย ค", ""),
    ]
