"""Reads tables of HTML pages, which many systems save under a name that ends in .xls.

The encoding is found from the bytes as for any text; what the page says of it is only heeded
where it agrees. Cells that span columns or rows are filled in as a browser shows them; a
table inside a cell is refused.
"""

import re
from pathlib import Path

from lxml import etree, html

from pipelines.errors import Place, SourceError
from pipelines.readers.grid import Grid, Range
from pipelines.thai.encoding import detect

#: What begins a new line within a cell: without one two values would become one.
BLOCKS = ("br", "p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre", "blockquote")
MOST_SPANNED, MOST_FILLED = 1000, 1_000_000


def grid_of(path: Path, sheet: str | None, table: str) -> Grid:
    """Return one table of a page: by its number from 1, or the only one that has rows.

    Raises:
        SourceError: the encoding is not certain, there is no such table, or it holds another.
    """
    encoding = detect(path)
    text = path.read_text(encoding=encoding)
    try:
        page = html.fromstring(text, parser=html.HTMLParser(no_network=True, huge_tree=True))
    except (etree.ParserError, ValueError):
        raise SourceError("the page cannot be read", remedy="have the table saved as xlsx or CSV") from None
    if len(re.findall(r"<table[\s>]", text, re.IGNORECASE)) != len(re.findall("</table", text, re.IGNORECASE)):
        raise SourceError("a table of the page does not end", remedy="it may be cut short: have it sent again")
    found = _chosen([each for each in page.iter("table") if next(each.iter("tr"), None) is not None], sheet, table)
    if next(found.iterdescendants("table"), None) is not None:
        raise SourceError("a table stands inside another", place=Place(table=table), remedy="have it saved as xlsx")
    rows, merged = _filled(found, table)
    return Grid(iter(enumerate(rows, start=1)), _text, encoding, merged)


def _chosen(tables: list[html.HtmlElement], sheet: str | None, table: str) -> html.HtmlElement:
    # A page has no names of sheets: of one table there is no question which is meant.
    if sheet is not None and (sheet.isdigit() or len(tables) != 1):
        if not sheet.isdigit() or not 1 <= int(sheet) <= len(tables):
            raise SourceError(
                f"the file is a web page (HTML) without a table number {sheet}", place=Place(table=table),
                remedy=f"give `sheet` as a number from 1 to {len(tables)}",
            )  # fmt: skip
        return tables[int(sheet) - 1]
    if len(tables) != 1:
        raise SourceError(
            f"the file is a web page (HTML) with {len(tables)} tables",
            place=Place(table=table),
            remedy="name one by its number with `sheet`, or have the table saved as xlsx",
        )
    return tables[0]


def _filled(table: html.HtmlElement, name: str) -> tuple[list[list[str]], list[Range]]:
    """Return the cells as they are shown, and the ranges that were spanned."""
    rows: list[list[str]] = []
    spanned: dict[tuple[int, int], str] = {}
    merged: list[Range] = []
    filled = 0
    for y, row in enumerate(table.iter("tr")):
        cells: list[str] = []
        for cell in row.iterchildren("td", "th"):
            while (y, len(cells)) in spanned:
                cells.append(spanned.pop((y, len(cells))))
            wide, high = _span(cell, "colspan", name, y), _span(cell, "rowspan", name, y)
            left = len(cells)
            cells += [_shown(cell), *[""] * (wide - 1)]
            if (filled := filled + wide * high - 1) > MOST_FILLED:
                raise _impossible(name, y)
            spanned |= {(y + down, left + right): "" for down in range(1, high) for right in range(wide)}
            if wide * high > 1:
                merged.append(((y, left), (y + high - 1, left + wide - 1)))
        while (y, len(cells)) in spanned:
            cells.append(spanned.pop((y, len(cells))))
        rows.append(cells)
    return rows, merged


def _span(cell: html.HtmlElement, which: str, table: str, row: int) -> int:
    if (found := cell.get(which)) is None:
        return 1
    text = (found or "1").strip()
    if not text.isdigit() or not 1 <= int(text) <= MOST_SPANNED:
        raise _impossible(table, row)
    return int(text)


def _impossible(table: str, row: int) -> SourceError:
    return SourceError(
        "a cell spans an impossible number of rows or columns",
        place=Place(table=table, row=row + 1),
        remedy="have it saved as xlsx",
    )


def _shown(cell: html.HtmlElement) -> str:
    if not len(cell):
        return str(cell.text or "")
    for inner in cell.iterdescendants(*BLOCKS):
        if inner.tag != "br":
            inner.text = "\n" + (inner.text or "")
        inner.tail = "\n" + (inner.tail or "")
    return str(cell.text_content())


def _text(cell: str) -> str:
    return cell.strip(" \t\r\n")
