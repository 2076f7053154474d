"""Finds the cells of a spreadsheet that its reader would give as empty, or other than they are: an
error value, a formula whose result was not saved, and in ods text that a break parts, and merged cells.

The reader of values (calamine) does not tell them from empty cells, so each format is looked
at once more for these alone.
"""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET

import xlrd

from pipelines.errors import Place, SourceError
from pipelines.readers.excel_room import opened_xls, part_of
from pipelines.readers.grid import Range

#: What a sheet must hold, in a part written in bytes of ASCII, for a cell of it to be lost: an error's
#: type, a formula, or what could spell them otherwise (references to characters, a DTD).
_MAY_BE_LOST = re.compile(rb"""\bt\s*=\s*(?:"(?:e"|[^"]*&)|'(?:e'|[^']*&))|<(?:[\w.-]+:)?f[\s/>]|<!|\x00""")
WINDOW, OVERLAP = 1 << 20, 1 << 8
ERROR, UNSAVED = "an error value", "a formula whose result was not saved"
PARTED = "a line break or tab that would be lost"


def demand_nothing_lost(path: Path, sheet: str, table: str) -> None:
    """Look through one sheet of a workbook that calamine has opened.

    Raises:
        SourceError: a cell's value would be lost, or the format cannot be looked through.
    """
    for row, lost in _lost_cells(path, sheet):
        raise SourceError(
            f"a cell holds {lost}",
            place=Place(table=table, row=row),
            remedy="have the value saved as text or as a plain number",
        )


def _lost_cells(path: Path, sheet: str) -> Iterator[tuple[int, str]]:
    """Give row number, from 1, and what is lost."""
    if not zipfile.is_zipfile(path):
        return _in_xls(path, sheet)
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
    if "xl/workbook.xml" in names:
        return _in_xlsx(path, sheet)
    if "content.xml" in names:
        return _in_ods(path, sheet)
    raise SourceError("the workbook is of a kind that is not read", remedy="save it as xlsx, xls, ods or CSV")


def _in_xls(path: Path, sheet: str) -> Iterator[tuple[int, str]]:
    """An xls always has the results of its formulas."""
    try:
        with opened_xls(path) as book:
            found = book.sheet_by_name(sheet)
            rows = [n for n in range(found.nrows) if xlrd.XL_CELL_ERROR in found.row_types(n)]
    except (xlrd.XLRDError, xlrd.compdoc.CompDocError, AssertionError, IndexError, ValueError):
        raise SourceError("the workbook is damaged", remedy="have it saved as xlsx and sent again") from None
    yield from ((n + 1, ERROR) for n in rows)


def _in_xlsx(path: Path, sheet: str) -> Iterator[tuple[int, str]]:
    with zipfile.ZipFile(path) as archive:
        part = part_of(archive, sheet)
        if part is None:
            raise SourceError("the sheet's part of the workbook is missing", remedy="have it sent again")
        with archive.open(part) as xml:
            if not _may_be_lost(xml):
                return
        with archive.open(part) as xml:
            for _, element in ET.iterparse(xml):  # noqa: S314 - size is bounded; expat refuses entity bombs
                if _name(element.tag) == "c":
                    if lost := _lost_in_xlsx(element):
                        yield int("".join(filter(str.isdigit, element.get("r", ""))) or 0), lost
                    element.clear()


def _may_be_lost(xml: IO[bytes]) -> bool:
    """Say whether a part has to be looked at cell by cell, which takes ten times as long."""
    tail = b""
    while window := xml.read(WINDOW):
        if _MAY_BE_LOST.search(tail + window):
            return True
        tail = window[-OVERLAP:]
    return False


def _lost_in_xlsx(cell: ET.Element) -> str | None:
    parts = {_name(child.tag): child.text for child in cell}
    if cell.get("t") == "e":
        return ERROR
    return UNSAVED if "f" in parts and not parts.get("v") else None


def _in_ods(path: Path, sheet: str) -> Iterator[tuple[int, str]]:
    """OpenDocument 1.3, part 3: a cell's result stands in `value-type`; an error has a type of
    its own in LibreOffice's namespace."""
    inside, row = False, 0
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as xml:
        for event, element in ET.iterparse(xml, ("start", "end")):  # noqa: S314 - see above
            has = {_name(key): (key, value) for key, value in element.attrib.items()}
            match event, _name(element.tag):
                case "start", "table":
                    inside, row = has.get("name", ("", ""))[1] == sheet, 0
                case "end", "table-row" if inside:
                    row += int(has.get("number-rows-repeated", ("", "1"))[1])
                    element.clear()
                case "end", "table-cell" if inside:
                    kinds = [value for key, value in element.attrib.items() if _name(key) == "value-type"]
                    if "error" in kinds:
                        yield row + 1, ERROR
                    elif "formula" in has and not kinds:
                        yield row + 1, UNSAVED
                case "end", "line-break" | "tab" if inside:
                    yield row + 1, PARTED


def merged_in_ods(path: Path, sheet: str) -> list[Range]:
    """Return the merged ranges of a sheet of an ods, of which calamine says nothing; none of other files."""
    found: list[Range] = []
    if not zipfile.is_zipfile(path):
        return found
    with zipfile.ZipFile(path) as archive:
        if "content.xml" not in archive.namelist():
            return found
        inside, row, column = False, 0, 0
        with archive.open("content.xml") as xml:
            for event, element in ET.iterparse(xml, ("start", "end")):  # noqa: S314 - see above
                has = {_name(key): value for key, value in element.attrib.items()}
                match event, _name(element.tag):
                    case "start", "table":
                        inside, row = has.get("name") == sheet, 0
                    case "end", "table-row" if inside:
                        row, column = row + int(has.get("number-rows-repeated", "1")), 0
                        element.clear()
                    case "end", "table-cell" | "covered-table-cell" if inside:
                        high, wide = (
                            int(has.get("number-rows-spanned", "1")),
                            int(has.get("number-columns-spanned", "1")),
                        )
                        if high * wide > 1:
                            found.append(((row, column), (row + high - 1, column + wide - 1)))
                        column += int(has.get("number-columns-repeated", "1"))
    return found


def _name(qualified: str) -> str:
    return qualified.rpartition("}")[2]
