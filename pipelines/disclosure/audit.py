"""An attacker: reads tables as published and tries to work out what is hidden.

Shares no code with `suppression`, so that a mistake there is not repeated here. Knows every
published figure, that totals are sums, that empty cells are shown, so that a hidden one has
a person at least, and how many persons there are in all, which other publications usually tell.
Several tables of the same persons are read side by side: what one hides another may tell.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from scipy.sparse import block_array, csr_array, lil_array
from scipy.sparse.csgraph import connected_components

from pipelines.disclosure.ranges import Equations, ranges

TOTAL = "_T"
Key = tuple[str, ...]
#: Of a dimension those that it follows from, value by value: of the province the district.
Nesting = Mapping[str, Mapping[str, Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Published:
    """A published statistics table and its number of persons: how many of them a hidden cell
    has at `least` (1, unless it may be hidden for another of its figures)."""

    path: Path
    dimensions: tuple[str, ...]
    count: str
    least: int
    nesting: Nesting = field(default_factory=dict)

    def key(self, row: Mapping[str, object], dimensions: Sequence[str]) -> Key:
        """Say where a row stands among the dimensions of several tables."""
        return tuple(place(row, dimension, self.dimensions, self.nesting) for dimension in dimensions)


def place(row: Mapping[str, object], dimension: str, own: Sequence[str], nesting: Nesting) -> str:
    """Return the value of a dimension in a row; one that its table does not have is totalled
    there, unless it follows from those that the table has (its `own`)."""
    if dimension in own:
        return str(row[dimension])
    for fine, values in nesting.get(dimension, {}).items():
        if fine in own and row[fine] != TOTAL:
            return values.get(str(row[fine]), TOTAL)
    return TOTAL


@dataclass(frozen=True, slots=True)
class Attack:
    """What the attacker got: cells worked out, and the narrowest interval otherwise."""

    hidden: int
    recovered: int
    narrowest: float | None


NOTHING_HIDDEN = Attack(0, 0, None)


def attack(tables: Sequence[Published], k: int, everybody: int) -> Attack:
    """Attack numbers of the same persons in published tables.

    A cell is recovered when another table shows it, when its least and greatest possible values
    are less than one apart, or when it is certain to be of fewer than k persons.

    Raises:
        PrivacyError: the figures contradict one another, or the solver fails.
    """
    shown, hidden = _read(tables)
    unknown = {key: least for key, least in hidden.items() if key not in shown}
    found = len(hidden) - len(unknown)
    if not unknown:
        return Attack(len(hidden), found, None)
    of_all = (TOTAL,) * len(next(iter(unknown)))
    if everybody >= k and of_all not in unknown:
        shown[of_all] = everybody
    keys = _with_totals(shown, unknown)
    least = np.array([unknown.get(key, 0) for key in keys], dtype=float)
    widths: list[float] = []
    for part, values, inside in _components(*_equations(shown, keys)):
        asked = np.array([keys[column] in unknown for column in inside])
        recovered, narrowest = ranges(Equations(part, values, least[inside]), asked, k)
        found += recovered
        widths.append(narrowest)
    return Attack(len(hidden), found, min((w for w in widths if np.isfinite(w)), default=None))


def _read(tables: Sequence[Published]) -> tuple[dict[Key, int], dict[Key, int]]:
    """Return what is shown and, with its least value, what is hidden."""
    dimensions = sorted({d for table in tables for d in table.dimensions})
    shown: dict[Key, int] = {}
    hidden: dict[Key, int] = {}
    for table in tables:
        columns = [*table.dimensions, table.count, "obs_status"]
        for row in pq.read_table(table.path, columns=columns).to_pylist():
            key = table.key(row, dimensions)
            if row["obs_status"] == "C" and row[table.count] is None:
                hidden[key] = max(table.least, hidden.get(key, 0))
            else:
                shown[key] = int(row[table.count] or 0)
    return shown, hidden


def _with_totals(shown: Mapping[Key, int], unknown: Mapping[Key, int]) -> list[Key]:
    """Return every unknown: the hidden cells, and totals that nobody published."""
    totals = {over for key in (*shown, *unknown) for over in product(*({part, TOTAL} for part in key))}
    return [*unknown, *sorted(totals - shown.keys() - unknown.keys())]


def _equations(shown: Mapping[Key, int], unknown: Sequence[Key]) -> tuple[csr_array, np.ndarray]:
    """Write `sum of parts - total = 0` for every total along every dimension, with the shown
    figures moved to the right: one column for each unknown."""
    parts: dict[tuple[int, Key], list[Key]] = defaultdict(list)
    for key in (*shown, *unknown):
        for d, value in enumerate(key):
            if value != TOTAL:
                parts[d, (*key[:d], TOTAL, *key[d + 1 :])].append(key)
    column = {key: n for n, key in enumerate(unknown)}
    matrix, right = lil_array((len(parts), len(unknown))), np.zeros(len(parts))
    for e, ((_, total), members) in enumerate(parts.items()):
        for key, sign in [*((member, 1) for member in members), (total, -1)]:
            if key in column:
                matrix[e, column[key]] = sign
            else:
                right[e] -= sign * shown[key]
    return csr_array(matrix), right


def _components(matrix: csr_array, right: np.ndarray) -> list[tuple[csr_array, np.ndarray, np.ndarray]]:
    """Return the equations and columns of unknowns that hang together."""
    _, labels = connected_components(block_array([[None, matrix.T], [matrix, None]]), directed=False)
    labels = labels[: matrix.shape[1]]
    parts = int(labels.max()) + 1
    order, columns = np.argsort(labels, kind="stable"), matrix.tocsc()
    found = []
    for inside in np.split(order, np.cumsum(np.bincount(labels, minlength=parts))[:-1]):
        part = columns[:, inside].tocsr()
        used = np.flatnonzero(np.diff(part.indptr))
        found.append((part[used], right[used], inside))
    return found
