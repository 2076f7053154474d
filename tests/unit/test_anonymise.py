"""What the engines cannot do with the data is a refusal with a place and a remedy, and holds no
cell. All data is invented."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.anonymise import anonymise
from pipelines.errors import DatasetError, InvalidData
from pipelines.extract import extract
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests.publishing import define
from tests.toy import NAME, PERIOD, csv_of, persons, source_file, write_project
from tests.validating import refusals

CANARY = "ลับสุดยอด"


def validated(folder: Path, lines: list[str], edit: Callable[[dict[str, Any]], None] = lambda _: None) -> Workspace:
    ws = write_project(folder)
    define(ws, edit)
    source_file(ws).write_bytes(csv_of(lines))
    extract(ws, ws.dataset(NAME))
    validate(ws, ws.dataset(NAME), PERIOD)
    return ws


def publish_as(ws: Workspace, column: str, kind: str) -> None:
    path = ws.project / "schemas/welfare/visits.public.yaml"
    schema: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    next(field for field in schema["fields"] if field["name"] == column)["type"] = kind
    path.write_text(yaml.safe_dump(schema, allow_unicode=True), encoding="utf-8")


@pytest.mark.parametrize(("column", "table"), [("note_th", "notes"), ("amount_thb", "visits_by_district")])
def test_a_cell_that_its_public_type_cannot_hold_is_refused_at_its_column(
    tmp_path: Path, column: str, table: str
) -> None:
    ws = validated(tmp_path, persons("1001", 9, note=CANARY, amount="10.25"))
    publish_as(ws, column, "integer")
    with pytest.raises(InvalidData, match="type in the public schema") as refusal:
        anonymise(ws, ws.dataset(NAME), PERIOD)
    assert (refusal.value.place.table, refusal.value.place.column) == (table, column)
    assert CANARY not in str(refusal.value)
    (recorded,) = refusals(ws)
    assert recorded["message"] == refusal.value.message


def test_a_cell_that_its_hierarchy_cannot_hold_is_refused_without_showing_it(tmp_path: Path) -> None:
    def by_month(definition: dict[str, Any]) -> None:
        definition["privacy"]["columns"]["note_th"] = {"class": "quasi", "generalise": "month/year"}

    ws = validated(tmp_path, persons("1001", 9, note=CANARY), by_month)
    with pytest.raises((InvalidData, DatasetError)) as refusal:
        anonymise(ws, ws.dataset(NAME), PERIOD)
    assert "generalise" in refusal.value.remedy
    assert CANARY not in str(refusal.value)
