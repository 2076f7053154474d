"""What the figures of a synthetic source must come to, and how much dirt was written into it.

Counted while drawing, by other means than the datasets' own SQL. Money and areas are whole
hundredths (satang) until they are written, so that nothing is lost by adding.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

#: Measures that are kept in hundredths have one of these endings.
HUNDREDTHS = ("_thb", "_sqwa")
#: Heading of the column that names a measure, where a truth has several.
MEASURE = "measure"


class Truth(Counter[tuple[str, ...]]):
    """Cell -> number. The last part of a cell names the measure, where there are several."""

    def __init__(self, headings: Sequence[str]) -> None:
        super().__init__()
        self.headings = tuple(headings)
        self.dirt: Counter[str] = Counter()
        """Kind of dirt -> how many records were written with it."""

    def add(self, part: "Truth") -> None:
        """Add the truth of a part of the source."""
        self.update(part)
        self.dirt.update(part.dirt)

    def totals(self) -> dict[str, str | int]:
        """Return each measure over all cells, as it is written."""
        if self.headings[-2] != MEASURE:
            return {self.headings[-1]: sum(self.values())}
        sums: Counter[str] = Counter()
        for cell, number in self.items():
            sums[cell[-1]] += number
        return {measure: _written(measure, number) for measure, number in sorted(sums.items())}

    def write(self, out: str) -> None:
        """Write `<out>.truth.csv` and `<out>.dirt.csv`, both sorted."""
        cells = [(*cell, _written(cell[-1], number)) for cell, number in sorted(self.items())]
        write_table(f"{out}.truth.csv", self.headings, cells)
        write_table(f"{out}.dirt.csv", ("dirt", "records"), sorted(self.dirt.items()))


def write_table(path: str, headings: Sequence[str], rows: Sequence[Sequence[str | int]]) -> None:
    """Write a small table as CSV."""
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(headings)
        writer.writerows(rows)


def _written(measure: str, number: int) -> str | int:
    return f"{number // 100}.{number % 100:02}" if measure.endswith(HUNDREDTHS) else number
