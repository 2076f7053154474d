"""Only what is proved, public and clean gets out, whole; and what was out can be brought back.

All data is the synthetic toy dataset's.
"""

import csv
import hashlib
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import OpendataError, PrivacyError, ReceiptError
from pipelines.portals.static import StaticPortal
from pipelines.publish import plan
from pipelines.publishing import gate
from pipelines.release import Release
from pipelines.thai.years import BANGKOK
from pipelines.workspace import Workspace
from tests.publishing import define, prepared, public, publish_now, state, whole_way
from tests.toy import NAME, PERIOD, write_project

PHONE = "0899990000"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return write_project(tmp_path)


def test_what_is_published_are_the_accepted_bytes(ws: Workspace) -> None:
    whole_way(ws)
    accepted = ws.receipts.demand(ws.dataset(NAME), PERIOD, "anonymise")
    for name, proof in accepted.files.items():
        assert hashlib.sha256(public(ws, name)).hexdigest() == proof.sha256


def test_the_columns_of_a_table_are_those_it_is_described_with_after_its_measures_changed_places(
    ws: Workspace,
) -> None:
    def turned(definition: dict[str, Any]) -> None:
        table = definition["tables"]["visits_by_district"]
        table["measures"] = dict(reversed(table["measures"].items()))
        definition["title"] = {"th": "ชื่อใหม่", "en": "a new title"}

    whole_way(ws)
    define(ws, turned)
    whole_way(ws)
    described = {r["path"]: r for r in json.loads(public(ws, "datapackage.json"))["resources"]}
    fields = [field["name"] for field in described["visits_by_district.csv"]["schema"]["fields"]]
    header = public(ws, "visits_by_district.csv").decode("utf-8-sig").splitlines()[0]
    assert header.split(",") == fields == ["district_code", "amount_thb", "person_count", "obs_status"]


def test_nothing_is_written_where_nothing_has_changed(ws: Workspace) -> None:
    whole_way(ws)
    before = state(ws)
    assert not publish_now(ws).written
    assert state(ws) == before


@pytest.mark.parametrize("written", ["2026-12-02", "2026-12-01T17:00:00Z", "2026-12-02T00:00:00+07:00"])
def test_when_its_time_has_come_it_is_published_and_not_before(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    define(ws, lambda d: d.update(release_at=written))
    prepared(ws)
    monkeypatch.setattr(gate, "now", lambda: datetime(2026, 12, 1, 23, 59, 59, tzinfo=BANGKOK))
    with pytest.raises(PrivacyError, match="2026-12-02 00:00"):
        publish_now(ws)
    with pytest.raises(PrivacyError, match="release_at"):
        plan(ws, ws.dataset(NAME), PERIOD, StaticPortal(ws))
    assert not Path(ws.home, "site").exists()
    monkeypatch.setattr(gate, "now", lambda: datetime(2026, 12, 2, tzinfo=BANGKOK))
    assert publish_now(ws).written


def test_data_that_is_not_classed_as_public_stays_in_the_house(ws: Workspace) -> None:
    define(ws, lambda d: d["catalogue"].update(data_category="ข้อมูลส่วนบุคคล"))
    with pytest.raises(PrivacyError, match="not classed as public"):
        whole_way(ws)
    assert not Path(ws.home, "site").exists()


def test_edited_bytes_are_not_published_even_with_a_receipt_made_to_fit(ws: Workspace) -> None:
    prepared(ws)
    path = Path(ws.home, "receipts", NAME, PERIOD, "anonymise.json")
    receipt = json.loads(path.read_bytes())
    table = Path(ws.home, receipt["files"]["notes.csv"]["path"])
    table.write_bytes(table.read_bytes() + b"9999-001,made up\r\n")
    with pytest.raises(ReceiptError, match="no longer has the bytes"):
        publish_now(ws)
    receipt["files"]["notes.csv"]["sha256"] = hashlib.sha256(table.read_bytes()).hexdigest()
    path.write_text(json.dumps(receipt), encoding="utf-8")
    with pytest.raises(ReceiptError, match="seal"):
        publish_now(ws)
    assert not Path(ws.home, "site").exists()


def test_a_forged_receipt_of_its_own_is_replaced_by_a_genuine_one(ws: Workspace) -> None:
    whole_way(ws)
    path = Path(ws.home, "receipts", NAME, PERIOD, "publish-site.json")
    path.write_bytes(path.read_bytes().replace(b'"portal": "site"', b'"portal": "mine"'))
    assert publish_now(ws).written
    assert not publish_now(ws).written


def test_a_telephone_number_in_a_description_is_refused_and_never_repeated(ws: Workspace) -> None:
    define(ws, lambda d: d["description"].update(th=f"สอบถามโทร {PHONE}"))
    with pytest.raises(PrivacyError, match="phone") as refusal:
        whole_way(ws)
    assert not Path(ws.home, "site").exists()
    assert not Path(ws.home, "releases", NAME).exists()
    recorded = [p.read_text(encoding="utf-8") for p in Path(ws.home, "quarantine").rglob("publish-*.json")]
    assert len(recorded) == 1
    assert PHONE not in recorded[0] + str(refusal.value)


def test_a_hash_that_reads_like_a_telephone_number_stops_nothing(ws: Workspace, tmp_path: Path) -> None:
    """By chance one hash in a hundred does; a release has a dozen."""
    result = whole_way(ws)
    release = Release.of(result.receipt)
    path = tmp_path / "quality.json"
    path.write_text(json.dumps({"sha256": f"a{PHONE}b".ljust(64, "c")}), encoding="utf-8")
    gate.demand_clean_file(ws, ws.dataset(NAME), release, path)
    path.write_text(json.dumps({"note": f"a{PHONE}b"}), encoding="utf-8")
    with pytest.raises(PrivacyError, match="phone"):
        gate.demand_clean_file(ws, ws.dataset(NAME), release, path)


def test_planning_changes_nothing_and_names_what_would(ws: Workspace) -> None:
    prepared(ws)
    before = state(ws)
    (change,) = plan(ws, ws.dataset(NAME), PERIOD, StaticPortal(ws))
    assert (change.action, change.object) == ("create", f"{NAME} {PERIOD}")
    assert state(ws) == before


def test_a_refusal_names_dataset_and_period_and_holds_no_cell(ws: Workspace) -> None:
    whole_way(ws)
    cells = [row["visit_code"] for row in csv.DictReader(io.StringIO(public(ws, "notes.csv").decode("utf-8-sig")))]
    define(ws, lambda d: d.update(release_at="2999-01-01"))
    with pytest.raises(OpendataError) as refusal:
        publish_now(ws)
    told = json.dumps(refusal.value.as_dict())
    assert refusal.value.as_dict()["dataset"] == NAME
    assert not [value for value in cells if value in told]
