"""The changelog that a CKAN dataset shows: which release was published when, and what it changed.

It is the one that is served, where that is whole; where it is lost it is made anew of what the dated
resources say of themselves. The newest entry is the last.
"""

import hashlib
import json
from collections.abc import Collection
from datetime import UTC, datetime
from http import HTTPStatus
from operator import itemgetter
from typing import Any, Literal

from pipelines.portals import Tombstone
from pipelines.portals.ckan_answers import MissingError, UnclearError
from pipelines.portals.ckan_calls import Calls
from pipelines.portals.ckan_package import KEY, RELEASE, SHA, WITHDRAWN, Held, path_of
from pipelines.portals.ckan_target import CHANGELOG
from pipelines.portals.tombstones import moment_of
from pipelines.release import CHANGELOG as OF_RELEASE
from pipelines.release import Release
from pipelines.tabular import json_bytes
from pipelines.workspace import Workspace

WITHDRAWN_AT = "withdrawn_at"
#: What an entry says at the least.
ENTRY = (RELEASE, "period", "action", "published_at", "changes")

Action = Literal["publish", "rollback"]
Entries = list[dict[str, Any]]


def history(calls: Calls, held: Held, announced: Collection[str], coming: str = "") -> Entries:
    """Return the entries of the changelog that is served: files of a release that it does not have are of a
    publication that was cut off. Where it is lost, those of every release whose dated files are there, but for
    those that were `announced` and may never have come out; `coming`, which is about to be live, may have been before,
    and what was withdrawn was.
    """
    if held.private and not held.named:
        return []  # nothing was ever live, whatever was begun
    if not (told := _served(calls, held, announced)):
        withdrawn = {release for stone in stones_of(held) for release in stone.releases}
        begun = {*announced} - {coming} - withdrawn
        made = {release: _made(release, held) for release in held.released if release not in begun}
        told = [_entry(release, moment) for release, moment in sorted(made.items(), key=itemgetter(1))]
    return [_as_withdrawn(entry, held) for entry in told]


def with_release(entries: Entries, release: Release, action: Action) -> Entries:
    """Return the entries with a release that goes live now; where it is the last of its period already they
    stay as they are."""
    if _is_last_of_its_period(release.id, entries):
        return entries
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    told = {RELEASE: release.id, "period": release.period, "action": action, "published_at": now, "changes": None}
    return [*entries, told]


def withdrawn_from(entries: Entries, release: str, at: str) -> Entries:
    """Return the entries with a release withdrawn: when it went stays, what it changed does not."""
    return [entry | {WITHDRAWN_AT: at, "changes": None} if entry[RELEASE] == release else entry for entry in entries]


def stones_of(held: Held) -> list[Tombstone]:
    """Return the tombstones that stand in a dataset, the newest last."""
    return [Tombstone.of(told) for told in json.loads(held.extras.get(WITHDRAWN, "[]"))]


def stone_of(held: Held | None) -> Tombstone | None:
    """Return the tombstone that stands in the place of a dataset, or did where nothing was live since."""
    stones = stones_of(held) if held and not held.named else []
    return stones[-1] if stones and stones[-1].scope == "dataset" else None


def changelog(ws: Workspace, dataset: str, entries: Entries) -> bytes:
    """Return the file, each entry with what its release changed, as far as the store still knows."""
    return json_bytes({"dataset": dataset, "releases": [_with_changes(ws, dataset, entry) for entry in entries]})


def _as_withdrawn(entry: dict[str, Any], held: Held) -> dict[str, Any]:
    """Return an entry that knows of its withdrawal, though the changelog that told of it be lost."""
    for stone in stones_of(held):
        is_of_it = stone.scope == "release" and entry[RELEASE] in stone.releases
        if is_of_it and moment_of(stone) >= datetime.fromisoformat(str(entry["published_at"])):
            return {WITHDRAWN_AT: stone.withdrawn_at} | entry | {"changes": None}
    return entry


def _is_last_of_its_period(release: str, entries: Entries) -> bool:
    of_period = [entry[RELEASE] for entry in entries if entry["period"] == release.rpartition("-")[0]]
    return of_period[-1:] == [release]


def _served(calls: Calls, held: Held, announced: Collection[str]) -> Entries:
    resource = held.resources.get(CHANGELOG)
    if resource is None:
        return []
    try:
        content = calls.bytes(path_of(held, resource))
    except MissingError:
        return []
    except UnclearError as error:
        if error.status != HTTPStatus.INTERNAL_SERVER_ERROR:
            raise  # what is only out of reach for the moment is not made anew
        return []  # so CKAN answers where the file is gone from its disk
    entries = _entries(content, str(held.extras.get(KEY)))
    if hashlib.sha256(content).hexdigest() == resource.get(SHA):
        return entries
    # CKAN puts a file's bytes in their place before it keeps what is said of them: where it could not do that,
    # the changelog that is served is of a release that was coming, and nowhere else is the earlier one.
    begun = next((release for release in announced if _is_last_of_its_period(release, entries)), None)
    if begun in held.named.values():
        return entries
    return entries[:-1] if entries and entries[-1][RELEASE] == begun else []  # else it is not a file that we gave


def _entries(content: bytes, dataset: str) -> Entries:
    """Return the entries of a changelog, nothing where it is none of this dataset."""
    try:
        told = json.loads(content)
        entries: Entries = told["releases"]
        is_whole = told["dataset"] == dataset and all({*ENTRY} <= {*entry} and _is_dated(entry) for entry in entries)
    except (ValueError, KeyError, TypeError):
        return []
    return entries if is_whole else []


def _is_dated(entry: dict[str, Any]) -> bool:
    return datetime.fromisoformat(entry["published_at"]).tzinfo is not None


def _made(release: str, held: Held) -> str:
    """Return when the first of its resources was made, to the microsecond."""
    return min(str(r["created"]) for r in held.resources.values() if r.get(RELEASE) == release)


def _entry(release: str, made: str) -> dict[str, Any]:
    period = release.rpartition("-")[0]
    return {
        RELEASE: release,
        "period": period,
        "action": "publish",
        "published_at": f"{made[:19]}+00:00",
        "changes": None,
    }


def _with_changes(ws: Workspace, dataset: str, entry: dict[str, Any]) -> dict[str, Any]:
    path = f"releases/{dataset}/{entry[RELEASE]}/{OF_RELEASE}"
    if entry.get("changes") is None and WITHDRAWN_AT not in entry and ws.store.exists(path):
        return entry | {"changes": json.loads(ws.store.read_bytes(path))}
    return entry
