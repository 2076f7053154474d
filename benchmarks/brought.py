"""Measures the readers that bring their source themselves, beside what people write instead.

A web service and another CKAN's table, both on 127.0.0.1, and a drop of many files. Ours is the
whole of `opendata extract`, started anew; beside it a loop with httpx or over the files that puts
the same into one Parquet file with pandas. The loops do less: they ask no page a second time, keep
nothing for a run that was cut off, compare no total, and take whatever a file or a page holds.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measuring import BIN, Measured, measure

PAGE_ROWS, DROP_ROWS = 5_000, 200
#: What half of the drop's files call the columns.
ALIASES = {
    "national_id": "เลขประจำตัวประชาชน", "first_name_th": "ชื่อ", "last_name_th": "นามสกุล", "sex_th": "เพศ",
    "birth_date": "วันเกิด", "subdistrict_code": "รหัสตำบล", "monthly_amount_thb": "จำนวนเงิน", "status_th": "สถานะ",
}  # fmt: skip
PANDAS = {
    "api": f"""
import sys, httpx, pandas
parts, done, total = [], 0, 1
with httpx.Client(trust_env=False) as client:
    while done < total:
        page = client.get(sys.argv[1], params={{"offset": done, "limit": {PAGE_ROWS}}}).raise_for_status().json()
        parts.append(pandas.json_normalize(page["data"]))
        done, total = done + len(page["data"]), page["total"]
pandas.concat(parts).to_parquet(sys.argv[2])
""",
    "ckan": f"""
import sys, httpx, pandas
parts, done, here = [], 0, 1
with httpx.Client(trust_env=False) as client:
    while here:
        asked = {{"resource_id": "r1", "sort": "_id", "offset": done, "limit": {PAGE_ROWS}}}
        reply = client.get(sys.argv[1] + "/api/3/action/datastore_search", params=asked).raise_for_status().json()
        here = len(reply["result"]["records"])
        parts.append(pandas.DataFrame(reply["result"]["records"]))
        done += here
pandas.concat(parts).drop(columns="_id").to_parquet(sys.argv[2])
""",
    "files": f"""
import sys, pandas
from pathlib import Path
names, parts = {{heading: name for name, heading in {ALIASES!r}.items()}}, []
for path in sorted(Path(sys.argv[1]).iterdir()):
    if path.suffix == ".csv":
        part = pandas.read_csv(path, dtype=str, keep_default_na=False)
    else:
        part = pandas.read_excel(path, dtype=str, keep_default_na=False, engine="calamine")
    parts.append(part.rename(columns=names).assign(source_file=path.name))
pandas.concat(parts).to_parquet(sys.argv[2])
""",
}


def measured(folder: Path) -> Iterator[tuple[Measured, Measured]]:
    """Give what we and pandas take for each, of what `sources.py` left in a folder."""
    with _served(folder / "pages") as address:
        yield _beside(folder, "api", f"{address}/records")
        yield _beside(folder, "ckan", address)
    yield _beside(folder, "files", str(folder / "drop"))


def _beside(folder: Path, name: str, location: str) -> tuple[Measured, Measured]:
    project = folder / name / "project"
    environment = os.environ | {"OPENDATA_PROJECT": str(project), "OPENDATA_HOME": str(folder / f"{name}-home")}
    words: list[str | Path] = [BIN / "opendata", "extract", "welfare/visits", "--period", "2566", "--source", location]
    ours = measure(name, words, environment)
    loop: list[str | Path] = [sys.executable, "-c", PANDAS[name], location, folder / "out.parquet"]
    return ours, measure(f"pandas {name}", loop, environment)


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    words: list[str | Path] = [sys.executable, Path(__file__).with_name("serving.py"), folder]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server.stdout.readline().strip() if server.stdout else ""
        finally:
            server.terminate()
