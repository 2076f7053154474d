"""A page that is lost, read twice or taken from another state of the service is money that is
wrong; a key that is shown is lost."""

import json
import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina

from pipelines.errors import OpendataError, SourceError, UnreachableError, UsageError
from pipelines.extract import extract
from pipelines.workspace import Workspace
from tests import sources
from tests.services import FAULTS, KEY, Service, projects, running

PROJECTS = {
    "records": "result",
    "columns": {"project_id": "project_id", "money_thb": "project_money", "announce_date": "announce_date"},
    "ignore": {"project_name": "x", "project_location.lat": "x", "project_location.lon": "x", "contract": "own table"},
}
CONTRACTS = {
    "records": "result", "each": "contract",
    "columns": {"project_id": "project_id", "contract_no": "contract.contract_no", "price_thb": "contract.price_agree"},
    "ignore": dict.fromkeys(("project_name", "project_money", "announce_date", "project_location.lat",
                             "project_location.lon", "contract.winner"), "x"),
}  # fmt: skip
OLDER = {
    "reader": "api", "key": {"env": "TEST_API_KEY", "send_as": "query", "name": "api-key"},
    "paging": {"kind": "offset", "size": 500}, "params": {"year": "{period}"},
    "success": {"path": "status", "equals": "success"},
    "limited": {"path": "message", "equals": "API rate limit exceeded"},
    "tables": {"projects": PROJECTS, "contracts": CONTRACTS},
}  # fmt: skip


def newer(**changes: Any) -> dict[str, Any]:
    table = PROJECTS | {"records": "data"}
    return {"reader": "api", "paging": {"kind": "offset", "size": 3}, "total": "total",
            "success": {"path": "success", "equals": "true"}, "tables": {"projects": table}} | changes  # fmt: skip


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TEST_API_KEY", KEY)
    with stamina.set_testing(True, attempts=8, cap=True):
        yield


def taken(ws: Workspace, service: Service, path: str) -> dict[str, list[dict[str, Any]]]:
    extract(ws, ws.dataset(sources.NAME), period="2566", location=service.address + path)
    return sources.rows(ws)


def test_every_record_and_every_contract_comes_once_although_the_service_gives_fewer_at_a_time(tmp_path: Path) -> None:
    ws = sources.project(tmp_path, OLDER)
    with running(projects(11)) as service:
        found = taken(ws, service, "/cgdcontract")
    assert [row["project_id"] for row in found["projects"]] == [record["project_id"] for record in projects(11)]
    expected = [(r["project_id"], c["contract_no"], c["price_agree"]) for r in projects(11) for c in r["contract"]]
    assert [(row["project_id"], row["contract_no"], row["price_thb"]) for row in found["contracts"]] == expected
    assert all("year=2566" in asked for asked in service.asked)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("/egp-contract", newer()),
        ("/numbered", newer(total=None, success=None, paging={"kind": "page", "limit": "limit", "size": 4},
                            tables={"projects": PROJECTS | {"records": "items"}})),
        ("/cursor", newer(total=None, success=None, paging={"kind": "cursor", "next": "next"},
                          tables={"projects": PROJECTS | {"records": "items"}})),
    ],
)  # fmt: skip
def test_each_way_of_paging_brings_every_record_once(path: str, source: dict[str, Any], tmp_path: Path) -> None:
    ws = sources.project(tmp_path, source)
    with running(projects(10)) as service:
        found = taken(ws, service, path)
    assert [row["project_id"] for row in found["projects"]] == [record["project_id"] for record in projects(10)]


def test_a_service_that_links_to_a_zip_is_followed(tmp_path: Path) -> None:
    table = {"columns": {"project_id": "project_id", "money_thb": "project_money"}}
    source = {"reader": "api", "link": "data", "linked": "csv", "success": {"path": "success", "equals": "true"},
              "tables": {"projects": table}}  # fmt: skip
    ws = sources.project(tmp_path, source)
    with running(projects(5)) as service:
        found = taken(ws, service, "/bulk")
    assert [row["money_thb"] for row in found["projects"]] == [record["project_money"] for record in projects(5)]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_passes_costs_nothing_but_time(fault: str, tmp_path: Path) -> None:
    ws = sources.project(tmp_path, OLDER)
    with running(projects(6), [fault, fault]) as service:
        found = taken(ws, service, "/cgdcontract")
    assert len(found["projects"]) == 6


@pytest.mark.parametrize("fault", ["429", "limited", "503", "reset"])
def test_a_fault_that_stays_is_unreachable_after_a_bounded_number_of_tries(fault: str, tmp_path: Path) -> None:
    ws = sources.project(tmp_path, OLDER)
    with running(projects(6), [fault] * 50) as service, pytest.raises(UnreachableError):
        taken(ws, service, "/cgdcontract")
    assert len(service.asked) == 8


