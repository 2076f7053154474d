"""Tidies the cells of a raw table and applies its corrections, counting every change."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from pipelines.errors import InvalidData, Place
from pipelines.preparation.corrections import Cell
from pipelines.preparation.subtotals import NumberedRow
from pipelines.thai.digits import to_ascii
from pipelines.thai.text import tidy

NUMERIC = ("integer", "number", "year", "date")


def tidied(rows: Iterable[NumberedRow], schema: Mapping[str, Any], counts: Counter[str]) -> Iterator[NumberedRow]:
    """Yield the rows with white space and sara am in order, and Thai digits of numeric
    columns as Arabic ones; `counts` gains the number of changed cells by column."""
    numeric = {field["name"] for field in schema["fields"] if field["type"] in NUMERIC}
    clean = lru_cache(maxsize=1 << 16)(tidy)
    for number, row in rows:
        changed: dict[str, str | None] = {}
        for column, cell in row.items():
            text = clean(cell) if cell else cell
            text = to_ascii(text) if text and column in numeric else text
            counts[column] += text != cell
            changed[column] = text
        yield number, changed


def corrected(rows: Iterable[NumberedRow], entries: list[Cell], table: str) -> Iterator[NumberedRow]:
    """Yield the rows with the corrections made.

    Raises:
        InvalidData: an entry met another number of rows than it says.
    """
    met: Counter[int] = Counter()
    for number, row in rows:
        for position, entry in enumerate(entries):
            if row[entry.column] == entry.found and all(row[c] == v for c, v in entry.match.items()):
                met[position] += 1
                row = {**row, entry.column: entry.replace}  # noqa: PLW2901 - the corrected row
        yield number, row
    for position, entry in enumerate(entries):
        if met[position] != entry.count:
            raise InvalidData(
                f"correction {position + 1} is for {entry.count} rows but matches {met[position]}",
                place=Place(table=table, column=entry.column),
                remedy="the source has changed: remove or renew the entry in corrections.yaml",
            )
