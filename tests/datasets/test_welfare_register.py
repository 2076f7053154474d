"""A register of a million invented persons, from a real PostgreSQL to the website: killed half-way,
resumed, and every published figure that of the truth."""

import csv
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from pipelines.portals.static import StaticPortal
from pipelines.run import run
from pipelines.synth.registers import synthesise
from pipelines.synth.wanted import Wanted
from pipelines.workspace import Workspace
from tests import postgres
from tests.conftest import PROJECT

NAME, MONTH, ROWS = "welfare/elderly_allowance", "2023-10", 1_000_000
#: As dense as the whole country is with twelve million persons.
PROVINCES = ("10", "20", "30", "34", "40", "50", "84")
SEXES = {"ชาย": "M", "หญิง": "F"}


def killed_half_way(home: Path, address: str) -> None:
    """Begin to extract in a process of its own and kill it between two pieces."""
    command = str(Path(sys.executable).with_name("opendata"))
    words = [command, "extract", NAME, "--period", MONTH, "--source", "database=env:REGISTER_URL"]
    environment = os.environ | {"OPENDATA_HOME": str(home), "OPENDATA_PROJECT": str(PROJECT), "REGISTER_URL": address}
    with subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL) as child:
        while len(list(home.rglob("piece-*.parquet"))) < 3:
            assert child.poll() is None, "it ended before it could be killed"
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL


def records(parquet: Path) -> dict[tuple[str, ...], int]:
    """Count the published records by district, sex, age and tier; they are numbered through."""
    query = (
        "SELECT district_code, sex, age_years, tier_thb::VARCHAR, count(*), max(record_number) "
        "FROM read_parquet(?) GROUP BY ALL"
    )
    found = duckdb.execute(query, [str(parquet)]).fetchall()
    assert max(row[-1] for row in found) == sum(row[-2] for row in found)
    return {tuple(row[:-2]): row[-2] for row in found}


def test_a_million_persons_from_the_database_to_the_website(tmp_path: Path) -> None:
    ws = Workspace(PROJECT, str(tmp_path / "home"))
    dataset = ws.dataset(NAME)
    with postgres.running() as address:
        truth = synthesise(dataset, Wanted(ROWS, MONTH, seed=3, provinces=PROVINCES), address)
        killed_half_way(tmp_path / "home", address)
        kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "home").rglob("piece-*.parquet")}
        result = run(ws, dataset, period=MONTH, location={"database": address}, portal=StaticPortal(ws))
    assert sum(path.stat().st_mtime_ns == moment for path, moment in kept.items()) >= 2, "pieces are read once"
    paths = {file["table"]: Path(file["path"]) for file in result.files}
    with paths["recipients_by_district"].open(encoding="utf-8-sig") as file:
        published = {(row["district_code"], row["sex"], row["age_years"]): row for row in csv.DictReader(file)}
    persons: Counter[tuple[str, str]] = Counter()
    for (district, sex, _), count in truth.items():
        persons[district, SEXES[sex]] += count
    total = published["_T", "_T", "_T"]
    assert int(total["paid_recipient_count"]) == sum(truth.values())
    assert total["monthly_amount_thb"] in ("", f"{sum(int(rate) * count for (_, _, rate), count in truth.items())}.00")
    shown = {key: int(published[(*key, "_T")]["paid_recipient_count"] or -1) for key in persons}
    assert all(count in (-1, persons[key]) for key, count in shown.items())
    assert sum(count >= 0 for count in shown.values()) > len(shown) * 0.9
    for (district, sex, band), row in published.items():
        if row["paid_recipient_count"] and "_T" not in (district, sex, band):
            assert int(row["paid_recipient_count"]) >= 10
    assert records(paths["recipients"].with_suffix(".parquet")) == {
        (*key, row["tier_thb"]): int(row["paid_recipient_count"])
        for key, row in published.items() if row["obs_status"] == "A" and "_T" not in key
    }  # fmt: skip
    public = [path for top in ("site", "releases") for path in (tmp_path / "home" / top).rglob("*") if path.is_file()]
    first = next(iter((tmp_path / "home").rglob("register.parquet")))
    ids = pq.ParquetFile(first).read_row_group(0, ["national_id"])["national_id"].to_pylist()
    canaries = [text.encode() for text in ids[:50]]
    assert len(public) > 10
    assert not [path for path in public if any(canary in path.read_bytes() for canary in canaries)]
