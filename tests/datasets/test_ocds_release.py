"""The OCDS package of a release must pass the standard's own schema and codelists, and compile."""

import csv
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import ocdsmerge
import pytest

from pipelines.disclosure.scan import scan_texts
from pipelines.portals.static import StaticPortal
from pipelines.release.contracting import texts
from pipelines.run import run
from pipelines.thai.ids import kind_of
from pipelines.workspace import Workspace
from tests.conftest import PROJECT
from tests.datasets.test_contracts import tables, whole_way
from tests.procurement import page, records

NAME = "contracts/contracts"
CODELISTS = {
    "tenderStatus",
    "awardStatus",
    "contractStatus",
    "method",
    "procurementCategory",
    "releaseTag",
    "partyRole",
}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ws = Workspace(PROJECT, str(tmp_path_factory.mktemp("home")))
    run(ws, ws.dataset(NAME), period=None, location=None, portal=StaticPortal(ws))
    (package,) = Path(ws.home, "releases", NAME).rglob("ocds-release-package.json")
    return package


def test_it_passes_the_official_schema(released: Path, real_data: Path) -> None:
    folder = real_data / "standards/ocds-1.1.5"
    around = json.loads((folder / "release-package-schema.json").read_text(encoding="utf-8"))
    around["properties"]["releases"]["items"] = {}  # they are asked of one by one, by their own schema
    package = json.loads(released.read_text(encoding="utf-8"))
    assert [error.message for error in jsonschema.Draft4Validator(around).iter_errors(package)] == []
    each = jsonschema.Draft4Validator(json.loads((folder / "release-schema.json").read_text(encoding="utf-8")))
    assert [error.message for release in package["releases"] for error in each.iter_errors(release)] == []
    assert len(package["releases"]) == 60


def test_every_code_is_in_its_codelist(released: Path, real_data: Path) -> None:
    codes = {}
    for name in CODELISTS:
        with (real_data / f"standards/ocds-1.1.5/codelists/{name}.csv").open(encoding="utf-8-sig") as file:
            codes[name] = {row["Code"] for row in csv.DictReader(file)}
    for release in json.loads(released.read_text(encoding="utf-8"))["releases"]:
        assert set(release["tag"]) <= codes["releaseTag"]
        assert {role for party in release["parties"] for role in party["roles"]} <= codes["partyRole"]
        assert release["tender"].get("status", "active") in codes["tenderStatus"]
        assert release["tender"].get("procurementMethod", "open") in codes["method"]
        assert release["tender"].get("mainProcurementCategory", "goods") in codes["procurementCategory"]
        assert {c.get("status", "active") for c in release.get("contracts", [])} <= codes["contractStatus"]
        assert {a.get("status", "active") for a in release.get("awards", [])} <= codes["awardStatus"]


def test_its_money_is_that_of_the_tables(released: Path) -> None:
    releases = json.loads(released.read_text(encoding="utf-8"), parse_float=str, parse_int=str)["releases"]
    with (released.parent / "contracts.csv").open(encoding="utf-8-sig") as file:
        table = sum(Decimal(row["contract_amount_thb"] or 0) for row in csv.DictReader(file))
    signed = [Decimal(c["value"]["amount"]) for r in releases for c in r.get("contracts", []) if "value" in c]
    assert sum(signed) == table
    with (released.parent / "tenders.csv").open(encoding="utf-8-sig") as file:
        budget = sum(Decimal(row["budget_amount_thb"] or 0) for row in csv.DictReader(file))
    budgets = [r["planning"]["budget"] for r in releases]
    assert sum(Decimal(each["amount"]["amount"]) for each in budgets if "amount" in each) == budget


def test_it_compiles(released: Path, real_data: Path) -> None:
    schema = json.loads((real_data / "standards/ocds-1.1.5/release-schema.json").read_text(encoding="utf-8"))
    merger = ocdsmerge.Merger(schema)
    for release in json.loads(released.read_text(encoding="utf-8"))["releases"]:
        compiled = merger.create_compiled_release([release])
        assert compiled["tag"] == ["compiled"]
        assert len(compiled.get("contracts", [])) == len(release.get("contracts", []))


def test_the_mark_of_a_release_is_taken_for_nobodys_number(released: Path) -> None:
    """Of some thousand with digits one reads as a telephone number, and the package would be refused."""
    ids = {each["id"] for each in json.loads(released.read_text(encoding="utf-8"))["releases"]}
    assert len(ids) == 60
    assert all(re.fullmatch("[0-9]{11}-[a-p]{16}", each) for each in ids)


def test_contract_numbers_that_are_right_by_chance_keep_no_package_back(tmp_path: Path) -> None:
    """Of numbers of thirteen digits one in ten has a right check digit; the table is no list of persons."""
    projects = records()
    for number, each in enumerate(signed for project in projects for signed in project.get("contract", [])):
        each["contract_no"] = f"4{number:04}00000{number % 100:02}{number % 10}"
    result = whole_way(tmp_path, NAME, page(tmp_path / "page.json", projects))
    numbers = {row["contract_no"] for row in tables(result)["contracts"]}
    assert any(kind_of(number) == "person" for number in numbers)


def test_a_persons_number_in_the_package_refuses_it(tmp_path: Path) -> None:
    ids = ["1000000000319", "081-234-5678", "นายสมมุติ ไม่มีตัวตน"]
    lines = ['{"uri":"tag:example.go.th,2022:x","releases":[', *(f'{{"tender":{{"title":"{text}"}}}},' for text in ids)]
    (tmp_path / "package.json").write_text("\n".join([*lines, '{"id":"1"}', "]}", ""]), encoding="utf-8")
    found = scan_texts(texts(tmp_path / "package.json")).findings
    assert {(each.column, each.kind, each.rows) for each in found} == {
        ("title", "national_id", (2,)), ("title", "phone", (3,)), ("title", "person_name", (4,))
    }  # fmt: skip


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value


def test_no_natural_person_has_a_number_in_it(released: Path) -> None:
    package = json.loads(released.read_text(encoding="utf-8"))
    numbers = {text for text in strings(package) if re.fullmatch(r"(TH-TIN-)?[0-9]{13}", text)}
    assert numbers
    assert all(number.removeprefix("TH-TIN-").startswith("0") for number in numbers)
