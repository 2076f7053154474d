"""Deliveries with one damaged part, and places with odd names: only what is damaged is refused."""

import sqlite3
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipelines.errors import SourceError
from pipelines.extract import extract
from tests import sources
from tests.unit.test_files_source import GOOD, project
from tests.unit.test_sql_source import source


def packed(path: Path, files: dict[str, bytes], damaged: str) -> Path:
    """Write a zip of files, of which one is damaged as it is packed."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        entry = archive.getinfo(damaged)
    packed_bytes = bytearray(path.read_bytes())
    begin = entry.header_offset + 30 + len(damaged.encode())
    packed_bytes[begin : begin + 6] = b"\xff" * 6
    path.write_bytes(packed_bytes)
    return path


def test_a_file_of_a_zip_that_cannot_be_unpacked_costs_only_itself(tmp_path: Path) -> None:
    ws, _ = project(tmp_path, {})
    drop = packed(tmp_path / "drop-2566.zip", GOOD, "1001-plain.csv")
    receipt = extract(ws, ws.dataset(sources.NAME), period="2566", location=str(drop)).receipt
    (files,) = receipt.details["files"].values()
    assert [fate["file"] for fate in files["refused"]] == ["1001-plain.csv"]
    assert "damaged" in files["refused"][0]["reason"]
    assert files["read"] == len(GOOD)


def test_a_linked_zip_that_is_damaged_is_refused(tmp_path: Path) -> None:
    columns = {"visit_code": "รหัส"}
    ws = sources.project(
        tmp_path, {"reader": "api", "link": "data", "linked": "csv", "tables": {"visits": {"columns": columns}}}
    )
    path = packed(tmp_path / "bulk.zip", {"a.csv": GOOD["1001-plain.csv"]}, "a.csv")
    with pytest.raises(SourceError, match="damaged"):
        extract(ws, ws.dataset(sources.NAME), period="2566", location=str(path))


@pytest.mark.parametrize("name", ["a%41.sqlite", "what?.sqlite", "no #1.sqlite", "ทะเบียน 100%.sqlite"])
def test_a_database_file_of_any_name_is_the_one_that_is_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with sqlite3.connect(tmp_path / "in" / name) as database:
        database.execute("CREATE TABLE register (pid TEXT, amount TEXT, paid_on TEXT, changed_at TEXT, month TEXT)")
        database.execute("INSERT INTO register VALUES ('P1', '5', '2023-01-01', '1', '2566')")
    database.close()
    ws = sources.project(tmp_path, source())
    extract(ws, ws.dataset(sources.NAME), period="2566", location=str(tmp_path / "in" / name))
    assert [row["paid_thb"] for row in sources.rows(ws)["register"]] == ["5"]


def test_a_sqlite_file_is_read_by_the_same_declaration(tmp_path: Path) -> None:
    file = tmp_path / "register.sqlite"
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE register (pid TEXT, amount NUMERIC, paid_on TEXT, changed_at TEXT, month TEXT)"
        )
        for n in range(250):
            connection.exec_driver_sql("INSERT INTO register VALUES (?, ?, '2023-01-01', '1', '2566')", (f"P{n:04}", n))
    engine.dispose()
    ws = sources.project(tmp_path, source())
    extract(ws, ws.dataset(sources.NAME), period="2566", location=str(file))
    assert [row["paid_thb"] for row in sources.rows(ws)["register"]] == [str(n) for n in range(250)]
