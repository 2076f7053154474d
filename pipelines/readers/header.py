"""Finds our columns in a file's header, and demands an account of every one.

A heading that is neither mapped nor ignored by name, or a mapped one that is not there, is
an alarm. Headings are compared tidied as cells are and without blanks, since a broken line in one
is no other heading; what was found is only shown where it is likely to be a heading: a wrong row
may hold data.
"""

import re
from dataclasses import dataclass

from pipelines.errors import HeaderError, Place
from pipelines.source_table import SourceTable
from pipelines.thai.text import tidy

SHOWN, LONGEST, MOST_COLUMNS = 20, 60, 2000


@dataclass(frozen=True, slots=True)
class Mapping:
    """For each of our columns, in order, its position in the file's rows."""

    columns: tuple[str, ...]
    positions: tuple[int, ...]


def join_header(rows: list[list[str]]) -> list[str]:
    """Join header rows into one; a merged (empty) cell takes its left neighbour's text,
    but for the last row."""
    width = max((len(row) for row in rows), default=0)
    parts: list[list[str]] = [[] for _ in range(width)]
    for number, row in enumerate(rows):
        last, left = number == len(rows) - 1, ""
        for position in range(width):
            text = tidy(row[position]) if position < len(row) else ""
            left = text or left
            if shown := (text if last else left):
                parts[position].append(shown)
    return [" / ".join(part) for part in parts]


def same(text: str) -> str:
    """Return what of a heading is compared."""
    return tidy(text).replace(" ", "")


def map_columns(heading: list[str], spec: SourceTable, row: int, table: str) -> Mapping:
    """Return where our columns are.

    Raises:
        HeaderError: a column is new, gone, or there more than once without being told apart.
    """
    wanted = {(same(c.header), c.occurrence): name for name, c in spec.mapped().items()}
    ignored = {same(name) for name in spec.ignore}
    place = Place(table=table, row=row)
    if len(heading) > MOST_COLUMNS:
        raise HeaderError(
            f"the file has {len(heading):,} columns",
            place=place,
            remedy=f"at most {MOST_COLUMNS:,} are read: check that this is the right file",
        )
    found: dict[str, int] = {}
    new: list[str] = []
    times: dict[str, int] = {}
    for position, text in enumerate(map(tidy, heading)):
        compared = same(text)
        times[compared] = times.get(compared, 0) + 1
        if (name := wanted.get((compared, times[compared]))) is not None:
            found[name] = position
        elif compared not in ignored:
            new.append(text)
    gone = [
        f"{tidy(c.header)} ({c.occurrence}. of its name)" if c.occurrence > 1 else tidy(c.header)
        for name, c in spec.mapped().items()
        if name not in found
    ]
    if new or gone:
        raise _alarm(new, gone, len(found), len(wanted), place)
    columns = tuple(spec.columns)
    return Mapping(columns, tuple(found[name] for name in columns))


def _alarm(new: list[str], gone: list[str], found: int, wanted: int, place: Place) -> HeaderError:
    said = []
    if gone:
        said.append(f"missing: {'; '.join(gone[:SHOWN])}")
    if new and found * 2 >= wanted:
        shown = [_safe(text) for text in new[:SHOWN]]
        said.append(f"not known: {'; '.join(shown)}")
    elif new:
        said.append(f"{len(new)} others are not known")
    return HeaderError(
        f"the columns are not the declared ones ({found} of {wanted} found) - " + ", ".join(said),
        place=place,
        remedy="map the column under source.tables.columns or name it under ignore with a reason; "
        "if the header lies in another row, set skip_rows",
    )


def _safe(text: str) -> str:
    if not text:
        return "(a column without heading)"
    return "(a heading with a long number)" if re.search(r"\d{6}", text) else text[:LONGEST]
