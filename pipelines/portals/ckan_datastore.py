"""The DataStore table of one resource: made, compared, changed, removed.

What is not here: columns (`ckan_columns`), fingerprints (`ckan_fingerprint`), what is to be sent
(`ckan_difference`), how rows are sent (`ckan_rows`). Guarantees: the table has the types of the Table
Schema, its dictionary and its key; after `load` and `change` it holds exactly the rows of the
Parquet file, or an error says that it does not; a change of no more rows than `rows_at_once`, by which the
table does not shrink, is seen by a reader either not at all or whole.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.errors import Place, PortalError
from pipelines.portals.ckan_answers import MissingError, TooLargeError
from pipelines.portals.ckan_calls import Calls
from pipelines.portals.ckan_columns import fields_of, index_name, indexes_of, types_of
from pipelines.portals.ckan_difference import Difference, difference
from pipelines.portals.ckan_fingerprint import Fingerprint, fingerprint_of, fingerprint_on
from pipelines.portals.ckan_places import places
from pipelines.portals.ckan_records import ID, batches_of, with_ids
from pipelines.portals.ckan_refusals import Refused
from pipelines.portals.ckan_rows import Sender
from pipelines.progress import Progress, silent

__all__ = ["Fingerprint", "Table", "fingerprint_of", "types_of"]

#: Of more rows than go at once, the share from which loading all is less work than changing some. CKAN
#: changes row by row: one costs as much as loading 4 where many are inserted by one statement (our
#: portal's settings), 2 on stock settings; so the even shares are 25 % and 45 %.
SHARE_TO_LOAD = 0.3
DELETED_AT_ONCE = 10_000


class Table:
    """The DataStore table of one resource, which has an uploaded file too: `force` is what CKAN asks for then."""

    def __init__(self, calls: Calls, resource_id: str, schema: dict[str, Any], *, rows_at_once: int = 50_000) -> None:
        self._calls, self._id = calls, resource_id
        self._types, self._fields = types_of(schema), fields_of(schema)
        self._key, self._indexes = tuple(schema["primaryKey"]), indexes_of(schema)
        self._rows_at_once = rows_at_once

    def differs(self, expected: Fingerprint | None) -> list[str]:
        """Say in what the table is not as it should be; never a value. Without a fingerprint its rows
        are not looked at."""
        held = self._held()
        if held is None:
            return ["the table is missing"]
        shape = [*_missing(held, self._types), *self._other_shape(held)]
        reasons = [*shape, *self._other_dictionary(held)]
        if expected is None:
            return reasons
        if held["meta"]["count"] != expected.rows:
            return [*reasons, f"it has {held['meta']['count']} rows instead of {expected.rows}"]
        if not shape and fingerprint_on(self._calls, self._id, self._types) != expected:
            reasons.append("its content is another")
        return reasons

    def load(self, parquet: Path, on_progress: Progress = silent) -> None:
        """Make the table, or remake the whole of it.

        Raises:
            PortalError: a cell is refused (says row and column), or the table does not hold what was sent.
        """
        self._load(parquet, on_progress)

    def change(self, old: Path, new: Path, on_progress: Progress = silent) -> int:
        """Make the content of `old`, which the table is known to hold, that of `new`.

        Returns the number of transactions by which a reader may have seen it happen: 1 is all at
        once, 0 is nothing to do. The full text follows by a call that changes no cell. To do it
        again does no harm. Raises as `load` does."""
        held = self._held()
        if held is None or self._other_shape(held):
            return self._load(new, on_progress)
        added = self._describe(held)
        with difference(old, new, self._key) as found:
            if found.sent > max(self._rows_at_once, SHARE_TO_LOAD * pq.read_metadata(new).num_rows):
                return self._load(new, on_progress)
            return added + self._change(found, new, held["meta"]["count"], on_progress)

    def show(self) -> None:
        """Have the portal show that there is a table, where it was cut off before it did; changes no row."""
        if not self._calls.read("resource_show", id=self._id).get("datastore_active"):
            self._calls.write("resource_patch", {"id": self._id, "datastore_active": True})

    def _load(self, parquet: Path, on_progress: Progress) -> int:
        held, rows = self._held(), pq.read_metadata(parquet).num_rows
        if held is not None and self._other_shape(held):
            drop_table(self._calls, self._id)
            held = None
        added = self._create() if held is None else self._describe(held)
        if held is not None and max(rows, held["meta"]["count"]) <= self._rows_at_once:
            with difference(None, parquet, self._key) as found:
                return added + self._change(found, parquet, held["meta"]["count"], on_progress)
        if held is not None and held["meta"]["count"]:
            added += self._delete({}, last=not rows)
        sender = self._sender(parquet)
        with self._proved(parquet):
            for done in sender.in_pieces(batches_of(parquet), "insert"):
                on_progress("loading the portal's table", done, rows)
        return added + sender.sent

    def _change(self, found: Difference, new: Path, rows: int, on_progress: Progress) -> int:
        there = () if found.keeps_places else places(self._calls, self._id, self._types, self._key, found, rows)
        found.place(there)
        with self._proved(new):
            return self._send(found, new, on_progress)

    def _send(self, found: Difference, new: Path, on_progress: Progress) -> int:
        sender = self._sender(new)
        if found.sent and not self._at_once(sender, found):
            for done in sender.in_pieces(found.rows(placed=None if found.keeps_places else True), "update"):
                on_progress("changing the portal's table", done, found.sent)
            if not found.keeps_places:
                for done in sender.in_pieces(found.rows(placed=False), "upsert"):
                    on_progress("adding to the portal's table", done, found.sent)
        transactions, gone = sender.sent, found.left()
        for start in range(0, len(gone), DELETED_AT_ONCE):
            end = start + DELETED_AT_ONCE
            transactions += self._delete({ID: gone[start:end]}, last=end >= len(gone))
        return transactions

    def _at_once(self, sender: Sender, found: Difference) -> bool:
        """Send all rows by one call; say whether that could be done.

        Only `update` has CKAN make the full text of a row anew, an upsert leaves that of the row
        that was there: where it must be one, the places taken are written once more."""
        if found.sent > self._rows_at_once:
            return False
        rows = found.rows().read_all()
        placed = with_ids(rows)
        stays = found.keeps_places or placed.num_rows == rows.num_rows
        method = "update" if stays else "upsert" if placed.num_rows else "insert"
        try:
            sender.at_once(rows, method)
        except TooLargeError:
            return False
        if method == "upsert":
            for _ in Sender(self._calls, self._id, sender.refused).in_pieces(placed.to_batches(), "update"):
                pass
        return True

    def _held(self) -> dict[str, Any] | None:
        """Return what CKAN says of the table; its count is exact, the `total` of a search may be an old one."""
        held: dict[str, Any] | None = self._calls.find("datastore_info", id=self._id)
        return held

    def _other_shape(self, held: dict[str, Any]) -> list[str]:
        """Say what can only be mended by making the table anew."""
        there = {field["id"]: field for field in held["fields"]}
        reasons = [f"the column {name} is not of the schema" for name in there if name not in self._types]
        reasons += [
            f"the column {name} has the type {there[name]['type']} instead of {kind}"
            for name, kind in self._types.items()
            if name in there and there[name]["type"] != kind
        ]
        indexed = there.get(self._key[0], {}).get("schema", {}).get("index_name")
        if indexed != index_name(self._id, self._key):
            reasons.append("its primary key is another")
        return reasons

    def _other_dictionary(self, held: dict[str, Any]) -> list[str]:
        there = {field["id"]: field.get("info", {}) for field in held["fields"]}
        return [
            f"the dictionary says something else of the column {field['id']}"
            for field in self._fields
            if field["id"] in there and there[field["id"]] != field["info"]
        ]

    def _create(self) -> int:
        data = {"resource_id": self._id, "force": True, "fields": self._fields, "calculate_record_count": False}
        self._calls.write("datastore_create", {**data, "primary_key": list(self._key), "indexes": self._indexes})
        return 1

    def _describe(self, held: dict[str, Any]) -> int:
        """Add the columns that are missing, write the dictionary; return 1 where a reader may see it in the rows."""
        missing = _missing(held, self._types)
        if missing or self._other_dictionary(held):
            data = {"resource_id": self._id, "force": True, "fields": self._fields}
            self._calls.write("datastore_create", {**data, "calculate_record_count": False})
        return int(bool(missing))

    def _delete(self, filters: dict[str, list[int]], *, last: bool) -> int:
        data = {"resource_id": self._id, "force": True, "filters": filters}
        self._calls.write("datastore_delete", {**data, "calculate_record_count": "background" if last else False})
        return 1

    def _sender(self, file: Path) -> Sender:
        return Sender(self._calls, self._id, Refused(self._calls, self._id, self._types, self._key, file.name))

    @contextmanager
    def _proved(self, parquet: Path) -> Iterator[None]:
        """Have the table hold the rows of the file after what is done in the context; the file is read meanwhile."""
        with ThreadPoolExecutor(1) as beside:
            expected = beside.submit(fingerprint_of, parquet)
            yield
            if fingerprint_on(self._calls, self._id, self._types) != expected.result():
                raise PortalError(
                    "the portal's table does not hold what was sent",
                    place=Place(file=parquet.name),
                    remedy="run again: it is loaded anew; see that nobody else writes to it",
                )


def drop_table(calls: Calls, resource_id: str) -> bool:
    """Drop a resource's table with its dictionary, whether or not the portal shows it; say whether there was one."""
    try:
        calls.write("datastore_delete", {"resource_id": resource_id, "force": True})
    except MissingError:
        return False
    return True


def _missing(held: dict[str, Any], types: dict[str, str]) -> list[str]:
    there = {field["id"] for field in held["fields"]}
    return [f"the column {name} is missing" for name in types if name not in there]
