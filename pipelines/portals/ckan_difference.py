"""What must be sent so that a DataStore table with the content of one Parquet file has that of another.

Worked out by DuckDB by the primary key, on disk where memory (2 GB) does not do. A row that goes is
not deleted where one comes: that one takes its place (`_id`), so that one call, which is one
transaction, does both. Nothing is asked of the portal here and nothing sent.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.portals.ckan_records import BATCH_ROWS, ID, ROW

KEYS_AT_ONCE = 50_000


class Difference:
    """The rows that are added, changed or removed. Where `old` is None every row is one of them."""

    def __init__(self, database: duckdb.DuckDBPyConnection, old: Path | None, new: Path, key: Sequence[str]) -> None:
        self._database, self._new, self._key = database, new, list(key)
        self._all = old is None
        names = [f"k{n}" for n in range(len(key))]
        self._names = ", ".join(names)
        database.execute(f"CREATE TABLE affected AS {_affected(old, new, self._key)}", _paths(old, new))
        columns = ", ".join(f"{name} VARCHAR" for name in names)
        database.execute(f"CREATE TABLE live ({ID} BIGINT, {columns})")
        empty = " OR ".join(f"{name} = ''" for name in names)
        counts = f"count({ROW}), count(*) - count({ROW}), count_if({empty}), count_if(is_new)"
        ((self.sent, self.removed, self._empty, self._added),) = database.execute(
            f"SELECT {counts} FROM affected"  # noqa: S608 - our own names
        ).fetchall()

    @property
    def can_be_asked_for(self) -> bool:
        """Whether the rows are known by their keys, and every key is filled: by nothing a portal finds nothing."""
        return not self._all and not self._empty

    @property
    def keeps_places(self) -> bool:
        """Whether no row comes or goes, and each is found by its key: no place need be known."""
        return self.can_be_asked_for and not self._added and not self.removed

    @cached_property
    def _columns(self) -> list[str]:
        """The columns that are sent."""
        names: list[str] = pq.read_schema(self._new).names
        others = [name for name in names if name not in self._key]
        if not self.keeps_places or not others:
            return names
        asked = ", ".join(f"bool_or(d{n})" for n in range(len(others)))
        (differ,) = self._database.execute(f"SELECT {asked} FROM affected").fetchall()  # noqa: S608
        return [*self._key, *(name for name, does in zip(others, differ, strict=True) if does)]

    def affected(self) -> Iterator[list[tuple[str, ...]]]:
        """Give the keys of the rows, as texts and in their order."""
        query = f"SELECT {self._names} FROM affected ORDER BY {self._names}"  # noqa: S608
        found = self._database.cursor().execute(query)
        while keys := found.fetchmany(KEYS_AT_ONCE):
            yield keys

    def place(self, live: Iterable[list[list[str]]]) -> None:
        """Take note of rows that the portal has, each as its `_id` and its key as texts; give each row
        that is sent its own place there, else that of a row that goes."""
        for rows in live:
            columns = [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)]
            found = pa.table(columns, names=[ID, *self._names.split(", ")])
            self._database.register("found", found)
            known = "" if self._all else f"SEMI JOIN affected USING ({self._names})"
            self._database.execute(f"INSERT INTO live SELECT {ID}::BIGINT, {self._names} FROM found {known}")  # noqa: S608
            self._database.unregister("found")
        self._database.execute(_placed(self._names))

    def rows(self, *, placed: bool | None = None) -> pa.RecordBatchReader:
        """Give the rows of the new file that are sent: all, or only those with or without a place. Where rows keep
        their places they have their key and the columns that differ anywhere, no others."""
        only = {None: "true", True: f"p.{ID} IS NOT NULL", False: f"p.{ID} IS NULL"}[placed]
        columns = ", ".join(f'n."{name}"' for name in self._columns)
        query = f"""
            SELECT {columns}, n.file_row_number AS {ROW}, p.{ID}
            FROM read_parquet($new, file_row_number = true) n JOIN placed p ON n.file_row_number = p.{ROW}
            WHERE {only} ORDER BY p.{ROW}
        """  # noqa: S608
        return self._database.cursor().sql(query, params={"new": str(self._new)}).to_arrow_reader(BATCH_ROWS)

    def left(self) -> list[int]:
        """Return the places of rows that go and whose place nobody takes."""
        query = f"SELECT {ID} FROM live WHERE {ID} NOT IN (SELECT {ID} FROM placed WHERE {ID} IS NOT NULL) ORDER BY 1"  # noqa: S608
        return [number for (number,) in self._database.execute(query).fetchall()]


@contextmanager
def difference(old: Path | None, new: Path, key: Sequence[str]) -> Iterator[Difference]:
    """Give the difference of two Parquet tables; what does not fit into memory is in a folder until the end."""
    with tempfile.TemporaryDirectory(prefix="opendata-difference-") as scratch:
        limits: dict[str, str | bool | int | float | list[str]] = {
            "threads": 2,
            "memory_limit": "2GB",
            "temp_directory": f"{scratch}/spill",
        }
        with duckdb.connect(f"{scratch}/difference", config=limits) as database:
            yield Difference(database, old, new, key)


def _affected(old: Path | None, new: Path, key: list[str]) -> str:
    """Return the query for the rows: key as texts, and the place in the new file where they are there."""
    numbered = f"SELECT *, file_row_number AS {ROW} FROM read_parquet($new, file_row_number = true)"  # noqa: S608
    if old is None:
        keys = ", ".join(f"coalesce(\"{name}\"::VARCHAR, '') AS k{n}" for n, name in enumerate(key))
        return f"SELECT {keys}, {ROW}, true AS is_new FROM ({numbered})"  # noqa: S608
    before, after = pq.read_schema(old), pq.read_schema(new)
    same = {name for name in after.names if name in before.names and before.field(name).type == after.field(name).type}

    def text(side: str, name: str) -> str:
        return f'{side}."{name}"' if name in same else f'{side}."{name}"::VARCHAR'

    keys = ", ".join(
        f'coalesce(CASE WHEN n.{ROW} IS NULL THEN o."{name}"::VARCHAR ELSE n."{name}"::VARCHAR END, \'\') AS k{n}'
        for n, name in enumerate(key)
    )
    on = " AND ".join(f"{text('o', name)} IS NOT DISTINCT FROM {text('n', name)}" for name in key)
    differing = [
        f"{text('o', name)} IS DISTINCT FROM {text('n', name)}" if name in before.names else f'n."{name}" IS NOT NULL'
        for name in after.names
        if name not in key
    ]
    each = "".join(f", {differs} AS d{n}" for n, differs in enumerate(differing))
    return f"""
        WITH o AS (SELECT *, true AS _old FROM read_parquet($old)), n AS ({numbered})
        SELECT {keys}, n.{ROW}, o._old IS NULL AS is_new{each} FROM o FULL JOIN n ON {on}
        WHERE o._old IS NULL OR n.{ROW} IS NULL OR {" OR ".join(differing) or "false"}
    """  # noqa: S608


def _paths(old: Path | None, new: Path) -> dict[str, str]:
    return {"new": str(new)} | ({"old": str(old)} if old else {})


def _placed(names: str) -> str:
    return f"""
        CREATE TABLE placed AS
        WITH own AS (SELECT {names}, min({ID}) AS {ID} FROM live GROUP BY {names}),
             sent AS (SELECT a.{ROW}, own.{ID}
                      FROM affected a LEFT JOIN own USING ({names}) WHERE a.{ROW} IS NOT NULL),
             spare AS (SELECT l.{ID}, row_number() OVER (ORDER BY l.{ID}) AS nth
                       FROM live l ANTI JOIN sent ON l.{ID} = sent.{ID}),
             coming AS (SELECT {ROW}, row_number() OVER (ORDER BY {ROW}) AS nth FROM sent WHERE {ID} IS NULL)
        SELECT {ROW}, {ID} FROM sent WHERE {ID} IS NOT NULL
        UNION ALL SELECT c.{ROW}, s.{ID} FROM coming c LEFT JOIN spare s USING (nth)
    """  # noqa: S608 - our own names
