"""Whether two tables have the same content, whatever the order of their rows: one number of it all.

The sum over all rows of the first 60 bits of the md5 of its cells' texts, columns by name. A
Parquet file, a table asked by SQL and the dump of a table give one and the same number. An empty
text and nothing are the same: a CSV does not tell them apart. Memory does not grow with the table.
"""

import codecs
import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from pipelines.portals.ckan_answers import ForbiddenError, InvalidError, UnclearError
from pipelines.portals.ckan_calls import AT_ONCE, CHUNK, Calls

BETWEEN = "\x1f"
HEX_DIGITS = 15
#: Rows asked for by one statement: CKAN ends one after 60 s, a million rows take some seconds.
IDS_AT_ONCE = 100_000
DUMP_ATTEMPTS = 3
LONGEST_CELL = 1 << 30
TRUTH = {"t": "true", "f": "false"}


@dataclass(frozen=True)
class Fingerprint:
    """Of the content of a table without the order of its rows and without `_id`."""

    rows: int
    digest: str


def fingerprint_of(parquet: Path) -> Fingerprint:
    """Return the fingerprint of a Parquet table."""
    cells = _joined(sorted(pq.read_schema(parquet).names), "VARCHAR")
    query = f"SELECT count(*), sum(('0x' || md5({cells})[:{HEX_DIGITS}])::BIGINT) FROM read_parquet($path)"  # noqa: S608
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as database:
        ((rows, total),) = database.execute(query, {"path": str(parquet)}).fetchall()
    return Fingerprint(rows, _digest(total))


def fingerprint_on(calls: Calls, resource_id: str, types: Mapping[str, str]) -> Fingerprint:
    """Return the fingerprint of a DataStore table: by SQL where the portal has that, else from its dump."""
    try:
        return _by_sql(calls, resource_id, sorted(types))
    except (ForbiddenError, InvalidError):
        return _by_dump(calls, resource_id, types)


def texts(rows: Iterable[list[str]], types: Iterable[str]) -> Iterator[list[str]]:
    """Give cells that PostgreSQL wrote as CSV as it writes them otherwise: t and f are true and false."""
    truths = [place for place, kind in enumerate(types) if kind == "bool"]
    for row in rows:
        for place in truths:
            row[place] = TRUTH.get(row[place], "")
        yield row


def _by_sql(calls: Calls, resource_id: str, names: list[str]) -> Fingerprint:
    def ask(what: str, where: str = "true") -> dict[str, str | int | None]:
        sql = f'SELECT {what} FROM "{resource_id}" WHERE {where}'  # noqa: S608 - an id, and names that are checked
        found: dict[str, str | int | None] = calls.read("datastore_search_sql", sql=sql)["records"][0]
        return found

    bits = f"('x' || substr(md5({_joined(names, 'text')}), 1, {HEX_DIGITS}))::bit({4 * HEX_DIGITS})::bigint"

    def part(start: int) -> tuple[int, int]:
        within = f"_id >= {start} AND _id < {start + IDS_AT_ONCE}"
        found = ask(f"count(*) AS rows, sum({bits})::text AS total", within)
        return int(found["rows"] or 0), int(found["total"] or 0)

    ids = ask("min(_id) AS first, max(_id) AS last")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        parts = list(pool.map(part, range(int(ids["first"] or 0), int(ids["last"] or -1) + 1, IDS_AT_ONCE)))
    return Fingerprint(sum(rows for rows, _ in parts), _digest(sum(total for _, total in parts)))


def _by_dump(calls: Calls, resource_id: str, types: Mapping[str, str]) -> Fingerprint:
    for attempt in range(1, DUMP_ATTEMPTS + 1):
        try:
            with calls.body(f"datastore/dump/{resource_id}") as answer:
                return _of_csv(_lines(answer.iter_content(CHUNK)), types)
        except UnclearError:
            if attempt == DUMP_ATTEMPTS:
                raise
    raise AssertionError


def _of_csv(lines: Iterable[str], types: Mapping[str, str]) -> Fingerprint:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(lines)
    header = next(reader)
    places = [header.index(name) for name in sorted(types)]
    rows, total = 0, 0
    for cells in texts(reader, [types.get(name, "") for name in header]):
        joined = BETWEEN.join([cells[place] for place in places])
        total += int(hashlib.md5(joined.encode(), usedforsecurity=False).hexdigest()[:HEX_DIGITS], 16)
        rows += 1
    return Fingerprint(rows, _digest(total))


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Cut at every line feed and nowhere else: cells may hold the other ends of line."""
    begun = ""
    for text in codecs.iterdecode(chunks, "utf-8"):
        *lines, begun = (begun + text).split("\n")
        for line in lines:
            yield f"{line}\n"
    if begun:
        yield begun


def _joined(names: list[str], kind: str) -> str:
    """Return the SQL of a row's text. Not concat_ws: PostgreSQL's functions take 100 arguments."""
    return f" || chr({ord(BETWEEN)}) || ".join(f"coalesce(\"{name}\"::{kind}, '')" for name in names)


def _digest(total: int | None) -> str:
    return f"{total or 0:x}"
