"""A page of the procurement service for tests: the synthetic sample, with some of it otherwise."""

import copy
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.anonymise import anonymise
from pipelines.extract import extract
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests.conftest import PROJECT

PROJECTS, CONTRACTS = "contracts/projects", "contracts/contracts"
FOLDERS = [PROJECT / "datasets" / name for name in (PROJECTS, CONTRACTS)]
SAMPLE = FOLDERS[0] / "sample/synthetic-cgdcontract-2566.json"

Record = dict[str, Any]


def records() -> list[Record]:
    found: list[Record] = json.loads(SAMPLE.read_text(encoding="utf-8"))["result"]
    return found


def page(path: Path, projects: list[Record], **more: Any) -> str:
    """Write a reply as a file."""
    reply = {"code": 200, "status": True, "result": projects, **more}
    path.write_text(json.dumps(reply, ensure_ascii=False), encoding="utf-8")
    return str(path)


def checked(folder: Path, projects: list[Record], name: str = CONTRACTS) -> dict[str, list[Record]]:
    """Take projects as far as to the bytes that may go out; returns the published tables."""
    ws = Workspace(PROJECT, str(folder / "home"))
    dataset = ws.dataset(name)
    extract(ws, dataset, period="2566", location=page(folder / "page.json", projects))
    validate(ws, dataset, "2566")
    receipt = anonymise(ws, dataset, "2566").receipt
    made = {file.removesuffix(".parquet"): proof for file, proof in receipt.files.items() if file.endswith(".parquet")}
    return {table: pq.read_table(Path(ws.home, proof.path)).to_pylist() for table, proof in made.items()}


def one(**changes: Any) -> Record:
    """A project with one contract of a company, some of it otherwise."""
    return {**copy.deepcopy(next(p for p in records() if len(p.get("contract", [])) == 1)), **changes}


def among(project: Record) -> list[Record]:
    """The sample with a project in the place of its own."""
    return [project if found["project_id"] == one()["project_id"] else found for found in records()]


def contract(number: str, amount: str, **changes: str) -> Record:
    won = {"winner_tin": "0009900000111", "winner": "บริษัท ตัวอย่างก่อสร้าง จำกัด", "contract_no": number}
    dates = {"contract_date": "1 ธ.ค. 65", "contract_finish_date": "-"}
    return {**won, **dates, "price_agree": amount, "status": "-", **changes}
