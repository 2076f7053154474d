"""Published sums: none gives a hidden number of persons away, nor what one person has."""

from pathlib import Path
from typing import Any

import numpy as np

from tests.protecting import UNITS, Rows, person, protected, statistics

CLASSES = {"national_id": "direct", "area": "quasi", "tier": "open", "amount_thb": "linked"}
TABLE = statistics(["area", "tier"], person_count=UNITS, amount_thb={"sum": "amount_thb"})
RATES = {"60": 600, "70": 700, "80": 800}
COUNTS = {("a", "60"): 9, ("a", "70"): 2, ("a", "80"): 30, ("b", "60"): 20, ("b", "70"): 17, ("b", "80"): 25}
COUNTS |= {("c", "60"): 31, ("c", "70"): 22, ("c", "80"): 12}


def paid(counts: dict[tuple[str, str], int], rate: dict[tuple[str, str], float]) -> Rows:
    cells = [cell for cell, many in counts.items() for _ in range(many)]
    return [person(n, area=cell[0], tier=cell[1], amount_thb=rate[cell]) for n, cell in enumerate(cells)]


def covers(total: dict[str, Any], cell: dict[str, Any]) -> bool:
    return all(total[d] in {"_T", cell[d]} for d in ("area", "tier"))


def test_amounts_at_known_rates_do_not_solve_the_hidden_numbers(tmp_path: Path) -> None:
    rows = paid(COUNTS, {cell: RATES[cell[1]] for cell in COUNTS})
    published, _ = protected(tmp_path, rows, CLASSES, {"t": TABLE})
    finest = [row for row in published["t"] if "_T" not in (row["area"], row["tier"])]
    hidden = [row for row in finest if row["person_count"] is None]
    assert len(hidden) == 4
    totals = [row for row in published["t"] if row not in finest]
    known = [[int(covers(row, cell)) for cell in hidden] for row in totals if row["person_count"] is not None]
    known += [
        [covers(row, cell) * RATES[cell["tier"]] for cell in hidden] for row in totals if row["amount_thb"] is not None
    ]
    assert np.linalg.matrix_rank(np.array(known)) < len(hidden)


def test_the_sum_of_all_is_shown_where_it_tells_nothing_new(tmp_path: Path) -> None:
    rows = paid(COUNTS, {cell: RATES[cell[1]] for cell in COUNTS})
    published, report = protected(tmp_path, rows, CLASSES, {"t": TABLE})
    assert next(r for r in published["t"] if (r["area"], r["tier"]) == ("_T", "_T"))["amount_thb"] == 118300
    assert report.tables["t"].without_sums == 4


def test_the_sum_of_all_is_hidden_where_it_would_solve_them(tmp_path: Path) -> None:
    """Each area has rates of its own: one more equation for one unknown."""
    rate = {cell: 100.0 * n for n, cell in enumerate(COUNTS, start=3)} | {("b", "70"): 5000.0}
    published, _ = protected(tmp_path, paid(COUNTS, rate), CLASSES, {"t": TABLE})
    total = next(r for r in published["t"] if (r["area"], r["tier"]) == ("_T", "_T"))
    assert (total["person_count"], total["amount_thb"], total["obs_status"]) == (168, None, "C")


def test_sums_of_cells_and_totals_without_a_hidden_cell_are_shown(tmp_path: Path) -> None:
    rows = paid(COUNTS, {cell: RATES[cell[1]] for cell in COUNTS})
    published, _ = protected(tmp_path, rows, CLASSES, {"t": TABLE})
    shown = {(r["area"], r["tier"]): r["amount_thb"] for r in published["t"] if r["obs_status"] == "A"}
    assert shown[("c", "_T")] == 43600
    assert shown[("_T", "80")] == 53600
    assert shown[("a", "80")] == 24000


