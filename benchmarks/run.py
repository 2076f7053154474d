"""Measures the whole way stage by stage, beside what people would use instead.

`make bench` or `python benchmarks/run.py [ROWS]` (default 200,000). Makes a synthetic register
of visits, takes it from source to website with the `opendata` command, and does the two parts
that have a common substitute with that: the `frictionless` command checks the same rows by the
same schema, and pandas groups and writes the same statistics. The substitutes do less: neither
leaves a receipt, pandas hides no small cell.

Each step is a process of its own; its seconds include starting up, its memory is the peak of
that process as the kernel counts it.
"""

import copy
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.measuring import BIN, Measured, measure
from pipelines.workspace import Workspace
from tests.toy import DEFINITION, NAME, PERIOD, csv_of, persons, source_file, write_project

ROWS = 200_000
FIRST_DISTRICT, DISTRICTS = 1001, 50
PANDAS = """
import sys, pandas
rows = pandas.read_csv(sys.argv[1], dtype=str)
rows["amount_thb"] = rows["amount_thb"].str.replace(",", "").astype(float)
cells = rows.groupby("district_code").agg(person_count=("national_id", "nunique"), amount_thb=("amount_thb", "sum"))
cells.to_csv(sys.argv[2], encoding="utf-8-sig")
"""


def main(rows: int) -> None:
    """Measure everything on `rows` synthetic rows and print one line a step."""
    with tempfile.TemporaryDirectory() as folder:
        ws = write_project(Path(folder), _definition(rows))
        named = Path(folder, "named.csv")
        _write_source(ws, named, rows)
        environment = os.environ | {"OPENDATA_PROJECT": str(ws.project), "OPENDATA_HOME": ws.home}

        def opendata(verb: str) -> Measured:
            return measure(f"opendata {verb}", [BIN / "opendata", verb, NAME, "--period", PERIOD], environment)

        print(f"{rows:,} rows, {named.stat().st_size / 1e6:.1f} MB, {os.cpu_count()} cores")
        schema = ws.project / f"schemas/{NAME}.source.yaml"
        by_hand: list[str | Path] = [BIN / "frictionless", "validate", named, "--schema", schema, "--trusted"]
        frictionless = measure("frictionless validate", by_hand, environment)
        pandas = measure("pandas groupby", [sys.executable, "-c", PANDAS, named, Path(folder, "out.csv")], environment)
        print(opendata("extract").line())
        print(opendata("validate").line(frictionless))
        print(opendata("anonymise").line(pandas))
        print(opendata("publish").line())
        print(replace(opendata("run"), name="run again, unchanged").line())
        print(frictionless.line())
        print(pandas.line())


def _write_source(ws: Workspace, named: Path, rows: int) -> None:
    """Write the register as its source has it, and once more with our column names."""
    each = -(-rows // DISTRICTS)
    lines = [line for n in range(DISTRICTS) for line in persons(f"{FIRST_DISTRICT + n}", each)][:rows]
    source_file(ws).write_bytes(csv_of(lines))
    definition: dict[str, Any] = DEFINITION
    columns = definition["source"]["tables"]["visits"]["columns"]
    named.write_text("\r\n".join([",".join(columns), *lines, ""]), encoding="utf-8", newline="")


def _definition(rows: int) -> dict[str, Any]:
    definition: dict[str, Any] = copy.deepcopy(DEFINITION)
    definition["assertions"]["rows"]["visits"]["max"] = rows
    return definition


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
