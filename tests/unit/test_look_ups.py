"""A value that no look-up knows must be heard of, and must not be told to the world."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.dataset_check import check
from pipelines.errors import InvalidData
from pipelines.extract import extract
from pipelines.preparation.look_ups import value_class
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests import toy

PLACES = ["เชียงใหม่", "จ.เชียงใหม่", "เชยีงใหม่", "Chiang Mai", "เมืองที่ไม่มี", "เมืองที่ไม่มี", "x-99", ""]


def project(tmp_path: Path, *, repair: bool, misses: float | None) -> Workspace:
    """A toy whose notes are names of provinces."""
    look_up = {"of": ["note_th"], "in": "places.province_names", "by": ["name"], "take": "province_code",
               "compare": "place_name", "repair_marks": repair}  # fmt: skip
    definition = dict(toy.DEFINITION)
    definition["look_ups"] = {"visits": {"province_code": look_up}}
    definition["privacy"] = toy.DEFINITION["privacy"] | {  # type: ignore[operator]
        "columns": toy.DEFINITION["privacy"]["columns"] | {"province_code": {"class": "open"}}  # type: ignore[index]
    }
    definition["assertions"] = toy.DEFINITION["assertions"] | (  # type: ignore[operator]
        {} if misses is None else {"misses": {"province_code": misses}}
    )
    ws = toy.write_project(tmp_path, definition)
    lines = [line for n, note in enumerate(PLACES) for line in toy.persons(f"10{n:02}", 1, note)]
    toy.source_file(ws).write_bytes(toy.csv_of(lines))
    extract(ws, ws.dataset(toy.NAME))
    return ws


def listing(ws: Workspace) -> Path:
    return Path(ws.home, "quarantine", toy.NAME, toy.PERIOD, "misses-visits-province_code.csv")


def test_what_is_missed_is_counted_by_class_and_listed_privately(tmp_path: Path) -> None:
    ws = project(tmp_path, repair=False, misses=0.6)
    quality = validate(ws, ws.dataset(toy.NAME), toy.PERIOD).receipt.details["quality"]["tables"]["visits"]
    assert quality["look_ups"]["province_code"] == {
        "filled": 7, "repaired": 0, "missed": 4, "classes": {"Thai letters": 3, "Latin letters and digits": 1}
    }  # fmt: skip
    lines = listing(ws).read_text(encoding="utf-8-sig").splitlines()
    assert lines[:2] == ["value,class,row_count", "เมืองที่ไม่มี,Thai letters,2"]
    assert listing(ws).parents[3].stat().st_mode & 0o077 == 0


def test_repairs_are_made_only_where_asked_for_and_counted(tmp_path: Path) -> None:
    ws = project(tmp_path, repair=True, misses=0.6)
    quality = validate(ws, ws.dataset(toy.NAME), toy.PERIOD).receipt.details["quality"]["tables"]["visits"]
    assert quality["look_ups"]["province_code"]["repaired"] == 1
    assert quality["look_ups"]["province_code"]["missed"] == 3


@pytest.mark.parametrize("misses", [None, 0.5])
def test_more_misses_than_allowed_refuse_the_delivery_and_tell_no_value(tmp_path: Path, misses: float | None) -> None:
    ws = project(tmp_path, repair=False, misses=misses)
    with pytest.raises(InvalidData, match="does not know 4 of 7") as refused:
        validate(ws, ws.dataset(toy.NAME), toy.PERIOD)
    assert "เมืองที่ไม่มี" not in str(refused.value)
    assert "misses-visits-province_code.csv" in refused.value.remedy
    assert listing(ws).is_file()


def test_the_listing_goes_when_nothing_is_missed_any_more(tmp_path: Path) -> None:
    ws = project(tmp_path, repair=False, misses=0.6)
    validate(ws, ws.dataset(toy.NAME), toy.PERIOD)
    toy.source_file(ws).write_bytes(toy.csv_of(toy.persons("1001", 3, "เชียงใหม่")))
    extract(ws, ws.dataset(toy.NAME))
    validate(ws, ws.dataset(toy.NAME), toy.PERIOD)
    assert not listing(ws).exists()


def test_rows_and_their_order_stay(tmp_path: Path) -> None:
    ws = project(tmp_path, repair=False, misses=1)
    receipt = validate(ws, ws.dataset(toy.NAME), toy.PERIOD).receipt
    table = pq.read_table(Path(ws.home, receipt.files["visits.parquet"].path))
    assert [text or "" for text in table["note_th"].to_pylist()] == PLACES
    assert table["province_code"].to_pylist() == ["50", "50", None, "50", None, None, None, None]


def test_a_look_up_of_what_is_not_there_is_found_by_check(tmp_path: Path) -> None:
    definition = dict(toy.DEFINITION)
    look_up = {"of": ["note_th"], "in": "data.not_there", "by": ["name"], "take": "code"}
    definition["look_ups"] = {"visits": {"province_code": look_up}}
    ws = toy.write_project(tmp_path, definition)
    assert any("there is no look-up table data.not_there" in problem.message for problem in check(ws, toy.NAME))


@pytest.mark.parametrize(
    ("value", "kind"),
    [("เมือง", "Thai letters"), ("๑๒", "digits"), ("ก 1", "Thai letters and digits"), ("--", "signs only"),
     ("a#", "Latin letters and other signs")],
)  # fmt: skip
def test_classes_tell_only_what_a_value_consists_of(value: str, kind: str) -> None:
    assert value_class(value) == kind
