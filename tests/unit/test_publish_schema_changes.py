"""Programs that read the published tables do not break unannounced. The data is synthetic."""

import copy
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.errors import DatasetError, PrivacyError
from pipelines.portals.static import StaticPortal
from pipelines.publish import plan
from pipelines.publishing import gate
from pipelines.publishing.rollback import rollback
from pipelines.thai.years import BANGKOK
from pipelines.workspace import Workspace
from tests.publishing import changes, define, prepared, public, release_of, whole_way
from tests.toy import NAME, PERIOD, PUBLIC_SCHEMA, write_project

NOTE = {"th": "เลิกเผยแพร่หมายเหตุ", "en": "notes are not published any more"}
Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    ws = write_project(tmp_path)
    whole_way(ws)
    return ws


def change_type(ws: Workspace) -> None:
    schema: dict[str, Any] = copy.deepcopy(PUBLIC_SCHEMA)
    schema["fields"][3]["type"] = "number"
    path = ws.project / "schemas/welfare/visits.public.yaml"
    path.write_text(yaml.safe_dump(schema, allow_unicode=True), encoding="utf-8")


BREAKS: dict[str, Edit] = {
    "notes": lambda d: d["tables"].pop("notes"),
    "notes.note_th": lambda d: d["tables"]["notes"].update(columns=["visit_code"]),
    "notes.key": lambda d: d["tables"]["notes"].update(key=["visit_code", "note_th"]),
    "visits_by_district.amount_thb": lambda d: d["tables"]["visits_by_district"]["measures"].pop("amount_thb"),
}


def meant(edit: Edit, *parts: str, on: str = "2026-01-01") -> Edit:
    entry = {"on": on, "breaks": list(parts), "note": NOTE}
    return lambda d: (edit(d), d.update(schema_changes=[entry]))


@pytest.mark.parametrize("part", BREAKS)
def test_a_break_is_refused_by_name_until_it_is_acknowledged(ws: Workspace, part: str) -> None:
    live = StaticPortal(ws).live(NAME)
    define(ws, BREAKS[part])
    with pytest.raises(DatasetError, match=f"would break: {part} ") as refusal:
        whole_way(ws)
    assert "schema_changes" in refusal.value.remedy
    with pytest.raises(DatasetError, match="would break"):
        plan(ws, ws.dataset(NAME), PERIOD, StaticPortal(ws))
    assert StaticPortal(ws).live(NAME) == live
    define(ws, meant(BREAKS[part], part))
    result = whole_way(ws)
    assert result.notices == (f"gone or changed, as acknowledged: {part}",)
    assert changes(ws)["schema_changes"] == [{"on": "2026-01-01", "breaks": [part], "note": NOTE}]
    assert NOTE["en"] in Path(ws.home, "site", NAME, "index.en.html").read_text(encoding="utf-8")


def test_another_type_is_a_break(ws: Workspace) -> None:
    change_type(ws)
    with pytest.raises(DatasetError, match=r"would break: visits_by_district.person_count "):
        whole_way(ws)


def test_every_break_is_to_be_acknowledged(ws: Workspace) -> None:
    def both(definition: dict[str, Any]) -> None:
        BREAKS["notes"](definition)
        BREAKS["visits_by_district.amount_thb"](definition)

    define(ws, meant(both, "notes"))
    with pytest.raises(DatasetError, match=r"would break: visits_by_district.amount_thb "):
        whole_way(ws)


def test_an_acknowledgement_counts_from_its_day(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    define(ws, meant(BREAKS["notes"], "notes", on="2026-12-02"))
    monkeypatch.setattr(gate, "now", lambda: datetime(2026, 12, 1, 23, 59, tzinfo=BANGKOK))
    with pytest.raises(DatasetError, match="would break: notes "):
        whole_way(ws)
    monkeypatch.setattr(gate, "now", lambda: datetime(2026, 12, 2, tzinfo=BANGKOK))
    assert whole_way(ws).written


def test_what_comes_passes_with_a_notice(ws: Workspace) -> None:
    def more(definition: dict[str, Any]) -> None:
        table = definition["tables"]["visits_by_district"]
        definition["tables"]["visits_again"] = copy.deepcopy(table)
        table["measures"]["payment_thb"] = {"sum": "amount_thb"}

    schema: dict[str, Any] = copy.deepcopy(PUBLIC_SCHEMA)
    schema["fields"].append({**schema["fields"][4], "name": "payment_thb"})
    path = ws.project / "schemas/welfare/visits.public.yaml"
    path.write_text(yaml.safe_dump(schema, allow_unicode=True), encoding="utf-8")
    define(ws, more)
    assert whole_way(ws).notices == ("new in the published tables: visits_again, visits_by_district.payment_thb",)
    assert changes(ws)["schema_changes"] == []


def test_a_rollback_is_a_persons_own_act(ws: Workspace) -> None:
    first = StaticPortal(ws).live(NAME)[PERIOD]
    define(ws, meant(BREAKS["notes"], "notes"))
    second = release_of(whole_way(ws))
    define(ws, lambda _: None)
    assert rollback(ws, ws.dataset(NAME), first, StaticPortal(ws)).written
    assert rollback(ws, ws.dataset(NAME), second, StaticPortal(ws)).written


def test_notes_of_a_change_are_public_and_hold_nobodys_telephone_number(ws: Workspace) -> None:
    entry = {"on": "2026-01-01", "breaks": ["notes"], "note": {"th": "โทร 0899990000", "en": "gone"}}
    define(ws, lambda d: d.update(schema_changes=[entry]))
    prepared(ws)
    with pytest.raises(PrivacyError, match="phone"):
        whole_way(ws)
    assert b"0899990000" not in json.dumps(json.loads(public(ws, "changelog.json"))).encode()
