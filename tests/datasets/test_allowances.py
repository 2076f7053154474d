"""Both allowances from the database, from lists, or from both: a person counts once, and every record is told of.

All persons are invented: their numbers begin with 9, as nobody's do, or are those of `opendata synth`.
"""

import csv
import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipelines.errors import SourceError
from pipelines.extract import extract
from pipelines.portals.static import StaticPortal
from pipelines.run import run
from pipelines.synth.dirt import THAI, grouped_id
from pipelines.synth.registers import synthesise
from pipelines.synth.wanted import Wanted
from pipelines.thai.ids import check_digits
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests.conftest import PROJECT

ELDERLY, DISABILITY, MONTH = "welfare/elderly_allowance", "welfare/disability_allowance", "2023-10"
BOTH = [ELDERLY, DISABILITY]
PLACES = {"830101": ("ตลาดใหญ่", "เมืองภูเก็ต", "ภูเก็ต"), "750101": ("แม่กลอง", "เมืองสมุทรสงคราม", "สมุทรสงคราม")}
PAID, DEAD = "รับเงิน", "เสียชีวิต"


def number(n: int) -> str:
    """A number of a right check digit that is nobody's."""
    return f"9{n:011}{check_digits(np.array([[int(digit) for digit in f'9{n:011}']]))[0]}"


@dataclass(frozen=True)
class Record:
    """One record of a person, as a register or a list has it."""

    national_id: str
    birth_date: str = "01/05/2500"
    sex_th: str = "ชาย"
    place: str = "830101"
    amount: str = "600"
    status: str = PAID
    since: str = "2015-01-01"
    kind: str | None = None


def database(path: Path, records: list[Record], month: str = MONTH) -> str:
    columns = ("record_id", "national_id", "title_th", "first_name_th", "last_name_th", "sex_th", "birth_date",
               "subdistrict_code", "bank_account", "payment_month", "monthly_amount_thb", "status_th",
               "registered_on", "disability_type_code", "changed_at")  # fmt: skip
    rows = [(n, r.national_id, "", "", "", r.sex_th, r.birth_date, r.place, "", month, r.amount, r.status, r.since,
             r.kind, "2023-10-01") for n, r in enumerate(records)]  # fmt: skip
    marks = ", ".join("?" * len(columns))
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE allowance_payments ({', '.join(columns)})")
        connection.executemany(f"INSERT INTO allowance_payments VALUES ({marks})", rows)  # noqa: S608 - marks only
    connection.close()
    return str(path)


