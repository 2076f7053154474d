"""Services that do not do as they say: what they send must be whole and once, or a refusal."""

import json
import zipfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import stamina

from pipelines.errors import SourceError
from pipelines.extract import extract
from tests import services, sources
from tests.services import Service, projects, running
from tests.unit.test_api import PROJECTS, newer, taken

ITEMS = {"projects": PROJECTS | {"records": "items"}}


@pytest.fixture(autouse=True)
def _at_once() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


def source(**changes: Any) -> dict[str, Any]:
    return newer(total=None, success=None, tables=ITEMS) | changes


def answering(service: Service, answer: Any) -> None:
    service.answer = answer  # type: ignore[method-assign]


@pytest.mark.parametrize("named", ["address", "path"])
def test_the_address_of_the_next_page_is_asked_for_with_its_own_query(named: str, tmp_path: Path) -> None:
    ws = sources.project(tmp_path, source(paging={"kind": "cursor", "next": "next"}))
    with running(projects(7)) as service:

        def answer(path: str, query: dict[str, str]) -> Any:
            start = int(query.get("after", "0"))
            more = f"{service.address if named == 'address' else ''}{path}?after={start + 3}"
            return {"items": service.records[start : start + 3], "next": more if start + 3 < 7 else None}

        answering(service, answer)
        found = taken(ws, service, "/listed")
    assert [row["project_id"] for row in found["projects"]] == [record["project_id"] for record in projects(7)]


def test_a_query_in_the_address_goes_with_every_page(tmp_path: Path) -> None:
    ws = sources.project(tmp_path, newer())
    with running(projects(7)) as service:
        assert len(taken(ws, service, "/egp-contract?format=json")["projects"]) == 7
    assert all("format=json" in asked for asked in service.asked)


def test_the_signature_in_the_address_of_a_linked_file_goes_with_it(tmp_path: Path) -> None:
    table = {"columns": {"project_id": "project_id", "money_thb": "project_money"}}
    ws = sources.project(tmp_path, {"reader": "api", "link": "data", "linked": "csv", "tables": {"projects": table}})
    with running(projects(2)) as service:
        answering(service, lambda _path, _query: {"data": f"{service.address}/file.zip?signature=abc"})
        taken(ws, service, "/bulk")
    assert service.asked[-1] == "/file.zip?signature=abc"


@pytest.mark.parametrize("total", [None, "total"])
@pytest.mark.parametrize(
    "paging",
    [{"kind": "offset", "size": 3}, {"kind": "page", "limit": "limit", "size": 3}, {"kind": "cursor", "next": "next"}],
)
def test_a_service_that_gives_the_same_page_again_is_refused(
    paging: dict[str, Any], total: str | None, tmp_path: Path
) -> None:
    ws = sources.project(tmp_path, source(paging=paging, total=total))
    with running(projects(9)) as service:
        answering(service, lambda _path, _query: {"items": service.records[:3], "next": "token", "total": 9})
        with pytest.raises(SourceError, match="page 2 has the records of the page before it"):
            taken(ws, service, "/deaf")
    assert len(service.asked) == 2


def test_a_service_that_counts_anew_all_the_time_is_given_up(tmp_path: Path) -> None:
    ws = sources.project(tmp_path, newer())
    totals = count(9)
    with running(projects(9)) as service:
        answer = service.answer
        answering(service, lambda path, query: answer(path, query) | {"total": next(totals)})
        with pytest.raises(SourceError, match="changed while its pages were asked for"):
            taken(ws, service, "/egp-contract")
    assert len(service.asked) < 20


def test_a_reply_that_is_nested_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = sources.project(tmp_path, source())
    with running(projects(1)) as service:
        monkeypatch.setattr("tests.services.json.dumps", lambda *_, **__: "[" * 200_000 + "]" * 200_000)
        with pytest.raises(SourceError, match="page 1 is no JSON"):
            taken(ws, service, "/deep")


@pytest.mark.parametrize("said", ["nan", "inf", "-5", "Wed, 21 Oct 99999 07:28:00 GMT", "soon"])
def test_a_pause_that_makes_no_sense_is_no_crash(said: str, tmp_path: Path) -> None:
    ws = sources.project(tmp_path, source())
    with pytest.MonkeyPatch.context() as patch, running(projects(3), ["odd"]) as service:
        patch.setitem(services._FAILURES, "odd", (429, b"", {"Retry-After": said}))
        answering(service, lambda _path, query: {"items": service.records[int(query["offset"]) :]})
        try:
            found = taken(ws, service, "/any")
        except SourceError:
            return
    assert len(found["projects"]) == 3


def test_saved_pages_in_a_folder_of_a_zip_are_read(tmp_path: Path) -> None:
    ws = sources.project(tmp_path, source())
    with zipfile.ZipFile(tmp_path / "pages.zip", "w") as archive:
        archive.mkdir("pages")
        archive.writestr("pages/1.json", json.dumps({"items": projects(3)}))
    extract(ws, ws.dataset(sources.NAME), period="2566", location=str(tmp_path / "pages.zip"))
    assert len(sources.rows(ws)["projects"]) == 3


def test_saved_pages_that_are_damaged_are_refused(tmp_path: Path) -> None:
    ws = sources.project(tmp_path, source())
    path = tmp_path / "pages.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.json", json.dumps({"items": projects(3)}))
    whole = bytearray(path.read_bytes())
    whole[80] ^= 1
    path.write_bytes(whole)
    with pytest.raises(SourceError, match="damaged"):
        extract(ws, ws.dataset(sources.NAME), period="2566", location=str(path))


@pytest.mark.parametrize(
    "result", [{"records": []}, {"total": 3}, {"total": "many", "records": []}, {"total": 3, "records": 3}]
)
def test_a_portal_that_leaves_out_rows_or_their_number_is_refused(result: dict[str, Any], tmp_path: Path) -> None:
    table = {"columns": {"project_id": "project_id"}}
    ckan = {"reader": "ckan", "dataset": "egp-2566", "resource": "projects", "serves": "datastore"}
    ws = sources.project(tmp_path, ckan | {"tables": {"projects": table}})
    with running(projects(3)) as service:
        answer = service.ckan
        service.ckan = lambda action, query: (  # type: ignore[method-assign]
            {"success": True, "result": result} if action == "datastore_search" else answer(action, query)
        )
        with pytest.raises(SourceError):
            extract(ws, ws.dataset(sources.NAME), period="2566", location=service.address)


def test_a_portal_that_gives_the_same_rows_again_is_refused(tmp_path: Path) -> None:
    ckan = {"reader": "ckan", "dataset": "egp-2566", "resource": "projects", "serves": "datastore", "page_rows": 3}
    ws = sources.project(
        tmp_path,
        ckan | {"tables": {"projects": {"columns": {"project_id": "project_id", "money_thb": "project_money"}}}},
    )
    with running(projects(9)) as service:
        answer = service.ckan
        service.ckan = lambda action, query: answer(action, query | {"offset": "0"})  # type: ignore[method-assign]
        with pytest.raises(SourceError, match="page 2 has the records of the page before it"):
            extract(ws, ws.dataset(sources.NAME), period="2566", location=service.address)
