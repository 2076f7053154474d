"""Every dataset folder, by looking: it makes sense, and its sample gives its golden result."""

from pathlib import Path

import pytest

from pipelines.dataset_check import check, check_all
from pipelines.portals.static import StaticPortal
from pipelines.run import run
from pipelines.workspace import Workspace
from tests.conftest import PROJECT

DATASETS = Workspace(PROJECT, "memory://none").names()


def test_folders_agree_with_one_another(tmp_path: Path) -> None:
    assert [str(problem) for problem in check_all(Workspace(PROJECT, str(tmp_path)))] == []


@pytest.mark.parametrize("name", DATASETS)
def test_a_folder_makes_sense(name: str, tmp_path: Path) -> None:
    assert [str(problem) for problem in check(Workspace(PROJECT, str(tmp_path)), name)] == []


@pytest.mark.parametrize("name", DATASETS)
def test_the_sample_gives_the_golden_result_byte_for_byte(name: str, tmp_path: Path) -> None:
    ws = Workspace(PROJECT, str(tmp_path))
    dataset = ws.dataset(name)
    result = run(ws, dataset, period=None, location=None, portal=StaticPortal(ws))
    golden = {path.name: path.read_bytes() for path in (dataset.folder / "golden").glob("*.csv")}
    assert golden == {Path(file["path"]).name: Path(file["path"]).read_bytes() for file in result.files}
