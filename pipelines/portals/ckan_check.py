"""Does a CKAN serve what it should? Every difference in plain words, never a cell's value.

Files are compared by sha256 of the bytes that come back; one that the portal says is still the file of
last time (ETag) need not come whole. Tables are compared by types, dictionary, number of rows and the
fingerprint of all rows. Nothing is changed here.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pipelines.portals import Change
from pipelines.portals.ckan_answers import ForbiddenError, MissingError, UnclearError
from pipelines.portals.ckan_calls import CHUNK, Calls
from pipelines.portals.ckan_datastore import Table, fingerprint_of
from pipelines.portals.ckan_package import KEY, LATEST, RELEASE, SHA, Held, path_of
from pipelines.portals.ckan_target import CHANGELOG, Rows, Target, Wanted, zip_differs
from pipelines.workspace import Workspace


@dataclass
class Marks:
    """What is remembered of files that were read whole: resource id -> ETag and sha256. Losing it costs time."""

    ws: Workspace
    path: str
    known: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with suppress(ValueError):  # one that is damaged is as good as none
            if self.ws.store.exists(self.path):
                self.known = dict(json.loads(self.ws.store.read_bytes(self.path)))

    def sha256(self, calls: Calls, resource_id: str, path: str) -> str:
        """Return the sha256 of what an address serves now."""
        mark = self.known.get(resource_id, {})
        found = calls.fetch(path, mark.get("etag"))
        if found is None:
            return mark["sha256"]
        self.known[resource_id] = {"etag": found.etag, "sha256": found.sha256}
        return found.sha256

    def keep(self) -> None:
        """Write down what was seen."""
        self.ws.store.write_bytes(self.path, json.dumps(self.known, sort_keys=True).encode())


class Check:
    """Compares one dataset with what it must be, as one reader sees it."""

    def __init__(self, ws: Workspace, calls: Calls, marks: Marks) -> None:
        self._ws, self._calls, self._marks = ws, calls, marks

    def differences(self, held: Held, target: Target) -> list[Change]:
        """Return everything that is not as it must be, but for resources that others have put there."""
        names = differing_fields(held, target)
        found = [Change("update", "dataset", f"other than it must be: {', '.join(names)}")] if names else []
        for one in target.resources:
            found += [Change(action, one.key, reason) for action, reason in self._resource(held, target, one)]
        found += [Change("withdraw", resource["name"], "belongs to it no more") for resource in obsolete(held, target)]
        if not any(one.key.startswith(LATEST) for one in target.resources):
            return found
        if CHANGELOG not in held.resources:
            found.append(Change("create", CHANGELOG, "is missing"))
        else:
            resource = held.resources[CHANGELOG]
            if self._served(held, resource) != resource.get(SHA):
                found.append(Change("update", CHANGELOG, "the file has other bytes"))
        return found

    def _resource(self, held: Held, target: Target, one: Wanted) -> Iterator[tuple[Any, str]]:
        resource = held.resources.get(one.key)
        if resource is None:
            yield "create", f"release {one.release} is not there"
            return
        if resource.get(RELEASE) != one.release:
            yield "update", f"release {one.release} takes the place of {resource.get(RELEASE, 'nothing')}"
            return
        if other := [name for name, value in one.fields.items() if resource.get(name) != value]:
            yield "update", f"other than it must be: {', '.join(other)}"
        yield from (("update", reason) for reason in self._file(held, target, one, resource))
        if one.rows:
            if not resource.get("datastore_active"):
                yield "update", "DataStore: the portal does not show that there is a table"
            yield from (("update", f"DataStore: {reason}") for reason in self._rows(one.rows, resource))
        elif resource.get("datastore_active"):
            yield "withdraw", "it has a DataStore table, though it is served as a file only"

    def _file(self, held: Held, target: Target, one: Wanted, resource: dict[str, Any]) -> Iterator[str]:
        served = self._served(held, resource)
        if served is None:
            yield "the file is missing, or cannot be read"
        elif one.file and served != one.file.sha256:
            yield "the file has other bytes"
        elif served != resource.get(SHA):
            yield f"the file is not the one that {SHA} names"
        elif not one.file and self._zip_differs(held, target, one, resource):
            yield "the file does not hold the release"

    def _served(self, held: Held, resource: dict[str, Any]) -> str | None:
        try:
            return self._marks.sha256(self._calls, resource["id"], path_of(held, resource))
        except (MissingError, ForbiddenError, UnclearError):
            return None

    def _zip_differs(self, held: Held, target: Target, one: Wanted, resource: dict[str, Any]) -> bool:
        """Look into a zip; one that was looked into before, and is the same, not again."""
        mark = self._marks.known[resource["id"]]
        if mark.get("holds") == one.release:
            return False
        with self._ws.store.scratch() as scratch, self._calls.body(path_of(held, resource)) as answer:
            with (scratch / "whole.zip").open("wb") as file:
                for chunk in answer.iter_content(CHUNK):
                    file.write(chunk)
            if zip_differs(target.releases[one.release], scratch / "whole.zip"):
                return True
        mark["holds"] = one.release
        return False

    def _rows(self, rows: Rows, resource: dict[str, Any]) -> list[str]:
        table = Table(self._calls, resource["id"], rows.schema)
        if not self._ws.store.exists(rows.parquet.path):
            return ["the release is not in the store, so its rows cannot be compared"]
        with self._ws.store.local(rows.parquet.path) as path:
            return table.differs(fingerprint_of(path))


def obsolete(held: Held, target: Target) -> list[dict[str, Any]]:
    """Return our resources that belong to the dataset no more: of a table that is gone, of a release that was
    never live, or a second one of a key. What others have put there is theirs."""
    wanted = {one.key for one in target.resources} | {CHANGELOG}
    gone = [
        resource
        for key, resource in held.resources.items()
        if (key not in wanted if key.startswith(LATEST) else resource.get(RELEASE) not in target.shown)
    ]
    return gone + [resource for resource in held.strange if resource.get(KEY)]


def differing_fields(held: Held, target: Target) -> list[str]:
    """Return the names of the dataset's fields that are not as they must be. A free field that we do not
    know is one too much."""
    other = [name for name, value in target.own_fields.items() if _plain(held.package.get(name)) != _plain(value)]
    extras = held.extras
    return other + [name for name in sorted({*extras, *target.extras}) if extras.get(name) != target.extras.get(name)]


def _plain(value: Any) -> Any:  # noqa: ANN401 - of JSON
    """Return a field as it can be compared: lists are sets of names, some portals keep them in an order of
    their own."""
    if isinstance(value, list):
        return sorted(str(item["name"] if isinstance(item, dict) else item) for item in value)
    return value
