"""Records of the cells that a table of statistics shows tell what the table tells, and nothing more."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pipelines.dataset_check import check
from pipelines.errors import DatasetError, PrivacyError
from pipelines.workspace import Workspace
from tests.protecting import ROWS, UNITS, Rows, person, protected, statistics
from tests.publishing import define
from tests.toy import DEFINITION, NAME, PUBLIC_SCHEMA, _dump, write_project

CLASSES = {"national_id": "direct", "district_code": "quasi", "note_th": "quasi"}
SENSITIVE = CLASSES | {"note_th": "sensitive"}


def shown(columns: list[str] | None = None, **changed: Any) -> dict[str, Any]:
    """The definition of records of the cells of the table `figures`."""
    like: dict[str, Any] = dict(DEFINITION["tables"]["notes"])  # type: ignore[index]
    columns = columns or ["record_number", "district_code", "note_th"]
    return like | {"columns": columns, "key": ["record_number"], "shown_by": "figures"} | changed


def tables(**measures: dict[str, Any]) -> dict[str, Any]:
    """Records first, though they are made of the figures."""
    figures = statistics(["district_code", "note_th"], None, **measures or {"person_count": UNITS})
    return {"records": shown(), "figures": figures}


def persons(*cells: tuple[str, str, int]) -> Rows:
    every = [(district, note) for district, note, count in cells for _ in range(count)]
    return [person(n, district_code=district, note_th=note) for n, (district, note) in enumerate(every)]


def finest(figures: Rows) -> Counter[tuple[str, str]]:
    """The cells that are shown, each with its number of persons."""
    return Counter({
        (row["district_code"], row["note_th"]): row["person_count"] for row in figures
        if row["obs_status"] == "A" and "_T" not in (row["district_code"], row["note_th"])
    })  # fmt: skip


def counted(records: Rows) -> Counter[tuple[str, str]]:
    return Counter((row["district_code"], row["note_th"]) for row in records)


CELLS = st.lists(st.integers(0, 14), min_size=6, max_size=6).filter(any)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CELLS)
def test_records_by_the_dimensions_are_exactly_the_cells_that_are_shown(tmp_path: Path, counts: list[int]) -> None:
    places = [("1001", "ก"), ("1001", "ข"), ("1002", "ก"), ("1002", "ข"), ("1003", "ก"), ("1003", "ข")]
    rows = persons(*((*place, count) for place, count in zip(places, counts, strict=True)))
    random.Random(1).shuffle(rows)
    try:
        made, report = protected(tmp_path, rows, CLASSES, tables())
    except PrivacyError:
        assume(False)  # noqa: FBT003 - so few that no figures can be published of them
    assert counted(made["records"]) == finest(made["figures"])
    assert report.tables["records"].rows == sum(finest(made["figures"]).values())


def test_nobody_of_a_hidden_cell_is_among_the_records(tmp_path: Path) -> None:
    rows = persons(("1001", "ก", 3), ("1001", "ข", 30), ("1002", "ก", 20), ("1002", "ข", 40), ("1003", "ก", 25))
    made, _ = protected(tmp_path, rows, CLASSES, tables())
    hidden = {(r["district_code"], r["note_th"]) for r in made["figures"] if r["obs_status"] == "C"}
    assert ("1001", "ก") in hidden
    assert not hidden & counted(made["records"]).keys()


def test_records_are_numbered_in_the_order_of_their_columns(tmp_path: Path) -> None:
    made, _ = protected(tmp_path, persons(("1002", "ข", 9), ("1001", "ข", 9), ("1001", "ก", 9)), CLASSES, tables())
    keys = [(row["district_code"], row["note_th"]) for row in made["records"]]
    assert keys == sorted(keys)
    assert [row["record_number"] for row in made["records"]] == list(range(1, 28))


def test_the_order_of_the_source_does_not_show(tmp_path: Path) -> None:
    rows = persons(("1002", "ข", 9), ("1001", "ข", 30), ("1001", "ก", 7))
    first, _ = protected(tmp_path / "a", rows, CLASSES, tables())
    second, _ = protected(tmp_path / "b", rows[::-1], CLASSES, tables())
    assert first == second


def test_a_group_whose_sensitive_value_could_be_guessed_has_no_records(tmp_path: Path) -> None:
    """l = 2 and alpha = 0.8: one district has one value, another one that nearly all have, the third is mixed."""
    rows = persons(("1001", "ก", 30), ("1002", "ก", 90), ("1002", "ข", 10), ("1003", "ก", 30), ("1003", "ข", 30))
    made, report = protected(tmp_path, rows, SENSITIVE, tables())
    assert counted(made["records"]) == {("1003", "ก"): 30, ("1003", "ข"): 30}
    assert {row["obs_status"] for row in made["figures"]} == {"A"}
    assert report.tables["records"].too_uniform == 3
    assert report.tables["records"].smallest_group == 60


def test_where_nothing_is_shown_there_are_no_records(tmp_path: Path) -> None:
    made, report = protected(tmp_path, persons(("1001", "ก", 3), ("1002", "ข", 3)), CLASSES, tables())
    assert made["records"] == []
    assert report.tables["records"].smallest_group is None


def test_generalised_dimensions_are_written_as_in_the_table(tmp_path: Path) -> None:
    rows = persons(("1001", "ก", 3), ("1002", "ก", 4), ("2001", "ก", 9))
    treated = {"district_code": {"class": "quasi", "generalise": "place/province"}}
    made, _ = protected(tmp_path, rows, CLASSES, tables(), treated=treated)
    assert counted(made["records"]) == {("10", "ก"): 7, ("20", "ก"): 9}


def test_persons_of_several_records_are_refused(tmp_path: Path) -> None:
    rows = persons(("1001", "ก", 9), ("1002", "ข", 9))
    twice = [*rows, rows[0] | {"district_code": "1002", "note_th": "ข"}]
    with pytest.raises(DatasetError, match="several records"):
        protected(tmp_path, twice, CLASSES, tables(person_count=UNITS, visit_count=ROWS))


FAULTS = [
    ({"shown_by": "nothing"}, {}, "no table of statistics nothing"),
    ({"shown_by": "records"}, {}, "no table of statistics records"),
    ({"columns": ["record_number", "district_code", "note_th", "visit_code"]}, {}, "visit_code is neither"),
    ({"columns": ["record_number", "district_code", "note_th", "person_count"]}, {}, "person_count is neither"),
    ({"columns": ["record_number", "note_th"]}, {}, "district_code, a dimension"),
    ({"from": "others"}, {}, "is made of visits, not of others"),
    ({}, {"measures": {"person_count": {"sum": "person_count", "frequency": True}}}, "how many persons"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "figures", "said"), FAULTS)
def test_what_would_tell_more_than_the_table_is_refused_by_the_check_and_when_it_runs(
    tmp_path: Path, changed: dict[str, Any], figures: dict[str, Any], said: str
) -> None:
    made = tables()
    made["records"] |= changed
    made["figures"] |= figures
    classes = CLASSES | {"visit_code": "open", "person_count": "open", "amount_thb": "open"}
    rows = [row | {"visit_code": "x", "person_count": 1, "amount_thb": 1} for row in persons(("1001", "ก", 9))]
    with pytest.raises(DatasetError, match=said):
        protected(tmp_path / "run", rows, classes, made)
    assert any(said in str(problem) for problem in check(project(tmp_path / "check", made), NAME))


@pytest.mark.parametrize("changed", [{"key": ["district_code"]}, {"columns": ["district_code", "note_th"]}])
def test_records_without_a_number_of_their_own_are_no_definition(tmp_path: Path, changed: dict[str, Any]) -> None:
    made = tables()
    made["records"] |= changed
    with pytest.raises(DatasetError, match="record_number"):
        project(tmp_path, made).dataset(NAME)


def project(folder: Path, made: dict[str, Any]) -> Workspace:
    def change(definition: dict[str, Any]) -> None:
        definition["tables"] = made

    ws = write_project(folder)
    define(ws, change)
    number = {"name": "record_number", "type": "integer", "title": "ลำดับ", "titles": {"th": "ลำดับ", "en": "Number"}}
    schema = PUBLIC_SCHEMA | {"fields": [number | {"constraints": {"required": True}}, *PUBLIC_SCHEMA["fields"]]}  # type: ignore[misc]
    _dump(ws.project / "schemas/welfare/visits.public.yaml", schema)
    return ws
