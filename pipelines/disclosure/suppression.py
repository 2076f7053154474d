"""Which cells of a table to hide: the small ones, and enough beside them.

Works on the table's own sums: along every dimension with totals the cells add up to the
total row, and the sum of all cells is taken as known even where it is not published. A
hidden primary cell must be able, as far as the published figures tell, to be at least k and
to be smaller than it is, and no hidden cell may be certain. What is added is the cheapest set
of cells that lets a cell move so far with every sum kept: a linear program, as is usual for
tables of more than two dimensions (Handbook on Statistical Disclosure Control, section 4.4).
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, csc_array, hstack
from scipy.sparse.csgraph import connected_components

from pipelines.errors import PrivacyError

TOTAL = "_T"
#: What a linear program leaves of nothing.
SMALLEST_MOVE = 1e-7


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell or total: its id, how many persons (where one may be in several cells: records)
    are in it, whether it must be hidden for another reason, and where it stands."""

    id: int
    persons: int
    dominated: bool
    key: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """`parts` add up to `total` (an index; None where the sum is not a row of the table)."""

    parts: tuple[int, ...]
    total: int | None

    @property
    def members(self) -> tuple[int, ...]:
        return self.parts if self.total is None else (*self.parts, self.total)


def choose(cells: list[Cell], k: int) -> dict[int, str]:
    """Return cell id -> `primary` or `complementary` for every cell to hide.

    Raises:
        PrivacyError: no choice protects the table.
    """
    relations = _relations(cells)
    sums = _matrix(relations, len(cells))
    why = {i: "primary" for i, c in enumerate(cells) if c.dominated or 0 < c.persons < k}
    demanding = set(why)
    while exposed := _exposed(cells, relations, set(why), demanding, k):
        before = len(why)
        for i in exposed:
            for move in (max(k - cells[i].persons, 1), -1):
                found = _moving(i, move, cells, sums, set(why))
                why |= dict.fromkeys(found, "complementary")
                if found and i not in demanding:
                    break  # it is enough that it is not certain
        if len(why) == before:
            raise PrivacyError("some cells cannot be protected", remedy="publish fewer totals or coarser dimensions")
    return {cells[i].id: reason for i, reason in sorted(why.items())}


def _relations(cells: list[Cell]) -> list[Relation]:
    at = {cell.key: i for i, cell in enumerate(cells)}
    relations = []
    for d in range(len(cells[0].key) if cells else 0):
        sums: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for i, cell in enumerate(cells):
            if cell.key[d] != TOTAL:
                sums[(*cell.key[:d], TOTAL, *cell.key[d + 1 :])].append(i)
        relations += [Relation(tuple(parts), at[total]) for total, parts in sums.items() if total in at]
    finest = tuple(i for i, cell in enumerate(cells) if TOTAL not in cell.key)
    if not any(set(cell.key) == {TOTAL} for cell in cells):
        relations.append(Relation(finest, None))
    return relations


def _matrix(relations: list[Relation], width: int) -> csc_array:
    """Return the sums as a matrix: a row for each, parts as 1 and the total as -1."""
    entries = [(row, i, 1) for row, r in enumerate(relations) for i in r.parts]
    entries += [(row, r.total, -1) for row, r in enumerate(relations) if r.total is not None]
    rows, columns, signs = zip(*entries, strict=True) if entries else ((), (), ())
    return coo_array((signs, (rows, columns)), shape=(len(relations), width), dtype=float).tocsc()


def _exposed(cells: list[Cell], relations: list[Relation], hidden: set[int], demanding: set[int], k: int) -> list[int]:
    """Return the hidden cells whose possible values say too much."""
    active = [r for r in relations if hidden.intersection(r.members)]
    exposed = []
    for component in _components(active, hidden):
        inside = [r for r in active if component.intersection(r.members)]
        low, high = _bounds(cells, inside, sorted(component))
        for i in component:
            value = cells[i].persons
            tells = high[i] < max(k, value + 1) - 0.5 or low[i] > value - 1 + 0.5
            if (tells and i in demanding) or high[i] - low[i] < 1 - 1e-6:
                exposed.append(i)
    return sorted(exposed)


