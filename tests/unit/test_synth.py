"""A synthetic register that is not like a real one proves nothing; one with a real person's
number in it is a leak."""

import csv
import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np
import psutil
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.th import moa, pin
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.errors import InvalidData, UsageError
from pipelines.extract import extract
from pipelines.portals.static import StaticPortal
from pipelines.run import run
from pipelines.synth.dirt import typo
from pipelines.synth.draw import table
from pipelines.synth.people import juristic_ids, national_ids
from pipelines.synth.records import CHUNK
from pipelines.synth.registers import synthesise
from pipelines.synth.wanted import Wanted
from pipelines.thai.ids import bare_id
from pipelines.thai.places import reference_tables
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests.conftest import PROJECT

NAME, MONTH = "welfare/elderly_allowance", "2023-10"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace(PROJECT, str(tmp_path / "home"))


def made(ws: Workspace, out: Path, rows: int = 20_000, **wanted: object) -> list[dict[str, str]]:
    synthesise(ws.dataset(NAME), Wanted(rows, MONTH, **wanted), str(out))  # type: ignore[arg-type]
    with out.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def dirt_of(out: Path) -> Counter[str]:
    with Path(f"{out}.dirt.csv").open(encoding="utf-8") as file:
        return Counter({row["dirt"]: int(row["records"]) for row in csv.DictReader(file)})


def test_numbers_pass_the_check_belong_to_nobody_and_are_given_once(ws: Workspace, tmp_path: Path) -> None:
    rows = made(ws, tmp_path / "a.csv", rows=CHUNK + 5000)
    ids = [bare_id(row["national_id"]) for row in rows]
    assert all(number and pin.is_valid(number) and number[1:3] == "00" for number in ids)
    persons = {(row["first_name_th"], row["last_name_th"], row["national_id"][:1]) for row in rows}
    assert len(set(ids)) >= len(rows) * 0.99
    assert len(persons) > len(rows) * 0.8


@given(seed=st.integers(0, 10**6), first=st.integers(0, 9 * 10**8))
def test_a_number_is_right_and_given_once_whatever_the_seed(seed: int, first: int) -> None:
    running = np.arange(first, first + 50)
    for made_, kind in ((national_ids(running, seed), pin), (juristic_ids(running, seed), moa)):
        ids = made_.to_pylist()
        assert len(set(ids)) == 50
        assert all(kind.is_valid(number) and number[1:3] == "00" for number in ids)


@given(text=st.text("กขคง่้าิ", min_size=2, max_size=12), random=st.floats(0, 1, exclude_max=True))
def test_a_typo_changes_one_place_and_loses_no_more(text: str, random: float) -> None:
    assert abs(len(typo(text, random)) - len(text)) <= 1
    assert set(typo(text, random)) <= set(text)


def test_the_same_seed_gives_the_same_bytes_and_another_another(ws: Workspace, tmp_path: Path) -> None:
    def sha(name: str, seed: int) -> str:
        made(ws, tmp_path / name, seed=seed)
        return hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()

    assert sha("a.csv", 1) == sha("b.csv", 1) != sha("c.csv", 2)


def test_persons_are_as_old_and_paid_as_the_law_has_it(ws: Workspace, tmp_path: Path) -> None:
    rows = made(ws, tmp_path / "a.csv")
    paid = Counter(row["monthly_amount_thb"] for row in rows)
    assert set(paid) == {"600", "700", "800", "1000"}
    assert 0.52 < paid["600"] / len(rows) < 0.62
    top_up = tmp_path / "b.csv"
    synthesise(ws.dataset(NAME), Wanted(2000, "2022-06"), str(top_up))
    with top_up.open(encoding="utf-8") as file:
        assert {row["monthly_amount_thb"] for row in csv.DictReader(file)} == {"700", "850", "1000", "1250"}


