"""Cell suppression asks of many cells at once: it comes to what is found where each is asked alone."""

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array

from pipelines.disclosure import ranges
from pipelines.disclosure.audit import Published, attack
from pipelines.disclosure.possible import Cell, Table, exposed, uncertified
from pipelines.disclosure.suppression import choose
from pipelines.errors import PrivacyError

K = 5
DIMENSIONS = ("area", "sex", "kind")


def cells_of(counts: np.ndarray) -> list[Cell]:
    """A table of areas x sexes x kinds with every total."""
    parts = [[*(f"{name}{n}" for n in range(size)), "_T"] for name, size in zip("ask", counts.shape, strict=True)]
    found = []
    for number, key in enumerate(product(*parts)):
        at = tuple(slice(None) if part == "_T" else int(part[1:]) for part in key)
        found.append(Cell(number, int(np.sum(counts[at])), must_hide=False, key=key))
    return found


@st.composite
def tables(draw: st.DrawFn) -> np.ndarray:
    shape = (draw(st.integers(2, 5)), 2, draw(st.integers(1, 2)))
    many = draw(st.sampled_from([3, 9, 30]))
    counts = draw(st.lists(st.integers(0, many), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    return np.array(counts).reshape(shape)


def extremes(table: Table, hidden: Sequence[int]) -> Iterator[tuple[int, float, float]]:
    """The least and the greatest value of each hidden cell: two linear programs each, of the whole table."""
    matrix = table.sums.toarray()[:, hidden]
    for column, i in enumerate(hidden):
        found = []
        for sign in (1, -1):
            goal = np.zeros(len(hidden))
            goal[column] = sign
            bounds = [(table.floor[one], None) for one in hidden]
            solved = linprog(goal, A_eq=matrix, b_eq=matrix @ table.value[hidden], bounds=bounds)
            assert solved.status in {0, 3}
            found.append(solved.fun * sign if solved.status == 0 else np.inf)
        yield i, found[0], found[1]


def exactly_exposed(table: Table, hidden: Sequence[int], small: set[int]) -> set[int]:
    told = set()
    for i, low, high in extremes(table, hidden):
        value = table.value[i]
        if i in small:
            too_low = value > table.floor[i] and value - low < 0.5
            told |= {i} if high - value < max(K - value, 1) - 0.5 or too_low else set()
        elif high - low < 1 - 1e-6:
            told.add(i)
    return told


@settings(max_examples=40, deadline=None)
@given(counts=tables(), more=st.randoms(use_true_random=False))
def test_the_cells_found_to_be_exposed_are_those_that_are_when_each_is_asked_alone(
    counts: np.ndarray, more: Any
) -> None:
    cells = cells_of(counts)
    small = {i for i, c in enumerate(cells) if 0 < c.persons < K}
    others = [i for i, c in enumerate(cells) if c.persons >= K and set(c.key) != {"_T"}]
    hidden = small | set(more.sample(others, more.randint(0, len(others))))
    assume(hidden)
    exact = exactly_exposed(Table(cells, K, small), sorted(hidden), small)
    assert set(exposed(Table(cells, K, small), hidden)) == exact
    assert set(uncertified(Table(cells, K, small), hidden)) >= exact, "no cell is certified that is exposed"


def published(cells: list[Cell], hidden: set[int], path: Path) -> Published:
    columns: dict[str, Any] = {name: [c.key[d] for c in cells] for d, name in enumerate(DIMENSIONS)}
    columns["person_count"] = [None if c.id in hidden else c.persons for c in cells]
    columns["obs_status"] = ["C" if c.id in hidden else "A" for c in cells]
    pq.write_table(pa.table(columns), path)
    return Published(path, DIMENSIONS, "person_count", least=1)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(counts=tables())
def test_nothing_that_was_chosen_to_be_hidden_can_be_worked_out(counts: np.ndarray, tmp_path: Path) -> None:
    cells = cells_of(counts)
    try:
        hidden = choose(cells, K)
    except PrivacyError:
        assume(False)  # noqa: FBT003
    small = {i for i, c in enumerate(cells) if 0 < c.persons < K}
    assert not exactly_exposed(Table(cells, K, small), sorted(hidden), small)
    assert attack([published(cells, hidden, tmp_path / "t.parquet")], K, int(counts.sum())).recovered == 0


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(counts=tables())
def test_the_attack_recovers_as_many_and_is_as_narrow_as_when_each_cell_is_asked_alone(
    counts: np.ndarray, tmp_path: Path
) -> None:
    cells = cells_of(counts)
    hidden = {i for i, c in enumerate(cells) if 0 < c.persons < K and set(c.key) != {"_T"}}
    assume(hidden)
    table = Table(cells, K, hidden)
    table.floor = np.ones(len(cells))
    alone = [(high - low, high) for _, low, high in extremes(table, sorted(hidden))]
    found = attack([published(cells, hidden, tmp_path / "t.parquet")], K, int(counts.sum()))
    assert found.recovered == sum(width < 1 - 1e-6 or high < K - 1e-6 for width, high in alone)
    assert found.narrowest == pytest.approx(min(width for width, _ in alone), abs=1e-5)


ONE = ranges.Equations(csr_array(np.array([[1.0, 1.0]])), np.array([9.0]), np.array([1.0, 1.0]))


def test_figures_that_contradict_one_another_are_refused_and_not_counted_as_safe() -> None:
    """Two cells with somebody in each come to one person: nobody knows what else is wrong."""
    contradictory = ranges.Equations(ONE.matrix, np.array([1.0]), ONE.least)
    with pytest.raises(PrivacyError, match="could not be reckoned"):
        ranges.ranges(contradictory, np.array([True, True]), K)


@pytest.mark.parametrize("status", [1, 2, 4])
def test_a_solver_that_fails_is_no_sign_of_safety(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "linprog", lambda *_, **__: SimpleNamespace(status=status, x=None))
    with pytest.raises(PrivacyError, match="could not be reckoned"):
        ranges.ranges(ONE, np.array([True, True]), K)


def test_a_solver_that_cannot_tell_endless_from_impossible_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsure(*args: Any, options: dict[str, bool] | None = None, **others: Any) -> Any:
        return SimpleNamespace(status=4) if options != {"presolve": False} else linprog(*args, **others)

    monkeypatch.setattr(ranges, "linprog", unsure)
    assert ranges.ranges(ONE, np.array([True, True]), K) == (0, 7)
    endless = ranges.Equations(csr_array(np.array([[1.0, -1.0]])), np.array([0.0]), np.array([1.0, 1.0]))
    assert ranges.ranges(endless, np.array([True, True]), K) == (0, np.inf)
