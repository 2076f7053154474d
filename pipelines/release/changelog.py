"""What a release changes against the one that was live before it, by the tables' keys.

Worked out by DuckDB over the two Parquet files, on disk where memory (2 GB) does not do.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.dataset_files import Dataset
from pipelines.errors import Place, StoreError
from pipelines.publication_spec import SchemaChange
from pipelines.release.description import DESCRIPTOR
from pipelines.table_spec import Microdata
from pipelines.workspace import Workspace

KEYS_SHOWN = 100
KINDS = ("added", "changed", "removed", "unchanged")

#: Says whether the keys of a table, given as a Parquet file of them, may stand in public.
MayList = Callable[[str, Path], bool]


def changelog(
    ws: Workspace,
    dataset: Dataset,
    built: Path,
    previous: str | None,
    may_list: MayList,
    meant: Sequence[SchemaChange] = (),
) -> dict[str, Any]:
    """Return for every table in the folder `built` the rows added, changed, removed and
    unchanged against the release `previous`, up to 100 keys of each in their order, the columns
    that came, went or changed their type, and what the dataset says of such breaks (`meant`).

    A row is changed where a column that both releases have reads differently. Keys that
    `may_list` is against are left out: a key that is removed may be removed because it said
    too much.

    Raises:
        StoreError: the previous release is not in the store.
    """
    if previous is None:
        return {"previous": None, "tables": {}, "tables_removed": [], "schema_changes": []}
    before = keys_of(ws, dataset, previous)
    tables = {}
    for table, spec in dataset.spec.tables.items():
        after = built / f"{table}.parquet"
        if table not in before:
            tables[table] = _unmatched(None, after, list(spec.key))
            continue
        with (
            ws.store.local(f"releases/{dataset.name}/{previous}/{table}.parquet") as old,
            ws.store.scratch() as scratch,
        ):
            same_key = before[table] == list(spec.key)
            matched = count_alike if isinstance(spec, Microdata) and spec.shown_by else compare
            found = matched(old, after, list(spec.key), scratch) if same_key else _unmatched(old, after, list(spec.key))
            if not may_list(table, _listed(found, scratch / "keys.parquet")):
                found["keys"] = {kind: [] for kind in found["keys"]}
            tables[table] = found
    removed = sorted(set(before) - set(dataset.spec.tables))
    told = [change.model_dump(mode="json") for change in meant]
    return {"previous": previous, "tables": tables, "tables_removed": removed, "schema_changes": told}


def compare(old: Path, new: Path, key: list[str], scratch: Path) -> dict[str, Any]:
    """Compare two Parquet tables by the key that both have; `scratch` is for what does not
    fit into memory."""
    columns = columns_of(old, new)
    shared = [name for name in pq.read_schema(new).names if name not in {*key, *columns["added"]}]
    text = {name: "::VARCHAR" if name in columns["changed"] else "" for name in [*key, *shared]}
    differs = {name: f'o."{name}"{text[name]} IS DISTINCT FROM n."{name}"{text[name]}' for name in shared}
    on = " AND ".join(f'o."{name}"{text[name]} IS NOT DISTINCT FROM n."{name}"{text[name]}' for name in key)
    named = ", ".join(f'CASE WHEN n._row THEN n."{name}"::VARCHAR ELSE o."{name}"::VARCHAR END' for name in key)
    changed = ", ".join(f"CASE WHEN {test} THEN '{name}' END" for name, test in differs.items())
    query = f"""
        WITH o AS (SELECT *, true AS _row FROM read_parquet($old)),
             n AS (SELECT *, true AS _row FROM read_parquet($new)),
             matched AS (SELECT CASE WHEN o._row IS NULL THEN 'added' WHEN n._row IS NULL THEN 'removed'
                                     WHEN {" OR ".join(differs.values()) or "false"} THEN 'changed'
                                     ELSE 'unchanged' END AS kind,
                                [{named}] AS key, [{changed}]::VARCHAR[] AS columns
                         FROM o FULL JOIN n ON {on})
        SELECT kind, count(*),
               min({{'key': key, 'columns': columns}}, {KEYS_SHOWN}) FILTER (WHERE kind <> 'unchanged')
        FROM matched GROUP BY kind
    """  # noqa: S608 - names of columns are checked by the model: letters, digits and _
    with _database(scratch) as database:
        answer = database.execute(query, {"old": str(old), "new": str(new)}).fetchall()
    found = {kind: (count, rows or []) for kind, count, rows in answer}
    keys: dict[str, list[Any]] = {
        kind: [r["key"] for r in found.get(kind, (0, []))[1]] for kind in ("added", "removed")
    }
    keys["changed"] = [
        {"key": row["key"], "columns": [name for name in row["columns"] if name]}
        for row in found.get("changed", (0, []))[1]
    ]
    counts = {kind: found.get(kind, (0, []))[0] for kind in KINDS}
    return {**counts, "key": key, "keys": keys, "columns": columns, "matched": True}


def count_alike(old: Path, new: Path, key: list[str], scratch: Path) -> dict[str, Any]:
    """Compare two tables of records that only a running number tells apart: how many of the new ones
    are like an old one, whatever their numbers, and how many have come and gone."""
    columns = columns_of(old, new)
    if any(columns.values()):
        return _unmatched(old, new, key)
    names = ", ".join(f'"{name}"' for name in pq.read_schema(new).names if name not in key)
    query = f"""
        SELECT coalesce(sum(least(o, n)), 0)::BIGINT, coalesce(sum(o), 0)::BIGINT, coalesce(sum(n), 0)::BIGINT FROM (
            SELECT count(*) FILTER (_old) AS o, count(*) FILTER (NOT _old) AS n FROM (
                SELECT {names}, true AS _old FROM read_parquet($old)
                UNION ALL SELECT {names}, false FROM read_parquet($new))
            GROUP BY {names})
    """  # noqa: S608 - names of columns are checked by the model: letters, digits and _
    with _database(scratch) as database:
        ((alike, before, after),) = database.execute(query, {"old": str(old), "new": str(new)}).fetchall()
    counts = {"added": after - alike, "changed": 0, "removed": before - alike, "unchanged": alike}
    nothing: dict[str, list[Any]] = {"added": [], "changed": [], "removed": []}
    return {**counts, "key": key, "keys": nothing, "columns": columns, "matched": True}


def _database(scratch: Path) -> duckdb.DuckDBPyConnection:
    limits: dict[str, str | bool | int | float | list[str]] = {
        "threads": 2,
        "memory_limit": "2GB",
        "temp_directory": str(scratch / "spill"),
    }
    return duckdb.connect(config=limits)


def _unmatched(old: Path | None, new: Path, key: list[str]) -> dict[str, Any]:
    """A table that is new, or has another key than before: no row can be told to be the same."""
    counts = {
        "added": pq.read_metadata(new).num_rows,
        "changed": 0,
        "removed": pq.read_metadata(old).num_rows if old else 0,
        "unchanged": 0,
    }
    nothing: dict[str, list[Any]] = {"added": [], "changed": [], "removed": []}
    return {**counts, "key": key, "keys": nothing, "columns": columns_of(old or new, new), "matched": False}


def columns_of(old: Path, new: Path) -> dict[str, list[str]]:
    """Return the columns that came (`added`), went (`removed`) or have another type (`changed`)."""
    before, after = pq.read_schema(old), pq.read_schema(new)
    both = set(before.names) & set(after.names)
    return {
        "added": sorted(set(after.names) - both),
        "removed": sorted(set(before.names) - both),
        "changed": sorted(name for name in both if before.field(name).type != after.field(name).type),
    }


def keys_of(ws: Workspace, dataset: Dataset, release: str) -> dict[str, list[str]]:
    """Return the key of each table of a release, as its descriptor has it."""
    path = f"releases/{dataset.name}/{release}/{DESCRIPTOR}"
    if not ws.store.exists(path):
        raise StoreError(
            "the release that is live is not in the store, so what changes cannot be told",
            place=Place(dataset=dataset.name, file=path),
            remedy="bring the folder of that release back: from a backup, or unpack its zip from the portal there",
        )
    resources = json.loads(ws.store.read_bytes(path))["resources"]
    return {r["path"].removesuffix(".csv"): r["schema"]["primaryKey"] for r in resources if r["format"] == "csv"}


def _listed(found: dict[str, Any], path: Path) -> Path:
    """Write the keys that a comparison lists as a table of their own."""
    keys = found["keys"]
    rows = [*keys["added"], *keys["removed"], *(row["key"] for row in keys["changed"])]
    columns = {name: pa.array([row[n] for row in rows], pa.string()) for n, name in enumerate(found["key"])}
    pq.write_table(pa.table(columns), path)
    return path
