"""The import contracts hold, and each of them really catches what it forbids."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECT

#: For each contract a line that breaks it, and where.
PLANTED = {
    "assets -> pipelines": ("pipelines/tabular.py", "import dagster"),
    "only validation imports frictionless": ("pipelines/disclosure/report.py", "import frictionless"),
    "only the CKAN portal imports ckanapi": ("pipelines/publish.py", "import ckanapi"),
    "every module has its floor": ("pipelines/readers/csv.py", "import pipelines.extract"),
}


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    words = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def _contracts(done: subprocess.CompletedProcess[str], verdict: str) -> list[str]:
    """Return the names of the contracts of which the verdict was that."""
    return re.findall(rf"^(.*) {verdict}(?: \(.*\))?$", done.stdout, re.MULTILINE)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code to plant violations in."""
    folder = tmp_path_factory.mktemp("tree")
    shutil.copy(PROJECT / "pyproject.toml", folder)
    for package in ("assets", "pipelines"):
        shutil.copytree(PROJECT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_the_contracts_hold_as_the_code_stands(tree: Path) -> None:
    done = _lint_imports(tree)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("contract", "place", "line"), [(c, *planted) for c, planted in PLANTED.items()])
def test_a_contract_catches_what_it_forbids(tree: Path, contract: str, place: str, line: str) -> None:
    path = tree / place
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\n{line}\n", encoding="utf-8")
    try:
        done = _lint_imports(tree)
    finally:
        path.write_text(text, encoding="utf-8")
    assert done.returncode == 1
    assert any(contract in name for name in _contracts(done, "BROKEN")), done.stdout


def test_every_contract_was_tried(tree: Path) -> None:
    """A contract that nobody has seen fail may guard nothing."""
    kept = _contracts(_lint_imports(tree), "KEPT")
    assert [name for name in kept if not any(contract in name for contract in PLANTED)] == []


def test_a_dataset_is_plain_python_without_dagster() -> None:
    """`source.py` must run wherever the command line runs, and is read by people who know none of it."""
    for path in (PROJECT / "datasets").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        named += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        assert [name for name in named if name.split(".")[0] in {"dagster", "assets"}] == [], path
