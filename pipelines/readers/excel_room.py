"""Demands that a workbook's sheets fit into memory before they are opened.

The reader of values (calamine) makes room for every cell from the first to the last one, and a single
stray cell in the last row and column, or a damaged number of a column, ends the whole process there.
For ods it has limits of its own. What cells hold is not looked at here.
"""

import io
import re
import struct
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET

import xlrd

from pipelines.errors import SourceError

WINDOW, OVERLAP = 1 << 20, 1 << 6
#: Room for the tallest sheet with the columns up to DZ; 32 bytes each.
MOST_CELLS = 130 << 20
XLS_ROWS, XLS_COLUMNS = 1 << 16, 1 << 8
#: The record of a sheet's first and last cell, and its length before 1997.
DIMENSIONS, SHORT = 0x0200, 10
#: A cell or row that may lie outside of that: a column behind DZ, or a row of seven digits. Nearly no
#: sheet has one, and only then its cells are counted.
_FAR = re.compile(rb"""\br\s*=\s*["'](?:[A-Z]{3}|[E-Z][A-Z]|[A-Z]{0,2}[0-9]{7})""", re.IGNORECASE)
_WHERE = re.compile(rb"""\br\s*=\s*["']([A-Z]*)([0-9]*)["']""", re.IGNORECASE)


def demand_room_xlsx(path: Path, sheets: Iterable[str]) -> None:
    """Raise `SourceError` where a sheet of an xlsx has its last cell too far from its first."""
    with zipfile.ZipFile(path) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return
        for sheet in sheets:
            part = part_of(archive, sheet)
            if part is None or part not in archive.namelist():
                continue  # the reader of its values says so
            with archive.open(part) as xml:
                is_near = not any(_FAR.search(window) for window in _windows(xml))
            if is_near:
                continue
            with archive.open(part) as xml:
                _demand_room(xml, sheet)


def demand_room_xls(path: Path) -> None:
    """Raise `SourceError` where a cell of an xls lies where none can, or it is damaged otherwise."""
    try:
        with opened_xls(path) as book:
            _demand_reach(book)
            for name in book.sheet_names():
                book.sheet_by_name(name)
                book.unload_sheet(name)
    except Exception as error:  # noqa: BLE001 - whatever damaged bytes raise in it
        if "encrypted" in str(error):
            raise SourceError("the workbook is locked with a password", remedy="have it sent without") from None
        raise SourceError("the workbook is damaged", remedy="have it saved as xlsx and sent again") from None


def _demand_reach(book: xlrd.book.Book) -> None:
    """Raise `ValueError` where an xls says of a sheet that it begins or ends where none can ([MS-XLS] 2.4.90)."""
    at, end = book.base, book.base + book.stream_len
    while at + 4 <= end:
        kind, length = struct.unpack_from("<HH", book.mem, at)
        if kind == DIMENSIONS:
            form = "<IIHH" if length > SHORT else "<HHHH"
            first, last, left, right = struct.unpack_from(form, book.mem, at + 4)
            if not (first <= last <= XLS_ROWS and left <= right <= XLS_COLUMNS):
                raise ValueError
        at += 4 + length


def opened_xls(path: Path) -> xlrd.book.Book:
    """Return an xls, opened by xlrd, which would else print what it thinks of it among our own output."""
    return xlrd.open_workbook(file_contents=path.read_bytes(), on_demand=True, logfile=io.StringIO())


def _demand_room(xml: IO[bytes], sheet: str) -> None:
    width = height = 0
    for window in _windows(xml):
        for letters, digits in set(_WHERE.findall(window)):
            width = max(width, _number(letters))
            height = max(height, int(digits or 0))
    if width * height > MOST_CELLS:
        raise SourceError(
            f"the sheet {sheet!r} reaches over {height:,} rows and {width:,} columns",
            remedy="take out the stray cells far from the table, and have it saved again",
        )


def _windows(xml: IO[bytes]) -> Iterator[bytes]:
    """Give a part piece by piece, each with the end of the one before it."""
    tail = b""
    while window := xml.read(WINDOW):
        yield tail + window
        tail = window[-OVERLAP:]


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the part of an xlsx that holds a sheet."""
    book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - size is bounded; expat refuses entity bombs
    links = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    target = {link.get("Id"): link.get("Target", "") for link in links}
    for element in book.iter():
        if _name(element.tag) == "sheet" and element.get("name") == sheet:
            link = next((v for k, v in element.attrib.items() if _name(k) == "id"), None)
            found = target.get(link, "").lstrip("/")
            return found if found.startswith("xl/") else f"xl/{found}"
    return None


def _name(qualified: str) -> str:
    return qualified.rpartition("}")[2]
