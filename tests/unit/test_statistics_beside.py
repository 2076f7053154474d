"""Figures beside the measures: a population, and per cents of what is published and of nothing else."""

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipelines.dataset_check import check
from pipelines.errors import DatasetError, PrivacyError
from pipelines.table_spec import Statistics
from tests.protecting import UNITS, person, protected, statistics
from tests.publishing import define
from tests.toy import NAME, write_project

PLACES = {"1001": 40, "1002": 30, "1003": 3}
POPULATION = [
    {"district_code": code, "population_count": count}
    for code, count in (("1001", 50), ("1002", 31), ("1003", 9), ("1004", 20))
]
BESIDE = {
    "population_count": {"sum": "population_count", "of": "population"},
    "coverage_pct": {"pct": ["person_count", "population_count"]},
}


def covered(folder: Path, places: dict[str, int] = PLACES, **table: Any) -> dict[str, dict[str, Any]]:
    """Publish persons by district beside a population; rows by district."""
    lines = [(code, n) for code, count in places.items() for n in range(count)]
    people = [person(int(code) * 10**6 + n, district_code=code, amount_thb=Decimal(600)) for code, n in lines]
    made = {**statistics(["district_code"], person_count=UNITS), "beside": BESIDE, **table}
    classes = {"national_id": "direct", "district_code": "quasi", "amount_thb": "linked", "population_count": "open"}
    tables, _ = protected(folder, {"visits": people, "population": POPULATION}, classes, {"t": made})
    return {row["district_code"]: row for row in tables["t"]}


def test_a_population_stands_beside_every_cell_and_total(tmp_path: Path) -> None:
    rows = covered(tmp_path)
    assert {code: row["population_count"] for code, row in rows.items()} == {
        "1001": 50, "1002": 31, "1003": 9, "1004": 20, "_T": 110,
    }  # fmt: skip
    assert rows["1001"]["coverage_pct"] == Decimal("80.00")
    assert rows["_T"]["coverage_pct"] == Decimal("66.36")


def test_a_per_cent_of_a_hidden_count_is_hidden(tmp_path: Path) -> None:
    """3 of 9 persons: the per cent and the population would give the hidden count away."""
    rows = covered(tmp_path)
    hidden = [row for row in rows.values() if row["person_count"] is None]
    assert rows["1003"] in hidden
    assert all(row["coverage_pct"] is None for row in hidden)
    assert all(row["obs_status"] == "C" for row in hidden)


def test_a_place_where_nobody_is_covered_is_published_as_nobody(tmp_path: Path) -> None:
    row = covered(tmp_path)["1004"]
    assert (row["person_count"], row["coverage_pct"], row["obs_status"]) == (0, Decimal("0.00"), "A")


def test_persons_of_no_known_place_stay_counted(tmp_path: Path) -> None:
    """A cell without a value was taken for one that only the population has: with nobody in it."""
    known = [person(n, district_code="1001") for n in range(40)]
    people = known + [person(n, district_code=None) for n in range(50, 80)]
    population: list[dict[str, Any]] = [*POPULATION, {"district_code": None, "population_count": 60}]
    classes = {"national_id": "direct", "district_code": "quasi", "population_count": "open"}
    table = {**statistics(["district_code"], person_count=UNITS), "beside": BESIDE}
    tables, _ = protected(tmp_path, {"visits": people, "population": population}, classes, {"t": table})
    (unknown,) = (row for row in tables["t"] if row["district_code"] is None)
    assert (unknown["person_count"], unknown["population_count"], unknown["coverage_pct"]) == (30, 60, Decimal("50.00"))


def test_amounts_of_nobody_are_nothing(tmp_path: Path) -> None:
    measures = {"person_count": UNITS, "amount_thb": {"sum": "amount_thb"}}
    assert covered(tmp_path, measures=measures)["1004"]["amount_thb"] == 0


@settings(deadline=None, max_examples=20)
@given(st.integers(5, 400), st.integers(1, 500))
def test_per_cents_are_rounded_half_up(tmp_path_factory: pytest.TempPathFactory, part: int, whole: int) -> None:
    population = [{"district_code": "1001", "population_count": whole}]
    people = [person(n, district_code="1001") for n in range(part)]
    classes = {"national_id": "direct", "district_code": "quasi", "population_count": "open"}
    table = {**statistics(["district_code"], [], person_count=UNITS), "beside": BESIDE}
    folder = tmp_path_factory.mktemp("pct")
    tables, _ = protected(folder, {"visits": people, "population": population}, classes, {"t": table})
    expected = (Decimal(100 * part) / whole).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert tables["t"][0]["coverage_pct"] == expected


@pytest.mark.parametrize(
    ("beside", "message"),
    [
        ({"sum": "amount_thb", "of": "none"}, "there is no table none"),
        ({"sum": "amount_thb", "of": "visits"}, "amount_thb of visits is of persons"),
        ({"pct": ["person_count", "other_count"]}, "other_count is no other figure"),
        ({"pct": ["person_count", "share_pct"]}, "share_pct is no other figure"),
    ],
)
def test_what_is_no_figure_of_nobody_is_named_by_check(tmp_path: Path, beside: dict[str, Any], message: str) -> None:
    ws = write_project(tmp_path)
    define(ws, lambda d: d["tables"]["visits_by_district"].update(beside={"share_pct": beside}))
    assert any(message in problem.message for problem in check(ws, NAME))


def test_sums_of_persons_beside_the_measures_are_refused_when_it_runs_too(tmp_path: Path) -> None:
    """Nobody need have asked the check: amounts beside hidden counts are heads times a rate."""
    with pytest.raises(DatasetError, match="amount_thb of visits is of persons"):
        covered(tmp_path, beside={"paid_thb": {"sum": "amount_thb", "of": "visits"}})


@pytest.mark.parametrize("chart", [{"colour": "sex"}, {}])
def test_per_cents_are_never_added_up_in_a_chart(chart: dict[str, str]) -> None:
    """Men and women of a district have two per cents; their sum would be none."""
    table = statistics(["district_code", "sex"], ["district_code"], person_count=UNITS)
    drawn = {"title": table["title"], "x": "coverage_pct", "y": "district_code", **chart}
    with pytest.raises(ValidationError, match="would add per cents up"):
        Statistics.model_validate({**table, "beside": BESIDE, "charts": [drawn]})


def test_a_table_of_too_few_persons_is_published_without_rows_where_it_may_be(tmp_path: Path) -> None:
    """Five persons in two places: whoever knows that there are five knows that neither place has more than four."""
    few = {"1002": 2, "1003": 3}
    with pytest.raises(PrivacyError, match="cannot be protected"):
        covered(tmp_path / "refused", few)
    assert covered(tmp_path / "empty", few, if_unsafe="no_rows") == {}
    assert covered(tmp_path / "safe", {"1001": 30}, if_unsafe="no_rows")["1001"]["person_count"] == 30
