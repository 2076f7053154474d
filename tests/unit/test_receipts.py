"""Receipts: the proof that keeps unproven bytes in the house."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.dataset_files import Dataset
from pipelines.errors import ReceiptError
from pipelines.receipts import Receipt, ReceiptBook, new_receipt
from pipelines.seals import KEY_PATH
from pipelines.stages import Stage, rules_sha256
from pipelines.workspace import Workspace
from tests.toy import NAME, PERIOD, write_project


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return write_project(tmp_path)


@pytest.fixture
def dataset(ws: Workspace) -> Dataset:
    return ws.dataset(NAME)


def leave(ws: Workspace, dataset: Dataset, stage: Stage, previous: Receipt | None, content: bytes = b"1") -> Receipt:
    file = ws.store.write_bytes(f"snapshots/{stage}/{NAME}/a.bin", content)
    proof = new_receipt(
        dataset, PERIOD, stage, previous=previous, input_sha256="0" * 64, files=[file], rows={"a.bin": 1}, details={}
    )
    return ws.receipts.write(proof)


def test_the_chain_is_walked_back_to_the_source(ws: Workspace, dataset: Dataset) -> None:
    raw = leave(ws, dataset, "extract", None)
    valid = leave(ws, dataset, "validate", raw)
    assert ws.receipts.demand(dataset, PERIOD, "validate").id == valid.id


def test_a_missing_receipt_names_the_stage_to_run(ws: Workspace, dataset: Dataset) -> None:
    with pytest.raises(ReceiptError, match="no receipt of extract") as refusal:
        ws.receipts.demand(dataset, PERIOD, "validate")
    assert "opendata extract" in refusal.value.remedy


def test_an_edited_receipt_is_refused(ws: Workspace, dataset: Dataset) -> None:
    leave(ws, dataset, "extract", None)
    path = Path(ws.home, "receipts", NAME, PERIOD, "extract.json")
    edited: dict[str, Any] = json.loads(path.read_bytes())
    edited["files"]["a.bin"]["sha256"] = "f" * 64
    path.write_text(json.dumps(edited))
    with pytest.raises(ReceiptError, match="seal"):
        ws.receipts.demand(dataset, PERIOD, "extract")


def test_a_receipt_of_another_period_cannot_be_put_in_place(ws: Workspace, dataset: Dataset) -> None:
    leave(ws, dataset, "extract", None)
    here = Path(ws.home, "receipts", NAME, PERIOD, "extract.json")
    elsewhere = Path(ws.home, "receipts", NAME, "2567", "extract.json")
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(here.read_bytes())
    with pytest.raises(ReceiptError, match="seal"):
        ws.receipts.demand(dataset, "2567", "extract")


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"stage": "extract"}'])
def test_a_damaged_receipt_is_a_refusal_not_a_crash(ws: Workspace, dataset: Dataset, damage: bytes) -> None:
    leave(ws, dataset, "extract", None)
    Path(ws.home, "receipts", NAME, PERIOD, "extract.json").write_bytes(damage)
    with pytest.raises(ReceiptError, match="damaged"):
        ws.receipts.demand(dataset, PERIOD, "extract")


def test_changed_bytes_are_refused_even_with_a_genuine_receipt(ws: Workspace, dataset: Dataset) -> None:
    leave(ws, dataset, "extract", None)
    ws.store.write_bytes(f"snapshots/extract/{NAME}/a.bin", b"2")
    with pytest.raises(ReceiptError, match="bytes"):
        ws.receipts.demand(dataset, PERIOD, "extract")


def test_a_receipt_after_an_earlier_state_of_its_input_is_stale(ws: Workspace, dataset: Dataset) -> None:
    old = leave(ws, dataset, "extract", None, b"old")
    leave(ws, dataset, "validate", old)
    leave(ws, dataset, "extract", None, b"new")
    with pytest.raises(ReceiptError, match="earlier state"):
        ws.receipts.demand(dataset, PERIOD, "validate")


def test_edited_rules_make_a_receipt_stale(ws: Workspace, dataset: Dataset) -> None:
    leave(ws, dataset, "extract", None)
    path = ws.project / "datasets" / NAME / "dataset.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("delimiter", "x") + "\n", encoding="utf-8")
    assert rules_sha256(ws.dataset(NAME), "extract") == rules_sha256(dataset, "extract"), "a blank line is no rule"
    text = path.read_text(encoding="utf-8").replace("reader: csv", 'reader: csv\n  delimiter: ";"')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReceiptError, match="rules of extract have changed"):
        ws.receipts.demand(ws.dataset(NAME), PERIOD, "extract")


def test_equal_work_has_equal_identity_at_any_time(ws: Workspace, dataset: Dataset) -> None:
    first = leave(ws, dataset, "extract", None)
    later = first.model_copy(update={"written_at": datetime(2030, 1, 1, tzinfo=UTC), "seal": "other"})
    assert later.id == first.id


def test_only_this_user_reads_the_key_in_the_home_also_one_that_others_could_read(ws: Workspace) -> None:
    path = Path(ws.home, KEY_PATH)
    ReceiptBook(ws.store)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    ReceiptBook(ws.store)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_from_the_environment_is_used_and_none_is_left_in_the_home(
    ws: Workspace, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENDATA_RECEIPT_KEY", "a key made for this test")
    leave(ws, dataset, "extract", None)
    assert not ws.store.exists(KEY_PATH)
    monkeypatch.setenv("OPENDATA_RECEIPT_KEY", "another key")
    with pytest.raises(ReceiptError, match="seal"):
        ReceiptBook(ws.store).demand(dataset, PERIOD, "extract")
