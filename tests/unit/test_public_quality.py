"""What a release says of the quality of its data tells of no person. All data is invented."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.workspace import Workspace
from tests.publishing import define, deliver, public, whole_way
from tests.toy import NAME, PERIOD, persons, write_project


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    ws = write_project(tmp_path)
    deliver(ws, [*persons("1001", 9, note="-"), *persons("1002", 8, note="-"), *persons("1003", 1, note="โรค  ก")])
    return ws


def published(ws: Workspace) -> dict[str, Any]:
    whole_way(ws)
    tables: dict[str, Any] = json.loads(public(ws, "quality.json"))["tables"]
    return tables


def test_how_many_persons_have_what_is_not_published_is_not_told(ws: Workspace) -> None:
    """One row in eighteen with a note is one person with that illness."""

    def withheld(definition: dict[str, Any]) -> None:
        definition["privacy"]["columns"]["note_th"] = {"class": "sensitive"}
        definition["tables"]["notes"]["columns"] = ["visit_code"]

    define(ws, withheld)
    schema = ws.project / "schemas/welfare/visits.public.yaml"
    schema.write_text(schema.read_text(encoding="utf-8").replace("note_th", "old_note_th"), encoding="utf-8")
    told = published(ws)["visits"]
    assert told["fill"] == {"visit_code": "1.0000"}
    assert "note_th" not in told["tidied"]
    kept = ws.receipts.demand(ws.dataset(NAME), PERIOD, "validate").details["quality"]["tables"]["visits"]
    assert kept["fill"]["note_th"] == "0.0556", "the maintainer still sees it"


def test_gaps_of_records_anyone_can_count_are_told(ws: Workspace) -> None:
    assert published(ws)["visits"]["fill"] == {"visit_code": "1.0000", "note_th": "0.0556"}


def test_gaps_of_a_dimension_are_not_told_for_they_may_be_a_hidden_cell(ws: Workspace) -> None:
    assert "district_code" not in published(ws)["visits"]["fill"]


def test_a_table_made_on_the_way_is_not_spoken_of(ws: Workspace) -> None:
    query = "SELECT visit_code FROM visits WHERE note_th IS NOT NULL"
    source = f"def derive(period):\n    return {{'ill': {query!r}}}\n"
    (ws.project / "datasets" / NAME / "source.py").write_text(source, encoding="utf-8")
    define(ws, lambda d: d["assertions"]["rows"].update(ill={"min": 0, "max": 10}))
    assert set(published(ws)) == {"visits"}


def test_how_many_persons_there_are_is_not_told_where_they_are_few(tmp_path: Path) -> None:
    """Of three persons in all no figure is shown; `rows: 3` of the table that they are in said it."""
    ws = write_project(tmp_path)
    deliver(ws, persons("1001", 3))

    def figures_alone(definition: dict[str, Any]) -> None:
        del definition["tables"]["notes"]
        definition["tables"]["visits_by_district"]["if_unsafe"] = "no_rows"

    define(ws, figures_alone)
    schema = ws.project / "schemas/welfare/visits.public.yaml"
    fields = yaml.safe_load(schema.read_text(encoding="utf-8"))
    fields["fields"] = [field for field in fields["fields"] if field["name"] not in {"visit_code", "note_th"}]
    schema.write_text(yaml.safe_dump(fields, allow_unicode=True), encoding="utf-8")
    told = published(ws)["visits"]
    assert not {"rows", "rows_read"} & told.keys()
    kept = ws.receipts.demand(ws.dataset(NAME), PERIOD, "validate").details["quality"]["tables"]["visits"]
    assert (kept["rows"], kept["rows_read"]) == (3, 3), "the maintainer still sees it"
    deliver(ws, persons("1001", 5))
    assert published(ws)["visits"]["rows"] == 5
