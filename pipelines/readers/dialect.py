"""Finds one table in a file whose exact form nobody declared: its delimiter, where its header lies,
which of the known headings it uses and in what order.

Which files there are, and what becomes of one that cannot be read, is for `files`. Guarantees: what
is found is the only way to find it, and every heading is accounted for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from pipelines.errors import HeaderError, Place, SourceError
from pipelines.readers import csv, excel
from pipelines.readers.grid import Grid, heading_of, rows_below
from pipelines.readers.header import Mapping, map_columns, same
from pipelines.readers.raw import Row
from pipelines.source_spec import FolderSource
from pipelines.source_table import SourceTable
from pipelines.thai.text import tidy

BINARY = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def workbook(path: Path, limit: int) -> excel.Workbook | None:
    """Return a spreadsheet or a web page, opened, or None for what can only be a CSV; raises as
    `excel.Workbook`."""
    with path.open("rb") as file:
        is_binary = file.read(4) in BINARY
    return excel.Workbook(path, limit) if is_binary or excel.is_web_page(path) else None


@dataclass
class Dialect:
    """How files of a drop may write one of its tables."""

    source: FolderSource
    name: str
    spec: SourceTable

    def rows(self, path: Path, book: excel.Workbook | None) -> Iterator[Row]:
        """Give the rows of the table in one file, in the order of our columns; `book` is the file
        where that has sheets.

        Raises:
            SourceError: they cannot be read for certain. HeaderError: no header is ours.
        """
        if book is not None:
            with excel.damage_named():
                yield from self._below_header(book.grid(self.spec.sheet, self.name))
        elif len(self.source.tables) > 1:
            raise SourceError("the file has no sheets", remedy="have the whole workbook sent")
        else:
            yield from self._below_header(csv.grid_of(path, self._delimiter(path), self.name))

    def _delimiter(self, path: Path) -> str:
        """Return the one delimiter by which the file has our header. By another a file whose cells are
        all quoted is malformed, which is no fault of it."""
        fits: list[str] = []
        seen: list[tuple[int, list[str]]] = []
        faults: list[SourceError] = []
        for delimiter in self.source.delimiters:
            try:
                top = list(islice(csv.grid_of(path, delimiter, self.name).rows, self.source.header_within))
            except SourceError as fault:
                faults.append(fault)
                continue
            headings = [(number, [tidy(cell) for cell in row]) for number, row in top]
            seen += headings
            if not all(self._lacking(heading) for _, heading in headings):
                fits.append(delimiter)
        if len(fits) == 1:
            return fits[0]
        raise faults[0] if len(faults) == len(self.source.delimiters) else self._no_header(seen)

    def _below_header(self, grid: Grid) -> Iterator[Row]:
        top: list[tuple[int, list[object]]] = []
        seen: list[tuple[int, list[str]]] = []
        for number, row in islice(grid.rows, self.source.header_within):
            top.append((number, row))
            heading = heading_of(grid, top[-self.spec.header_rows :], self.name)
            seen.append((number, heading))
            if len(top) >= self.spec.header_rows and not self._lacking(heading):
                break
        else:
            raise self._no_header(seen)
        while heading and not heading[-1]:
            heading.pop()
        mapping = self._mapping(heading, number)
        width = len(row)
        for line, cells in rows_below(grid, mapping, width, len(heading), number, self.name):
            known = dict(zip(mapping.columns, cells, strict=True))
            yield line, tuple(known.get(column) or "" for column in self.spec.columns)

    def _lacking(self, heading: list[str]) -> list[str]:
        """Return which columns that a file must have a row is without, by their declared headings: none
        where it is the header."""
        ours = {self._names.get(same(text)) for text in heading}
        return [c.header for name, c in self.spec.mapped().items() if not c.optional and name not in ours]

    def _mapping(self, heading: list[str], row: int) -> Mapping:
        """Map the headings under the spelling they have here; every other one must be ignored by name."""
        here = {self._names[same(text)]: text for text in heading if same(text) in self._names}
        if len(here) < sum(same(text) in self._names for text in heading):
            raise HeaderError(
                "two headings are of one column", place=Place(table=self.name, row=row), remedy="have one taken out"
            )
        columns = {name: here[name] for name in self.spec.columns if name in here}
        return map_columns(heading, self.spec.model_copy(update={"columns": columns}), row, self.name)

    @cached_property
    def _names(self) -> dict[str, str]:
        """Every heading and alias, as they are compared, with the column it is of."""
        return {
            same(text): name for name, column in self.spec.mapped().items() for text in (column.header, *column.aliases)
        }

    def _no_header(self, seen: list[tuple[int, list[str]]]) -> HeaderError:
        """Say which row comes nearest and what it is without, where it has half of the columns."""
        lacking = [(self._lacking(heading), number) for number, heading in seen]
        least, row = min(lacking, key=lambda found: len(found[0]), default=([], 0))
        is_near = 0 < 2 * len(least) <= len(self._lacking([]))
        return HeaderError(
            f"no header with all the columns that are needed was found in the first {self.source.header_within} rows"
            + (f"; the nearest is without: {'; '.join(least)}" if is_near else ""),
            place=Place(table=self.name, row=row if is_near else None),
            remedy="look which heading is new and add it to `aliases`, or have the file sent again",
        )
