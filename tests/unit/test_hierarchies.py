"""Generalisation hierarchies: total and nested on the data, or the table is refused."""

from datetime import date

import duckdb
import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipelines.disclosure import hierarchies
from pipelines.errors import DatasetError, PrivacyError


def demand_sound(values: list[object], generalise: str) -> None:
    database = duckdb.connect()
    database.register("people", pa.table({"it": values}))
    hierarchies.demand_sound(database, "people", "it", generalise)


def written(value: object, generalise: str) -> object:
    database = duckdb.connect()
    database.register("people", pa.table({"it": [value]}))
    query = f"SELECT {hierarchies.expression(generalise, 'it')} FROM people"  # noqa: S608
    ((told,),) = database.sql(query).fetchall()
    return told


@pytest.mark.parametrize(
    ("value", "generalise", "told"),
    [
        (0, "age_band/five_years", "0-4"),
        (64, "age_band/five_years", "60-64"),
        (65, "age_band/five_years", "65-69"),
        (89, "age_band/five_years", "85-89"),
        (90, "age_band/five_years", "90+"),
        (117, "age_band/ten_years", "90+"),
        (89, "age_band/ten_years", "80-89"),
        (date(2023, 9, 30), "month/quarter", "2023-Q3"),
        (date(2023, 10, 1), "month/month", "2023-10"),
        ("100101", "place/district", "1001"),
        ("1001", "place/province", "10"),
    ],
)
def test_a_value_is_written_at_its_level(value: object, generalise: str, told: str) -> None:
    assert written(value, generalise) == told


@given(st.lists(st.integers(0, 130), min_size=1))
def test_ages_of_people_are_total_and_nested(ages: list[int]) -> None:
    demand_sound(list(ages), "age_band/five_years")


@given(st.lists(st.dates(), min_size=1))
def test_dates_are_total_and_nested(days: list[date]) -> None:
    demand_sound(list(days), "month/quarter")


@given(st.lists(st.from_regex("[1-9][0-9]{5}", fullmatch=True), min_size=1))
def test_place_codes_are_total_and_nested(codes: list[str]) -> None:
    demand_sound(list(codes), "place/district")


@pytest.mark.parametrize(("values", "generalise"), [
    ([64, -1], "age_band/five_years"),
    (["100101", "10-01"], "place/province"),
    (["100101", "00101"], "place/district"),
])  # fmt: skip
def test_a_value_without_a_place_in_the_hierarchy_is_refused(values: list[object], generalise: str) -> None:
    """It would be published as it is, or in nobody's group."""
    with pytest.raises(PrivacyError, match="1 values have no place"):
        demand_sound(values, generalise)


def test_a_level_that_does_not_follow_from_the_one_below_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups of one level would overlap those of the next, and their difference tell single persons."""
    levels = yaml.safe_load("{five: value // 5, seven: value // 7}")
    monkeypatch.setattr(hierarchies, "levels_of", lambda _: levels)
    with pytest.raises(PrivacyError, match="level 2 of the hierarchy invented does not follow from level 1"):
        demand_sound(list(range(40)), "invented/five")


@pytest.mark.parametrize(("generalise", "said"), [
    ("nothing/any", "no hierarchy 'nothing'"),
    ("../month/day", "no hierarchy"),
    ("age_band/three_years", "no level 'three_years'"),
])  # fmt: skip
def test_an_unknown_hierarchy_or_level_is_named_with_those_there_are(generalise: str, said: str) -> None:
    with pytest.raises(DatasetError, match=said) as refusal:
        hierarchies.expression(generalise, "it")
    assert "use one of" in refusal.value.remedy
