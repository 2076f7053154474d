"""Procurement: money worked out apart from the pipeline, and winners who are persons nowhere."""

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import stamina

from pipelines.portals.static import StaticPortal
from pipelines.run import RunResult, run
from pipelines.thai.ids import bare_id, kind_of
from pipelines.workspace import Workspace
from tests.conftest import PROJECT
from tests.procurement import CONTRACTS, FOLDERS, PROJECTS, Record, records
from tests.services import KEY, running

THAI = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789", ",")
#: Who is hidden although the number is a right juristic one: a person's title stands before the name.
TITLED = "นายศูนย์นำหน้า ทดสอบเลข"

Rows = list[dict[str, str]]


def money(text: str) -> Decimal:
    return Decimal(0) if text == "-" else Decimal(text.translate(THAI))


def distinct(projects: list[Record]) -> list[tuple[str, Record]]:
    """Each contract once, by project, number, winner's number and winner's name."""
    found = {
        (p["project_id"], c["contract_no"], bare_id(c["winner_tin"]) or c["winner_tin"], c["winner"]): c
        for p in projects
        for c in p.get("contract", [])
    }
    return [(key[0], contract) for key, contract in found.items()]


def kind(contract: Record) -> str:
    found = {"person": "natural", "juristic": "juristic", None: "unknown"}[kind_of(contract["winner_tin"])]
    return "unknown" if contract["winner"] == TITLED else found


def tables(result: RunResult) -> dict[str, Rows]:
    found = {}
    for file in result.files:
        with Path(file["path"]).open(encoding="utf-8-sig", newline="") as text:
            found[str(file["table"])] = list(csv.DictReader(text))
    return found


def whole_way(home: Path, name: str, location: str | None = None) -> RunResult:
    ws = Workspace(PROJECT, str(home))
    return run(ws, ws.dataset(name), period="2566" if location else None, location=location, portal=StaticPortal(ws))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def published(home: Path) -> dict[str, Rows]:
    """Every published table of both datasets, from the sample."""
    return tables(whole_way(home, PROJECTS)) | tables(whole_way(home, CONTRACTS))


def test_money_of_a_project_is_counted_once_and_contracts_are_added_up(published: dict[str, Rows]) -> None:
    source = records()
    for ours, theirs in (("budget_amount_thb", "project_money"), ("agreed_amount_thb", "sum_price_agree")):
        expected = sum(money(project[theirs]) for project in source)
        for table in ("projects", "tenders", "projects_by_method", "projects_by_province"):
            found = [row[ours] for row in published[table] if row.get("province_code") != "_T"]
            assert sum(Decimal(cell or 0) for cell in found) == expected, table
        (total,) = [row[ours] for row in published["projects_by_province"] if row["province_code"] == "_T"]
        assert Decimal(total) == expected
    assert sum(Decimal(row["reference_price_thb"] or 0) for row in published["tenders"]) == sum(
        money(project["price_build"]) for project in source
    )
    paid = sum(money(found["price_agree"]) for _, found in distinct(source))
    assert sum(Decimal(row["contract_amount_thb"] or 0) for row in published["contracts"]) == paid
    assert sum(int(row["procurement_project_count"]) for row in published["projects_by_method"]) == len(source) == 60


def test_contracts_are_counted_by_who_won_them(published: dict[str, Rows]) -> None:
    counts, sums = Counter[str](), Counter[str]()
    for _, found in distinct(records()):
        for winner in (kind(found), "_T"):
            counts[winner] += 1
            sums[winner] += money(found["price_agree"])  # type: ignore[assignment]
    rows = {row["winner_kind"]: row for row in published["contracts_by_winner_kind"]}
    assert {winner: int(row["contract_count"]) for winner, row in rows.items()} == dict(counts)
    assert {winner: Decimal(row["contract_amount_thb"]) for winner, row in rows.items()} == dict(sums)


