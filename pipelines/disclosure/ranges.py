"""How far apart the solutions of equations lie: what the attacker (`audit`) makes of published figures.

Shares no code with `suppression` and `possible`. That an unknown is not recovered is only said where
solutions were found that show it; where the solver has no answer, everything is refused.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack

from pipelines.errors import PrivacyError

#: What a linear program may miss a bound by.
NEARLY = 1e-6
#: What the solver says: solved; there is no end; it cannot tell whether there is no end or no solution.
SOLVED, ENDLESS, EITHER = 0, 3, 4
#: Of which share of the unknowns one linear program asks: where all are to move at once, few can.
SHARES = (1.0, 0.3, 0.1)


@dataclass(frozen=True, slots=True)
class Equations:
    """What is known of unknowns (the columns): sums of them, and the `least` that each is."""

    matrix: csr_array
    right: np.ndarray
    least: np.ndarray

    def extreme(self, column: int, sign: int) -> np.ndarray:
        """Return the solution in which an unknown is least (sign 1) or greatest (-1); where there is
        no end of it, that alone.

        Raises:
            PrivacyError: there is no solution, or the solver fails.
        """
        goal = np.zeros(len(self.least))
        goal[column] = sign
        bounds = np.column_stack([self.least, np.full(len(goal), np.inf)])
        for presolve in (True, False):
            solved = linprog(goal, A_eq=self.matrix, b_eq=self.right, bounds=bounds, options={"presolve": presolve})
            if solved.status != EITHER:
                break
        if solved.status == ENDLESS:
            return np.where(goal, np.inf, np.nan)
        if solved.status != SOLVED:
            remedy = "this is a fault of the program"
            raise PrivacyError("what can be worked out of the hidden figures could not be reckoned", remedy=remedy)
        return np.asarray(solved.x)

    def towards(self, asked: np.ndarray, goal: np.ndarray, down: np.ndarray) -> np.ndarray | None:
        """Return a solution in which the unknowns `asked` (columns) come `down`, or else up, to a goal each,
        as near as can be. Each is in two parts: what it has up to its goal, and what above."""
        width = len(self.least)
        most, cost = np.full(width + len(asked), np.inf), np.zeros(width + len(asked))
        most[asked] = goal
        cost[asked] = ~down / -np.maximum(goal - self.least[asked], 1)
        cost[width:] = down
        bounds = np.column_stack([[*self.least, *np.zeros(len(asked))], most])
        both = hstack([self.matrix, self.matrix.tocsc()[:, asked]])
        solved = linprog(cost, A_eq=both, b_eq=self.right, bounds=bounds)
        if solved.status != SOLVED:
            return None
        solved.x[asked] += solved.x[width:]
        return np.asarray(solved.x[:width])


class _Seen:
    """The least and the greatest value of each unknown in the solutions found."""

    def __init__(self, unknowns: int) -> None:
        self.low, self.high = np.full(unknowns, np.inf), np.full(unknowns, -np.inf)

    def note(self, solution: np.ndarray) -> None:
        self.low, self.high = np.fmin(self.low, solution), np.fmax(self.high, solution)

    @property
    def width(self) -> np.ndarray:
        return np.asarray(self.high - self.low)

    def enough(self, width: float, k: int) -> np.ndarray:
        return np.asarray((self.width >= width - NEARLY) & (self.high >= k - NEARLY))


def ranges(equations: Equations, asked: np.ndarray, k: int) -> tuple[int, float]:
    """Return how many of the unknowns asked for (true) are recovered, and the width of the narrowest.
    One that other solutions show to be wide enough is not solved for.

    Raises:
        PrivacyError: there is no solution, or the solver fails.
    """
    recovered, narrowest = 0, np.inf
    seen, left = _Seen(len(asked)), asked.copy()
    while left.any() and len(equations.right):
        column = int(np.argmin(np.where(left, seen.width, np.inf)))
        for sign in (1, -1):
            seen.note(equations.extreme(column, sign))
        recovered += bool(seen.width[column] < 1 - NEARLY or seen.high[column] < k - NEARLY)
        left[column] = False
        if seen.width[column] < narrowest:
            narrowest = float(seen.width[column])
            _widen(equations, left, seen, max(narrowest, 1), k)
        left &= ~seen.enough(max(narrowest, 1), k)
    return recovered, narrowest


def _widen(equations: Equations, left: np.ndarray, seen: _Seen, width: float, k: int) -> None:
    """Find solutions in which many of the unknowns that are left lie so far from what was seen that
    they are wide enough, as long as it helps. Which are asked is drawn, always the same way."""
    draw, many = np.random.default_rng(1), len(left)
    while True:
        before = many
        for share in SHARES:
            narrow = left & ~seen.enough(width, k)
            many = int(np.count_nonzero(narrow))
            asked = np.flatnonzero(narrow & (draw.random(len(left)) < share))
            if not many:
                return
            low, high = seen.low[asked], seen.high[asked]
            down = (draw.integers(2, size=len(asked)) > 0) & (high - width >= equations.least[asked]) & (high >= k)
            solution = equations.towards(asked, np.where(down, high - width, np.maximum(low + width, k)), down)
            if solution is not None:
                seen.note(solution)
        if before - many < max(1, before / 100):
            return
