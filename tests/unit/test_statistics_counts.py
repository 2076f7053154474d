"""Published statistics: every number of persons in a cell decides whether it is shown."""

from pathlib import Path

from tests.protecting import UNITS, person, protected, statistics

LINKED = {"area": "quasi", "men": "linked", "women": "linked"}
MEN, WOMEN = {"sum": "men", "frequency": True}, {"sum": "women", "frequency": True}


def test_a_cell_of_few_women_is_hidden_though_its_men_are_many(tmp_path: Path) -> None:
    rows = [
        {"area": area, "men": men, "women": women}
        for area, men, women in (("a", 30, 1), ("b", 40, 2), ("c", 50, 60), ("d", 20, 70), ("e", 0, 0))
    ]
    table = statistics(["area"], men_count=MEN, women_count=WOMEN)
    published, _ = protected(tmp_path, rows, LINKED, {"t": table}, unit=None)
    shown = {row["area"]: (row["men_count"], row["women_count"]) for row in published["t"] if row["obs_status"] == "A"}
    assert shown == {"d": (20, 70), "e": (0, 0), "_T": (140, 133)}


def test_what_one_number_of_persons_needs_hidden_suffices_for_the_other(tmp_path: Path) -> None:
    """Men are few in `a`, women in `b`: neither is left alone in its sum, by rows or by columns."""
    counts = {("a", "x"): (3, 40), ("a", "y"): (20, 30), ("a", "z"): (25, 9), ("b", "x"): (30, 2), ("b", "y"): (18, 12)}
    counts |= {("b", "z"): (7, 21), ("c", "x"): (14, 15), ("c", "y"): (16, 17), ("c", "z"): (11, 0)}
    rows = [{"area": a, "kind": k, "men": men, "women": women} for (a, k), (men, women) in counts.items()]
    table = statistics(["area", "kind"], men_count=MEN, women_count=WOMEN)
    published, report = protected(tmp_path, rows, LINKED | {"kind": "quasi"}, {"t": table}, unit=None)
    hidden = {(row["area"], row["kind"]) for row in published["t"] if row["obs_status"] == "C"}
    assert hidden >= {("a", "x"), ("b", "x")}
    assert report.tables["t"].recovered == 0


def test_few_persons_are_hidden_whatever_they_have_many_of(tmp_path: Path) -> None:
    rows = [
        person(n, area=area, children=children)
        for area, many, children in (("a", 9, 6), ("b", 7, 8), ("c", 2, 0), ("d", 1, 9))
        for n in range(ord(area) * 100, ord(area) * 100 + many)
    ]
    table = statistics(["area"], child_count={"sum": "children", "frequency": True}, person_count=UNITS)
    classes = {"national_id": "direct", "area": "quasi", "children": "linked"}
    published, _ = protected(tmp_path, rows, classes, {"t": table})
    by_area = {row["area"]: row for row in published["t"]}
    assert by_area["c"]["person_count"] is by_area["d"]["person_count"] is by_area["d"]["child_count"] is None