def test_only_juristic_winners_are_named(published: dict[str, Rows], home: Path) -> None:
    company, others = [], set()
    for _, found in distinct(records()):
        if kind(found) == "juristic":
            company.append((bare_id(found["winner_tin"]), " ".join(found["winner"].split())))
        else:
            others |= {found["winner"], found["winner_tin"], bare_id(found["winner_tin"])} - {"-", None}
    named = [(row["winner_tin"], row["winner_name_th"]) for row in published["contracts"] if row["winner_tin"]]
    assert sorted(named) == sorted(company)
    assert {row["winner_kind"] for row in published["contracts"] if not row["winner_name_th"]} == {"natural", "unknown"}
    assert len(others) > 15
    files = [path for top in ("site", "releases") for path in (home / top).rglob("*") if path.is_file()]
    assert len(files) > 40
    for path in files:
        text = str(pq.read_table(path).to_pylist()) if path.suffix == ".parquet" else ""
        content = path.read_bytes() + text.encode()
        assert not [value for value in others if value.encode() in content], path


def test_each_project_says_whether_its_contracts_come_to_what_was_agreed(published: dict[str, Rows]) -> None:
    expected = {}
    for project in records():
        amounts = [found["price_agree"] for owner, found in distinct([project]) if owner == project["project_id"]]
        known = amounts and "-" not in [*amounts, project["sum_price_agree"]]
        agrees = sum(map(money, amounts)) == money(project["sum_price_agree"])
        expected[project["project_id"]] = ("yes" if agrees else "no") if known else "incomplete"
    assert Counter(expected.values()) == {"yes": 47, "no": 1, "incomplete": 12}
    for table in ("projects", "tenders"):
        assert {row["project_id"]: row["reconciles"] for row in published[table]} == expected


def test_a_repeated_contract_is_taken_out_and_counted(published: dict[str, Rows]) -> None:
    stated = sum(len(project.get("contract", [])) for project in records())
    assert (stated, len(published["contracts"])) == (69, 68)
    assert sum(int(row["duplicate_contract_count"]) for row in published["tenders"]) == 1
    keys = {(row["project_id"], row["contract_sequence"]) for row in published["contracts"]}
    assert len(keys) == len(published["contracts"])


def test_a_contract_that_ends_before_it_was_made_is_flagged_and_kept(published: dict[str, Rows]) -> None:
    (flagged,) = [row for row in published["contracts"] if row["date_note"]]
    assert (flagged["contract_date"], flagged["contract_finish_date"]) == ("2023-06-30", "2023-06-15")


def test_places_are_official_names_and_what_is_not_known_is_empty(published: dict[str, Rows]) -> None:
    places = {(row["province_code"], row["province_name_th"]) for row in published["projects"]}
    assert places >= {("10", "กรุงเทพมหานคร"), ("50", "เชียงใหม่"), ("_U", "ไม่ระบุ")}
    assert {row["province_name_th"] for row in published["tenders"]} == {name for _, name in places} - {"ไม่ระบุ"} | {""}
    (unknown,) = [p["project_id"] for p in records() if p["subdistrict"] == "ตำบลที่ไม่มีอยู่"]
    (row,) = [row for row in published["projects"] if row["project_id"] == unknown]
    assert row["district_code"]
    assert row["subdistrict_code"] == row["subdistrict_name_th"] == ""


@pytest.mark.parametrize("name", [PROJECTS, CONTRACTS])
def test_the_running_service_gives_page_by_page_what_the_saved_page_gives(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, published: dict[str, Rows]
) -> None:
    monkeypatch.setenv("OPEND_API_KEY", KEY)
    with running(records(), ["limited", "503"]) as service, stamina.set_testing(True, attempts=8, cap=True):
        result = whole_way(tmp_path, name, f"{service.address}/cgdcontract")
    assert len(service.asked) == 2 + 60 // 4 + 1, "two faults, the pages, and the empty one after the last"
    assert all("year=2566" in asked and f"api-key={KEY}" in asked for asked in service.asked)
    assert tables(result) == {table: published[table] for table in tables(result)}
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and KEY.encode() in p.read_bytes()]


def test_both_datasets_read_the_same_sample_in_the_same_way() -> None:
    for file in ("sample/synthetic-cgdcontract-2566.json", "data/personal_titles.csv"):
        assert len({(folder / file).read_bytes() for folder in FOLDERS}) == 1
    codes = [(folder / "source.py").read_text(encoding="utf-8") for folder in FOLDERS]
    assert len({code.partition('KEPT = """')[2].partition('"""')[0] for code in codes}) == 1
