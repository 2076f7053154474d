"""Cell suppression: an attacker with the published table and a pencil gets nothing."""

from itertools import product
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.disclosure.audit import attack
from pipelines.disclosure.suppression import Cell, choose

K = 5
Counts = list[list[int]]


def cells_of(counts: Counts) -> list[Cell]:
    """A table of areas x types with all totals."""
    rows, columns = len(counts), len(counts[0])
    at = {(f"r{r}", f"c{c}"): counts[r][c] for r, c in product(range(rows), range(columns))}
    at |= {(f"r{r}", "_T"): sum(counts[r]) for r in range(rows)}
    at |= {("_T", f"c{c}"): sum(row[c] for row in counts) for c in range(columns)}
    at["_T", "_T"] = sum(map(sum, counts))
    return [Cell(n, persons, dominated=False, key=key) for n, (key, persons) in enumerate(at.items())]


def write(cells: list[Cell], hidden: set[int], path: Path) -> Path:
    columns = {
        "area": [c.key[0] for c in cells],
        "kind": [c.key[1] for c in cells],
        "person_count": [None if c.id in hidden else c.persons for c in cells],
        "obs_status": ["C" if c.id in hidden else "A" for c in cells],
    }
    pq.write_table(pa.table(columns), path)
    return path


def recovered(cells: list[Cell], hidden: set[int], path: Path) -> int:
    everybody = sum(c.persons for c in cells if "_T" not in c.key)
    return attack(write(cells, hidden, path), ["area", "kind"], "person_count", K, everybody).recovered


COUNTS = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 30), min_size=width, max_size=width), min_size=2, max_size=4)
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(counts=COUNTS)
def test_no_hidden_cell_can_be_worked_out(counts: Counts, tmp_path: Path) -> None:
    cells = cells_of(counts)
    hidden = set(choose(cells, K))
    assert hidden >= {c.id for c in cells if 0 < c.persons < K}, "every small cell is hidden"
    assert recovered(cells, hidden, tmp_path / "t.parquet") == 0


def test_hiding_only_the_small_cells_is_not_enough(tmp_path: Path) -> None:
    cells = cells_of([[3, 20, 30], [15, 12, 40], [22, 18, 9]])
    small = {c.id for c in cells if 0 < c.persons < K}
    assert recovered(cells, small, tmp_path / "naive.parquet") == 1
    assert recovered(cells, set(choose(cells, K)), tmp_path / "ours.parquet") == 0


def test_two_hidden_cells_of_one_person_each_are_not_left_alone(tmp_path: Path) -> None:
    cells = cells_of([[1, 20], [1, 30], [12, 14]])
    hidden = set(choose(cells, K))
    assert recovered(cells, hidden, tmp_path / "t.parquet") == 0
    assert len(hidden) > 4


def test_a_table_without_small_cells_is_left_whole() -> None:
    assert choose(cells_of([[10, 20], [30, 40]]), K) == {}


def test_an_empty_table_is_no_error() -> None:
    assert choose([], K) == {}
