"""Every dataset of the project, published to a real CKAN, serves its readers what was released."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.portals.ckan_columns import types_of
from pipelines.portals.ckan_metadata import package_name
from pipelines.validation.package import check_package
from tests.portal import proxy
from tests.portal.catalogue import NAMES, Catalogue, download, sha256

#: A word of each Thai title, from within it.
WORDS = {
    "budget/bma_projects": "โครงการสำคัญ",
    "budget/bma_strategy": "แผนพัฒนา",
    "budget/expenditure_lines": "งบประมาณรายจ่าย",
    "contracts/contracts": "จัดซื้อจัดจ้าง",
    "contracts/departments": "รหัสหน่วยงาน",
    "contracts/projects": "ภาครัฐ",
    "land_tax/assessments": "สิ่งปลูกสร้าง",
    "welfare/coverage": "ผู้ย้ายที่อยู่",
    "welfare/disability_allowance": "ความพิการ",
    "welfare/elderly_allowance": "ผู้สูงอายุ",
    "welfare/elderly_fund": "กองทุน",
}
#: What JSON has for a cell of a type, and how one of a CSV is read; others are texts.
OF_JSON: dict[str, Any] = {"int8": int, "bool": bool, "numeric": (int, float)}
READ: dict[str, Callable[[str], Any]] = {"int8": int, "bool": lambda text: text == "true", "numeric": Decimal}
MOST_ROWS = 32_000
every_dataset = pytest.mark.parametrize("name", NAMES)


@every_dataset
def test_a_word_of_the_thai_title_finds_it(dga: Catalogue, name: str) -> None:
    assert WORDS[name] in dga.ws.dataset(name).spec.title.th
    found = dga.portal.as_anyone("package_search", q=WORDS[name], rows=50)["results"]
    assert package_name(name) in {package["name"] for package in found}
    assert len(found) < len(NAMES) or len(NAMES) == 1


@every_dataset
def test_it_says_what_it_is_and_every_mandatory_field(dga: Catalogue, name: str) -> None:
    shown, spec = dga.shown(name), dga.ws.dataset(name).spec
    assert (shown["title"], shown["title_en"], shown["notes"]) == (spec.title.th, spec.title.en, spec.description.th)
    assert (shown["private"], shown["state"], shown["organization"]["name"]) == (False, "active", "dga")
    schema = dga.portal.as_anyone("scheming_dataset_schema_show", type="dataset")
    demanded = [field["field_name"] for field in schema["dataset_fields"] if field.get("required")]
    assert len(demanded) == 14
    assert [field for field in demanded if not shown.get(field)] == []


@every_dataset
def test_its_rows_are_typed_and_every_column_says_in_thai_what_it_is(dga: Catalogue, name: str) -> None:
    resources = dga.resources(name)
    for table, told in dga.described(name).items():
        resource = resources[f"latest/{table}.csv"]["id"]
        types, info = types_of(told["schema"]), dga.portal.as_anyone("datastore_info", id=resource)
        assert {field["id"]: field["type"] for field in info["fields"]} == types
        labels = {field["id"]: field["info"]["label"] for field in info["fields"]}
        assert labels == {field["name"]: field["titles"]["th"] for field in told["schema"]["fields"]}
        found = dga.portal.as_anyone("datastore_search", resource_id=resource, limit=MOST_ROWS)
        assert {field["id"]: field["type"] for field in found["fields"] if field["id"] != "_id"} == types
        rows = [[_cell(kind, row[column]) for column, kind in types.items()] for row in found["records"]]
        released = _rows(dga.released(name, f"{table}.csv"))
        assert sorted(rows, key=str) == sorted(
            ([_read(kind, row[column]) for column, kind in types.items()] for row in released), key=str
        )


@every_dataset
def test_sums_by_sql_are_those_of_the_release(dga: Catalogue, name: str) -> None:
    resources, counted = dga.resources(name), 0
    for table, told in dga.described(name).items():
        numbers = [column for column, kind in types_of(told["schema"]).items() if kind in {"int8", "numeric"}]
        sums = ", ".join(
            ["count(*) AS rows", *(f'coalesce(sum("{column}"), 0)::text AS "{column}"' for column in numbers)]
        )
        sql = f'SELECT {sums} FROM "{resources[f"latest/{table}.csv"]["id"]}"'  # noqa: S608 - our own names
        (found,) = dga.portal.as_anyone("datastore_search_sql", sql=sql)["records"]
        rows = _rows(dga.released(name, f"{table}.csv"))
        assert int(found["rows"]) == len(rows) == dga.release(name).rows[f"{table}.csv"]
        for column in numbers:
            assert Decimal(found[column]) == sum((Decimal(row[column] or 0) for row in rows), Decimal(0)), column
        counted += len(rows)
    assert counted


@every_dataset
def test_every_download_is_the_file_of_the_release(dga: Catalogue, name: str) -> None:
    release, resources = dga.release(name), dga.resources(name)
    proved = {file.name: file.sha256 for file in release.files}
    for table in dga.described(name):
        for folder in ("latest", release.id):
            resource = resources[f"{folder}/{table}.csv"]
            assert sha256(download(resource)) == proved[f"{table}.csv"] == resource["content_sha256"]
    told = json.loads(download(resources["latest/changelog.json"]))
    assert [(entry["release"], entry["action"]) for entry in told["releases"]] == [(release.id, "publish")]


@every_dataset
def test_the_zip_is_a_data_package_of_exactly_the_release(dga: Catalogue, name: str, tmp_path: Path) -> None:
    release = dga.release(name)
    content = download(dga.resources(name)[f"{release.id}/{package_name(name)}.zip"])
    with zipfile.ZipFile(io.BytesIO(content)) as whole:
        members = {member: sha256(whole.read(member)) for member in whole.namelist()}
        whole.extractall(tmp_path)
    assert members == {file.name: file.sha256 for file in release.files}
    assert check_package(tmp_path).valid


@every_dataset
def test_what_is_newest_stands_first_and_can_be_looked_at_on_the_page(dga: Catalogue, name: str) -> None:
    resources, tables = dga.resources(name), list(dga.described(name))
    assert list(resources)[: len(tables) + 1] == [*(f"latest/{table}.csv" for table in tables), "latest/changelog.json"]
    for key, resource in resources.items():
        views = {view["view_type"] for view in dga.portal.as_anyone("resource_view_list", id=resource["id"])}
        wanted = (
            {"datatables_view"} if resource["datastore_active"] else {"text_view"} if key.endswith(".json") else set()
        )
        assert views == wanted, key


def test_to_publish_everything_again_writes_nothing(dga: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: (dga.activities(name), dga.shown(name)) for name in NAMES}
    with proxy.running(dga.portal.address) as seen:
        monkeypatch.setenv("OPENDATA_DGA_URL", seen.address)
        again = {name: dga.publish(name) for name in NAMES}
    assert {name: writes for name, (_, writes) in again.items() if writes} == {}
    assert [name for name, (result, _) in again.items() if result.written] == []
    assert (seen.writes, len(seen.calls) > len(NAMES)) == ([], True)
    assert {name: (dga.activities(name), dga.shown(name)) for name in NAMES} == before


def _rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def _cell(kind: str, value: Any) -> Any:
    """A cell of CKAN's JSON, of the very type that the table says."""
    assert value is None or isinstance(value, OF_JSON.get(kind, str))
    return Decimal(str(value)) if isinstance(value, float | int) and kind == "numeric" else value


def _read(kind: str, text: str) -> Any:
    """The same cell, out of the CSV."""
    return READ.get(kind, str)(text) if text else None
