"""Two published sums of one unit tell a third, what the second leaves of the first: none of one or few."""

from pathlib import Path
from typing import Any

import pytest

from tests import toy
from tests.protecting import UNITS, Rows, person, protected, statistics

CLASSES = {"national_id": "direct", "area": "quasi", "value_thb": "linked", "exempt_thb": "linked"}
SUMS = ("value_thb", "exempt_thb")
Figures = dict[str, tuple[Any, Any]]


@pytest.fixture(autouse=True)
def _both_are_in_baht(monkeypatch: pytest.MonkeyPatch) -> None:
    fields: list[Any] = list(toy.PUBLIC_SCHEMA["fields"])  # type: ignore[call-overload]
    fields += [{"name": name, "type": "number", "unit": "THB"} for name in SUMS]
    monkeypatch.setitem(toy.PUBLIC_SCHEMA, "fields", fields)


def land(taxed: dict[str, list[float | None]]) -> Rows:
    """Twenty owners of an area with a million each, all of it exempt but what is named; None is not known."""
    rows = []
    for n, (area, amounts) in enumerate(taxed.items()):
        for owner, amount in enumerate([*amounts, *[0.0] * (20 - len(amounts))]):
            exempt = None if amount is None else 1e6 - amount
            rows.append(person(100 * n + owner, area=area, value_thb=1e6, exempt_thb=exempt))
    return rows


def shown(folder: Path, rows: Rows) -> Figures:
    table = statistics(["area"], None, person_count=UNITS, **{name: {"sum": name} for name in SUMS})
    published, _ = protected(folder, rows, CLASSES, {"t": table})
    return {row["area"]: (row["value_thb"], row["exempt_thb"]) for row in published["t"]}


def test_the_taxed_value_of_one_owner_is_not_what_exemption_leaves(tmp_path: Path) -> None:
    found = shown(tmp_path, land({"a": [580_000.0], "b": [], "c": [1e5] * 9}))
    assert found["a"] == (20e6, None)
    assert found["b"] == (20e6, 20e6), "nobody pays: nothing is left"
    assert found["c"] == (20e6, 20e6 - 9e5), "nine pay alike"
    assert found["_T"] == (60e6, None), "else the area's exemption is what the others leave of the total"


def test_one_owner_among_many_small_ones_is_not_what_exemption_leaves(tmp_path: Path) -> None:
    """Seven pay, one of them nearly all: the p % rule."""
    found = shown(tmp_path, land({"a": [900_000.0, *[10.0] * 6], "b": [1e5] * 9}))
    assert found == {"a": (20e6, None), "b": (20e6, 20e6 - 9e5), "_T": (40e6, None)}


def test_an_amount_that_is_not_known_counts_as_nothing_as_it_does_for_the_reader(tmp_path: Path) -> None:
    found = shown(tmp_path, land({"a": [None, None], "b": [None] * 8}))
    assert found["a"] == (20e6, None)
    assert found["b"] == (20e6, 12e6)


def test_the_hidden_parts_of_two_totals_do_not_tell_it_either(tmp_path: Path) -> None:
    """The cells are hidden altogether; of all that their totals leave for them one owner's part is taxed."""
    areas = {"a": 3, "b": 6, "c": 30}
    rows = [
        person(100 * n + owner, area=area, value_thb=1e6, exempt_thb=1e6 - (4e5 if (area, owner) == ("a", 0) else 0))
        for n, (area, many) in enumerate(areas.items())
        for owner in range(many)
    ]
    found = shown(tmp_path, rows)
    assert found["a"] == found["b"] == (None, None)
    assert found["c"] == (30e6, 30e6)
    assert None in found["_T"]