@pytest.mark.parametrize(("fault", "said"), [("html", "HTML"), ("401", "401"), ("403", "403"), ("302", "302")])
def test_an_answer_that_is_none_is_refused_at_once(fault: str, said: str, tmp_path: Path) -> None:
    ws = sources.project(tmp_path, OLDER)
    with running(projects(6), [fault]) as service, pytest.raises(SourceError, match=said):
        taken(ws, service, "/cgdcontract")
    assert len(service.asked) == 1


def test_an_error_inside_a_good_status_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = sources.project(tmp_path, OLDER)
    monkeypatch.setenv("TEST_API_KEY", "wrong")
    with running(projects(6)) as service, pytest.raises(SourceError, match="status is not success"):
        taken(ws, service, "/cgdcontract")


def test_what_came_before_the_cut_is_not_asked_for_again(tmp_path: Path) -> None:
    ws = sources.project(tmp_path, OLDER)
    with running(projects(10)) as service:
        service.faults = []
        answer = service.answer
        service.answer = lambda path, query: answer(path, query) if query["offset"] != "8" else {"status": "down"}  # type: ignore[method-assign]
        with pytest.raises(SourceError):
            taken(ws, service, "/cgdcontract")
        before = len(service.asked)
        service.answer = answer  # type: ignore[method-assign]
        found = taken(ws, service, "/cgdcontract")
        again = service.asked[before:]
    assert len(found["projects"]) == 10
    assert all("offset=8" in asked or "offset=10" in asked for asked in again)


def test_pages_of_two_states_are_never_mixed(tmp_path: Path) -> None:
    ws = sources.project(tmp_path, newer())
    with running(projects(9)) as service:
        service.grows_after = 2
        found = taken(ws, service, "/egp-contract")
    assert [row["project_id"] for row in found["projects"]] == [r["project_id"] for r in service.records]


def test_fewer_records_than_the_service_counts_are_refused(tmp_path: Path) -> None:
    ws = sources.project(tmp_path, newer())
    with running(projects(9)) as service:
        answer = service.answer
        service.answer = lambda path, query: answer(path, query) | {"total": "12"}  # type: ignore[method-assign]
        with pytest.raises(SourceError, match="9 records came where the service counts 12"):
            taken(ws, service, "/egp-contract")


def test_the_key_is_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ws = sources.project(tmp_path, OLDER)
    caplog.set_level(logging.DEBUG, logger="stamina")
    with running(projects(6), ["503", "503"]) as service:
        taken(ws, service, "/cgdcontract")
        service.faults = ["503"] * 20
        with pytest.raises(UnreachableError) as refused:
            extract(ws, ws.dataset(sources.NAME), period="2565", location=f"{service.address}/cgdcontract")
    assert KEY not in caplog.text + str(refused.value)
    for path in Path(ws.home).rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes()


def test_a_missing_key_or_period_is_said_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = sources.project(tmp_path, OLDER)
    with running(projects(1)) as service:
        with pytest.raises(UsageError, match="one period"):
            extract(ws, ws.dataset(sources.NAME), location=f"{service.address}/cgdcontract")
        monkeypatch.delenv("TEST_API_KEY")
        with pytest.raises(OpendataError, match="TEST_API_KEY"):
            taken(ws, service, "/cgdcontract")


def test_equal_replies_are_one_delivery(tmp_path: Path) -> None:
    ws = sources.project(tmp_path, OLDER)
    with running(projects(6)) as service:
        address = f"{service.address}/cgdcontract"
        assert extract(ws, ws.dataset(sources.NAME), period="2566", location=address).written
        assert not extract(ws, ws.dataset(sources.NAME), period="2566", location=address).written


def test_a_saved_page_can_be_read_instead(tmp_path: Path) -> None:
    ws = sources.project(tmp_path, OLDER)
    with running(projects(3)) as service:
        page = tmp_path / "page.json"
        page.write_text(json.dumps(service.answer("/cgdcontract", {"api-key": KEY, "limit": "4"})), encoding="utf-8")
    extract(ws, ws.dataset(sources.NAME), period="2566", location=str(page))
    assert len(sources.rows(ws)["projects"]) == 3
    with zipfile.ZipFile(tmp_path / "pages.zip", "w") as archive:
        archive.write(page, "page-1.json")
    extract(ws, ws.dataset(sources.NAME), period="2566", location=str(tmp_path / "pages.zip"))
    assert len(sources.rows(ws)["projects"]) == 3
