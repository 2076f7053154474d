"""The toy project with a delivery of one's own, for the tests of validation.

Every name and number in it is invented.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from pipelines.extract import extract
from pipelines.receipts import StageResult
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests.toy import DEFINITION, NAME, PERIOD, csv_of, persons, source_file, write_project

#: Rows 2 to 4 and their subtotal, row 5; rows 6 and 7 and theirs, row 8.
BLOCKS = [
    *persons("1001", 3, amount="10.10"),
    "รวม,,,,,30.30",
    *persons("1002", 2, amount='"1,000.25"'),
    'รวม,,,,,"2,000.50"',
]
SUBTOTALS = {
    "column": "visit_code",
    "values": ["รวม"],
    "scope": "block",
    "group": ["district_code"],
    "sums": ["amount_thb"],
}


def project(folder: Path, **changes: Any) -> Workspace:
    """Write the toy project with changes: `derive` (of the table), `subtotals`, `classes` and
    `assertions` are merged in; `corrections`, `source` and `data` (by file name) are files."""
    sound: Any = DEFINITION
    visits = {**sound["source"]["tables"]["visits"], "subtotals": changes.get("subtotals", [])}
    columns = {**sound["privacy"]["columns"], **changes.get("classes", {})}
    definition = {
        **sound,
        "source": {**sound["source"], "tables": {"visits": visits}},
        "privacy": {**sound["privacy"], "columns": columns},
        "derive": {"visits": changes.get("derive", {})},
        "assertions": changes.get("assertions", sound["assertions"]),
    }
    ws = write_project(folder, definition)
    dataset = ws.project / "datasets" / NAME
    if "corrections" in changes:
        (dataset / "corrections.yaml").write_text(yaml.safe_dump(changes["corrections"]), encoding="utf-8")
    if "source" in changes:
        (dataset / "source.py").write_text(changes["source"], encoding="utf-8")
    for name, text in changes.get("data", {}).items():
        (dataset / "data").mkdir(exist_ok=True)
        (dataset / "data" / name).write_text(text, encoding="utf-8")
    return ws


def deliver(ws: Workspace, lines: Iterable[str]) -> StageResult:
    """Let the source hold these lines, extract them and validate."""
    source_file(ws).write_bytes(csv_of(list(lines)))
    extract(ws, ws.dataset(NAME))
    return validate(ws, ws.dataset(NAME), PERIOD)


def quality(result: StageResult, table: str = "visits") -> dict[str, Any]:
    found: dict[str, Any] = result.receipt.details["quality"]["tables"][table]
    return found


def table_path(ws: Workspace, result: StageResult, table: str = "visits") -> Path:
    return Path(ws.home, result.receipt.files[f"{table}.parquet"].path)


def refusals(ws: Workspace) -> list[dict[str, Any]]:
    """Return what quarantine holds."""
    return [json.loads(path.read_bytes()) for path in sorted(Path(ws.home, "quarantine").rglob("*.json"))]
