"""What a hidden cell may be, as far as the shown figures tell.

Works on the table's own sums: along every dimension with totals the cells add up to the
total row, and the sum of all cells is taken as known even where it is not published. Empty
cells are shown, so that a hidden one is known to have a person at least. A small cell must be
able to be at least k and to be smaller than it is (where it is not the least it can be), and no
hidden cell may be certain.

That a cell can be so is certified by values of all hidden cells at once that keep every sum. One
linear program looks for those of many cells; what it leaves is asked one by one only where
somebody must know that there are none.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product, repeat

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import block_array, coo_array, csc_array, csr_array
from scipy.sparse.csgraph import connected_components

TOTAL = "_T"
#: Of which share of the cells one linear program asks: where all want to move at once, few can.
SHARES = (1.0, 0.5, 0.25, 0.12, 0.06)


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


class Table:
    """The cells, their sums, and the least and greatest value that each was seen to be able to
    have while every shown figure stays. What was possible stays so: ever more is hidden."""

    def __init__(self, cells: list[Cell], k: int, small: set[int]) -> None:
        self.cells = cells
        self.relations = _relations(cells)
        self.sums = _matrix(self.relations, len(cells))
        self.value = np.array([cell.persons for cell in cells], dtype=float)
        self.floor = _floors(cells)
        self.low, self.high = self.value.copy(), self.value.copy()
        self.small = np.isin(np.arange(len(cells)), list(small))
        #: How far a cell must be able to move if it is hidden: a small one both ways, any other one way.
        self.up = np.where(self.small, np.maximum(k - self.value, 1), 1.0)
        self.down = np.where(self.small & (self.value <= self.floor), 0.0, 1.0)

    def lacking(self) -> tuple[np.ndarray, np.ndarray]:
        """Say of which cells no value was seen that is as much greater, and as much less, as there must be."""
        width = self.high - self.low
        above = np.where(self.small, self.high - self.value + 0.5, width + 1e-6)
        below = np.where(self.small, self.value - self.low + 0.5, width + 1e-6)
        return above < self.up, below < self.down

    def bound(self, places: list[int], rates: list[tuple[float, float]], amount: float) -> None:
        """Add that cells multiplied by their least rates come to no more than an amount, and
        by their greatest to no less; what is between is one more unknown each."""
        scale = max(abs(rate) for both in rates for rate in both) or 1.0
        for side, sign in ((0, 1.0), (1, -1.0)):
            weights = [both[side] / scale for both in rates]
            between = sign * (amount / scale - float(self.value[places] @ np.array(weights)))
            self.relations.append(Relation((*places, len(self.value)), None, (*weights, sign)))
            self.value = np.append(self.value, max(between, 0.0))
            self.floor, self.up, self.down = (np.append(a, 0.0) for a in (self.floor, self.up, self.down))
            self.small = np.append(self.small, False)
        self.sums = _matrix(self.relations, len(self.value))
        self.low, self.high = self.value.copy(), self.value.copy()

    def see(self, cells: np.ndarray, values: np.ndarray) -> None:
        """Take note of values that the cells can have all at once."""
        self.low[cells] = np.minimum(self.low[cells], values)
        self.high[cells] = np.maximum(self.high[cells], values)

    def system(self, cells: np.ndarray) -> csr_array:
        """Return the sums that any of the cells has a part in, with a column for each of them."""
        matrix = self.sums[:, cells].tocsr()
        return matrix[np.diff(matrix.indptr) > 0]


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


def uncertified(table: Table, hidden: set[int]) -> list[int]:
    """Return the hidden cells whose possible values may say too much: of all others values were seen
    that they can have."""
    unknown = np.array(sorted(hidden), dtype=int)
    _stretch_many(table, unknown, table.system(unknown))
    return _lacking(table, unknown)


def exposed(table: Table, hidden: set[int], beside: set[int] | None = None) -> Iterator[int]:
    """Give the hidden cells whose possible values say too much, of those that hang together
    with the cells `beside` (None: of all)."""
    unknown = np.array(sorted(hidden), dtype=int)
    if beside is not None:
        unknown = _hanging_together(table, unknown, beside)
    matrix = table.system(unknown)
    _stretch_many(table, unknown, matrix)
    for i in _lacking(table, unknown):
        for side, lacking in zip((1, -1), table.lacking(), strict=True):
            if lacking[i]:
                _stretch(table, unknown, matrix, side * (unknown == i))
        if any(lacking[i] for lacking in table.lacking()):
            yield i


def _lacking(table: Table, unknown: np.ndarray) -> list[int]:
    above, below = table.lacking()
    found: list[int] = unknown[(above | below)[unknown]].tolist()
    return found


def _hanging_together(table: Table, unknown: np.ndarray, beside: set[int]) -> np.ndarray:
    matrix = table.system(unknown)
    _, label = connected_components(block_array([[None, matrix.T], [matrix, None]]), directed=False)
    label = label[: len(unknown)]
    return unknown[np.isin(label, label[np.isin(unknown, list(beside))])]


def _stretch_many(table: Table, unknown: np.ndarray, matrix: csr_array) -> None:
    """Look for values at which many cells at once are as much greater, or less, as they must be able to
    be, as long as it helps. Which cells are asked is drawn, always the same way."""
    draw = np.random.default_rng(0)
    left = 2 * len(unknown)
    while True:
        before = left
        for share in SHARES:
            above, below = (lacking[unknown] for lacking in table.lacking())
            left = int(np.count_nonzero(above) + np.count_nonzero(below))
            if not left:
                return
            up = above & (~below | (draw.integers(2, size=len(unknown)) > 0))
            asked = draw.random(len(unknown)) < share
            _stretch(table, unknown, matrix, asked * np.where(up, 1, -1 * below) * (1 + draw.random(len(unknown))))
        if before - left < max(1, before / 100):
            return


def _stretch(table: Table, unknown: np.ndarray, matrix: csr_array, wish: np.ndarray) -> None:
    """Take note of the values of the unknown cells at which those that are wished to be greater (above 0)
    or less (below 0) come, weighed by the wish, as near as can be to what they must be able to be."""
    if not wish.any():
        return
    value, floor, up, down = (of[unknown] for of in (table.value, table.floor, table.up, table.down))
    least = np.where(wish > 0, value, np.where(wish < 0, np.maximum(value - down, floor), floor))
    most = np.where(wish > 0, value + up, np.where(wish < 0, value, np.inf))
    goal = -wish / np.where(wish > 0, up, 1)
    bounds = np.column_stack([least, most])
    solved = linprog(goal, A_eq=matrix, b_eq=matrix @ value, bounds=bounds, method="highs")
    if solved.status == 0:
        table.see(unknown, solved.x)
