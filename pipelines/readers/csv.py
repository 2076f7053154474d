"""Reads CSV: the encoding found anew each time, the delimiter declared, every record whole.

Rows are counted as records, the header's included, because a quoted cell may hold line
breaks. A record with too few or too many cells is refused, not padded.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from pipelines.errors import Place, SourceError
from pipelines.readers.header import join_header, map_columns
from pipelines.readers.raw import Reading, Row, table_of
from pipelines.source_spec import Source
from pipelines.thai.encoding import demand_sound_text, detect

LONGEST_CELL = 1_000_000


def read(path: Path, source: Source) -> Reading:
    """Read the one table of a CSV file."""
    ((name, spec),) = source.tables.items()
    encoding = detect(path)
    records = _records(path, encoding, source.delimiter, name)
    titles = [cell for _, record in _take(records, spec.skip_rows) for cell in record if cell]
    header = _take(records, spec.header_rows)
    if len(header) < spec.header_rows:
        raise SourceError(
            "the file ends before its header", place=Place(table=name), remedy="check that the file is whole"
        )
    heading = join_header([record for _, record in header])
    last_row = header[-1][0]
    if len(header[-1][1]) == 1:
        _demand_delimiter(header[-1][1][0], source.delimiter, name)
    mapping = map_columns(heading, spec, last_row, name)
    rows = _rows(records, mapping.positions, len(heading), name)
    return Reading([table_of(name, mapping.columns, rows)], encoding, titles)


def _records(path: Path, encoding: str, delimiter: str, table: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(LONGEST_CELL)
    number = 0
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        while True:
            try:
                record = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                what = (
                    "a cell's quotation mark is not closed"
                    if "unexpected end" in str(error)
                    else "the CSV is malformed"
                )
                raise SourceError(
                    what,
                    place=Place(table=table, row=number + 1),
                    remedy="the file may be cut short: have it sent again",
                ) from None
            number += 1
            for cell in record:
                demand_sound_text(cell, table, number)
            yield number, record


def _rows(
    records: Iterator[tuple[int, list[str]]], positions: tuple[int, ...], width: int, table: str
) -> Iterator[Row]:
    blank: int | None = None
    for number, record in records:
        if not record:
            blank = blank or number
            continue
        if blank is not None:
            raise SourceError(
                "there is an empty line between the records",
                place=Place(table=table, row=blank),
                remedy="have the file exported without it",
            )
        if len(record) != width:
            raise SourceError(
                f"the record has {len(record)} cells where the header has {width}",
                place=Place(table=table, row=number),
                remedy="look for an unquoted delimiter there, or a file that was cut short",
            )
        yield number, tuple(record[position] for position in positions)


def _take(records: Iterator[tuple[int, list[str]]], count: int) -> list[tuple[int, list[str]]]:
    return [record for _, record in zip(range(count), records, strict=False)]


def _demand_delimiter(heading: str, delimiter: str, table: str) -> None:
    likely = max(",;\t|", key=heading.count)
    if heading.count(likely):
        raise SourceError(
            f"the header is not divided by {delimiter!r} but, it seems, by {likely!r}",
            place=Place(table=table, row=1),
            remedy="set source.delimiter to that",
        )
