"""Another portal's table, found by names: its ids change when it is rebuilt."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import stamina

from pipelines.errors import SourceError
from pipelines.extract import extract
from tests import sources
from tests.services import Service, projects, running

TABLE = {"columns": {"project_id": "project_id", "money_thb": "project_money"}}


def source(**changes: Any) -> dict[str, Any]:
    return {"reader": "ckan", "dataset": "egp-2566", "resource": "projects", "serves": "datastore",
            "tables": {"projects": TABLE}} | changes  # fmt: skip


@pytest.fixture(autouse=True)
def _at_once() -> Iterator[None]:
    with stamina.set_testing(True, attempts=8, cap=True):
        yield


@pytest.mark.parametrize("serves", ["datastore", "csv"])
def test_the_table_or_the_file_comes_with_what_the_portal_says_of_it(serves: str, tmp_path: Path) -> None:
    ws = sources.project(tmp_path, source(serves=serves))
    with running(projects(11), ["503"]) as service:
        receipt = extract(ws, ws.dataset(sources.NAME), period="2566", location=service.address).receipt
    expected = [record["project_money"] for record in projects(11)]
    assert [row["money_thb"] for row in sources.rows(ws)["projects"]] == expected
    said = receipt.details["origin"]["portal"]
    assert said["dataset"]["title"] == "ข้อมูลสังเคราะห์"
    assert said["dataset"]["license_id"] == "cc-by"
    assert "person@example.go.th" not in json.dumps(receipt.model_dump(mode="json"))


@contextmanager
def stating(total: int, *, counted: bool) -> Iterator[Service]:
    """A portal of five records that states another total, with `counted` also where it has to count."""
    with running(projects(5)) as service:
        ckan = service.ckan

        def answer(action: str, query: dict[str, str]) -> Any:
            reply = ckan(action, query)
            if action == "datastore_search" and (counted or query.get("distinct") != "true"):
                reply["result"]["total"] = total
            return reply

        service.ckan = answer  # type: ignore[method-assign]
        yield service


def test_a_total_that_does_not_hold_is_refused(tmp_path: Path) -> None:
    ws = sources.project(tmp_path, source())
    with stating(7, counted=True) as service, pytest.raises(SourceError, match=r"5 records came where .* counts 7"):
        extract(ws, ws.dataset(sources.NAME), period="2566", location=service.address)


@pytest.mark.parametrize("total", [2, 7])
def test_a_total_that_the_portal_kept_from_an_earlier_load_refuses_no_table(total: int, tmp_path: Path) -> None:
    ws = sources.project(tmp_path, source())
    with stating(total, counted=False) as service:
        extract(ws, ws.dataset(sources.NAME), period="2566", location=service.address)
    assert len(sources.rows(ws)["projects"]) == 5


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dataset": "gone"}, "the portal answers with an error"),
        ({"resource": "other"}, "0 resources"),
        ({"resource": "notes", "serves": "csv"}, "no file"),
    ],
)
def test_what_is_not_there_is_named(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    ws = sources.project(tmp_path, source(**changes))
    with running(projects(2)) as service, pytest.raises(SourceError, match=said):
        extract(ws, ws.dataset(sources.NAME), period="2566", location=service.address)
