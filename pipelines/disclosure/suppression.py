"""Which cells of a table to hide: the small ones, and enough beside them.

What is added is the cheapest set of cells that lets a hidden cell be as great and as small as
`possible` demands with every sum kept: a linear program, as is usual for tables of more than two
dimensions (Handbook on Statistical Disclosure Control, section 4.4).
"""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import hstack

from pipelines.disclosure.possible import TOTAL, Cell, Table, exposed
from pipelines.errors import PrivacyError

__all__ = ["Amount", "Cell", "choose", "stay_hidden"]

#: What a linear program leaves of nothing.
SMALLEST_MOVE = 1e-7


def choose(cells: list[Cell], k: int, already: Collection[int] = ()) -> set[int]:
    """Return the ids of the cells to hide; `already` are those hidden whatever is chosen.

    Raises:
        PrivacyError: no choice protects the table.
    """
    hidden = {i for i, c in enumerate(cells) if c.must_hide or c.id in already or 0 < c.persons < k}
    table = Table(cells, k, {i for i in hidden if cells[i].must_hide or cells[i].persons < k})
    while found := exposed(table, hidden):
        before = len(hidden)
        for i in found:
            for move in table.wanted(i):
                if not table.enough(i, move):
                    hidden |= _moving(table, i, move, hidden)
        if len(hidden) == before:
            raise PrivacyError("some cells cannot be protected", remedy="publish fewer totals or coarser dimensions")
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
    return not exposed(table, places | hidden_too, {max(hidden_too)} if hidden_too else set())


def _moving(table: Table, cell: int, move: int, hidden: set[int]) -> set[int]:
    """Return the cheapest cells to hide beside the hidden ones so that a cell may be greater
    (smaller) by `move`, every sum kept and nobody's cell empty; none where nothing helps. The
    grand total is no help: how many there are in all is taken as known. Nor is an empty cell,
    which is always shown."""
    cells, width = table.cells, len(table.cells)
    cost = np.array([0.0 if i in hidden else _cost(c) for i, c in enumerate(cells)]) + 1e-6
    more = np.full(width, np.inf)
    less = table.value - table.floor
    for i, c in enumerate(cells):
        if i not in hidden and (c.persons == 0 or all(part == TOTAL for part in c.key)):
            more[i] = less[i] = 0.0
    least = np.zeros(2 * width)
    (less if move > 0 else more)[cell] = 0.0
    least[cell if move > 0 else width + cell] = abs(move)
    most = np.concatenate([more, less])
    if (least > most).any():
        return set()
    solved = linprog(
        np.concatenate([cost, cost]),
        A_eq=hstack([table.sums, -table.sums]),
        b_eq=np.zeros(table.sums.shape[0]),
        bounds=np.column_stack([least, most]),
        method="highs",
    )
    if solved.status != 0:
        return set()
    moved = solved.x[:width] - solved.x[width:]
    chosen = np.flatnonzero(np.abs(moved) > SMALLEST_MOVE)
    table.see(chosen.tolist(), table.value[chosen] + moved[chosen])
    return {int(i) for i in chosen} - hidden


def _cost(cell: Cell) -> float:
    """Say how sorry one would be: for a part less than for a total, and of equals the least for the smallest."""
    return math.log2(2 + cell.persons) + 4 * (TOTAL in cell.key)
