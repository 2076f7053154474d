"""Makes the files that readers are measured on: `python benchmarks/sources.py FOLDER ROWS SHEET_ROWS`."""

import json
import sys
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from benchmarks.readers import NAMES
from pipelines.synth.dialects import encoded
from pipelines.synth.records import SCHEMA, chunks
from pipelines.synth.welfare import Rate, Register


def people(rows: int) -> list[list[str]]:
    """Return synthetic persons as cells of text."""
    rates = [Rate(60, Decimal(600), "2000-01", "9999-12")]
    cells: list[list[str]] = []
    for batch, _ in chunks(Register("elderly", "2023-10", rates, seed=1), rows):
        columns = [batch.column(SCHEMA.get_field_index(name)).cast(pa.string()).to_pylist() for name in NAMES]
        cells += [[cell or "" for cell in row] for row in zip(*columns, strict=True)]
    return cells


def main(folder: Path, rows: int, sheet_rows: int) -> None:
    """Write one file of each kind."""
    cells = people(rows)
    records = [dict(zip(NAMES, row, strict=True)) for row in cells]
    (folder / "source.json").write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    for kind, count in (("csv", rows), ("xlsx", sheet_rows), ("html", sheet_rows)):
        (folder / f"source.{kind}").write_bytes(encoded([NAMES, *cells[:count]], kind))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
