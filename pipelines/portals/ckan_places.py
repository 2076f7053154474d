"""Where a DataStore table has rows: CKAN's number (`_id`) of each, by their key."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipelines.portals.ckan_calls import Calls
from pipelines.portals.ckan_difference import Difference
from pipelines.portals.ckan_fingerprint import texts
from pipelines.portals.ckan_records import ID

#: What CKAN gives at most by its stock settings; where it gives less it says so by giving less.
ROWS_AT_ONCE = 32_000
KEYS_AT_ONCE = 1_000


def places(
    calls: Calls, resource_id: str, types: Mapping[str, str], key: Sequence[str], wanted: Difference, rows: int
) -> Iterator[list[list[str]]]:
    """Give `_id` and key, as texts, of at least the rows that are wanted, out of the table's `rows`:
    by asking for their keys or by reading all keys, whatever is fewer requests."""
    asked = wanted.sent + wanted.removed
    kinds = ["", *(types[name] for name in key)]
    chunks: Iterator[Mapping[str, Any]] = iter([{}])
    if wanted.can_be_asked_for and asked / KEYS_AT_ONCE < rows / ROWS_AT_ONCE:
        chunks = _by_key(wanted, key)
    for filters in chunks:
        left = len(filters[key[0]]) if filters and len(key) == 1 else None
        for page in _pages(calls, resource_id, [ID, *key], filters):
            found = list(texts(csv.reader(io.StringIO(page, newline="")), kinds))
            yield found
            left = None if left is None else left - len(found)
            if left == 0:  # a key of one column has one row, so the next page would be empty
                break


def _by_key(wanted: Difference, key: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Of a key of several columns more rows may be found than were asked for: every mix of their values."""
    for keys in wanted.affected():
        for start in range(0, len(keys), KEYS_AT_ONCE):
            columns = zip(*keys[start : start + KEYS_AT_ONCE], strict=True)
            yield {name: sorted(set(values)) for name, values in zip(key, columns, strict=True)}


def _pages(calls: Calls, resource_id: str, fields: list[str], filters: Mapping[str, Any]) -> Iterator[str]:
    after: Mapping[str, Any] | None = {}
    while after is not None:
        found = calls.read(
            "datastore_search",
            resource_id=resource_id,
            fields=fields,
            filters={**filters, **after},
            sort=ID,
            limit=ROWS_AT_ONCE,
            records_format="csv",
            include_total=False,
            include_next_page=True,
        )
        if found["records"]:
            yield found["records"]
        after = found.get("next_page") if found["records"] else None
