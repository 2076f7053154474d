"""What keeps the tree honest: rules a reader may rely on without checking."""

import ast
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.cli import app
from pipelines.cli_files import files
from pipelines.cli_portal import on_portal
from pipelines.dataset import json_schema
from tests.conftest import PROJECT

ROOMS = ("pipelines", "assets", "datasets", "portal", "tests")
CODE = sorted(p for room in ROOMS for p in (PROJECT / room).rglob("*.py"))
TEXTS = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout.split("\n")
COMMANDS = re.findall(r"^\$ (opendata .*)$", (PROJECT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", CODE, ids=lambda p: str(p.relative_to(PROJECT)))
def test_files_and_functions_are_short_enough_to_be_read(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 250
    tree = ast.parse(text)
    assert ast.get_docstring(tree) or not text, "a module says what it is for"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= 40 + len((ast.get_docstring(node) or "").splitlines()), node.name


def test_there_is_no_room_for_everything() -> None:
    assert [path for path in CODE if path.name in {"utils.py", "helpers.py", "misc.py"}] == []


def test_no_path_of_a_machine_and_no_registry_is_in_the_tree() -> None:
    parts = ["/" + "work/", "/" + "home/", "pypi" + r"\.org", "python" + "hosted", "index" + "-url [^-]"]
    forbidden = re.compile("|".join(parts))
    for name in filter(None, TEXTS):
        path = PROJECT / name
        if path.suffix in {".xlsx", ".parquet", ".sqlite"} or not path.is_file():
            continue
        assert not forbidden.search(path.read_text(encoding="utf-8")), name


@pytest.mark.parametrize(("name", "least"), [("requirements.lock", 100), ("portal/ckan/requirements.lock", 50)])
def test_every_requirement_is_pinned_with_its_hash(name: str, least: int) -> None:
    lock = (PROJECT / name).read_text(encoding="utf-8")
    pinned = re.findall(r"^[a-z0-9][\w.-]*(?:\[[\w,-]+\])?==\S+.*\\\n    --hash=sha256:", lock, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[a-z0-9]\S*==", lock, re.MULTILINE)) > least


def test_every_package_folder_is_shipped() -> None:
    shipped = re.findall(r'^  "((?:assets|pipelines)[\w.]*)",$', (PROJECT / "pyproject.toml").read_text(), re.MULTILINE)
    folders = {p.parent.relative_to(PROJECT).as_posix().replace("/", ".") for p in CODE if p.name == "__init__.py"}
    assert folders - {"portal"} <= set(shipped)


def test_every_command_stands_in_the_readme() -> None:
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    commands = [command.name for group in (app, files, on_portal) for command in group.registered_commands]
    assert [name for name in commands if f"opendata {name}" not in text] == []


def test_the_commands_of_the_readme_work_in_their_order(tmp_path: Path) -> None:
    environment = os.environ | {"OPENDATA_HOME": str(tmp_path / "home")}
    assert len(COMMANDS) > 5
    for command in COMMANDS:
        words = [str(Path(sys.executable).parent / "opendata"), *shlex.split(command)[1:]]
        done = subprocess.run(words, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


def test_the_schema_for_editors_is_fresh() -> None:
    fresh = json.dumps(json_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    assert (PROJECT / "schemas/dataset.schema.json").read_text(encoding="utf-8") == fresh
