"""Reads CSV: the encoding found anew each time, the delimiter declared, every record whole.

Rows are counted as records, the header's included, because a quoted cell may hold line
breaks. A record with too few or too many cells is refused, not padded.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from pipelines.errors import Place, SourceError
from pipelines.readers import grid
from pipelines.readers.grid import Grid
from pipelines.readers.raw import Reading, table_of
from pipelines.source_spec import FileSource
from pipelines.thai.encoding import Spelling, detect, sound_rows

LONGEST_CELL = 1_000_000


def read(path: Path, source: FileSource) -> Reading:
    """Read the one table of a CSV file."""
    ((name, spec),) = source.tables.items()
    sheet = grid_of(path, source.delimiter, name)
    titles: list[str] = []
    sheet.rows = _told_of_delimiter(sheet.rows, spec.skip_rows + spec.header_rows, source.delimiter, name)
    columns, rows = grid.read(sheet, spec, name, titles)
    return Reading([table_of(name, columns, rows)], sheet.encoding, titles)


def grid_of(path: Path, delimiter: str, table: str) -> Grid:
    """Return the records of a CSV file; raises `SourceError` where its encoding is not certain
    or a record is malformed."""
    encoding = detect(path)
    rows = sound_rows(_records(path, encoding, delimiter, table), table, list)
    return Grid(rows, str, encoding, is_ragged=False, is_sound=True)


def _records(path: Path, encoding: str, delimiter: str, table: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(LONGEST_CELL)
    number, spelling = 0, Spelling(table)
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        while True:
            try:
                record = next(reader)
            except StopIteration:
                spelling.demand()
                return
            except csv.Error as error:
                cut = "unexpected end" in str(error)
                raise SourceError(
                    "a cell's quotation mark is not closed" if cut else "the CSV is malformed",
                    place=Place(table=table, row=number + 1),
                    remedy="the file may be cut short: have it sent again",
                ) from None
            number += 1
            for cell in record:
                spelling.see(cell, number)
            yield number, record


def _told_of_delimiter(
    records: Iterator[tuple[int, list[str]]], header_row: int, delimiter: str, table: str
) -> Iterator[tuple[int, list[str]]]:
    """Give the records on; where the header is one cell that another delimiter would part, say so."""
    for number, record in records:
        if number == header_row and len(record) == 1:
            likely = max(",;\t|", key=record[0].count)
            if record[0].count(likely):
                raise SourceError(
                    f"the header is not divided by {delimiter!r} but, it seems, by {likely!r}",
                    place=Place(table=table, row=1), remedy="set source.delimiter to that",
                )  # fmt: skip
        yield number, record
        if number >= header_row:
            yield from records
