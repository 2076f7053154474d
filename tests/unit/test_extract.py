"""Whether a delivery is the dataset's own sample, and that a sample never quietly takes the
place of real data. All data is invented, also what is called real here."""

import shutil
from pathlib import Path

import pytest

from pipelines.errors import ReceiptError, SourceError
from pipelines.extract import extract
from pipelines.receipts import StageResult
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests.publishing import define
from tests.toy import NAME, PERIOD, csv_of, persons, source_file, write_project


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return write_project(tmp_path)


@pytest.fixture
def real(tmp_path: Path) -> str:
    path = tmp_path / "delivery.csv"
    path.write_bytes(csv_of(persons("1005", 50)))
    return str(path)


def take(ws: Workspace, location: str | None = None) -> StageResult:
    return extract(ws, ws.dataset(NAME), period=PERIOD, location=location)


def is_synthetic(result: StageResult) -> bool:
    return bool(result.receipt.details["origin"]["synthetic"])


@pytest.mark.parametrize("way", ["its path", "a URL", "a copy"])
def test_the_sample_is_called_synthetic_however_it_is_addressed(ws: Workspace, tmp_path: Path, way: str) -> None:
    copy = tmp_path / "register-2566.csv"
    shutil.copy(source_file(ws), copy)
    sample = str(source_file(ws))
    assert is_synthetic(take(ws, {"its path": sample, "a URL": f"file://{sample}", "a copy": str(copy)}[way]))


def test_a_delivery_is_not_called_synthetic(ws: Workspace, real: str) -> None:
    assert not is_synthetic(take(ws, real))


@pytest.mark.parametrize("receipts", ["there", "lost", "of another key"])
def test_the_sample_does_not_quietly_take_the_place_of_real_data(
    ws: Workspace, real: str, monkeypatch: pytest.MonkeyPatch, receipts: str
) -> None:
    take(ws, real)
    if receipts == "lost":
        shutil.rmtree(Path(ws.home, "receipts", NAME))
    if receipts == "of another key":
        monkeypatch.setenv("OPENDATA_RECEIPT_KEY", "a key made for this test")
    ws = Workspace(ws.project, ws.home)
    with pytest.raises(SourceError, match="sample would take the place of real data") as refusal:
        take(ws)
    assert "--source" in refusal.value.remedy
    assert not is_synthetic(take(ws, real))


def test_the_remedy_of_a_stale_extract_says_that_the_source_is_to_be_named_again(ws: Workspace, real: str) -> None:
    take(ws, real)
    define(ws, lambda d: d["source"].update(max_bytes=1_000_000))
    with pytest.raises(ReceiptError, match="rules of extract have changed") as refusal:
        validate(ws, ws.dataset(NAME), PERIOD)
    assert "`opendata extract`" in refusal.value.remedy
    assert "name it again" in refusal.value.remedy


def test_whoever_names_the_sample_gets_it_and_from_then_on_without_naming_it(ws: Workspace, real: str) -> None:
    take(ws, real)
    assert is_synthetic(take(ws, str(source_file(ws))))
    source_file(ws).write_bytes(csv_of(persons("1001", 30)))
    assert is_synthetic(take(ws))


def test_another_period_has_its_own_last_delivery(ws: Workspace, real: str) -> None:
    Path(real).write_bytes(Path(real).read_bytes().replace(b",2566,", b",2565,"))
    extract(ws, ws.dataset(NAME), period="2565", location=real)
    assert is_synthetic(take(ws))
