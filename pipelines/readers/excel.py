"""Reads spreadsheets (xlsx, xls, ods, and HTML saved as one) by what they are, never by their name.

Cells become the text a person would write: 2 not 2.0, ISO dates, no exponents. A formula
whose result was not saved, and an error value, are refused: both would read as empty.
"""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from pipelines.errors import Place, SourceError
from pipelines.readers import grid, html
from pipelines.readers.excel_lost import demand_nothing_lost, merged_in_ods
from pipelines.readers.excel_room import demand_room_xls, demand_room_xlsx
from pipelines.readers.grid import Grid
from pipelines.readers.raw import Reading, table_of
from pipelines.readers.zipped import BROKEN, unzipping
from pipelines.source_spec import FileSource
from pipelines.thai.text import tidy

ZIP, OLE2 = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
GREATEST_RATIO = 400
EXACT_INTEGER = 10**15


def read(path: Path, source: FileSource) -> Reading:
    """Read every declared table of a workbook, or of a web page that was saved as one."""
    titles: list[str] = []
    tables, encoding = [], None
    book = Workbook(path, source.max_bytes)
    for name, spec in source.tables.items():
        with damage_named():
            sheet = book.grid(spec.sheet, name)
            columns, rows = grid.read(sheet, spec, name, titles)
        tables.append(table_of(name, columns, rows))
        encoding = sheet.encoding
    return Reading(tables, encoding, titles)


class Workbook:
    """A workbook, or a web page that was saved as one, opened once for all of its sheets."""

    def __init__(self, path: Path, limit: int) -> None:
        """Open it.

        Raises:
            SourceError: the file is no workbook, is damaged or locked, or unpacks to more than `limit` bytes.
        """
        self._path = path
        self._book: CalamineWorkbook | None = None
        if not is_web_page(path):
            _demand_workbook(path, limit)
            with damage_named():
                self._book = CalamineWorkbook.from_path(str(path))
                if zipfile.is_zipfile(path):
                    demand_room_xlsx(path, self._book.sheet_names)

    def grid(self, sheet: str | None, table: str) -> Grid:
        """Return one sheet: by name, or the only one that holds data.

        Raises:
            SourceError: it is damaged, its cells cannot be read for certain, or there is no such sheet.
        """
        if self._book is None:
            return html.grid_of(self._path, sheet, table)
        with damage_named():
            found = _sheet(self._book, sheet, table)
            demand_nothing_lost(self._path, found.name, table)
            rows = enumerate(found.to_python(skip_empty_area=False), start=1)
        return Grid(rows, _text, merged=list(found.merged_cell_ranges or merged_in_ods(self._path, found.name)))


@contextmanager
def damage_named() -> Iterator[None]:
    """Turn whatever a workbook's readers raise over a damaged one into `SourceError`."""
    try:
        yield
    except PasswordError:
        raise SourceError("the workbook is locked with a password", remedy="have it sent without") from None
    except (CalamineError, ET.ParseError, *BROKEN):
        raise _damaged() from None
    except BaseException as error:  # a panic of the Rust code beneath is no `Exception` and cannot be imported
        if type(error).__name__ == "PanicException":
            raise _damaged() from None
        raise


def is_web_page(path: Path) -> bool:
    """Say whether a file is HTML, whatever its name."""
    with path.open("rb") as file:
        head = file.read(512).removeprefix(b"\xef\xbb\xbf").lstrip(b" \r\n\t").lower()
    return head.startswith((b"<html", b"<!doc", b"<table", b"<meta", b"<head", b"<body", b"<style", b"<div"))


def _sheet(book: CalamineWorkbook, name: str | None, table: str) -> CalamineSheet:
    listed = "; ".join(book.sheet_names)
    if name is not None:
        # Names are compared as headings are: a blank behind one is seen by nobody.
        found = [sheet for sheet in book.sheet_names if tidy(sheet) == tidy(name)]
        if len(found) != 1:
            raise SourceError(
                f"there {'are several sheets' if found else 'is no sheet'} {name!r}",
                place=Place(table=table),
                remedy=f"the sheets are: {listed}",
            )
        return book.get_sheet_by_name(found[0])
    filled = [sheet for sheet in map(book.get_sheet_by_name, book.sheet_names) if sheet.height]
    if len(filled) != 1:
        raise SourceError(
            f"{len(filled)} sheets hold data",
            place=Place(table=table),
            remedy=f"name one with `sheet`; they are: {listed}",
        )
    return filled[0]


def _text(cell: Any) -> str:  # noqa: ANN401, PLR0911 - one return for each kind of cell
    match cell:
        case None | "":
            return ""
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case int() | float():
            return _number(cell)
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
    raise _unreadable("a value of an unknown kind")


def _number(cell: float) -> str:
    if abs(cell) >= EXACT_INTEGER:
        raise _unreadable("a number of more than 15 digits, which spreadsheets do not keep exactly")
    if float(cell).is_integer():
        return str(int(cell))
    return format(Decimal(repr(round(cell, 15 - len(str(int(abs(cell))))))), "f")


def _unreadable(what: str) -> SourceError:
    return SourceError(f"the cell holds {what}", remedy="have the value saved as text or as a plain number")


def _damaged() -> SourceError:
    return SourceError("the workbook is damaged", remedy="it may be cut short: have it sent again")


def _demand_workbook(path: Path, limit: int) -> None:
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(OLE2):
        demand_room_xls(path)
        return
    if not head.startswith(ZIP):
        raise SourceError("the file is no spreadsheet, whatever its name", remedy="have it saved as xlsx")
    if not zipfile.is_zipfile(path):
        raise _damaged()
    with unzipping("the workbook"), zipfile.ZipFile(path) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
        packed = sum(entry.compress_size for entry in archive.infolist())
    if size > limit or size > GREATEST_RATIO * max(packed, 1):
        raise SourceError(
            f"the workbook unpacks to {size:,} bytes",
            remedy="too large to be real: look at it by hand, or raise max_bytes",
        )
