"""What a release changes against the one that was live before it, by the tables' keys."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from pipelines.dataset_files import Dataset
from pipelines.workspace import Workspace

KEYS_SHOWN = 100


def changelog(ws: Workspace, dataset: Dataset, built: Path, previous: str | None) -> dict[str, Any]:
    """Return for every table the rows added, changed, removed and unchanged by key, up to
    100 keys of each, and the columns that came, went or changed their type."""
    if previous is None:
        return {"previous": None, "tables": {}}
    tables = {}
    for table, spec in dataset.spec.tables.items():
        old = f"releases/{dataset.name}/{previous}/{table}.parquet"
        if ws.store.exists(old):
            with ws.store.local(old) as before:
                tables[table] = _compare(before, built / f"{table}.parquet", list(spec.key))
        else:
            rows = pq.read_metadata(built / f"{table}.parquet").num_rows
            tables[table] = {"added": rows, "changed": 0, "removed": 0, "unchanged": 0, "keys": {}, "columns": {}}
    return {"previous": previous, "tables": tables}


def _compare(before: Path, after: Path, key: list[str]) -> dict[str, Any]:
    old, new = pq.read_schema(before), pq.read_schema(after)
    columns = {
        "added": sorted(set(new.names) - set(old.names)),
        "removed": sorted(set(old.names) - set(new.names)),
        "changed": sorted(n for n in set(old.names) & set(new.names) if old.field(n).type != new.field(n).type),
    }
    if not set(key) <= set(old.names):
        rows = (pq.read_metadata(after).num_rows, pq.read_metadata(before).num_rows)
        return {"added": rows[0], "changed": 0, "removed": rows[1], "unchanged": 0, "keys": {}, "columns": columns}
    shared = [n for n in new.names if n in old.names and n not in key]
    on = " AND ".join(f'o."{c}" IS NOT DISTINCT FROM n."{c}"' for c in key)
    differs = " OR ".join(f'o."{c}"::VARCHAR IS DISTINCT FROM n."{c}"::VARCHAR' for c in shared) or "false"
    named = ", ".join(f'coalesce(n."{c}"::VARCHAR, o."{c}"::VARCHAR)' for c in key)
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as database:
        kinds = (
            f"SELECT CASE WHEN o.here IS NULL THEN 'added' WHEN n.here IS NULL THEN 'removed' "  # noqa: S608
            f"WHEN {differs} THEN 'changed' ELSE 'unchanged' END AS kind, [{named}] AS key "
            f"FROM (SELECT *, 1 AS here FROM read_parquet($old)) o "
            f"FULL JOIN (SELECT *, 1 AS here FROM read_parquet($new)) n ON {on}"
        )
        query = f"SELECT kind, count(*), list(key ORDER BY key)[1:{KEYS_SHOWN}] FROM ({kinds}) GROUP BY kind"  # noqa: S608
        found = {
            kind: (count, keys)
            for kind, count, keys in database.execute(query, {"old": str(before), "new": str(after)}).fetchall()
        }
    counts = {kind: found.get(kind, (0, []))[0] for kind in ("added", "changed", "removed", "unchanged")}
    return counts | {
        "keys": {k: keys for k, (_, keys) in sorted(found.items()) if k != "unchanged"},
        "columns": columns,
    }
