"""The files a Thai portal takes over from us agree with what the pipeline sends and knows."""

import csv
from typing import Any

import geothai
import pytest
import yaml

from pipelines.catalogue import vocabulary
from portal.solr_schema import with_types
from tests.conftest import PROJECT

MANDATORY = {
    "data_type", "title", "owner_org", "maintainer", "maintainer_email", "keywords", "notes", "objective",
    "update_frequency_unit", "geo_coverage", "data_source", "data_format", "data_category", "license_id",
}  # fmt: skip


@pytest.fixture(scope="module")
def fields() -> dict[str, dict[str, Any]]:
    text = (PROJECT / "portal/ckan/gd-catalogue.yaml").read_text(encoding="utf-8")
    return {field["field_name"]: field for field in yaml.safe_load(text)["dataset_fields"]}


def test_the_fourteen_mandatory_fields_are_demanded_and_no_others(fields: dict[str, dict[str, Any]]) -> None:
    assert {name for name, field in fields.items() if field.get("required")} == MANDATORY
    assert all(field["label"]["th"] and field["label"]["en"] for field in fields.values())


def test_the_portal_takes_every_choice_a_dataset_may_make(fields: dict[str, dict[str, Any]]) -> None:
    for name, choices in vocabulary().items():
        if isinstance(choices, list):
            assert [choice["value"] for choice in fields[name]["choices"]] == choices, name
    licences = {choice["value"] for choice in fields["license_id"]["choices"]}
    assert {licence["license_id"] for licence in vocabulary()["licences"].values()} <= licences


def test_what_provinces_are_usually_called_is_searched_for_by_their_names() -> None:
    lines = (PROJECT / "portal/solr/gd/synonyms.txt").read_text(encoding="utf-8").splitlines()
    known = [{word.strip() for word in line.split(",")} for line in lines if line and not line.startswith("#")]
    named = {province.code: province.name_th for province in geothai.provinces()}
    with (PROJECT / "pipelines/thai/province_spellings.csv").open(encoding="utf-8") as file:
        usual = [row for row in csv.DictReader(file) if row["note"].startswith(("abbreviation", "usual"))]
    assert len(usual) > 150
    wanted = [{row["spelling"], named[row["province_code"]]} for row in usual]
    assert [pair for pair in wanted if not any(pair <= line for line in known)] == []


def test_a_schema_of_ckan_that_changed_is_not_taken_for_the_one_we_know() -> None:
    ours = '<fieldType name="text" class="b"><analyzer/></fieldType>'
    assert with_types('<fieldType name="text" class="a">x</fieldType>', ours) == ours
    with pytest.raises(ValueError, match="no field type text"):
        with_types('<fieldType name="string"/>', ours)
