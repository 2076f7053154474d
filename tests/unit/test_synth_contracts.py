"""Synthetic procurement in which money stands once a project and persons win would else be unlike the real."""

import csv
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from stdnum.th import moa, pin

from pipelines.anonymise import anonymise
from pipelines.errors import InvalidData
from pipelines.extract import extract
from pipelines.portals.static import StaticPortal
from pipelines.run import run
from pipelines.synth.contracts import CHUNK
from pipelines.synth.registers import synthesise
from pipelines.synth.truth import Truth
from pipelines.synth.wanted import Wanted
from pipelines.thai.ids import bare_id
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests.conftest import PROJECT

CONTRACTS, PROJECTS, YEAR = "contracts/contracts", "contracts/projects", "2566"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace(PROJECT, str(tmp_path / "home"))


def made(ws: Workspace, out: Path, rows: int = 3_000, name: str = CONTRACTS, **wanted: object) -> Truth:
    return synthesise(ws.dataset(name), Wanted(rows, YEAR, **wanted), str(out))  # type: ignore[arg-type]


def records(out: Path) -> list[dict[str, Any]]:
    reply = json.loads(out.read_text(encoding="utf-8"))
    assert reply["code"] == 200
    return list(reply["result"])


def each_once(out: Path) -> list[dict[str, Any]]:
    return list({record["project_id"]: record for record in records(out)}.values())


def satang(text: str) -> int:
    digits = text.replace(",", "").translate(str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789"))
    baht, _, rest = digits.partition(".")
    return int(baht) * 100 + int(rest)


def test_the_truth_is_what_the_page_holds_with_everything_counted_once(ws: Workspace, tmp_path: Path) -> None:
    truth = made(ws, tmp_path / "a.json", rows=CHUNK + 500)
    projects = each_once(tmp_path / "a.json")
    found: Counter[tuple[str, ...]] = Counter()
    for project in projects:
        found["_T", "procurement_project_count"] += 1
        found["_T", "budget_amount_thb"] += satang(project["project_money"])
        if project["sum_price_agree"] != "-":
            found["_T", "agreed_amount_thb"] += satang(project["sum_price_agree"])
        for contract in {json.dumps(contract): contract for contract in project["contract"]}.values():
            number = bare_id(contract["winner_tin"])
            kind = "unknown" if number is None else "juristic" if number[0] == "0" else "natural"
            found[kind, "contract_count"] += 1
            found[kind, "contract_amount_thb"] += satang(contract["price_agree"])
    assert found == truth
    assert len(projects) == CHUNK + 500 < len(records(tmp_path / "a.json"))


def test_a_projects_contracts_come_to_what_was_agreed(ws: Workspace, tmp_path: Path) -> None:
    made(ws, tmp_path / "a.json", rows=CHUNK)
    with Path(f"{tmp_path}/a.json.dirt.csv").open() as file:
        dirt = Counter({row["dirt"]: int(row["records"]) for row in csv.DictReader(file)})
    differs = several = 0
    for project in each_once(tmp_path / "a.json"):
        once = {json.dumps(contract): contract for contract in project["contract"]}
        several += len(once) > 1
        if once and project["sum_price_agree"] != "-":
            differs += sum(satang(c["price_agree"]) for c in once.values()) != satang(project["sum_price_agree"])
    assert differs == dirt["sum_differs"]
    assert 0.04 < several / CHUNK < 0.06


def test_winners_numbers_are_right_and_belong_to_nobody(ws: Workspace, tmp_path: Path) -> None:
    made(ws, tmp_path / "a.json")
    winners = {c["winner_tin"]: c["winner"] for p in records(tmp_path / "a.json") for c in p["contract"]}
    numbers = [number for text in winners if (number := bare_id(text))]
    assert all(number[1:3] == "00" for number in numbers)
    assert all((moa if number[0] == "0" else pin).is_valid(number) for number in numbers)
    natural = [winners[text] for text in winners if (number := bare_id(text)) and number[0] != "0"]
    assert len(natural) > 50
    assert any(name.startswith(("นาย", "นาง")) for name in natural)
    assert any(name.startswith("ร้าน") for name in natural)


def test_prices_crowd_below_the_sum_from_which_a_tender_is_held(ws: Workspace, tmp_path: Path) -> None:
    made(ws, tmp_path / "a.json", rows=CHUNK)
    direct = {"เฉพาะเจาะจง": 0, "other": 0}
    amounts = []
    for project in each_once(tmp_path / "a.json"):
        if satang(project["price_build"]) > 500_000_00:
            direct["เฉพาะเจาะจง" if project["purchase_method_name"] == "เฉพาะเจาะจง" else "other"] += 1
        amounts += [satang(contract["price_agree"]) // 100 for contract in project["contract"]]
    below = sum(450_000 <= amount < 500_000 for amount in amounts)
    above = sum(500_000 <= amount < 550_000 for amount in amounts)
    assert 0.12 < below / len(amounts) < 0.22
    assert below > 8 * above
    assert direct["เฉพาะเจาะจง"] == 0 < direct["other"]


def test_both_datasets_come_to_the_truth(ws: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "page-2566.json"
    truth = made(ws, out, seed=2)
    dataset = ws.dataset(CONTRACTS)
    extract(ws, dataset, period=YEAR, location=str(out))
    receipt = validate(ws, dataset, YEAR).receipt
    found: Counter[tuple[str, ...]] = Counter()
    for row in pq.read_table(Path(ws.home, receipt.files["contract_records.parquet"].path)).to_pylist():
        found[row["winner_kind"], "contract_count"] += 1
        found[row["winner_kind"], "contract_amount_thb"] += int(row["contract_amount_thb"] * 100)
    assert found == {cell: number for cell, number in truth.items() if cell[0] != "_T"}
    anonymise(ws, dataset, YEAR)
    result = run(ws, ws.dataset(PROJECTS), period=YEAR, location=str(out), portal=StaticPortal(ws))
    (table,) = [file for file in result.files if file["table"] == "projects_by_method"]
    with Path(table["path"]).open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert sum(int(row["procurement_project_count"]) for row in rows) == truth["_T", "procurement_project_count"]
    assert sum(satang(row["agreed_amount_thb"]) for row in rows) == truth["_T", "agreed_amount_thb"]


def test_heavy_dirt_is_refused(ws: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "a.json"
    made(ws, out, dirt="heavy", name=PROJECTS)
    extract(ws, ws.dataset(PROJECTS), period=YEAR, location=str(out))
    with pytest.raises(InvalidData):
        validate(ws, ws.dataset(PROJECTS), YEAR)


def test_the_same_seed_gives_the_same_bytes(ws: Workspace, tmp_path: Path) -> None:
    def sha(name: str, seed: int) -> str:
        made(ws, tmp_path / name, rows=500, seed=seed)
        return hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()

    assert sha("a.json", 1) == sha("b.json", 1) != sha("c.json", 2)
