"""An attacker: reads the table as published and tries to work out what is hidden.

Shares no code with `suppression`, so that a mistake there is not repeated here. Knows every
published figure, that totals are sums, that empty cells are shown, so that a hidden one has
a person at least, and how many persons there are in all, which other publications usually tell.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from scipy.optimize import linprog
from scipy.sparse import csr_array, lil_array
from scipy.sparse.csgraph import connected_components

TOTAL = "_T"


@dataclass(frozen=True, slots=True)
class Attack:
    """What the attacker got: cells worked out, and the narrowest interval otherwise."""

    hidden: int
    recovered: int
    narrowest: float | None


NOTHING_HIDDEN = Attack(0, 0, None)


def attack(published: Path, dimensions: Sequence[str], count: str, k: int, everybody: int, least: int = 1) -> Attack:
    """Attack the column `count` (persons) of a published statistics table. A hidden cell has
    `least` of them: 1, unless it may be hidden for another of its figures.

    A cell is recovered when its least and greatest possible values are less than one apart,
    or when it is certain to be of fewer than k persons."""
    rows = pq.read_table(published, columns=[*dimensions, count, "obs_status"]).to_pylist()
    hidden = [n for n, row in enumerate(rows) if row["obs_status"] == "C" and row[count] is None]
    if not hidden:
        return NOTHING_HIDDEN
    matrix, right = _equations(rows, dimensions, count, hidden, everybody if everybody >= k else None)
    ranges = _ranges(matrix, right, least)
    recovered = sum(high - low < 1 - 1e-6 or high < k - 1e-6 for low, high in ranges)
    widths = [high - low for low, high in ranges if np.isfinite(high)]
    return Attack(len(hidden), recovered, min(widths, default=None))


def _equations(
    rows: list[dict[str, Any]], dimensions: Sequence[str], count: str, hidden: list[int], everybody: int | None
) -> tuple[csr_array, np.ndarray]:
    """Write `sum of parts - total = 0` for every total row, with the shown figures moved to
    the right: one column for each hidden cell."""
    keys = [tuple(str(row[d]) for d in dimensions) for row in rows]
    column = {n: c for c, n in enumerate(hidden)}
    parts: dict[tuple[int, tuple[str, ...]], list[int]] = defaultdict(list)
    for n, key in enumerate(keys):
        for d, value in enumerate(key):
            if value != TOTAL:
                parts[d, (*key[:d], TOTAL, *key[d + 1 :])].append(n)
    where = {key: n for n, key in enumerate(keys)}
    sums = [(members, where[total], 0) for (_, total), members in parts.items() if total in where]
    finest = [n for n, key in enumerate(keys) if TOTAL not in key]
    if everybody is not None:
        sums.append((finest, -1, everybody))
    matrix, right = lil_array((len(sums), len(hidden))), np.zeros(len(sums))
    for e, (members, total, known) in enumerate(sums):
        right[e] = known
        for n, sign in [*((m, 1) for m in members), *([(total, -1)] if total >= 0 else [])]:
            if n in column:
                matrix[e, column[n]] = sign
            else:
                right[e] -= sign * int(rows[n][count] or 0)
    return csr_array(matrix), right


def _ranges(matrix: csr_array, right: np.ndarray, least: int) -> list[tuple[float, float]]:
    """Return the least and greatest value of every unknown; only what hangs together with it
    enters its linear program."""
    parts, labels = connected_components(matrix.T @ matrix, directed=False)
    columns, found = matrix.tocsc(), [(0.0, np.inf)] * len(labels)
    for label in range(parts):
        inside = np.flatnonzero(labels == label)
        part = columns[:, inside].tocsr()
        used = np.flatnonzero(np.diff(part.indptr))
        for n, column in enumerate(inside):
            found[column] = _range(part[used], right[used], n, least) if len(used) else (least, np.inf)
    return found


def _range(matrix: csr_array, right: np.ndarray, column: int, least: int) -> tuple[float, float]:
    goal = np.zeros(matrix.shape[1])
    goal[column] = 1
    low = linprog(goal, A_eq=matrix, b_eq=right, bounds=(least, None), method="highs")
    high = linprog(-goal, A_eq=matrix, b_eq=right, bounds=(least, None), method="highs")
    return (low.fun if low.status == 0 else least, -high.fun if high.status == 0 else np.inf)
