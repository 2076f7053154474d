"""Whatever is changed on the portal behind the pipeline's back is found, and mended by publishing again.

The data is synthetic.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from tests.portal import by_hand, proxy
from tests.portal.desk import PACKAGE, SECOND, Desk, desk
from tests.portals import RealPortal
from tests.toy import NAME

LATEST = "latest/notes.csv"


@pytest.fixture(scope="module")
def at(agency: RealPortal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    agency.purge_all()
    with pytest.MonkeyPatch.context() as environment:
        found = desk(agency, tmp_path_factory.mktemp("audit"), environment)
        found.publish()
        yield found


def audit(code: int) -> list[dict[str, str]]:
    done = CliRunner().invoke(app, ["audit", NAME, "--portal", "agency", "--json"])
    changes: list[dict[str, str]] = json.loads(done.stdout)["changes"]
    assert done.exit_code == code, changes
    return changes


def table(at: Desk) -> str:
    return str(at.resources()[LATEST]["id"])


def alter_a_row(at: Desk) -> None:
    row = {"visit_code": "1001-001", "note_th": "ถูกแก้"}
    at.portal.operator("datastore_upsert", resource_id=table(at), force=True, records=[row])


def change_the_dictionary(at: Desk) -> None:
    fields = at.portal.operator("datastore_info", id=table(at))["fields"]
    told = [{"id": f["id"], "type": f["type"], "info": {**f["info"], "label": "อื่น"}} for f in fields]
    at.portal.operator("datastore_create", resource_id=table(at), force=True, fields=told)


def add_a_resource(at: Desk) -> None:
    at.portal.operator("resource_create", package_id=PACKAGE, name="คู่มือ", url="https://example.go.th/manual.pdf")


def lose_the_file(at: Desk) -> None:
    resource = table(at)
    folder = at.portal.instance.home / "storage" / "resources" / resource[:3] / resource[3:6]
    (folder / resource[6:]).unlink()


DRIFT: dict[str, tuple[Callable[[Desk], Any], str]] = {
    "metadata edited": (lambda at: at.portal.operator("package_patch", id=PACKAGE, title="ชื่ออื่น"), "title"),
    "file replaced": (lambda at: by_hand.replace_file(at.portal, table(at), b"visit_code\r\nLEAK"), "other bytes"),
    "dated file replaced": (
        lambda at: by_hand.replace_file(at.portal, at.shown()["resources"][-1]["id"], b"LEAK"),
        "file",
    ),
    "file lost on the disk": (lose_the_file, "file is missing"),
    "row altered": (alter_a_row, "content"),
    "row deleted": (
        lambda at: at.portal.operator(
            "datastore_delete", resource_id=table(at), force=True, filters={"visit_code": "1001-002"}
        ),
        "17 rows instead of 18",
    ),
    "table dropped": (
        lambda at: at.portal.operator("datastore_delete", resource_id=table(at), force=True),
        "table is missing",
    ),
    "resource deleted": (
        lambda at: at.portal.operator("resource_delete", id=at.resources()["latest/visits_by_district.csv"]["id"]),
        "is not there",
    ),
    "dictionary changed": (change_the_dictionary, "dictionary"),
    "made private": (lambda at: at.portal.operator("package_patch", id=PACKAGE, private=True), "private"),
    "dataset deleted": (lambda at: at.portal.operator("package_delete", id=PACKAGE), "not there"),
}


@pytest.mark.parametrize("kind", DRIFT)
def test_a_change_behind_our_back_is_found_and_mended(kind: str, at: Desk) -> None:
    assert audit(0) == []
    damage, told = DRIFT[kind]
    damage(at)
    changes = audit(1)
    assert any(told in change["reason"] for change in changes), changes
    assert {change["dataset"] for change in changes} == {NAME}, "who audits all of them sees which it is"
    assert "LEAK" not in str(changes)
    assert "ถูกแก้" not in str(changes)
    at.publish()
    assert audit(0) == []


def test_what_others_add_is_told_and_left_alone(at: Desk) -> None:
    add_a_resource(at)
    (change,) = audit(1)
    assert change["reason"] == "others have put it there"
    at.publish(SECOND)
    assert "คู่มือ" in {resource["name"] for resource in at.shown()["resources"]}
    at.portal.operator("resource_delete", id=at.shown()["resources"][-1]["id"])
    assert audit(0) == []


def test_an_audit_of_what_is_unchanged_brings_no_file_again(at: Desk) -> None:
    audit(0)
    with proxy.running(at.portal.address) as between:
        at.through(between.address)
        audit(0)
        at.through(at.portal.address)
        downloads = [call for call in between.calls if "/download/" in call.path]
    assert len(downloads) > 5
    assert {c.path.rpartition("/")[2] for c in downloads if c.status != httpx.codes.NOT_MODIFIED} == {"changelog.json"}
    assert between.writes == []
