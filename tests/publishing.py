"""Steps of publishing the synthetic toy dataset, and looks at what came of them."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelines.anonymise import anonymise
from pipelines.extract import extract
from pipelines.portals.static import StaticPortal
from pipelines.publish import publish
from pipelines.receipts import StageResult
from pipelines.run import run
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests.toy import DEFINITION, NAME, PERIOD, csv_of, source_file


def deliver(ws: Workspace, lines: list[str]) -> None:
    source_file(ws).write_bytes(csv_of(lines))


def define(ws: Workspace, change: Callable[[dict[str, Any]], object]) -> None:
    """Edit the definition."""
    definition: dict[str, Any] = copy.deepcopy(DEFINITION)
    change(definition)
    (ws.project / "datasets" / NAME / "dataset.yaml").write_text(
        json.dumps(definition, ensure_ascii=False), encoding="utf-8"
    )


def whole_way(ws: Workspace) -> StageResult:
    return run(ws, ws.dataset(NAME), period=None, location=None, portal=StaticPortal(ws)).stages["publish"]


def prepared(ws: Workspace) -> None:
    """Go the way up to where only publishing is left."""
    dataset = ws.dataset(NAME)
    extract(ws, dataset)
    validate(ws, dataset, PERIOD)
    anonymise(ws, dataset, PERIOD)


def publish_now(ws: Workspace) -> StageResult:
    return publish(ws, ws.dataset(NAME), PERIOD, StaticPortal(ws))


def release_of(result: StageResult) -> str:
    return str(result.receipt.details["release"])


def public(ws: Workspace, name: str) -> bytes:
    return Path(ws.home, "site", NAME, "latest", name).read_bytes()


def changes(ws: Workspace) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(public(ws, "changelog.json"))
    return told


def state(ws: Workspace) -> dict[str, tuple[int, int]]:
    """Every file of the home with its inode and time of change, scratch and refusals apart."""
    found = [p for p in Path(ws.home).rglob("*") if p.is_file() and not {"scratch", "quarantine"} & set(p.parts)]
    return {str(p): (p.stat().st_ino, p.stat().st_mtime_ns) for p in found}
