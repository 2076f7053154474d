"""Coverage: whoever is paid counts once beside the right population, and a mover who is not paid again is seen."""

import csv
import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipelines.errors import InvalidData, OpendataError
from pipelines.extract import extract
from pipelines.portals.static import StaticPortal
from pipelines.run import run
from pipelines.synth.coverage import POPULATION
from pipelines.synth.records import SCHEMA
from pipelines.synth.registers import synthesise
from pipelines.synth.wanted import Wanted
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests.conftest import PROJECT

NAME, YEAR = "welfare/coverage", "2567"
SEXES = {"ชาย": "M", "หญิง": "F"}
PAID, MOVED = "รับเงิน", "ย้ายออก"
OLD, DISABLED = "ผู้สูงอายุ 60 ปีขึ้นไป", "คนพิการที่มีบัตรประจำตัว"
#: District 7501 for the old-age allowance, province 75 for that of disability.
PEOPLE = [(YEAR, OLD, "75", "สมุทรสงคราม", "7501", "เมืองสมุทรสงคราม", sex, "1,000") for sex in SEXES] + [
    (YEAR, DISABLED, "75", "จ.สมุทรสงคราม", "", "", sex, "100") for sex in SEXES
]


def record(person: int, month: str, status: str, **other: Any) -> dict[str, Any]:
    """One record of a person who does not exist: no person's number begins with 9."""
    plain = {"national_id": f"9{person:012}", "sex_th": "หญิง", "subdistrict_code": "750101", "payment_month": month,
             "status_th": status, "registered_on": "2020-01-01", "disability_type_code": None}  # fmt: skip
    return plain | other


def delivered(
    folder: Path, records: list[dict[str, Any]], people: Sequence[tuple[str, ...]] = PEOPLE
) -> dict[str, str]:
    """Write a register and a population table."""
    register, population = folder / "register.sqlite", folder / "population.csv"
    with sqlite3.connect(register) as database:
        database.execute(f"CREATE TABLE allowance_payments ({', '.join(SCHEMA.names)})")
        for number, row in enumerate(records):
            cells = dict.fromkeys(SCHEMA.names, "x") | row | {"record_id": number}
            marks = ", ".join("?" * len(SCHEMA.names))
            query = f"INSERT INTO allowance_payments VALUES ({marks})"  # noqa: S608 - names of ours
            database.execute(query, [cells[n] for n in SCHEMA.names])
    database.close()
    with population.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([POPULATION, *people])
    return {"register": str(register), "population": str(population)}


def tables(home: Path, location: dict[str, str], period: str | None = YEAR) -> dict[str, list[dict[str, Any]]]:
    """Validate a delivery; rows by table."""
    ws = Workspace(PROJECT, str(home))
    extract(ws, ws.dataset(NAME), period=period, location=location)
    receipt = validate(ws, ws.dataset(NAME), YEAR).receipt
    return {
        name: pq.read_table(home / receipt.files[f"{name}.parquet"].path).to_pylist()
        for name in ("old_age_recipients", "disability_recipients", "movers")
    }


def test_figures_are_those_of_the_register_that_was_made(tmp_path: Path) -> None:
    dataset = Workspace(PROJECT, "").dataset(NAME)
    location = {"register": str(tmp_path / "r.sqlite"), "population": str(tmp_path / "p.csv")}
    wanted = [Wanted(40_000, YEAR, seed=5, provinces=("75", "10"), part=part) for part in location]
    truth, _ = (synthesise(dataset, of, location[str(of.part)]) for of in wanted)
    found = tables(tmp_path / "home", location)
    persons = Counter(("old_age", row["district_code"], row["sex"]) for row in found["old_age_recipients"])
    persons += Counter(("disability", row["province_code"], row["sex"]) for row in found["disability_recipients"])
    assert persons == {(a, area, SEXES[sex]): count for (a, area, sex), count in truth.items()}
    assert len(found["movers"]) == truth.dirt["mover_closed"] + truth.dirt["mover_lost"]
    assert sum(row["lost_year"] for row in found["movers"]) == truth.dirt["mover_lost"]
    assert truth.dirt["mover_lost"] > 10


