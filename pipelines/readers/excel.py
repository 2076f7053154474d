"""Reads spreadsheets (xlsx, xls, ods) by what they are, never by how they are named.

Cells become the text a person would write: 2 not 2.0, ISO dates, no exponents. A formula
whose result was not saved, and an error value, are refused: both would read as empty.
"""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from pipelines.errors import Place, SourceError
from pipelines.readers.excel_lost import demand_nothing_lost
from pipelines.readers.header import MOST_COLUMNS, join_header, map_columns
from pipelines.readers.raw import RawTable, Reading, Row, table_of
from pipelines.source_spec import Source, SourceTable
from pipelines.thai.encoding import demand_sound_text

ZIP, OLE2 = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
GREATEST_RATIO = 400
EXACT_INTEGER = 10**15


def read(path: Path, source: Source) -> Reading:
    """Read every declared table of a workbook."""
    _demand_workbook(path, source.max_bytes)
    try:
        book = CalamineWorkbook.from_path(str(path))
        titles: list[str] = []
        tables = [_table(path, book, name, spec, titles) for name, spec in source.tables.items()]
    except PasswordError:
        raise SourceError("the workbook is locked with a password", remedy="have it sent without") from None
    except (CalamineError, zipfile.BadZipFile, ET.ParseError):
        raise _damaged() from None
    except BaseException as error:
        # A panic of the Rust code beneath is no `Exception`, and its type cannot be imported.
        if type(error).__name__ == "PanicException":
            raise _damaged() from None
        raise
    return Reading(tables, None, titles)


def _table(path: Path, book: CalamineWorkbook, name: str, spec: SourceTable, titles: list[str]) -> RawTable:
    sheet = _sheet(book, spec, name)
    demand_nothing_lost(path, sheet.name, name)
    rows = enumerate(sheet.to_python(skip_empty_area=False), start=1)
    if sheet.total_width > MOST_COLUMNS:
        raise SourceError(
            f"the sheet has {sheet.total_width:,} columns", place=Place(table=name), remedy="check the file"
        )
    for _, row in islice(rows, spec.skip_rows):
        titles += [text for cell in row if (text := _text(cell, Place(table=name)))]
    header = list(islice(rows, spec.header_rows))
    if len(header) < spec.header_rows:
        raise SourceError(
            "the sheet ends before its header", place=Place(table=name), remedy="check skip_rows and header_rows"
        )
    heading = join_header([[_text(cell, Place(table=name, row=n)) for cell in row] for n, row in header])
    body = list(rows)
    while heading and not heading[-1] and all(len(r) < len(heading) or r[len(heading) - 1] == "" for _, r in body):
        heading.pop()
    mapping = map_columns(heading, spec, header[-1][0], name)
    _demand_unmerged(sheet, header[-1][0], dict(zip(mapping.positions, mapping.columns, strict=True)), name)
    return table_of(name, mapping.columns, _rows(body, mapping.columns, mapping.positions, name))


def _demand_unmerged(sheet: CalamineSheet, header_row: int, columns: dict[int, str], table: str) -> None:
    """Refuse a cell of ours merged over several rows: all but the first would be empty."""
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        ours = [name for position, name in columns.items() if left <= position <= right]
        if ours and bottom > top and bottom >= header_row:
            raise SourceError(
                f"a cell is merged over the rows {top + 1:,} to {bottom + 1:,}",
                place=Place(table=table, row=top + 1, column=ours[0]),
                remedy="have the value written into each row at the source",
            )


def _rows(
    body: list[tuple[int, list[Any]]], columns: tuple[str, ...], positions: tuple[int, ...], table: str
) -> Iterator[Row]:
    for number, row in body:
        cells = [
            _text(row[position], Place(table=table, row=number, column=column))
            for column, position in zip(columns, positions, strict=True)
        ]
        yield number, tuple(cells)


def _sheet(book: CalamineWorkbook, spec: SourceTable, table: str) -> CalamineSheet:
    listed = "; ".join(book.sheet_names)
    if spec.sheet is not None:
        if spec.sheet not in book.sheet_names:
            raise SourceError(
                f"there is no sheet {spec.sheet!r}", place=Place(table=table), remedy=f"the sheets are: {listed}"
            )
        return book.get_sheet_by_name(spec.sheet)
    filled = [sheet for sheet in map(book.get_sheet_by_name, book.sheet_names) if sheet.height]
    if len(filled) != 1:
        raise SourceError(
            f"{len(filled)} sheets hold data",
            place=Place(table=table),
            remedy=f"name one with `sheet`; they are: {listed}",
        )
    return filled[0]


def _text(cell: Any, place: Place) -> str:  # noqa: ANN401, PLR0911 - one return for each kind of cell
    match cell:
        case None | "":
            return ""
        case str():
            demand_sound_text(cell, place.table or "", place.row or 0)
            return cell
        case bool():
            return "true" if cell else "false"
        case int() | float():
            return _number(cell, place)
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
    raise _unreadable("a value of an unknown kind", place)


def _number(cell: float, place: Place) -> str:
    if abs(cell) >= EXACT_INTEGER:
        raise _unreadable("a number of more than 15 digits, which spreadsheets do not keep exactly", place)
    if float(cell).is_integer():
        return str(int(cell))
    return format(Decimal(repr(round(cell, 15 - len(str(int(abs(cell))))))), "f")


def _unreadable(what: str, place: Place) -> SourceError:
    return SourceError(
        f"the cell holds {what}", place=place, remedy="have the value saved as text or as a plain number"
    )


def _damaged() -> SourceError:
    return SourceError("the workbook is damaged", remedy="it may be cut short: have it sent again")


def _demand_workbook(path: Path, limit: int) -> None:
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(OLE2):
        return
    if not head.startswith(ZIP):
        text = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
        what = (
            "a web page (HTML)"
            if text.startswith((b"<html", b"<!doc", b"<table", b"<meta", b"<?xml"))
            else "no spreadsheet"
        )
        raise SourceError(
            f"the file is {what}, whatever its name", remedy="have it saved as a real workbook (xlsx) or as CSV"
        )
    if not zipfile.is_zipfile(path):
        raise _damaged()
    with zipfile.ZipFile(path) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
        packed = sum(entry.compress_size for entry in archive.infolist())
    if size > limit or size > GREATEST_RATIO * max(packed, 1):
        raise SourceError(
            f"the workbook unpacks to {size:,} bytes",
            remedy="too large to be real: look at it by hand, or raise max_bytes",
        )
