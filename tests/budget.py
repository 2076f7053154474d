"""Budget books for tests: the whole way, what it published, and a synthetic volume with some of it otherwise."""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from pipelines.portals.static import StaticPortal
from pipelines.run import RunResult, run
from pipelines.workspace import Workspace
from tests.conftest import PROJECT

LINES, PROJECTS = "budget/expenditure_lines", "budget/bma_projects"
SAMPLE = PROJECT / "datasets" / LINES / "sample/synthetic-volumes-2566"
Rows = list[dict[str, str]]

HEADINGS = [
    "ITEM_ID", "REF_DOC", "REF_PAGE_NO", "MINISTRY", "BUDGETARY_UNIT", "CROSS_FUNC?", "BUDGET_PLAN", "OUTPUT",
    "PROJECT", *(f"CATEGORY_LV{level}" for level in range(1, 7)), "ITEM_DESCRIPTION", "FISCAL_YEAR", "AMOUNT",
    "OBLIGED?", "DEBUG_LOG",
]  # fmt: skip
#: A line as most are: of the document's own year, with 1,000 baht.
PLAIN = dict.fromkeys(HEADINGS, "") | {
    "REF_DOC": "2022.3.91", "REF_PAGE_NO": "11", "MINISTRY": "กระทรวงสมมติ", "BUDGETARY_UNIT": "กรมสมมติ",
    "CROSS_FUNC?": "False", "BUDGET_PLAN": "แผนงานสมมติ", "PROJECT": "โครงการสมมติ", "CATEGORY_LV1": "งบลงทุน",
    "ITEM_DESCRIPTION": "ค่าก่อสร้างสมมติ", "FISCAL_YEAR": "2022", "AMOUNT": "1,000", "OBLIGED?": "False",
}  # fmt: skip


def volume(path: Path, lines: Iterable[dict[str, str]], plain: int = 0) -> Path:
    """Write a volume as the extraction does, with an index and running numbers: the lines given, each
    otherwise than `PLAIN`, and so many plain ones."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["", *HEADINGS])
        for number, line in enumerate([*lines, *[{}] * plain]):
            row = PLAIN | line
            row["ITEM_ID"] = row["ITEM_ID"] or f"{row['REF_DOC']}.{number}"
            writer.writerow([number, *(row[heading] for heading in HEADINGS)])
    return path


def whole_way(name: str, source: Path, home: Path, period: str | None = None) -> RunResult:
    ws = Workspace(PROJECT, str(home))
    return run(ws, ws.dataset(name), period=period, location=str(source), portal=StaticPortal(ws))


def published(result: RunResult, table: str) -> Rows:
    (path,) = [Path(file["path"]) for file in result.files if Path(file["path"]).name == f"{table}.csv"]
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def amount(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))