def test_the_dirt_of_real_registers_is_in_it(ws: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    rows = made(ws, out, rows=CHUNK)
    written = dirt_of(out)
    places = {row["code"] for row in reference_tables()["subdistrict_codes"].to_pylist() if row["ended_on"]}
    found = {
        "id_dashes": sum("-" in row["national_id"] for row in rows),
        "id_thai_digits": sum(not row["national_id"].isascii() for row in rows),
        "birth_ce": sum(row["birth_date"][6:] < "2400" for row in rows),
        "birth_day_unknown": sum(row["birth_date"].startswith("00/00") for row in rows),
        "ended_place_code": sum(row["subdistrict_code"] in places for row in rows),
    }
    assert {kind: written[kind] for kind in found} == found
    assert min(written[kind] for kind in ("name_typo", "names_slid", "wrong_tier", "mover_lost")) > 0
    share = {row["dirt"]: float(row["share"]) for row in table("dirt") if row["of"] == "allowance"}
    assert all(share[kind] * CHUNK * 0.8 < found[kind] < share[kind] * CHUNK * 1.2 for kind in list(found)[:4]), found


def test_who_moved_is_told_by_the_old_record_and_by_the_new_one(ws: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    of: dict[str, list[dict[str, str]]] = {}
    for row in made(ws, out, rows=CHUNK):
        of.setdefault(bare_id(row["national_id"]) or "", []).append(row)
    states = Counter(
        tuple(row["status_th"] for row in sorted(rows, key=lambda row: row["registered_on"])) for rows in of.values()
    )
    written = dirt_of(out)
    assert states["ย้ายออก",] == written["mover_lost"]
    assert states["ระงับ",] == written["suspended"] > 0
    assert states["ย้ายออก", "รับเงิน"] + states["ย้ายออก", "เสียชีวิต"] == written["mover_closed"]
    twice = sum(count for state, count in states.items() if len(state) == 2)
    assert twice == sum(written[kind] for kind in ("duplicate", "mover", "mover_closed"))


@pytest.mark.parametrize("seed", [1, 2])
def test_heavy_dirt_is_refused_and_who_has_it_is_not_in_the_truth(ws: Workspace, tmp_path: Path, seed: int) -> None:
    out = tmp_path / "a.sqlite"
    truth = synthesise(ws.dataset(NAME), Wanted(20_000, MONTH, seed=seed, dirt="heavy"), str(out))
    spoilt = sum(dirt_of(out)[row["dirt"]] for row in table("dirt") if row["level"] == "heavy")
    assert 50 < spoilt < 500
    assert sum(truth.values()) < 20_000 - spoilt
    extract(ws, ws.dataset(NAME), period=MONTH, location={"database": str(out)})
    with pytest.raises(InvalidData):
        validate(ws, ws.dataset(NAME), MONTH)


def test_places_are_real_and_weighted_by_population(ws: Workspace, tmp_path: Path) -> None:
    rows = made(ws, tmp_path / "a.csv")
    provinces = Counter(row["subdistrict_code"][:2] for row in rows)
    assert len(provinces) == 77
    assert provinces["10"] > provinces["30"] > provinces["85"]
    only = made(ws, tmp_path / "b.csv", rows=500, provinces=("83",))
    assert {row["subdistrict_code"][:2] for row in only} == {"83"}


def test_the_dataset_comes_to_the_truth_of_the_register(ws: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "register.sqlite"
    truth = synthesise(ws.dataset(NAME), Wanted(20_000, MONTH, seed=5), str(out))
    dataset = ws.dataset(NAME)
    extract(ws, dataset, period=MONTH, location={"database": str(out)})
    receipt = validate(ws, dataset, MONTH).receipt
    recipients = pq.read_table(Path(ws.home, receipt.files["recipients.parquet"].path)).to_pylist()
    sexes = {"M": "ชาย", "F": "หญิง"}
    found = Counter((r["district_code"], sexes[r["sex"]], str(int(r["monthly_amount_thb"]))) for r in recipients)
    assert found == truth


def test_a_register_goes_the_whole_way(ws: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "register.sqlite"
    truth = synthesise(ws.dataset(NAME), Wanted(20_000, MONTH, provinces=("83",)), str(out))
    result = run(ws, ws.dataset(NAME), period=MONTH, location={"database": str(out)}, portal=StaticPortal(ws))
    with Path(result.files[0]["path"]).open(encoding="utf-8-sig") as file:
        (total,) = [row for row in csv.DictReader(file)
                    if {row["district_code"], row["sex"], row["age_years"]} == {"_T"}]  # fmt: skip
    assert total["paid_recipient_count"] == str(sum(truth.values()))


def test_the_command_tells_machines_what_the_source_comes_to(tmp_path: Path) -> None:
    out = tmp_path / "page.json"
    words = ["synth", "contracts/projects", "--rows", "300", "--period", "2566", "--out", str(out), "--json"]
    done = CliRunner().invoke(app, words, env={"OPENDATA_PROJECT": str(PROJECT), "OPENDATA_HOME": str(tmp_path)})
    told = json.loads(done.stdout)
    assert (told["dataset"], told["rows"], told["procurement_project_count"]) == ("contracts/projects", 300, 300)
    assert Path(f"{out}.truth.csv").read_text().startswith("winner_kind,measure,value\n")
    assert dirt_of(out)["date_iso"] > 0


@pytest.mark.parametrize(
    "option",
    [
        ["--dirt", "filthy"],
        ["--part", "lists"],
        ["--province", "99"],
        ["--province", "30", "--province", "99"],
        ["--period", "2001-10"],
        ["--period", "2090-10"],
    ],
)
def test_an_option_that_means_nothing_is_wrong_usage(tmp_path: Path, option: list[str]) -> None:
    words = ["synth", NAME, "--rows", "10", "--period", MONTH, "--out", str(tmp_path / "a.csv"), *option]
    assert CliRunner().invoke(app, words, env={"OPENDATA_PROJECT": str(PROJECT)}).exit_code == 2


@pytest.mark.parametrize("out", ["none/a.csv", "none/a.parquet", "none/a.sqlite", "file/drop", "file"])
def test_a_place_that_cannot_be_written_is_named_and_is_no_fault_of_the_program(tmp_path: Path, out: str) -> None:
    (tmp_path / "file").touch()
    words = ["synth", NAME, "--rows", "10", "--period", MONTH, "--files", "2", "--out", str(tmp_path / out), "--json"]
    done = CliRunner().invoke(app, words, env={"OPENDATA_PROJECT": str(PROJECT)})
    error = json.loads(done.stdout)["error"]
    assert (done.exit_code, error["kind"], error["file"]) == (2, "usage", str(tmp_path / out))


@pytest.mark.parametrize(("dataset", "out"), [("budget/bma_strategy", "a.csv"), (NAME, "a.docx")])
def test_what_cannot_be_made_is_said(ws: Workspace, dataset: str, out: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        synthesise(ws.dataset(dataset), Wanted(10, MONTH), str(tmp_path / out))


def test_memory_does_not_grow_with_the_register(ws: Workspace, tmp_path: Path) -> None:
    synthesise(ws.dataset(NAME), Wanted(CHUNK, MONTH), str(tmp_path / "small.parquet"))
    before = psutil.Process().memory_info().rss
    synthesise(ws.dataset(NAME), Wanted(10 * CHUNK, MONTH), str(tmp_path / "large.parquet"))
    assert psutil.Process().memory_info().rss - before < 150 << 20


def test_reviewed_tables_are_whole() -> None:
    assert abs(sum(float(row["share"]) for row in table("disability_types")) - 1) < 1e-5
    assert len(table("province_population")) == len(table("province_regions")) == 77
    tables = [path.stem for path in (PROJECT / "pipelines/synth/data").glob("*.csv")]
    assert len(tables) > 15
    assert all(row["source"] for name in tables for row in table(name))
    assert pa_csv.read_csv(PROJECT / "pipelines/synth/data/given_names.csv").num_rows > 500
