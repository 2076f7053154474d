"""Three hundred lists in twenty dialects, fifteen of them damaged: the sums are those of the others,
and each damaged list is named."""

import csv
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.errors import SourceError
from pipelines.extract import extract
from pipelines.synth.registers import synthesise
from pipelines.synth.wanted import Wanted
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests.conftest import PROJECT

ELDERLY, DISABILITY, MONTH = "welfare/elderly_allowance", "welfare/disability_allowance", "2023-10"


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("name", "by"), [(DISABILITY, "disability_type_code"), (ELDERLY, "monthly_amount_thb")])
def test_sums_are_the_truth_and_every_damaged_file_is_named(name: str, by: str, tmp_path: Path) -> None:
    ws = Workspace(PROJECT, str(tmp_path / "home"))
    drop = tmp_path / MONTH
    synthesise(ws.dataset(name), Wanted(30_000, MONTH, seed=11, files=300, damaged=15, part="lists"), str(drop))
    extract(ws, ws.dataset(name), location={"lists": str(drop)})
    receipt = validate(ws, ws.dataset(name), MONTH).receipt
    files = receipt.details["quality"]["files"]["lists"]
    damaged = {row["file"]: row["damage"] for row in read(Path(f"{drop}.damaged.csv"))}
    assert files["read"] == 300
    assert len(set(damaged.values())) == 15
    assert {fate["file"] for fate in files["refused"]} == set(damaged)
    listed = pq.read_table(Path(ws.home, receipt.files["recipients_listed.parquet"].path)).to_pylist()
    found = Counter((row["district_code"], row["sex_th"], f"{row[by]}".removesuffix(".00")) for row in listed)
    truth = {
        (row["district_code"], row["sex_th"], row[by]): int(row["recipient_count"])
        for row in read(Path(f"{drop}.truth.csv"))
    }
    assert found == truth
    assert receipt.files["recipients.parquet"].rows == sum(truth.values()), "nobody is on two lists"


def test_a_drop_of_which_more_is_damaged_than_allowed_is_refused(tmp_path: Path) -> None:
    ws = Workspace(PROJECT, str(tmp_path / "home"))
    drop = tmp_path / MONTH
    synthesise(ws.dataset(DISABILITY), Wanted(500, MONTH, files=20, damaged=10), str(drop))
    with pytest.raises(SourceError, match="of 20 files are refused"):
        extract(ws, ws.dataset(DISABILITY), location={"lists": str(drop)})
