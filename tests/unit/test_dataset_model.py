"""A wrong dataset.yaml is refused with its file, its key and what to do, before any data is read."""

import copy
from pathlib import Path
from typing import Any

import pytest

from pipelines.dataset_files import load
from pipelines.errors import DatasetError
from tests.toy import DEFINITION, NAME, write_project

FILE = f"datasets/{NAME}/dataset.yaml"
MEND, REMOVE = "schemas/dataset.schema.json", "remove the key"
UNSET = object()
BY_DISTRICT: dict[str, Any] = DEFINITION["tables"]["visits_by_district"]  # type: ignore[index]

#: What is wrong -> where it is set, the value set there (UNSET: taken out), the key the
#: refusal names (none: it is in the message), and a part of the remedy.
WRONG: dict[str, tuple[str, object, str | None, str]] = {
    "a key nobody knows": ("licens", "cc-by-4.0", "licens", REMOVE),
    "a key nobody knows, deep inside": ("source.tables.visits.skiprows", 1, "source.tables.visits.skiprows", REMOVE),
    "no title": ("title", UNSET, "title", "add the key title"),
    "no English title": ("title.en", UNSET, "title.en", "add the key title.en"),
    "no Thai in the Thai title": ("title.th", "Visits", "title.th", MEND),
    "an empty description": ("description.en", "", "description.en", MEND),
    "a person's name in place of a unit": ("publisher.contact_unit", "a person", "publisher.contact_unit", MEND),
    "an address that is none": ("publisher.email", "unit", "publisher.email", MEND),
    "a licence that is not open": ("licence", "cc-by-nc-4.0", "licence", MEND),
    "a frequency the catalogue does not know": ("update_frequency", "weekly", "update_frequency", MEND),
    "a kind of period there is not": ("period.kind", "quarter", "period.kind", MEND),
    "a reader there is not": ("source.reader", "pdf", "source", MEND),
    "two tables in a CSV": ("source.tables.more", {"columns": {"a": "ก"}}, "source", MEND),
    "a column of ours that is not snake_case": (
        "source.tables.visits.columns.Visit-Code", "รหัส", "source.tables.visits.columns.Visit-Code.[key]", MEND,
    ),
    "a privacy class there is not": ("privacy.columns.note_th.class", "public", "privacy.columns.note_th.class", MEND),
    "a class of which the key is forgotten": ("privacy.columns.note_th", {}, "privacy.columns.note_th.class", "add"),
    "persons nobody could tell apart": ("privacy.unit", UNSET, "privacy", MEND),
    "persons told apart by what is no person's id": (
        "privacy.columns.national_id.class", "open", "privacy", MEND,
    ),
    "k that hides nothing": ("privacy.model.k", 1, "privacy.model.k", MEND),
    "a measure that is two things": (
        "tables.visits_by_district.measures.person_count", {"count": "units", "sum": "amount_thb"},
        "tables.visits_by_district.statistics.measures.person_count", MEND,
    ),
    "a chart that adds distinct persons up": (
        "tables.visits_by_district",
        {**BY_DISTRICT, "dimensions": ["district_code", "note_th"],
         "charts": [{"title": DEFINITION["title"], "x": "person_count", "y": "district_code"}]},
        "tables.visits_by_district.statistics", MEND,
    ),
    "a chart that stacks distinct persons": (
        "tables.visits_by_district",
        {**BY_DISTRICT,
         "charts": [{"title": DEFINITION["title"], "x": "person_count", "y": "district_code", "colour": "note_th"}]},
        "tables.visits_by_district.statistics", MEND,
    ),
    "a kind of table there is not": ("tables.notes.kind", "map", "tables.notes", MEND),
    "microdata without a key": ("tables.notes.key", UNSET, "tables.notes.microdata.key", "add the key"),
    "a data type the catalogue does not know": ("catalogue.data_type", "ตาราง", "catalogue.data_type", MEND),
    "no keywords": ("catalogue.keywords", [], "catalogue.keywords", MEND),
    "a meaning of what is not asked": ("assertions.means", {"note_th": "wrong"}, "assertions", MEND),
    "a fill rate above one": ("assertions.fill", {"note_th": 1.5}, "assertions.fill.note_th", MEND),
    "a moment without its zone": ("release_at", "2026-12-02T09:00:00", "release_at", MEND),
    "a moment that is none": ("release_at", "soon", "release_at", MEND),
    "an approval there is not": ("approval", "wanted", "approval", MEND),
    "a break that names no part of a table": (
        "schema_changes", [{"on": "2026-12-02", "breaks": ["a.b.c"], "note": DEFINITION["title"]}],
        "schema_changes.0.breaks.0", MEND,
    ),
    "a break that users are told nothing of": (
        "schema_changes", [{"on": "2026-12-02", "breaks": ["notes"]}], "schema_changes.0.note", "add the key",
    ),
    "schemas of other tables than are read": ("schemas.source", {"other": "welfare/visits.source"}, None, MEND),
    "a derivation for a table that is not read": ("derive", {"other": {"a": "1"}}, None, MEND),
    "a schema that does not exist": (
        "schemas.public", "welfare/none.public", "schemas.public", "welfare/none.public.yaml",
    ),
    "a source schema that does not exist": (
        "schemas.source.visits", "welfare/none.source", "schemas.source.visits", "welfare/none.source.yaml",
    ),
}  # fmt: skip


def spoilt(where: str, value: object) -> dict[str, Any]:
    """The toy dataset with one key set or taken out."""
    definition: dict[str, Any] = copy.deepcopy(DEFINITION)
    *path, last = where.split(".")
    at = definition
    for key in path:
        at = at[key]
    if value is UNSET:
        del at[last]
    else:
        at[last] = value
    return definition


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named_with_its_key_and_remedy(case: str, tmp_path: Path) -> None:
    where, value, key, remedy = WRONG[case]
    ws = write_project(tmp_path, spoilt(where, value))
    with pytest.raises(DatasetError) as refusal:
        load(ws.project, NAME)
    assert (refusal.value.place.file, refusal.value.place.column) == (FILE, key)
    assert remedy in refusal.value.remedy


def test_a_file_that_is_no_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    ws = write_project(tmp_path)
    (ws.project / FILE).write_text("title:\n  th: ทดสอบ\n en: test\n", encoding="utf-8")
    with pytest.raises(DatasetError) as refusal:
        load(ws.project, NAME)
    assert (refusal.value.place.file, refusal.value.place.row) == (FILE, 3)
    assert refusal.value.remedy == "mend the syntax there"


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    ws = write_project(tmp_path)
    (ws.project / FILE).write_bytes("title: ทดสอบ".encode("cp874"))
    with pytest.raises(DatasetError, match="not UTF-8"):
        load(ws.project, NAME)


def test_a_dataset_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as refusal:
        load(write_project(tmp_path).project, "welfare/none")
    assert "opendata list" in refusal.value.remedy


@pytest.mark.parametrize("schema", ["", "fields: 5", "- a"])
def test_a_schema_without_fields_is_refused(schema: str, tmp_path: Path) -> None:
    ws = write_project(tmp_path)
    (ws.project / "schemas/welfare/visits.public.yaml").write_text(schema, encoding="utf-8")
    with pytest.raises(DatasetError) as refusal:
        load(ws.project, NAME)
    assert refusal.value.place.file == "schemas/welfare/visits.public.yaml"


def test_the_toy_dataset_itself_is_sound(tmp_path: Path) -> None:
    assert load(write_project(tmp_path).project, NAME).spec.privacy.unit == "national_id"
