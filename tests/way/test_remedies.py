"""A refusal's remedy is the way out: whoever follows it, one after another, gets there."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.errors import ReceiptError
from pipelines.stages import STAGES, Stage
from pipelines.workspace import Workspace
from tests.publishing import public, publish_now, whole_way
from tests.toy import NAME, PERIOD, write_project


def forged(path: Path) -> None:
    edited = json.loads(path.read_bytes())
    edited["details"]["note"] = "written by another hand"
    path.write_text(json.dumps(edited), encoding="utf-8")


def of_other_rules(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"rules_sha256": "', '"rules_sha256": "0'), encoding="utf-8")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "forged": forged,
    "of other rules": of_other_rules,
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:40]),
    "emptied": lambda path: path.write_bytes(b""),
    "lost": lambda path: path.unlink(),
}


def remedy_of_publishing(ws: Workspace) -> str | None:
    """Publish; returns the stage that a refusal says to run."""
    try:
        publish_now(ws)
    except ReceiptError as refusal:
        return str(re.findall(r"`opendata (\w+)`", refusal.remedy)[0])
    return None


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("stage", STAGES)
def test_following_the_remedies_of_a_spoilt_receipt_ends_at_the_same_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: Stage, damage: str
) -> None:
    ws = write_project(tmp_path)
    whole_way(ws)
    before = hashlib.sha256(public(ws, "notes.csv")).hexdigest()
    name = "publish-site" if stage == "publish" else stage
    DAMAGES[damage](Path(ws.home, "receipts", NAME, PERIOD, f"{name}.json"))
    monkeypatch.setenv("OPENDATA_PROJECT", str(ws.project))
    monkeypatch.setenv("OPENDATA_HOME", ws.home)
    for _ in STAGES:
        if (named := remedy_of_publishing(ws)) is None:
            break
        period = [] if named == "extract" else ["--period", PERIOD]
        followed = CliRunner().invoke(app, [named, NAME, *period])
        assert followed.exit_code == 0, followed.output
    assert remedy_of_publishing(ws) is None
    assert hashlib.sha256(public(ws, "notes.csv")).hexdigest() == before


def test_a_lost_snapshot_is_made_again_by_the_stage_the_refusal_names(tmp_path: Path) -> None:
    ws = write_project(tmp_path)
    whole_way(ws)
    shutil.rmtree(Path(ws.home, "snapshots", "valid"))
    with pytest.raises(ReceiptError, match="validate wrote is missing") as refusal:
        publish_now(ws)
    assert "`opendata validate`" in refusal.value.remedy
    whole_way(ws)
    publish_now(ws)
