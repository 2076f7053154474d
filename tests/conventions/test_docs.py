"""What people read is true: links lead somewhere, commands exist, decisions are in order."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.cli_files import files
from pipelines.cli_portal import on_portal
from tests.conftest import PROJECT

PAGES = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
TARGETS = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
GROUPS = (app, files, on_portal)
COMMANDS = {command.name or "" for group in GROUPS for command in group.registered_commands}
CODE = sorted(path for package in ("pipelines", "assets") for path in (PROJECT / package).rglob("*.py"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_what_a_page_points_to_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    gone = [link for link in links if link and "://" not in link and not (page.parent / link).exists()]
    named = re.findall(r"`((?:pipelines|assets|datasets|schemas|docs|deploy|tests|benchmarks)/[\w./-]*)`", text)
    gone += [path for path in named if not (PROJECT / path).exists()]
    assert gone == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_a_command_that_a_page_tells_of_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    made = set(re.findall(r"(?:`|^\s+)make ([a-z]+)", text, re.MULTILINE))
    called = set(re.findall(r"(?:`|^\$ )opendata ([a-z-]+)", text, re.MULTILINE))
    assert made - TARGETS == set()
    assert called - COMMANDS == set()


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_the_help_of_a_command_shows_an_example_of_it(command: str) -> None:
    done = CliRunner().invoke(app, [command, "--help"], env={"TERM": "dumb", "COLUMNS": "200"})
    assert f"Example: opendata {command}" in " ".join(done.output.split())


def test_make_alone_lists_every_target_for_people() -> None:
    done = subprocess.run(["make", "-s"], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert set(re.findall(r"^  make ([a-z]+)", done.stdout, re.MULTILINE)) == TARGETS


def test_decisions_are_numbered_without_a_gap() -> None:
    pages = sorted((PROJECT / "docs/decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        assert page.read_text(encoding="utf-8").startswith(f"# {int(page.name[:4])}. "), page.name


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(PROJECT)))
def test_what_others_may_call_says_what_it_promises(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    public = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


def test_nothing_made_and_nothing_unfinished_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout.split()
    made = re.compile(r"(^|/)(__pycache__|\.opendata|\.venv|build)(/|$)|\.egg-info|\.pyc$|\.log$")
    assert [name for name in listed if made.search(name)] == []
    unfinished = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]) + r")\b")
    for name in listed:
        path = PROJECT / name
        if path.suffix in {".py", ".md", ".yaml", ".toml", ".sh", ".js", ".css", ".html"} and path.is_file():
            assert not unfinished.search(path.read_text(encoding="utf-8")), name
