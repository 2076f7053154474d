"""A correction does exactly what was reviewed, says so in public, and expires with its cause."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipelines.errors import DatasetError, InvalidData
from pipelines.preparation.corrections import corrections_of, json_schema
from tests.conftest import PROJECT
from tests.toy import NAME, PERIOD, persons
from tests.validating import deliver, project, quality, table_path

REASON = {"th": "ต้นฉบับพิมพ์ผิด", "en": "Misprint of the source"}
CELL = {
    "kind": "cell",
    "period": PERIOD,
    "table": "visits",
    "match": {"visit_code": "1001-002"},
    "column": "note_th",
    "found": "ปกติ",
    "replace": "แก้แล้ว",
    "reason": REASON,
    "reported": "2026-11-01",
}
DISCREPANCY = {
    "kind": "discrepancy",
    "period": PERIOD,
    "table": "visits",
    "row": 5,
    "column": "visit_code",
    "stated": "1.00",
    "computed": "2",
    "reason": REASON,
    "reported": "2026-11-01",
}


def test_one_cell_is_replaced_and_the_public_is_told(tmp_path: Path) -> None:
    ws = project(tmp_path, corrections=[CELL])
    result = deliver(ws, persons("1001", 3))
    assert pq.read_table(table_path(ws, result))["note_th"].to_pylist() == ["ปกติ", "แก้แล้ว", "ปกติ"]
    assert quality(result)["corrections"] == [{"reason": REASON, "count": 1}]


def test_a_correction_of_many_rows_says_how_many(tmp_path: Path) -> None:
    many = {**CELL, "match": {"fiscal_year_be": PERIOD}, "count": 3}
    ws = project(tmp_path, corrections=[many])
    assert quality(deliver(ws, persons("1001", 3)))["corrections"][0]["count"] == 3
    with pytest.raises(InvalidData, match="for 3 rows but matches 4"):
        deliver(ws, persons("1001", 4))


@pytest.mark.parametrize("change", [{"found": "อื่น"}, {"match": {"visit_code": "1001-999"}}])
def test_a_correction_that_matches_nothing_is_stale(tmp_path: Path, change: dict[str, Any]) -> None:
    ws = project(tmp_path, corrections=[{**CELL, **change}])
    with pytest.raises(InvalidData, match="matches 0") as refusal:
        deliver(ws, persons("1001", 3))
    assert refusal.value.place.column == "note_th"
    assert "renew" in refusal.value.remedy


def test_an_entry_of_another_period_is_not_in_force(tmp_path: Path) -> None:
    ws = project(tmp_path, corrections=[{**CELL, "period": "2565", "found": "อื่น"}])
    assert quality(deliver(ws, persons("1001", 3)))["corrections"] == []


def test_an_entry_may_build_on_the_one_before(tmp_path: Path) -> None:
    then = {**CELL, "found": "แก้แล้ว", "replace": "แก้อีก"}
    ws = project(tmp_path, corrections=[CELL, then])
    assert "แก้อีก" in pq.read_table(table_path(ws, deliver(ws, persons("1001", 3))))["note_th"].to_pylist()


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({**CELL, "column": "amount_thb"}, "not an open column"),
        ({**CELL, "match": {"national_id": "01001"}}, "not an open column"),
        ({**DISCREPANCY, "column": "amount_thb"}, "not an open column"),
        ({**CELL, "period": "2023"}, "Buddhist"),
        ({**CELL, "table": "vists"}, "no such source table"),
        ({**CELL, "column": "notes"}, "no column 'notes'"),
        ({**CELL, "match": {}}, "match"),
        ({**CELL, "count": 0}, "count"),
        ({**CELL, "kind": "row"}, "kind"),
        ({**CELL, "reasons": REASON}, "reasons"),
        ({**CELL, "reason": {"th": "ผิด"}}, "reason.en"),
        ({key: value for key, value in CELL.items() if key != "reported"}, "reported"),
        ({**DISCREPANCY, "computed": "1"}, "nothing to acknowledge"),
        ("not an entry", "0"),
    ],
)
def test_a_wrong_entry_is_refused_wherever_it_is_for(tmp_path: Path, entry: object, said: str) -> None:
    ws = project(tmp_path, corrections=[entry])
    with pytest.raises(DatasetError) as refusal:
        corrections_of(ws.dataset(NAME), "2560")
    assert said in str(refusal.value)
    assert refusal.value.place.file == f"datasets/{NAME}/corrections.yaml"
    assert "01001" not in str(refusal.value), "what stands in an entry is not told"


def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    ws = project(tmp_path, corrections=[])
    (ws.project / "datasets" / NAME / "corrections.yaml").write_text("- [", encoding="utf-8")
    with pytest.raises(DatasetError, match="not YAML"):
        corrections_of(ws.dataset(NAME), PERIOD)


def test_an_empty_file_has_no_entries(tmp_path: Path) -> None:
    assert corrections_of(project(tmp_path, corrections=[]).dataset(NAME), PERIOD) == ()


def test_the_schema_for_editors_is_fresh() -> None:
    fresh = json.dumps(json_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    assert (PROJECT / "schemas/corrections.schema.json").read_text(encoding="utf-8") == fresh