def test_per_cents_are_of_the_population_and_published(tmp_path: Path) -> None:
    records = [record(n, "2023-10", PAID) for n in range(250)]
    ws = Workspace(PROJECT, str(tmp_path / "home"))
    location = delivered(tmp_path, records)
    result = run(ws, ws.dataset(NAME), period=None, location=location, portal=StaticPortal(ws))
    cells: dict[tuple[str, str], tuple[str, str, str]] = {}
    for published in result.files[:2]:
        with Path(published["path"]).open(encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                figures = row["paid_recipient_count"], row["eligible_count"], row["coverage_pct"]
                cells[row.get("district_code", "province"), row["sex"]] = figures
                assert row["province_name_th"] in ("สมุทรสงคราม", "รวม")
    assert cells["7501", "F"] == ("250", "1000", "25.00")
    assert cells["7501", "M"] == ("0", "1000", "0.00"), "a group of whom nobody is paid is seen"
    assert cells["_T", "_T"] == ("250", "2000", "12.50")
    assert cells["province", "_T"] == ("0", "200", "0.00")


def test_a_person_counts_once_for_each_allowance_where_paid_last(tmp_path: Path) -> None:
    records = [
        record(1, "2023-10", PAID),
        record(1, "2024-02", PAID, subdistrict_code="750201"),
        record(1, "2024-02", PAID, disability_type_code="3"),
        record(1, "2024-03", "ระงับ"),
    ]
    people = [*PEOPLE, (YEAR, OLD, "75", "สมุทรสงคราม", "7502", "บางคนที", "หญิง", "900")]
    found = tables(tmp_path / "home", delivered(tmp_path, records, people))
    assert [row["district_code"] for row in found["old_age_recipients"]] == ["7502"]
    assert [row["province_code"] for row in found["disability_recipients"]] == ["75"]


@pytest.mark.parametrize(
    ("later", "lost"),
    [
        ([], 1),
        ([record(1, "2023-12", PAID)], 1),  # paid before the move only
        ([record(1, "2024-01", PAID, subdistrict_code="100101")], 0),  # registered anew, paid the same month
        ([record(1, "2024-09", PAID, subdistrict_code="100101")], 0),
        ([record(2, "2024-09", PAID)], 1),  # somebody else
        ([record(1, "2024-09", "เสียชีวิต")], 1),
    ],
)
def test_a_mover_loses_the_year_where_nothing_is_paid_from_the_move_on(
    tmp_path: Path, later: list[dict[str, Any]], lost: int
) -> None:
    people = [*PEOPLE, (YEAR, OLD, "10", "กรุงเทพมหานคร", "1001", "พระนคร", "หญิง", "900")]
    records = [record(9, "2023-10", PAID), record(1, "2024-01", MOVED), *later]
    (mover,) = tables(tmp_path / "home", delivered(tmp_path, records, people))["movers"]
    assert (mover["province_code"], mover["lost_year"]) == ("75", lost)


def test_months_of_other_years_are_not_read(tmp_path: Path) -> None:
    months = ("2023-09", "2023-10", "2024-09", "2024-10")
    records = [record(n, month, PAID) for n, month in enumerate(months)]
    found = tables(tmp_path / "home", delivered(tmp_path, records))["old_age_recipients"]
    assert {row["national_id"][-1] for row in found} == {"1", "2"}


def test_a_register_of_another_year_is_refused(tmp_path: Path) -> None:
    """A register of one month needs no --period; the population says another year."""
    with pytest.raises(InvalidData) as refusal:
        tables(tmp_path / "home", delivered(tmp_path, [record(1, "2022-10", PAID)]), period=None)
    assert refusal.value.place.column == "month_is_of_period"


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({1: PEOPLE[1]}, "population_is_known"),  # nobody knows how many women there are
        ({0: (*PEOPLE[0][:2], "10", *PEOPLE[0][3:])}, "known_district_code"),  # the code of another province
        ({0: (*PEOPLE[0][:3], "ราชบุรี", *PEOPLE[0][4:])}, "province_agrees"),
        ({0: (*PEOPLE[0][:4], "", "", *PEOPLE[0][6:])}, "area_is_stated"),
        ({0: (YEAR, "ผู้มีรายได้น้อย", *PEOPLE[0][2:])}, "allowance"),
    ],
)
def test_a_population_that_does_not_fit_is_refused_by_name(
    tmp_path: Path, change: dict[int, tuple[str, ...]], column: str
) -> None:
    people = [change.get(n, row) for n, row in enumerate(PEOPLE)]
    people = people[1:] if column == "population_is_known" else people
    record_of_a_man = record(1, "2023-10", PAID, sex_th="ชาย")
    with pytest.raises(OpendataError) as refusal:
        tables(tmp_path / "home", delivered(tmp_path, [record_of_a_man], people))
    assert refusal.value.place.column == column


@pytest.mark.parametrize(
    ("more", "column"),
    [
        (("2566", *PEOPLE[0][1:]), "population_is_of_period"),  # a table of several years
        (PEOPLE[0], "population_is_stated_once"),
        ((YEAR, "ผู้สูงอายุ", *PEOPLE[0][2:]), "population_is_stated_once"),  # the same group in other words
    ],
)
def test_a_population_is_never_added_to_itself(tmp_path: Path, more: tuple[str, ...], column: str) -> None:
    with pytest.raises(InvalidData) as refusal:
        tables(tmp_path / "home", delivered(tmp_path, [record(1, "2023-10", PAID)], [*PEOPLE, more]))
    assert refusal.value.place.column == column
