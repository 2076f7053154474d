"""Which cells of a table to hide: the small ones, and enough beside them.

What is added is the cheapest set of cells that lets a hidden cell be as great and as small as
`possible` demands with every sum kept: a linear program, as is usual for tables of more than two
dimensions (Handbook on Statistical Disclosure Control, section 4.4). In a large table it is looked for
near the cell first: what protects it there, protects it.
"""

import math
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import hstack

from pipelines.disclosure.possible import TOTAL, Cell, Table, exposed, uncertified
from pipelines.errors import PrivacyError

__all__ = ["Amount", "Cell", "choose", "stay_hidden"]

#: What a linear program leaves of nothing.
SMALLEST_MOVE = 1e-7
#: How many other values of the dimension that has most are near.
NEAR = 16


def choose(cells: list[Cell], k: int, already: Collection[int] = ()) -> set[int]:
    """Return the ids of the cells to hide; `already` are those hidden whatever is chosen.

    Raises:
        PrivacyError: no choice protects the table.
    """
    hidden = {i for i, c in enumerate(cells) if c.must_hide or c.id in already or 0 < c.persons < k}
    table = Table(cells, k, {i for i in hidden if cells[i].must_hide or cells[i].persons < k})
    while found := uncertified(table, hidden):
        near = _Near(table, hidden)
        for i in found:
            hidden |= _protecting(table, i, hidden, near)
    return {cells[i].id for i in hidden}


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum over hidden cells (ids), each with the least and the greatest amount of any of its persons."""

    all: float
    rates: dict[int, tuple[float, float]]


def stay_hidden(cells: list[Cell], k: int, hidden: set[int], known: list[Amount]) -> bool:
    """Say whether hidden cells (ids) tell no more than they may to whoever knows these amounts
    too. Only those that the last amount has to do with are looked at."""
    at = {cell.id: i for i, cell in enumerate(cells)}
    places = {at[cell] for cell in hidden}
    table = Table(cells, k, {i for i in places if cells[i].must_hide or cells[i].persons < k})
    for amount in known:
        table.bound([at[cell] for cell in amount.rates], list(amount.rates.values()), amount.all)
    hidden_too = set(range(len(cells), len(table.value)))
    return not any(True for _ in exposed(table, places | hidden_too, {max(hidden_too)} if hidden_too else set()))


class _Near:
    """Which cells to look at first: those that share a value of the dimension with most values, its
    totals, and those of the values of which the hidden cells have most to give."""

    def __init__(self, table: Table, hidden: set[int]) -> None:
        by = max(zip(*(cell.key for cell in table.cells), strict=True), key=lambda values: len(set(values)))
        self.value, self.places, room = by, defaultdict(list), dict.fromkeys(by, 0.0)
        for i, value in enumerate(by):
            self.places[value].append(i)
            room[value] += (table.value[i] - table.floor[i]) * (i in hidden)
        self.roomy = sorted(room, key=lambda value: -room[value])[:NEAR]

    def of(self, cell: int) -> np.ndarray:
        values = {self.value[cell], TOTAL, *self.roomy}
        return np.array(sorted(i for value in values for i in self.places[value]))


def _protecting(table: Table, cell: int, hidden: set[int], near: _Near) -> set[int]:
    """Return cells to hide beside the hidden ones so that a cell may be as great and as small as it must."""
    more: set[int] = set()
    for side, cells in product((0, 1), (near.of(cell), np.arange(len(table.cells)))):
        if table.lacking()[side][cell]:
            more |= _moving(table, cell, side, hidden | more, cells)
    if any(lacking[cell] for lacking in table.lacking()):
        raise PrivacyError("some cells cannot be protected", remedy="publish fewer totals or coarser dimensions")
    return more


def _moving(table: Table, cell: int, side: int, hidden: set[int], near: np.ndarray) -> set[int]:
    """Return the cheapest cells of those that are `near` to hide beside the hidden ones so that a cell may
    be greater (side 0) or less (side 1), every sum kept and nobody's cell empty; none where nothing helps. The
    grand total is no help: how many there are in all is taken as known. Nor is an empty cell,
    which is always shown."""
    cells, width = [table.cells[i] for i in near], len(near)
    free = np.isin(near, list(hidden))
    cost = np.where(free, 0.0, [_cost(c) for c in cells]) + 1e-6
    known = np.array([c.persons == 0 or all(part == TOTAL for part in c.key) for c in cells]) & ~free
    most = np.where(known, 0.0, [np.full(width, np.inf), (table.value - table.floor)[near]])
    least = np.zeros((2, width))
    at = np.searchsorted(near, cell)
    most[1 - side, at] = 0.0
    least[side, at] = (table.up, table.down)[side][cell]
    if (least > most).any():
        return set()
    matrix = table.system(near)
    solved = linprog(
        np.concatenate([cost, cost]),
        A_eq=hstack([matrix, -matrix]),
        b_eq=np.zeros(matrix.shape[0]),
        bounds=np.column_stack([least.ravel(), most.ravel()]),
        options={"presolve": False},  # takes longer than it spares
    )
    if solved.status != 0:
        return set()
    moved = solved.x[:width] - solved.x[width:]
    chosen = np.abs(moved) > SMALLEST_MOVE
    table.see(near[chosen], table.value[near[chosen]] + moved[chosen])
    return {int(i) for i in near[chosen]} - hidden


def _cost(cell: Cell) -> float:
    """Say how sorry one would be: for a part less than for a total, and of equals the least for the smallest."""
    return math.log2(2 + cell.persons) + 4 * (TOTAL in cell.key)