def test_what_the_total_leaves_for_the_hidden_sums_does_not_tell_what_one_person_has(tmp_path: Path) -> None:
    """A million of one person and seven times 3 baht beside it are one person's million."""
    areas = [("a", 9, 2.0), ("b", 3, 3.0), ("c", 40, 5000.0), ("d", 11, 1.0)]
    rows = [
        person(100 * n + i, area=area, amount_thb=1e6 if (area, i) == ("a", 0) else each)
        for n, (area, many, each) in enumerate(areas)
        for i in range(many)
    ]
    table = statistics(["area"], person_count=UNITS, amount_thb={"sum": "amount_thb"})
    published, _ = protected(tmp_path, rows, CLASSES, {"t": table})
    shown = {row["area"]: row["amount_thb"] for row in published["t"]}
    assert shown["a"] is shown["b"] is shown["_T"] is None
    assert shown["c"] == 200_000
    assert next(row["person_count"] for row in published["t"] if row["area"] == "_T") == 63


def test_what_the_total_leaves_for_many_hidden_sums_is_shown(tmp_path: Path) -> None:
    areas = [("a", 3, 900.0), ("b", 4, 900.0), ("c", 40, 900.0), ("d", 6, 900.0)]
    rows = [
        person(100 * n + i, area=area, amount_thb=each)
        for n, (area, many, each) in enumerate(areas)
        for i in range(many)
    ]
    table = statistics(["area"], person_count=UNITS, amount_thb={"sum": "amount_thb"})
    published, _ = protected(tmp_path, rows, CLASSES, {"t": table})
    shown = {row["area"]: row["amount_thb"] for row in published["t"]}
    assert (shown["a"], shown["b"], shown["_T"]) == (None, None, 53 * 900)


def test_what_one_person_pays_back_is_not_told_by_the_sum(tmp_path: Path) -> None:
    """A million back beside twenty times 5 baht: the sum is that million, to within 100 baht."""
    amounts = [-1e6, 1000.0, *[5.0] * 20]
    rows = [person(n, area="a", amount_thb=amount) for n, amount in enumerate(amounts)]
    table = statistics(["area"], person_count=UNITS, amount_thb={"sum": "amount_thb"})
    published, _ = protected(tmp_path, rows, CLASSES, {"t": table})
    assert {(row["person_count"], row["amount_thb"]) for row in published["t"]} == {(22, None)}


ILL = {"national_id": "direct", "area": "quasi", "is_ill": "sensitive"}


def ill(counts: dict[str, tuple[int, int]]) -> Rows:
    people = [(area, n < sick) for area, (many, sick) in counts.items() for n in range(many)]
    return [person(n, area=area, is_ill=int(sick)) for n, (area, sick) in enumerate(people)]


def test_a_sum_of_ones_is_a_number_of_persons(tmp_path: Path) -> None:
    rows = ill({"a": (20, 3), "b": (30, 12), "c": (15, 4), "d": (18, 0)})
    table = statistics(["area"], person_count=UNITS, ill_count={"sum": "is_ill"})
    for unit in ("national_id", None):
        classes = ILL if unit else {"area": "quasi", "is_ill": "sensitive"}
        people = rows if unit else [{k: v for k, v in row.items() if k in classes} for row in rows]
        published, _ = protected(tmp_path / str(unit), people, classes, {"t": table}, unit)
        shown = {row["area"]: (row["person_count"], row["ill_count"]) for row in published["t"]}
        assert shown == {"a": (20, None), "b": (30, 12), "c": (15, None), "d": (18, 0), "_T": (83, 19)}


def test_a_sum_of_ones_does_not_leave_a_number_of_few(tmp_path: Path) -> None:
    """18 of 20 are ill: two are not. Of 30 who are all ill nobody is left."""
    rows = ill({"a": (20, 18), "b": (30, 12), "c": (16, 12), "d": (18, 18)})
    table = statistics(["area"], person_count=UNITS, ill_count={"sum": "is_ill"})
    published, _ = protected(tmp_path, rows, ILL, {"t": table})
    shown = {row["area"]: row["ill_count"] for row in published["t"]}
    assert shown == {"a": None, "b": 12, "c": None, "d": 18, "_T": 60}


