"""Finds the cells of a spreadsheet that its reader would give as empty though they are not: an
error value, and a formula whose result was not saved.

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

#: What a sheet must hold, in a part written in bytes of ASCII, for a cell of it to be lost: an error's
#: type, a formula, or what could spell them otherwise (references to characters, a DTD).
_MAY_BE_LOST = re.compile(rb"""\bt\s*=\s*(?:"(?:e"|[^"]*&)|'(?:e'|[^']*&))|<(?:[\w.-]+:)?f[\s/>]|<!|\x00""")
WINDOW, OVERLAP = 1 << 20, 1 << 8
ERROR, UNSAVED = "an error value", "a formula whose result was not saved"


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
        with path.open("rb") as file, xlrd.open_workbook(file_contents=file.read(), on_demand=True) as book:
            found = book.sheet_by_name(sheet)
            rows = [n for n in range(found.nrows) if xlrd.XL_CELL_ERROR in found.row_types(n)]
    except (xlrd.XLRDError, xlrd.compdoc.CompDocError, AssertionError, IndexError, ValueError):
        raise SourceError("the workbook is damaged", remedy="have it saved as xlsx and sent again") from None
    yield from ((n + 1, ERROR) for n in rows)


def _in_xlsx(path: Path, sheet: str) -> Iterator[tuple[int, str]]:
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, sheet)
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


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the part of an xlsx that holds a sheet."""
    book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - see above
    links = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    target = {link.get("Id"): link.get("Target", "") for link in links}
    for element in book.iter():
        if _name(element.tag) == "sheet" and element.get("name") == sheet:
            link = next((v for k, v in element.attrib.items() if _name(k) == "id"), None)
            found = target.get(link, "").lstrip("/")
            return found if found.startswith("xl/") else f"xl/{found}"
    return None


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


def _name(qualified: str) -> str:
    return qualified.rpartition("}")[2]