def _components(relations: list[Relation], hidden: set[int]) -> list[set[int]]:
    order = sorted(hidden)
    number = {i: n for n, i in enumerate(order)}
    ends = [(number[a], number[b]) for r in relations for a, b in _links([i for i in r.members if i in hidden])]
    rows, columns = zip(*ends, strict=True) if ends else ((), ())
    graph = coo_array((np.ones(len(ends)), (rows, columns)), shape=(len(order), len(order)))
    _, labels = connected_components(graph, directed=False)
    found: dict[int, set[int]] = defaultdict(set)
    for i, label in zip(order, labels, strict=True):
        found[int(label)].add(i)
    return list(found.values())


def _links(members: list[int]) -> list[tuple[int, int]]:
    return list(pairwise(members))


def _bounds(
    cells: list[Cell], relations: list[Relation], unknown: list[int]
) -> tuple[dict[int, float], dict[int, float]]:
    """Return the least and greatest value of each unknown cell that the rest allows."""
    column = {i: n for n, i in enumerate(unknown)}
    matrix, right = np.zeros((len(relations), len(unknown))), np.zeros(len(relations))
    for row, relation in enumerate(relations):
        for i in relation.members:
            sign = -1.0 if i == relation.total else 1.0
            if i in column:
                matrix[row, column[i]] = sign
            else:
                right[row] -= sign * cells[i].persons
        if relation.total is None:
            right[row] += sum(cells[i].persons for i in relation.parts)
    low: dict[int, float] = {}
    high: dict[int, float] = {}
    for i in unknown:
        goal = np.zeros(len(unknown))
        goal[column[i]] = 1.0
        for side, sign in ((low, 1.0), (high, -1.0)):
            solved = linprog(sign * goal, A_eq=matrix, b_eq=right, bounds=(0, None), method="highs")
            side[i] = sign * solved.fun if solved.status == 0 else (0.0 if sign > 0 else np.inf)
    return low, high


def _moving(cell: int, move: int, cells: list[Cell], sums: csc_array, hidden: set[int]) -> set[int]:
    """Return the cheapest cells to hide beside the hidden ones so that a cell may be greater
    (smaller) by `move`, every sum kept and no count below zero; none where nothing helps. The
    grand total is no help: how many there are in all is taken as known."""
    cost = np.array([0.0 if i in hidden else _cost(c) for i, c in enumerate(cells)]) + 1e-6
    more = np.full(len(cells), np.inf)
    less = np.array([float(c.persons) for c in cells])
    for i, c in enumerate(cells):
        if i not in hidden and all(part == TOTAL for part in c.key):
            more[i] = less[i] = 0.0
    least = np.zeros(2 * len(cells))
    (less if move > 0 else more)[cell] = 0.0
    least[cell if move > 0 else len(cells) + cell] = abs(move)
    solved = linprog(
        np.concatenate([cost, cost]),
        A_eq=hstack([sums, -sums]),
        b_eq=np.zeros(sums.shape[0]),
        bounds=np.column_stack([least, np.concatenate([more, less])]),
        method="highs",
    )
    if solved.status != 0:
        return set()
    moved = np.abs(solved.x[: len(cells)] - solved.x[len(cells) :])
    return {int(i) for i in np.flatnonzero(moved > SMALLEST_MOVE)} - hidden


def _cost(cell: Cell) -> float:
    """Say how sorry one would be: for a part less than for a total, for one with persons less
    than for an empty one, and of equals the least for the smallest."""
    return math.log2(2 + cell.persons) + 4 * (TOTAL in cell.key) + 3 * (cell.persons == 0)
