"""Lists that all look alike would prove nothing about the hundreds of dialects that authorities write."""

import csv
import hashlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.errors import UsageError
from pipelines.extract import extract
from pipelines.synth.draw import table
from pipelines.synth.places_written import place_names
from pipelines.synth.registers import synthesise
from pipelines.synth.truth import Truth
from pipelines.synth.wanted import Wanted
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests.conftest import PROJECT

ELDERLY, DISABILITY, MONTH = "welfare/elderly_allowance", "welfare/disability_allowance", "2023-10"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace(PROJECT, str(tmp_path / "home"))


def made(ws: Workspace, name: str, out: Path, rows: int = 2_000, **wanted: object) -> Truth:
    options: dict[str, object] = {"files": 20, **wanted}
    return synthesise(ws.dataset(name), Wanted(rows, MONTH, **options), str(out))  # type: ignore[arg-type]


def plain_rows(drop: Path) -> list[dict[str, str]]:
    """The rows of the files that are CSV in UTF-8 with the header first."""
    first = [file for file in drop.glob("*.csv") if file.read_bytes().startswith(b"\xef\xbb\xbf")]
    wordings = {row["heading"] for row in table("list_headings") if row["wording"] == "0"}
    rows: list[dict[str, str]] = []
    for file in first:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened)
            if set(reader.fieldnames or ()) <= wordings:
                rows += reader
    return rows


def test_lists_of_the_elderly_have_no_kind_of_disability_and_their_own_words(ws: Workspace, tmp_path: Path) -> None:
    truth = made(ws, ELDERLY, tmp_path / "drop")
    files = [file for file in (tmp_path / "drop").iterdir() if file.is_file()]
    assert len(files) == 20
    assert {file.suffix for file in files} == {".csv", ".xlsx", ".xls"}
    rows = plain_rows(tmp_path / "drop")
    assert "อัตราเบี้ย" in rows[0]
    assert "ประเภทความพิการ" not in rows[0]
    persons = [row for row in rows if len(row["เลขประจำตัวประชาชน"]) == 13]
    assert {row["อัตราเบี้ย"] for row in persons} == {"600", "700", "800", "1000"}
    assert truth.headings == ("district_code", "sex_th", "monthly_amount_thb", "recipient_count")
    assert 1900 < sum(truth.values()) <= 2000


def test_every_wording_names_every_column_once() -> None:
    for of, columns in (("elderly", 12), ("disability", 13)):
        for wording in "01234":
            rows = [row for row in table("list_headings") if row["of"] == of and row["wording"] == wording]
            assert len({row["heading"] for row in rows}) == len({row["column"] for row in rows}) == columns


def test_the_same_seed_gives_the_same_files(ws: Workspace, tmp_path: Path) -> None:
    def shas(name: str, seed: int) -> dict[str, str]:
        made(ws, DISABILITY, tmp_path / name, seed=seed)
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in (tmp_path / name).iterdir()}

    assert shas("a", 1) == shas("b", 1) != shas("c", 2)


def test_files_of_the_whole_country_have_names_of_their_own(ws: Workspace, tmp_path: Path) -> None:
    assert len({(code[:4], names) for code, names in place_names().items()}) == len(place_names())
    with pytest.raises(UsageError):
        made(ws, ELDERLY, tmp_path / "drop", files=10_000)


def test_lists_have_damaged_files_in_place_of_heavy_dirt(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        made(ws, DISABILITY, tmp_path / "drop", dirt="heavy")


def test_the_database_of_the_disability_allowance_has_its_kinds(ws: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    made(ws, DISABILITY, out, rows=5_000)
    with out.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["disability_type_code"] for row in rows} == set("1234567")
    assert {row["monthly_amount_thb"] for row in rows} == {"800", "1000"}
    young = [row for row in rows if row["monthly_amount_thb"] == "1000"]
    assert 0.03 < len(young) / len(rows) < 0.09


def test_lists_with_clerks_spellings_of_places_are_taken_whole(ws: Workspace, tmp_path: Path) -> None:
    drop = tmp_path / MONTH
    truth = made(ws, DISABILITY, drop, rows=6_000, seed=4)
    extract(ws, ws.dataset(DISABILITY), location={"lists": str(drop)})
    receipt = validate(ws, ws.dataset(DISABILITY), MONTH).receipt
    recipients = pq.read_table(Path(ws.home, receipt.files["recipients.parquet"].path))
    assert recipients.num_rows == sum(truth.values())
    written = "".join(
        file.read_text(encoding="utf-8-sig") for file in drop.glob("*.csv") if file.read_bytes()[:1] == b"\xef"
    )
    assert "จ." in written


def test_what_lay_in_the_folder_is_never_read_with_the_drop(ws: Workspace, tmp_path: Path) -> None:
    made(ws, ELDERLY, tmp_path / "drop")
    with pytest.raises(UsageError, match="not empty"):
        made(ws, ELDERLY, tmp_path / "drop", files=3)


def test_as_many_files_are_damaged_as_were_asked_for(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="10 of 3 files"):
        made(ws, ELDERLY, tmp_path / "drop", files=3, damaged=10)