def lists(folder: Path, **files: list[Record]) -> str:
    folder.mkdir(parents=True)
    for name, records in files.items():
        with (folder / f"8301-{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            headings = ["เลขประจำตัวประชาชน", "เพศ", "วันเกิด", "ตำบล", "อำเภอ", "จังหวัด", "จำนวนเงิน", "ประเภทความพิการ"]
            writer.writerow(headings if folder.parent.name == "disability" else headings[:-1])
            rows = [[r.national_id, r.sex_th, r.birth_date, *PLACES[r.place], r.amount, r.kind] for r in records]
            writer.writerows(rows if folder.parent.name == "disability" else [row[:-1] for row in rows])
    return str(folder)


def validated(ws: Workspace, name: str, location: Any, month: str | None = None) -> dict[str, list[dict[str, Any]]]:
    """Extract and validate; return the tables made."""
    stated = extract(ws, ws.dataset(name), period=month, location=location).receipt.period
    files = validate(ws, ws.dataset(name), stated).receipt.files
    made = ("recipients", "record_outcomes")
    return {table: pq.read_table(Path(ws.home, files[f"{table}.parquet"].path)).to_pylist() for table in made}


def outcomes(tables: Mapping[str, list[dict[str, Any]]]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for row in tables["record_outcomes"]:
        found[row["source_part"], row["reason"]] += row["record_count"]
    return found


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace(PROJECT, str(tmp_path / "home"))


def by(name: str, rows: list[dict[str, Any]]) -> Counter[tuple[str, ...]]:
    """Recipients by province, sex, and tier or type."""
    last = "monthly_amount_thb" if name == ELDERLY else "disability_type_code"
    place = "district_code" if name == ELDERLY else "province_code"
    return Counter((row[place][:2], row["sex"], f"{row[last]}".removesuffix(".00")) for row in rows)


def truth(name: str, part: str, found: Mapping[tuple[str, ...], int]) -> Counter[tuple[str, ...]]:
    """The generator's truth likewise; the database's knows amounts, not types."""
    told: Counter[tuple[str, ...]] = Counter()
    for (district, sex, last), count in found.items():
        told[district[:2], {"ชาย": "M", "หญิง": "F"}[sex], last if name == ELDERLY or part == "lists" else ""] += count
    return told


@pytest.mark.parametrize("name", BOTH)
def test_database_alone_lists_alone_and_both_come_to_the_truth(ws: Workspace, name: str, tmp_path: Path) -> None:
    dataset, register, drop = ws.dataset(name), str(tmp_path / "register.sqlite"), str(tmp_path / MONTH)
    paid = synthesise(dataset, Wanted(3_000, MONTH, seed=5, provinces=("83", "75"), part="database"), register)
    listed = synthesise(
        dataset, Wanted(900, MONTH, seed=6, provinces=("83", "75"), files=20, damaged=2, part="lists"), drop
    )
    alone = by(name, validated(ws, name, {"database": register}, MONTH)["recipients"])
    assert plain(alone) == plain(truth(name, "database", paid))
    on_lists = by(name, validated(ws, name, {"lists": f"{drop}/"})["recipients"])
    assert on_lists == truth(name, "lists", listed)
    result = run(ws, dataset, period=None, location={"database": register, "lists": drop}, portal=StaticPortal(ws))
    together = by(name, read(ws, result.stages["validate"].receipt.files["recipients.parquet"].path))
    assert together == alone + on_lists
    published = Path(ws.home, "site", name, "latest")
    assert json.loads((published / "quality.json").read_bytes())["source"]["absent"] == []
    assert counted(dataset, published) == sum(together.values())


def plain(cells: Counter[tuple[str, ...]]) -> Counter[tuple[str, ...]]:
    """Leave out the kind of disability, of which the database's truth does not tell."""
    found: Counter[tuple[str, ...]] = Counter()
    for (province, sex, last), count in cells.items():
        found[province, sex, last if len(last) > 1 else ""] += count
    return found


def read(ws: Workspace, path: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(Path(ws.home, path)).to_pylist()
    return rows


def counted(dataset: Any, published: Path) -> int:
    """Everybody, added up of the coarsest published rows; every record stands for a shown cell."""
    name, table = next((n, t) for n, t in dataset.spec.tables.items() if t.kind == "statistics")
    rows = pq.read_table(published / f"{name}.parquet").to_pylist()
    cells = {tuple(r[d] for d in table.dimensions): r for r in rows}
    shown = Counter({key: row["paid_recipient_count"] for key, row in cells.items()
                     if row["obs_status"] == "A" and "_T" not in key})  # fmt: skip
    records = Counter(
        tuple(r[d] for d in table.dimensions) for r in pq.read_table(published / "recipients.parquet").to_pylist()
    )
    assert records
    assert all(shown[key] == count for key, count in records.items())
    if dataset.name == ELDERLY:
        assert records == shown
    coarsest = [row for key, row in cells.items() if all((key[n] == "_T") == (d in table.totals)
                for n, d in enumerate(table.dimensions))]  # fmt: skip
    return sum(row["paid_recipient_count"] for row in coarsest)


@pytest.mark.parametrize("name", BOTH)
def test_who_is_in_the_database_counts_there_whatever_the_lists_say(ws: Workspace, name: str, tmp_path: Path) -> None:
    ours, other = (None, "3") if name == ELDERLY else ("3", None)
    like = Record("", amount="600" if name == ELDERLY else "800", kind=ours)
    one, two, three, four = (replace(like, national_id=number(n)) for n in range(4))
    register = database(tmp_path / "register.sqlite", [
        one, replace(one, place="750101", since="2019-01-01"), replace(two, status=DEAD), three,
        replace(one, since="2020-01-01", kind=other), replace(four, kind=other),
    ])  # fmt: skip
    folder = tmp_path / ("elderly" if name == ELDERLY else "disability") / MONTH
    written = replace(three, national_id=grouped_id(three.national_id).translate(THAI), sex_th="หญิง")
    drop = lists(folder, ก=[two, written, four], ข=[replace(four, place="750101")])
    tables = validated(ws, name, {"database": register, "lists": drop})
    assert outcomes(tables) == {
        ("database", "paid"): 2, ("database", "an older record of the same person"): 1,
        ("database", f"not paid: {DEAD}"): 1, ("database", "of the other allowance"): 2,
        ("lists", "the person is in the database"): 2,
        ("lists", "paid"): 1, ("lists", "the person is on a list before"): 1,
    }  # fmt: skip
    persons = {row["national_id"]: row for row in tables["recipients"]}
    assert persons.keys() == {one.national_id, three.national_id, four.national_id}
    assert persons[one.national_id]["province_name_th"] == "สมุทรสงคราม", "where registered last"
    assert persons[three.national_id]["sex"] == "M", "as the database has it"
    assert persons[four.national_id]["province_name_th"] == "ภูเก็ต", "the first list by name"
    (differs,) = (row for row in tables["record_outcomes"] if row["sex_or_birth_differs"])
    assert (differs["reason"], differs["record_count"]) == ("the person is in the database", 1)


@pytest.mark.parametrize("name", BOTH)
def test_a_number_that_fails_its_check_digit_is_counted_and_told(ws: Workspace, name: str, tmp_path: Path) -> None:
    right = number(7)
    wrong = right[:12] + str((int(right[12]) + 1) % 10)
    records = [Record(each, kind=None if name == ELDERLY else "3") for each in (right, wrong)]
    register = database(tmp_path / "register.sqlite", records)
    tables = validated(ws, name, {"database": register}, MONTH)
    assert {row["national_id"] for row in tables["recipients"]} == {right, wrong}
    assert {(row["check_digit_fails"], row["record_count"]) for row in tables["record_outcomes"]} == {
        (True, 1),
        (False, 1),
    }


@pytest.mark.parametrize(
    ("month", "birth", "age", "tier"),
    [
        ("2023-10", "01/10/2496", 70, 700),
        ("2023-10", "02/10/2496", 69, 600),
        ("2022-06", "01/10/2494", 70, 850),  # in the half-year of the top-up; a birthday counts from the next October
        ("2022-06", "02/10/2494", 69, 700),
        ("2022-03", "01/05/2470", 94, 1000),
        ("2023-10", "01/05/2510", 56, None),
    ],
)
def test_the_tier_is_that_of_the_age_on_the_decisive_day(
    ws: Workspace, month: str, birth: str, age: int, tier: int | None, tmp_path: Path
) -> None:
    register = database(tmp_path / "register.sqlite", [Record(number(1), birth, amount="700")], month)
    (row,) = validated(ws, ELDERLY, {"database": register}, month)["recipients"]
    assert (row["age_years"], row["tier_thb"]) == (age, tier and Decimal(tier))
    assert row["off_rate"] is (None if tier == 700 else True)


def test_a_minor_is_paid_a_thousand_and_what_is_not_the_rate_is_counted(ws: Workspace, tmp_path: Path) -> None:
    born = {"02/10/2548": "1000", "01/10/2548": "800", "03/10/2548": "800"}
    records = [Record(number(n), birth, amount=amount, kind="3") for n, (birth, amount) in enumerate(born.items())]
    register = database(tmp_path / "register.sqlite", records)
    rows = validated(ws, DISABILITY, {"database": register}, MONTH)["recipients"]
    assert [(row["age_years"], row["off_rate"]) for row in rows] == [(17, None), (18, None), (17, True)]


def test_a_drop_is_of_the_month_of_its_folder_in_either_era(ws: Workspace, tmp_path: Path) -> None:
    drop = lists(tmp_path / "elderly" / "drop-2566-10", ก=[Record(number(1))])
    assert extract(ws, ws.dataset(ELDERLY), location={"lists": f"{drop}/"}).receipt.period == MONTH


def test_lists_of_another_month_than_the_database_are_refused(ws: Workspace, tmp_path: Path) -> None:
    register = database(tmp_path / "register.sqlite", [Record(number(1))])
    drop = lists(tmp_path / "elderly" / "2023-09", ก=[Record(number(2))])
    with pytest.raises(SourceError, match="the period is not certain"):
        extract(ws, ws.dataset(ELDERLY), location={"database": register, "lists": drop})