def test_what_the_total_leaves_does_not_leave_a_number_of_few(tmp_path: Path) -> None:
    """Two are left for one cell; six for three cells, of which each has one at least who is not ill."""
    table = statistics(["area"], person_count=UNITS, ill_count={"sum": "is_ill"})
    for n, few in enumerate(({"a": (20, 18)}, {"a": (20, 19), "b": (20, 19), "c": (20, 16)})):
        published, _ = protected(tmp_path / str(n), ill(few | {"d": (30, 12)}), ILL, {"t": table})
        shown = {row["area"]: row["ill_count"] for row in published["t"]}
        assert shown == dict.fromkeys(few) | {"d": 12, "_T": None}


def test_amounts_that_differ_do_not_tell_how_many_have_none(tmp_path: Path) -> None:
    rows = [person(n, area="a", amount_thb=100 + n if n > 1 else 0) for n in range(30)]
    table = statistics(["area"], person_count=UNITS, amount_thb={"sum": "amount_thb"})
    published, _ = protected(tmp_path, rows, CLASSES, {"t": table})
    assert {row["amount_thb"] for row in published["t"]} == {sum(100 + n for n in range(2, 30))}


def test_the_total_does_not_leave_a_number_of_few(tmp_path: Path) -> None:
    """Three are left for one cell; three for three cells of which none is without."""
    table = statistics(["area"], person_count=UNITS, ill_count={"sum": "is_ill"})
    for n, few in enumerate(({"a": (20, 3)}, {"a": (20, 1), "b": (20, 1), "c": (20, 4)})):
        published, _ = protected(tmp_path / str(n), ill(few | {"d": (30, 12)}), ILL, {"t": table})
        shown = {row["area"]: row["ill_count"] for row in published["t"]}
        assert shown == dict.fromkeys(few) | {"d": 12, "_T": None}


def test_each_area_keeps_its_own_total_where_that_tells_nothing_new(tmp_path: Path) -> None:
    """Areas are not added up: each has a total of its own, safe or not."""
    rate = dict.fromkeys(COUNTS, 600.0) | {("b", "60"): 5000.0}
    counts = COUNTS | {("b", "60"): 3}
    table = statistics(["area", "tier"], ["tier"], person_count=UNITS, amount_thb={"sum": "amount_thb"})
    published, _ = protected(tmp_path, paid(counts, rate), CLASSES, {"t": table})
    totals = {row["area"]: row["amount_thb"] for row in published["t"] if row["tier"] == "_T"}
    assert totals == {"a": 41 * 600, "b": None, "c": 65 * 600}


def test_counts_of_provinces_keep_the_sum_of_all(tmp_path: Path) -> None:
    """Nobody knows what one person has on average in a province that is hidden."""
    counts = {
        "a": (2, 60_000),
        "b": (2, 55_000),
        "c": (4, 115_000),
        "d": (1, 20_000),
        "e": (4, 110_000),
        "f": (90, 27e5),
    }
    rows = [{"area": area, "men": men, "amount_thb": amount} for area, (men, amount) in counts.items()]
    men = {"sum": "men", "frequency": True}
    table = statistics(["area"], men_count=men, amount_thb={"sum": "amount_thb"})
    classes = {"area": "open", "men": "linked", "amount_thb": "linked"}
    published, _ = protected(tmp_path, rows, classes, {"t": table}, unit=None)
    shown = {row["area"]: row["amount_thb"] for row in published["t"]}
    assert shown == dict.fromkeys("abcde") | {"f": 2_700_000, "_T": 3_060_000}


def test_counts_by_tier_do_not_tell_the_hidden_ones_by_their_amounts(tmp_path: Path) -> None:
    rows = [{"area": a, "tier": t, "men": n, "amount_thb": float(n * RATES[t])} for (a, t), n in COUNTS.items()]
    table = statistics(["area", "tier"], men_count={"sum": "men", "frequency": True}, amount_thb={"sum": "amount_thb"})
    classes = {"area": "quasi", "tier": "open", "men": "linked", "amount_thb": "linked"}
    published, _ = protected(tmp_path, rows, classes, {"t": table}, unit=None)
    hidden = {(r["area"], r["tier"]) for r in published["t"] if r["amount_thb"] is None and r["men_count"] is not None}
    assert hidden == {("a", "_T"), ("b", "_T"), ("_T", "60"), ("_T", "70")}
