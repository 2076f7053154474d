"""Which cells of a table to hide: the small ones, and enough beside them.

Works on the table's own sums: along every dimension with totals the cells add up to the
total row, and the sum of all cells is taken as known even where it is not published. A
hidden primary cell must be able, as far as the published figures tell, to be at least k and
to be smaller than it is, and no hidden cell may be certain; cells are added, cheapest first,
until that holds.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pipelines.errors import PrivacyError

TOTAL = "_T"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell or total: its id, how many persons are in it, and where it stands."""

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
    why = {i: "primary" for i, c in enumerate(cells) if c.dominated or 0 < c.persons < k}
    demanding = set(why)
    while exposed := _exposed(cells, relations, set(why), demanding, k):
        added = {p for i, near in exposed if (p := _partner(i, near, cells, relations, why)) is not None}
        if not added:
            raise PrivacyError("some cells cannot be protected", remedy="publish fewer totals or coarser dimensions")
        why |= dict.fromkeys(added, "complementary")
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


def _exposed(
    cells: list[Cell], relations: list[Relation], hidden: set[int], demanding: set[int], k: int
) -> list[tuple[int, set[int]]]:
    """Return the demanding cells whose possible values say too much, each with the hidden
    cells it hangs together with."""
    active = [r for r in relations if hidden.intersection(r.members)]
    exposed = []
    for component in _components(active, hidden):
        inside = [r for r in active if component.intersection(r.members)]
        low, high = _bounds(cells, inside, sorted(component))
        for i in component:
            value = cells[i].persons
            tells = high[i] < max(k, value + 1) - 0.5 or low[i] > value - 1 + 0.5
            if (tells and i in demanding) or high[i] - low[i] < 1 - 1e-6:
                exposed.append((i, component))
    return sorted(exposed, key=lambda found: found[0])


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


def _partner(
    cell: int, near: set[int], cells: list[Cell], relations: list[Relation], why: dict[int, str]
) -> int | None:
    """Return the shown cell whose hiding may help an exposed one: in its own sums first,
    then in the sums of the hidden cells it hangs together with; a part before a total, one
    with persons before an empty one, and of equals the smallest. The grand total is no help:
    how many there are in all is taken as known."""
    own = {i for r in relations if cell in r.members for i in r.members}
    around = {i for r in relations if near.intersection(r.members) for i in r.members}
    shown = [i for i in around if i not in why and any(part != TOTAL for part in cells[i].key)]

    def cost(i: int) -> tuple[bool, bool, bool, int, int]:
        return (cells[i].persons == 0, i not in own, TOTAL in cells[i].key, cells[i].persons, i)

    return min(shown, key=cost, default=None)
