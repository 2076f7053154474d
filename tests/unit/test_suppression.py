"""Cell suppression: an attacker with the published table and a pencil gets nothing."""

from itertools import product
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.disclosure.audit import Published, attack
from pipelines.disclosure.suppression import Cell, choose
from pipelines.errors import PrivacyError

K = 5
Counts = list[list[int]]


def cells_of(counts: Counts) -> list[Cell]:
    """A table of areas x types with all totals."""
    rows, columns = len(counts), len(counts[0])
    at = {(f"r{r}", f"c{c}"): counts[r][c] for r, c in product(range(rows), range(columns))}
    at |= {(f"r{r}", "_T"): sum(counts[r]) for r in range(rows)}
    at |= {("_T", f"c{c}"): sum(row[c] for row in counts) for c in range(columns)}
    at["_T", "_T"] = sum(map(sum, counts))
    return [Cell(n, persons, must_hide=False, key=key) for n, (key, persons) in enumerate(at.items())]


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
    table = Published(write(cells, hidden, path), ("area", "kind"), "person_count", least=1)
    return attack([table], K, everybody).recovered


COUNTS = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 30), min_size=width, max_size=width), min_size=2, max_size=4)
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(counts=COUNTS)
def test_no_hidden_cell_can_be_worked_out(counts: Counts, tmp_path: Path) -> None:
    cells = cells_of(counts)
    try:
        hidden = choose(cells, K)
    except PrivacyError:
        assert sum(map(sum, counts)) < 100, "only a table of next to nobody cannot be protected"
        return
    assert hidden >= {c.id for c in cells if 0 < c.persons < K}, "every small cell is hidden"
    assert recovered(cells, hidden, tmp_path / "t.parquet") == 0


def test_hiding_only_the_small_cells_is_not_enough(tmp_path: Path) -> None:
    cells = cells_of([[3, 20, 30], [15, 12, 40], [22, 18, 9]])
    small = {c.id for c in cells if 0 < c.persons < K}
    assert recovered(cells, small, tmp_path / "naive.parquet") == 1
    assert recovered(cells, choose(cells, K), tmp_path / "ours.parquet") == 0


def test_two_hidden_cells_of_one_person_each_are_not_left_alone(tmp_path: Path) -> None:
    cells = cells_of([[1, 20], [1, 30], [12, 14]])
    hidden = choose(cells, K)
    assert recovered(cells, hidden, tmp_path / "t.parquet") == 0
    assert len(hidden) > 4


def column_of(counts: list[int]) -> list[Cell]:
    keys = [*((f"r{n}",) for n in range(len(counts))), ("_T",)]
    return [
        Cell(n, c, must_hide=False, key=key)
        for n, (key, c) in enumerate(zip(keys, [*counts, sum(counts)], strict=True))
    ]


def test_hidden_cells_have_somebody_in_them_and_their_sum_must_not_tell_how_many() -> None:
    """Five persons in five cells that are not empty are one in each."""
    hidden = choose(column_of([120, 1, 1, 1, 1, 1, 0, 33]), K)
    assert hidden == {1, 2, 3, 4, 5, 7}
    assert len(choose(column_of([1, 1, 2, 1, 60, 70]), K)) == 5, "each of the four would be 1 or 2"


def test_the_attacker_knows_that_a_hidden_cell_is_not_empty(tmp_path: Path) -> None:
    cells = cells_of([[1, 20], [1, 30], [1, 14], [1, 60], [1, 9]])
    assert recovered(cells, {c.id for c in cells if c.persons == 1}, tmp_path / "t.parquet") == 5


def test_an_empty_cell_is_shown() -> None:
    cells = cells_of([[3, 0, 40], [0, 25, 31], [18, 22, 9]])
    assert not {c.id for c in cells if c.persons == 0} & choose(cells, K)


def test_a_total_of_four_cells_of_one_person_can_be_protected() -> None:
    """It cannot be less than four: that is no reason to refuse the table."""
    cells = cells_of([[1, 1, 1, 1], [30, 40, 50, 60], [31, 41, 51, 61]])
    assert choose(cells, K)


def test_a_table_without_small_cells_is_left_whole() -> None:
    assert choose(cells_of([[10, 20], [30, 40]]), K) == set()


def test_an_empty_table_is_no_error() -> None:
    assert choose([], K) == set()
