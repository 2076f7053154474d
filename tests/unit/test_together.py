"""Tables of one release: what each keeps, several of them do not tell together."""

from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import PrivacyError
from tests.protecting import UNITS, Rows, person, protected, records, statistics

CLASSES = {"national_id": "direct", "code": "open", "area": "quasi", "sex": "quasi", "age": "quasi", "thb": "linked"}
COUNTS = {("a", "F"): 12, ("a", "M"): 2, ("b", "F"): 30, ("b", "M"): 3, ("c", "F"): 9, ("c", "M"): 20}
AMOUNT = {"sum": "thb"}


def persons(counts: dict[tuple[str, str], int]) -> Rows:
    cells = [cell for cell, many in counts.items() for _ in range(many)]
    return [person(n, code=f"v{n}", area=a, sex=s, age=60 + n % 2, thb=600) for n, (a, s) in enumerate(cells)]


TOLD: dict[str, dict[str, Any]] = {
    "totals of one, parts of the other": {
        "by_area": statistics(["area"], n_count=UNITS),
        "by_sex": statistics(["area", "sex"], [], n_count=UNITS),
    },
    "parts only, whose sums are shared": {
        "by_age": statistics(["area", "age"], [], n_count=UNITS),
        "by_sex": statistics(["area", "sex"], [], n_count=UNITS),
    },
}


@pytest.mark.parametrize("case", TOLD)
def test_tables_whose_difference_tells_a_hidden_number_are_refused(tmp_path: Path, case: str) -> None:
    with pytest.raises(PrivacyError, match=r"from several tables together: by_a[a-z]+, by_sex"):
        protected(tmp_path, persons(COUNTS), CLASSES, TOLD[case])


def test_a_sum_that_one_table_hides_is_not_shown_by_another(tmp_path: Path) -> None:
    tables = {
        "by_area": statistics(["area"], n_count=UNITS, amount_thb=AMOUNT),
        "by_sex": statistics(["area", "sex"], n_count=UNITS, amount_thb=AMOUNT),
    }
    protected(tmp_path, persons(COUNTS), CLASSES, {"by_sex": tables["by_sex"]})
    with pytest.raises(PrivacyError, match="from several tables together: by_sex, by_area"):
        protected(tmp_path, persons(COUNTS), CLASSES, tables)


NESTED = {("a1", "a"): 3, ("a2", "a"): 27, ("b1", "b"): 4, ("b2", "b"): 36, ("c1", "c"): 20}


@pytest.mark.parametrize(("totals", "counts"), [(["district"], NESTED), ([], {("a1", "a"): 3, ("a2", "a"): 40})])
def test_a_province_does_not_tell_the_hidden_one_of_its_districts(
    tmp_path: Path, totals: list[str], counts: dict[tuple[str, str], int]
) -> None:
    """30 in the province, 27 in one district of two: three in the other, which is hidden."""
    classes = {"national_id": "direct", "district": "quasi", "province": "quasi"}
    cells = [cell for cell, many in counts.items() for _ in range(many)]
    rows = [person(n, district=district, province=province) for n, (district, province) in enumerate(cells)]
    tables = {
        "by_district": statistics(["district"], totals, n_count=UNITS),
        "by_province": statistics(["province"], totals and ["province"], n_count=UNITS),
    }
    for name, table in tables.items():
        protected(tmp_path / name, rows, classes, {name: table})
    if totals:
        with pytest.raises(PrivacyError, match="from several tables together: by_district, by_province"):
            protected(tmp_path, rows, classes, tables)
    else:  # both districts are hidden: the province is their sum, and says no more
        protected(tmp_path, rows, classes, tables)


def test_the_sum_of_a_province_is_not_shown_where_one_of_its_districts_is_hidden(tmp_path: Path) -> None:
    """Two hidden districts of a province: 43 persons and what they get at known rates would tell both numbers."""
    classes = {"national_id": "direct", "district": "quasi", "province": "quasi", "thb": "linked"}
    cells = [("a1", 3, 600), ("a2", 40, 700), ("b1", 50, 600)]
    every = [(district, rate) for district, many, rate in cells for _ in range(many)]
    rows = [person(n, district=d, province=d[0], thb=rate) for n, (d, rate) in enumerate(every)]
    tables = {
        "by_district": statistics(["district"], [], n_count=UNITS, amount_thb=AMOUNT),
        "by_province": statistics(["province"], [], n_count=UNITS, amount_thb=AMOUNT),
    }
    with pytest.raises(PrivacyError, match="from several tables together: by_district, by_province"):
        protected(tmp_path, rows, classes, tables)


def test_tables_that_tell_nothing_of_one_another_are_published(tmp_path: Path) -> None:
    tables = {
        "by_area": statistics(["area"], n_count=UNITS, amount_thb=AMOUNT),
        "by_sex": statistics(["sex"], n_count=UNITS, amount_thb=AMOUNT),
    }
    published, _ = protected(tmp_path, persons(COUNTS), CLASSES, tables)
    assert {row["obs_status"] for rows in published.values() for row in rows} == {"A"}


def test_records_that_can_be_joined_are_as_anonymous_as_one_table(tmp_path: Path) -> None:
    rows = [person(n, code=f"v{n}", area=f"a{n % 6}", age=60 + n // 6) for n in range(36)]
    apart = {"a": records("code", "area", key="code"), "b": records("code", "age", key="code")}
    for name, table in apart.items():
        protected(tmp_path, rows, CLASSES, {name: table})
    with pytest.raises(PrivacyError, match="36 groups of persons who look alike"):
        protected(tmp_path, rows, CLASSES, apart)


def test_records_joined_by_way_of_a_third_table_are_joined_too(tmp_path: Path) -> None:
    rows = [person(n, code=f"v{n}", other=f"w{n}", area=f"a{n % 6}", age=60 + n // 6) for n in range(36)]
    tables = {
        "a": records("code", "area", key="code"),
        "b": records("other", "age", key="other"),
        "c": records("code", "other", key="code"),
    }
    with pytest.raises(PrivacyError, match="36 groups"):
        protected(tmp_path, rows, CLASSES | {"other": "open"}, tables)
