"""What a hidden cell may be, as far as the shown figures tell.

Works on the table's own sums: along every dimension with totals the cells add up to the
total row, and the sum of all cells is taken as known even where it is not published. Empty
cells are shown, so that a hidden one is known to have a person at least. A small cell must be
able to be at least k and to be smaller than it is (where it is not the least it can be), and no
hidden cell may be certain.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise, product, repeat

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, csc_array
from scipy.sparse.csgraph import connected_components

TOTAL = "_T"
#: What a linear program says where there is no greatest value.
UNBOUNDED = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell or total: its id, how many persons (where one may be in several cells: records)
    are in it, whether it must be hidden whatever their number, and where it stands."""

    id: int
    persons: int
    must_hide: bool
    key: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """`parts`, each so many times as `weights` says, add up to `total` (an index; None where
    the sum is not a row of the table)."""

    parts: tuple[int, ...]
    total: int | None
    weights: tuple[float, ...] = ()

    @property
    def members(self) -> tuple[int, ...]:
        return self.parts if self.total is None else (*self.parts, self.total)


class Table:
    """The cells, their sums, and the least and greatest value that each was seen to be able to
    have while every shown figure stays. What was possible stays so: ever more is hidden."""

    def __init__(self, cells: list[Cell], k: int, demanding: set[int]) -> None:
        self.cells, self.k, self.demanding = cells, k, demanding
        self.relations = _relations(cells)
        self.sums = _matrix(self.relations, len(cells))
        self.value = np.array([cell.persons for cell in cells], dtype=float)
        self.floor = _floors(cells)
        self.low, self.high = self.value.copy(), self.value.copy()

    def wanted(self, i: int) -> tuple[int, ...]:
        """Return how far a hidden cell must be able to move: any one way, or if small both ways."""
        if i not in self.demanding:
            return (1, -1)
        up = max(self.k - self.cells[i].persons, 1)
        return (up, -1) if self.value[i] > self.floor[i] else (up,)

    def enough(self, i: int, move: int) -> bool:
        if i not in self.demanding:
            return bool(self.high[i] - self.low[i] >= 1 - 1e-6)
        seen = self.high[i] - self.value[i] if move > 0 else self.value[i] - self.low[i]
        return bool(seen >= abs(move) - 0.5)

    def bound(self, places: list[int], rates: list[tuple[float, float]], amount: float) -> None:
        """Add that cells multiplied by their least rates come to no more than an amount, and
        by their greatest to no less; what is between is one more unknown each."""
        scale = max(abs(rate) for both in rates for rate in both) or 1.0
        for side, sign in ((0, 1.0), (1, -1.0)):
            weights = [both[side] / scale for both in rates]
            between = sign * (amount / scale - float(self.value[places] @ np.array(weights)))
            self.relations.append(Relation((*places, len(self.value)), None, (*weights, sign)))
            self.value = np.append(self.value, max(between, 0.0))
            self.floor = np.append(self.floor, 0.0)
        self.low, self.high = self.value.copy(), self.value.copy()

    def see(self, cells: list[int], values: np.ndarray) -> None:
        """Take note of values that the cells can have all at once."""
        self.low[cells] = np.minimum(self.low[cells], values)
        self.high[cells] = np.maximum(self.high[cells], values)


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
    """Return the sums as a matrix: a row for each, parts by their weight and the total as -1."""
    entries = [
        (row, i, w) for row, r in enumerate(relations) for i, w in zip(r.parts, r.weights or repeat(1.0), strict=False)
    ]
    entries += [(row, r.total, -1.0) for row, r in enumerate(relations) if r.total is not None]
    rows, columns, signs = zip(*entries, strict=True) if entries else ((), (), ())
    return coo_array((signs, (rows, columns)), shape=(len(relations), width), dtype=float).tocsc()


def _floors(cells: list[Cell]) -> np.ndarray:
    """Return the least each cell can have: as many persons as there are parts that are not empty."""
    parts: dict[tuple[object, ...], int] = defaultdict(int)
    for cell in cells:
        if cell.persons and TOTAL not in cell.key:
            for over in product(*((part, TOTAL) for part in cell.key)):
                parts[over] += 1
    return np.array([parts[cell.key] for cell in cells], dtype=float)


def exposed(table: Table, hidden: set[int], beside: set[int] | None = None) -> list[int]:
    """Return the hidden cells whose possible values say too much, of those that hang together
    with the cells `beside` (None: of all)."""
    active = [r for r in table.relations if hidden.intersection(r.members)]
    components = _components(active, hidden)
    number = {i: n for n, component in enumerate(components) for i in component}
    inside: list[list[Relation]] = [[] for _ in components]
    for r in active:
        inside[next(number[i] for i in r.members if i in hidden)].append(r)
    found: list[int] = []
    for component, relations in zip(components, inside, strict=True):
        if beside is not None and not component & beside:
            continue
        unknown = sorted(component)
        matrix = _matrix(relations, len(table.value))[:, unknown]
        for column, i in enumerate(unknown):
            if i >= len(table.cells):
                continue
            for move in table.wanted(i):
                if not table.enough(i, move):
                    _stretch(table, unknown, matrix, column, move)
            if not all(table.enough(i, move) for move in table.wanted(i)):
                found.append(i)
    return sorted(found)


def _stretch(table: Table, unknown: list[int], matrix: csc_array, column: int, move: int) -> None:
    """Find the greatest (the least, where `move` is down) value that a hidden cell can have."""
    goal = np.zeros(len(unknown))
    goal[column] = -move
    value = table.value[unknown]
    bounds = np.column_stack([table.floor[unknown], np.full(len(unknown), np.inf)])
    solved = linprog(goal, A_eq=matrix, b_eq=matrix @ value, bounds=bounds, method="highs")
    if solved.status == 0:
        table.see(unknown, solved.x)
    elif solved.status == UNBOUNDED:
        table.high[unknown[column]] = np.inf


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
