"""A grid of cells: what CSV files, sheets and HTML tables have in common.

Finds the header where it is declared to be, maps the columns, and gives the rows on as text.
What a cell means in its own format is the format's `text`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from typing import Any

from pipelines.errors import HeaderError, Place, SourceError
from pipelines.readers.header import MOST_COLUMNS, Mapping, join_header, map_columns
from pipelines.readers.raw import Row, is_filled
from pipelines.source_table import SourceTable
from pipelines.thai.encoding import demand_sound_text, sound_rows

Cells = list[Any]
#: Top left and bottom right of a merged range, counted from 0.
Range = tuple[tuple[int, int], tuple[int, int]]
TakenRow = tuple[int, tuple[str, ...]]


@dataclass
class Grid:
    """One sheet: rows with their number as the source shows it."""

    rows: Iterator[tuple[int, Cells]]
    text: Callable[[Any], str]
    """What a cell is as text; raises `SourceError` for one that cannot be read for certain."""
    encoding: str | None = None
    merged: list[Range] = field(default_factory=list)
    is_ragged: bool = True
    """Whether a row may have other cells than the header: sheets may, CSV may not."""
    is_sound: bool = False
    """Whether all text was looked at for damage before it came here; else that of our columns is."""


def read(grid: Grid, spec: SourceTable, table: str, titles: list[str]) -> tuple[tuple[str, ...], Iterator[Row]]:
    """Return our columns and the rows below the header that is declared; `titles` gains the text
    above it.

    Raises:
        SourceError: there is no header there, or (while rows are taken) a row that cannot be
            read for certain. HeaderError: the columns are not the declared ones.
    """
    for number, row in islice(grid.rows, spec.skip_rows):
        titles += [text for text in _shown(grid, row, number, table) if text]
    header = list(islice(grid.rows, spec.header_rows))
    if len(header) < spec.header_rows:
        raise SourceError(
            "the table ends before its header", place=Place(table=table),
            remedy="check that the file is whole, and skip_rows and header_rows",
        )  # fmt: skip
    heading = heading_of(grid, header, table)
    rows, heading = _without_empty_columns(grid, heading)
    mapping = map_columns(heading, spec, header[-1][0], table)
    grid.rows = rows
    return mapping.columns, rows_below(grid, mapping, len(heading), len(heading), header[-1][0], table)


def heading_of(grid: Grid, header: list[tuple[int, Cells]], table: str) -> list[str]:
    """Return the headings of header rows as text, joined."""
    if (width := max((len(row) for _, row in header), default=0)) > MOST_COLUMNS:
        raise HeaderError(
            f"the table has {width:,} columns",
            place=Place(table=table),
            remedy=f"at most {MOST_COLUMNS:,} are read: check that this is the right file",
        )
    return join_header([_shown(grid, row, number, table) for number, row in header])


def _shown(grid: Grid, row: Cells, number: int, table: str) -> list[str]:
    """Return the cells of a row above the data as text."""
    texts = list(_texts(grid, row, number, range(len(row)), (), table))
    if not grid.is_sound:
        for text in texts:
            demand_sound_text(text, table, number)
    return texts


def _texts(
    grid: Grid, row: Cells, number: int, positions: Iterable[int], columns: tuple[str, ...], table: str
) -> tuple[str, ...]:
    """Return cells of a row as text; a `SourceError` says where."""
    cells: list[str] = []
    try:
        for position in positions:
            cells.append(grid.text(row[position]) if position < len(row) else "")  # noqa: PERF401 - its length is told
    except SourceError as error:
        error.at(table=table, row=number, column=columns[len(cells)] if columns else None)
        raise
    return tuple(cells)


def rows_below(grid: Grid, mapping: Mapping, width: int, headed: int, header_row: int, table: str) -> Iterator[Row]:
    """Give the cells of our columns as text, row by row. The header has `width` cells, of which the
    first `headed` are all that have headings; raises `SourceError` for a row that cannot be read for
    certain."""
    _demand_unmerged(grid, header_row, dict(zip(mapping.positions, mapping.columns, strict=True)), table)
    taken = _sure_of_column(_taken(grid, mapping, width, headed, table), grid.merged, mapping, table)
    return taken if grid.is_sound else sound_rows(taken, table, lambda cells: cells)


def _taken(grid: Grid, mapping: Mapping, width: int, headed: int, table: str) -> Iterator[TakenRow]:
    positions, blank = mapping.positions, None
    pick = itemgetter(*positions) if len(positions) > 1 else lambda row: tuple(row[p] for p in positions)
    for number, row in grid.rows:
        if not grid.is_ragged:
            blank = _demand_whole(number, row, width, blank, table)
            if blank is not None:
                continue
        if len(row) > headed and is_filled(_texts(grid, row, number, range(headed, len(row)), (), table)):
            raise SourceError(
                "a cell stands in a column without heading", place=Place(table=table, row=number),
                remedy="the row may have slid to the right: have it mended, or the column given a heading",
            )  # fmt: skip
        try:
            cells = tuple(map(grid.text, pick(row)))
        except (IndexError, SourceError):  # fill up a short row, or say where
            cells = _texts(grid, row, number, positions, mapping.columns, table)
        yield number, cells


def _without_empty_columns(grid: Grid, heading: list[str]) -> tuple[Iterator[tuple[int, Cells]], list[str]]:
    """Leave out columns at the right that have neither heading nor cells, which sheets often have."""
    if not grid.is_ragged or not heading or heading[-1]:
        return grid.rows, heading
    body = list(grid.rows)
    while (
        heading and not heading[-1] and all(len(r) < len(heading) or r[len(heading) - 1] in ("", None) for _, r in body)
    ):
        heading.pop()
    return iter(body), heading


def _demand_whole(number: int, row: Cells, width: int, blank: int | None, table: str) -> int | None:
    """Refuse a record of another width, and a line that is empty between records; returns the
    first empty line at the end so far."""
    if not row:
        return blank or number
    if blank is not None:
        raise SourceError(
            "there is an empty line between the records", place=Place(table=table, row=blank),
            remedy="have the file exported without it",
        )  # fmt: skip
    if len(row) != width:
        raise SourceError(
            f"the record has {len(row)} cells where the header has {width}", place=Place(table=table, row=number),
            remedy="look for an unquoted delimiter there, or a file that was cut short",
        )  # fmt: skip
    return None


def _demand_unmerged(grid: Grid, header_row: int, columns: dict[int, str], table: str) -> None:
    """Refuse a cell of ours merged over several rows: all but the first would be empty."""
    for (top, left), (bottom, right) in grid.merged:
        ours = [name for position, name in columns.items() if left <= position <= right]
        if ours and bottom > top and bottom >= header_row:
            raise SourceError(
                f"a cell is merged over the rows {top + 1:,} to {bottom + 1:,}",
                place=Place(table=table, row=top + 1, column=ours[0]),
                remedy="have the value written into each row at the source",
            )


def _sure_of_column(rows: Iterator[TakenRow], merged: list[Range], mapping: Mapping, table: str) -> Iterator[TakenRow]:
    """Refuse a figure merged over several columns of ours: it is read in the first, the others as empty,
    and what it is of is not certain. The label of a total may be so merged."""
    ours = {position: index for index, position in enumerate(mapping.positions)}
    merges: dict[int, list[int]] = {}
    for (top, left), (_, right) in merged:
        if left in ours and any(position in ours for position in range(left + 1, right + 1)):
            merges.setdefault(top + 1, []).append(ours[left])
    for number, cells in rows:
        for column in merges.get(number, ()):
            if any(map(str.isdigit, cells[column])) and not any(map(str.isalpha, cells[column])):
                raise SourceError(
                    "a figure is merged over several columns",
                    place=Place(table=table, row=number, column=mapping.columns[column]),
                    remedy="have each figure written into a cell of its own at the source",
                )
        yield number, cells
