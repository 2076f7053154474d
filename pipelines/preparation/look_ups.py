"""Look-ups: columns found in reviewed tables, and an account of every value they do not know.

A value is known as it stands; as a place name without prefix, blanks and case; or, where the
dataset asks for it, by its letters without marks. A key that the look-up table gives to two
results is known to none. What is missed is counted by the kind of its characters, which tells
nothing of a person, and listed for the maintainer in a private file.
"""

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.dataset import Assertions, LookUp
from pipelines.errors import DatasetError, InvalidData, Place
from pipelines.thai.places import place_key, skeleton

#: More distinct values than this are no words that a reviewed table could know.
MOST_VALUES = 1_000_000
#: Distinct missed values that are listed for the maintainer, the most frequent first.
LISTED = 10_000
Key = tuple[str, ...]


@dataclass
class Outcome:
    """What one look-up came to, in rows."""

    filled: int = 0
    repaired: int = 0
    missed: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    """Rows missed by what their value consists of."""
    listing: list[tuple[str, str, int]] = field(default_factory=list)
    """Missed values with their class and rows: private."""

    def as_dict(self) -> dict[str, Any]:
        """Return the public part: counts only."""
        return {"filled": self.filled, "repaired": self.repaired, "missed": self.missed, "classes": dict(self.classes)}


def add(database: duckdb.DuckDBPyConnection, view: str, column: str, look_up: LookUp, known: pa.Table) -> Outcome:
    """Replace a view by itself with a looked-up column; its rows and their order stay.

    Raises:
        DatasetError: the look-up names a column that is not there, or has too many values.
    """
    dictionaries = _Known(look_up, known, column)
    keys = ", ".join(f'"{name}"::VARCHAR' for name in look_up.of)
    try:
        found = database.sql(
            f'SELECT {keys}, count(*) FROM "{view}" GROUP BY ALL LIMIT {MOST_VALUES + 1}'  # noqa: S608 - Names only
        ).fetchall()
    except duckdb.BinderException:
        raise _wrong(column, "`of` names a column that the table does not have") from None
    if len(found) > MOST_VALUES:
        raise _wrong(column, f"there are more than {MOST_VALUES:,} different values to look up")
    outcome = Outcome()
    results = [(*key, dictionaries.result(tuple(key), rows, outcome)) for *key, rows in found if key[-1] is not None]
    outcome.listing.sort(key=lambda missed: (-missed[2], missed[0]))
    _join(database, view, column, look_up, results)
    return outcome


def demand_known(table: str, outcomes: Mapping[str, Outcome], bounds: Assertions) -> None:
    """Raise `InvalidData` where a look-up misses more rows than the dataset allows."""
    for column, outcome in outcomes.items():
        if outcome.missed > bounds.misses.get(column, 0) * outcome.filled:
            kinds = ", ".join(f"{count:,} of {kind}" for kind, count in outcome.classes.most_common())
            raise InvalidData(
                f"the look-up does not know {outcome.missed:,} of {outcome.filled:,} values ({kinds})",
                place=Place(table=table, column=column),
                remedy=f"add reviewed spellings, or have the source mended; the values are in the private file "
                f"misses-{table}-{column}.csv of this period's quarantine",
            )


def private_listing(outcome: Outcome) -> bytes:
    """Return the missed values with class and rows as CSV, for the maintainer's eyes only."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["value", "class", "row_count"])
    writer.writerows(outcome.listing[:LISTED])
    return out.getvalue().encode("utf-8-sig")


def value_class(value: str) -> str:
    """Say what a value consists of, telling nothing else of it."""
    kinds = [("Thai letters", "[ก-ฺเ-๎]"), ("Latin letters", "[A-Za-z]"), ("digits", "[0-9๐-๙]")]
    present = [name for name, pattern in kinds if re.search(pattern, value)]
    if re.search(r"[^\sก-๙A-Za-z0-9()./,'\-]", value):
        present.append("other signs")
    return " and ".join(present) or "signs only"


class _Known:
    """The reviewed table as dictionaries: exact, by place name, by letters without marks."""

    def __init__(self, look_up: LookUp, rows: pa.Table, column: str) -> None:
        if missing := {*look_up.by, look_up.take} - set(rows.schema.names):
            raise _wrong(column, f"{look_up.table} has no column {min(missing)}")
        ways: list[Callable[[str], str | None]] = [lambda name: name]
        if look_up.compare == "place_name":
            ways.append(place_key)
        self._ways = [(way, _dictionary(look_up, rows, way)) for way in ways]
        self._repairs = _dictionary(look_up, rows, skeleton) if look_up.repair_marks else {}

    def result(self, key: Key, rows: int, outcome: Outcome) -> str | None:
        """Return what a key is known as, None for nothing; `outcome` gains its rows."""
        *parents, name = key
        outcome.filled += rows
        for way, results in self._ways:
            if (known := results.get((*parents, way(name) or ""))) is not None:
                return known
        if (known := self._repairs.get((*parents, skeleton(name) or ""))) is not None:
            outcome.repaired += rows
            return known
        kind = value_class(name)
        outcome.missed += rows
        outcome.classes[kind] += rows
        outcome.listing.append((" / ".join(part or "" for part in key), kind, rows))
        return None


def _dictionary(look_up: LookUp, rows: pa.Table, way: Callable[[str], str | None]) -> dict[Key, str | None]:
    """Return key -> result; a key with several results has none."""
    results: dict[Key, set[str | None]] = defaultdict(set)
    columns = [rows[name].to_pylist() for name in (*look_up.by, look_up.take)]
    for *parents, name, result in zip(*columns, strict=True):
        if name is not None and (key := way(name)) is not None:
            results[*parents, key].add(result)
    return {key: next(iter(found)) if len(found) == 1 else None for key, found in results.items()}


def _join(
    database: duckdb.DuckDBPyConnection, view: str, column: str, look_up: LookUp, results: list[tuple[Any, ...]]
) -> None:
    names = [*(f"key{n}" for n in range(len(look_up.of))), "result"]
    values = list(zip(*results, strict=True)) or [()] * len(names)
    database.register("incoming", pa.table({n: pa.array(v, pa.string()) for n, v in zip(names, values, strict=True)}))
    database.execute(f'CREATE TABLE "{view} {column}" AS FROM incoming')
    database.unregister("incoming")
    database.execute(f'ALTER VIEW "{view}" RENAME TO "{view} before {column}"')
    same = " AND ".join(f't."{ours}"::VARCHAR IS NOT DISTINCT FROM m.key{n}' for n, ours in enumerate(look_up.of))
    database.execute(
        f'CREATE VIEW "{view}" AS SELECT t.*, m.result AS "{column}" '  # noqa: S608 - Names only
        f'FROM "{view} before {column}" t LEFT JOIN "{view} {column}" m ON {same}'
    )


def _wrong(column: str, message: str) -> DatasetError:
    return DatasetError(message, place=Place(column=column), remedy="mend the column under look_ups in dataset.yaml")
