"""`opendata check`: what does not fit together in a dataset's folder is named, all of it at once."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.dataset_check import check, check_all
from pipelines.workspace import Workspace
from tests.toy import DEFINITION, NAME, PUBLIC_SCHEMA, SOURCE_SCHEMA, write_project

Parts = dict[str, Any]
Spoil = Callable[[Parts, Parts, Parts], object]


def spoilt(folder: Path, spoil: Spoil) -> Workspace:
    """The toy project with its definition, source schema and public schema spoilt."""
    parts: list[Parts] = [copy.deepcopy(part) for part in (DEFINITION, SOURCE_SCHEMA, PUBLIC_SCHEMA)]
    spoil(*parts)
    ws = write_project(folder, parts[0])
    for kind, schema in zip(("source", "public"), parts[1:], strict=True):
        (ws.project / f"schemas/welfare/visits.{kind}.yaml").write_text(yaml.safe_dump(schema), encoding="utf-8")
    return ws


def field(schema: Parts, name: str) -> Parts:
    found: Parts = next(f for f in schema["fields"] if f["name"] == name)
    return found


BY_DISTRICT, NOTES = "visits_by_district", "notes"
#: What is wrong -> how it is spoilt, the key that is named, a part of the remedy.
WRONG: dict[str, tuple[Spoil, str, str]] = {
    "a column that the schema lacks": (
        lambda _, s, __: s["fields"].remove(field(s, "note_th")), "source.tables.visits.columns.note_th", "the schema",
    ),
    "a field that no column is read for": (
        lambda d, *_: d["source"]["tables"]["visits"]["columns"].pop("note_th"),
        "source.tables.visits.columns.note_th", "source.tables",
    ),
    "a subtotal of a column that is not read": (
        lambda d, *_: d["source"]["tables"]["visits"].update(
            subtotals=[{"column": "note_th", "values": ["รวม"], "scope": "all", "sums": ["none_thb"]}]
        ),
        "source.tables.visits.subtotals.0", "source.tables",
    ),
    "a column without a privacy class": (
        lambda d, *_: d["privacy"]["columns"].pop("note_th"), "privacy.columns.note_th", "opt-in",
    ),
    "a derived column without a privacy class": (
        lambda d, *_: d.update(derive={"visits": {"same_thb": "amount_thb"}}), "privacy.columns.same_thb", "opt-in",
    ),
    "a class of a column there is not": (
        lambda d, *_: d["privacy"]["columns"].update(none={"class": "open"}), "privacy.columns.none", "mend",
    ),
    "a hierarchy there is not": (
        lambda d, *_: d["privacy"]["columns"]["district_code"].update(generalise="blood_group/all"),
        "privacy.columns.district_code.generalise", "place",
    ),
    "a level there is not": (
        lambda d, *_: d["privacy"]["columns"]["district_code"].update(generalise="place/village"),
        "privacy.columns.district_code.generalise", "province",
    ),
    "persons told apart by a column there is not": (
        lambda d, *_: d["privacy"].update(unit="none"), "privacy.unit", "id",
    ),
    "persons counted without telling them apart": (
        lambda d, *_: d["privacy"]["columns"].update(national_id={"class": "quasi"}) or d["privacy"].pop("unit"),
        f"tables.{BY_DISTRICT}.measures.person_count", "privacy.unit",
    ),
    "a direct identifier in a published table": (
        lambda d, *_: d["tables"][BY_DISTRICT].update(dimensions=["national_id"], totals=[]),
        f"tables.{BY_DISTRICT}", "take it out",
    ),
    "a table of a table there is not": (
        lambda d, *_: d["tables"][NOTES].update({"from": "none"}), f"tables.{NOTES}.from", "visits",
    ),
    "a sum of a column there is not": (
        lambda d, *_: d["tables"][BY_DISTRICT]["measures"]["amount_thb"].update(sum="none_thb"),
        f"tables.{BY_DISTRICT}", "mend",
    ),
    "a total over what is no dimension": (
        lambda d, *_: d["tables"][BY_DISTRICT].update(totals=["visit_code"]), f"tables.{BY_DISTRICT}", "dimensions",
    ),
    "a total that cannot be marked": (
        lambda _, __, p: field(p, "district_code").update(type="integer"), "schemas.public.district_code", "_T",
    ),
    "a key that is not published": (
        lambda d, *_: d["tables"][NOTES].update(key=["fiscal_year_be"]), f"tables.{NOTES}.key", "published",
    ),
    "a key that may be empty": (
        lambda _, __, p: field(p, "visit_code").pop("constraints"), "schemas.public.visit_code", "required",
    ),
    "a published column that the schema lacks": (
        lambda _, __, p: p["fields"].remove(field(p, "obs_status")), f"tables.{BY_DISTRICT}", "add the field",
    ),
    "a public field that nothing publishes": (
        lambda d, *_: d["tables"].pop(NOTES), "schemas.public.note_th", "take it out of the schema",
    ),
    "a public field without an English title": (
        lambda _, __, p: field(p, "note_th")["titles"].pop("en"), "schemas.public.note_th", "titles",
    ),
    "a figure without its unit": (
        lambda d, _, p: (
            d["tables"][BY_DISTRICT]["measures"].update(persons={"count": "rows"}),
            p["fields"].append({**field(p, "person_count"), "name": "persons"}),
        ),
        "schemas.public.persons", "_count",
    ),
    "a code that is a number": (
        lambda _, __, p: field(p, "visit_code").update(type="integer"), "schemas.public.visit_code", "string",
    ),
    "a chart of what is not published": (
        lambda d, *_: d["tables"][BY_DISTRICT].update(
            charts=[{"title": d["title"], "x": "none_count", "y": "district_code"}]
        ),
        f"tables.{BY_DISTRICT}.charts", "another",
    ),
    "a pattern without the group `period`": (
        lambda d, *_: d["period"].update(stated_by={"filename": "25[0-9]{2}"}),
        "period.stated_by.filename", "(?P<period>",
    ),
    "a pattern that is none": (
        lambda d, *_: d["period"].update(stated_by={"title": "(?P<period>["}), "period.stated_by.title", "(?P<period>",
    ),
    "a period stated by a column there is not": (
        lambda d, *_: d["period"].update(stated_by={"column": "none"}), "period.stated_by.column", "read",
    ),
    "a first period of another era": (lambda d, *_: d["period"].update(first="2020"), "period.first", "form"),
    "a source that is not there": (lambda d, *_: d["source"].update(location="none.csv"), "source.location", "URL"),
    "an assertion about a column there is not": (
        lambda d, *_: d["assertions"].update(fill={"none": 1.0}), "assertions.fill.none", "mend",
    ),
    "a table without bounds": (lambda d, *_: d["assertions"].update(rows={}), "assertions.rows.visits", "bounds"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_named_with_its_key_and_remedy(case: str, tmp_path: Path) -> None:
    spoil, key, remedy = WRONG[case]
    found = {p.place.column: p for p in check(spoilt(tmp_path, spoil), NAME)}
    assert key in found, [str(problem) for problem in found.values()]
    assert found[key].place.dataset == NAME
    assert remedy in found[key].remedy


def test_a_table_whose_persons_cannot_be_told_apart_is_named(tmp_path: Path) -> None:
    ws = spoilt(
        tmp_path,
        lambda d, *_: (
            d["tables"][BY_DISTRICT].update({"from": "districts"}),
            d["assertions"]["rows"].update(districts={"min": 1, "max": 9}),
        ),
    )
    query = "SELECT district_code, sum(amount_thb) AS amount_thb FROM visits GROUP BY 1"
    source = f"def derive(period):\n    return {{'districts': {query!r}}}\n"
    (ws.project / "datasets" / NAME / "source.py").write_text(source, encoding="utf-8")
    (problem,) = check(ws, NAME)
    assert problem.place.column == f"tables.{BY_DISTRICT}.from"
    assert "derive national_id there too" in problem.remedy


def test_a_false_find_in_a_published_figure_can_be_allowed_by_its_name(tmp_path: Path) -> None:
    allowed = {"class": "linked", "allow": {"national_id": "a sum of money"}}
    ws = spoilt(tmp_path, lambda d, *_: d["privacy"]["columns"].update(person_count=allowed))
    assert check(ws, NAME) == []


def test_the_toy_dataset_itself_is_sound(tmp_path: Path) -> None:
    assert [str(problem) for problem in check_all(write_project(tmp_path))] == []


def test_all_problems_are_told_not_only_the_first(tmp_path: Path) -> None:
    def spoil(definition: Parts, source: Parts, public: Parts) -> None:
        for case in ("a column without a privacy class", "a key that may be empty", "a first period of another era"):
            WRONG[case][0](definition, source, public)

    keys = [problem.place.column for problem in check(spoilt(tmp_path, spoil), NAME)]
    assert keys == ["period.first", "schemas.public.visit_code", "privacy.columns.note_th"]


@pytest.mark.parametrize("sql", ["amount_thb +", "none_thb * 2", "(SELECT count(*) FROM read_csv('/etc/passwd'))"])
def test_a_derivation_that_cannot_be_computed_is_named(sql: str, tmp_path: Path) -> None:
    ws = spoilt(tmp_path, lambda d, *_: d.update(derive={"visits": {"half_thb": sql}}))
    (problem,) = check(ws, NAME)
    assert str(problem.place.column).startswith("derive.visits")
    assert "passwd" not in str(problem)


@pytest.mark.parametrize("kind", ["source", "public"])
def test_a_schema_that_is_wrong_is_named(kind: str, tmp_path: Path) -> None:
    def spoil(_definition: Parts, source: Parts, public: Parts) -> None:
        field({"source": source, "public": public}[kind], "amount_thb")["type"] = "money"

    (problem,) = check(spoilt(tmp_path, spoil), NAME)
    assert "amount_thb" in str(problem)


def test_a_sample_must_say_that_it_is_synthetic(tmp_path: Path) -> None:
    ws = write_project(tmp_path)
    sample = ws.project / "datasets" / NAME / "sample"
    (sample / "real.csv").write_text("a\n", encoding="utf-8")
    (problem,) = check(ws, NAME)
    assert problem.place.column == "sample/real.csv"
    for file in sample.iterdir():
        file.unlink()
    assert [p.place.column for p in check(ws, NAME)] == ["sample/", "source.location"]


def test_corrections_are_read_before_a_delivery_needs_them(tmp_path: Path) -> None:
    ws = write_project(tmp_path)
    (ws.project / "datasets" / NAME / "corrections.yaml").write_text("- kind: cel\n", encoding="utf-8")
    (problem,) = check(ws, NAME)
    assert problem.place.file == f"datasets/{NAME}/corrections.yaml"


def test_two_datasets_must_not_share_the_last_part_of_their_names(tmp_path: Path) -> None:
    ws = write_project(tmp_path)
    (ws.project / "datasets" / NAME).rename(ws.project / "datasets/welfare/other")
    write_project(tmp_path)
    (ws.project / "datasets/budget").mkdir()
    (ws.project / "datasets/welfare/other").rename(ws.project / "datasets/budget/visits")
    assert [p.message for p in check_all(ws)] == ["datasets share a name: budget/visits, welfare/visits"]


def test_one_name_must_not_mean_two_things(tmp_path: Path) -> None:
    ws = spoilt(tmp_path, lambda _, __, p: field(p, "amount_thb").update(unit="million THB"))
    (problem,) = check_all(ws)
    assert problem.place.column == "schemas: amount_thb"
    assert "unit" in problem.remedy


def test_a_folder_that_cannot_be_read_does_not_hide_the_faults_of_others(tmp_path: Path) -> None:
    ws = spoilt(tmp_path, WRONG["a first period of another era"][0])
    broken = ws.project / "datasets/budget/broken"
    broken.mkdir(parents=True)
    (broken / "dataset.yaml").write_text("{}", encoding="utf-8")
    assert {p.place.dataset for p in check_all(ws)} == {"budget/broken", NAME}


def test_a_topic_that_the_site_has_no_words_for_is_named_before_any_work(tmp_path: Path) -> None:
    ws = write_project(tmp_path)
    (ws.project / "datasets/welfare").rename(ws.project / "datasets/education")
    (problem,) = check(ws, "education/visits")
    assert "'education' has no title" in problem.message
    assert "pipelines/vocabularies/gd_catalogue.yaml" in problem.remedy
