"""Makes what readers are measured on: `python benchmarks/sources.py FOLDER ROWS SHEET_ROWS`.

Files of each kind, the pages of a web service and of another CKAN's table, a drop of many files
in two dialects, and for the last three a project each that reads them.
"""

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.brought import ALIASES, DROP_ROWS, PAGE_ROWS
from benchmarks.readers import NAMES
from pipelines.synth.dialects import encoded
from pipelines.synth.records import SCHEMA, chunks
from pipelines.synth.welfare import Rate, Register
from tests import sources

Records = list[dict[str, Any]]
PLAIN = {"columns": {name: name for name in NAMES}}
WITH_ALIASES = {"columns": {name: {"header": name, "aliases": [ALIASES[name]]} for name in NAMES}}
PROJECTS: dict[str, dict[str, Any]] = {
    "api": {"reader": "api", "paging": {"kind": "offset", "size": PAGE_ROWS}, "total": "total",
            "success": {"path": "success", "equals": "true"}, "tables": {"people": PLAIN | {"records": "data"}}},
    "ckan": {"reader": "ckan", "dataset": "people", "resource": "people", "serves": "datastore",
             "page_rows": PAGE_ROWS, "tables": {"people": PLAIN}},
    "files": {"reader": "files", "tables": {"people": WITH_ALIASES}},
}  # fmt: skip


def people(rows: int) -> list[list[str]]:
    """Return synthetic persons as cells of text."""
    rates = [Rate(60, Decimal(600), "2000-01", "9999-12")]
    cells: list[list[str]] = []
    for batch, _ in chunks(Register("elderly", "2023-10", rates, seed=1), rows):
        columns = [batch.column(SCHEMA.get_field_index(name)).cast(pa.string()).to_pylist() for name in NAMES]
        cells += [[cell or "" for cell in row] for row in zip(*columns, strict=True)]
    return cells


def main(folder: Path, rows: int, sheet_rows: int) -> None:
    """Write one file of each kind, the pages and the drop."""
    cells = people(rows)
    records = [dict(zip(NAMES, row, strict=True)) for row in cells]
    (folder / "source.json").write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    for kind, count in (("csv", rows), ("xlsx", sheet_rows), ("html", sheet_rows)):
        (folder / f"source.{kind}").write_bytes(encoded([NAMES, *cells[:count]], kind))
    _pages(folder / "pages", records)
    _drop(folder / "drop", cells[:sheet_rows])
    for name, source in PROJECTS.items():
        (folder / name).mkdir()
        sources.project(folder / name, source)


def _pages(folder: Path, records: Records) -> None:
    """Write the pages of both services, and the empty one at which a DataStore ends."""
    folder.mkdir()
    total = len(records)
    for offset in range(0, total + PAGE_ROWS, PAGE_ROWS):
        part = records[offset : offset + PAGE_ROWS]
        numbered = [{"_id": offset + n, **record} for n, record in enumerate(part, start=1)]
        _json(folder / f"api-{offset}.json", {"success": True, "total": total, "data": part})
        _json(
            folder / f"ckan-{min(offset, total)}.json",
            {"success": True, "result": {"records": numbered, "total": total}},
        )
    resources = [{"id": "r1", "name": "people", "url": ""}]
    _json(folder / "package.json", {"success": True, "result": {"name": "people", "resources": resources}})


def _drop(folder: Path, cells: list[list[str]]) -> None:
    """Write many files, by turns CSV under our headings and xlsx under others."""
    folder.mkdir()
    for number, first in enumerate(range(0, len(cells), DROP_ROWS)):
        kind, heading = ("csv", list(NAMES)) if number % 2 else ("xlsx", [ALIASES[name] for name in NAMES])
        (folder / f"{number:04}.{kind}").write_bytes(encoded([heading, *cells[first : first + DROP_ROWS]], kind))


def _json(path: Path, value: Any) -> None:  # noqa: ANN401 - JSON
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
