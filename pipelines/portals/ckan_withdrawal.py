"""Withdraws from a CKAN what must not be public any more, and proves that nobody is given it.

All is hidden in one step first. Then go the DataStore's rows, the bytes on the disk (which CKAN leaves
there when a resource is deleted: they are written over), the resources, the dataset; and anyone asks
for every address once more. What an editor cannot erase is told. A withdrawal that was cut off is gone
on with: what there was is written down before the first of it goes.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from pipelines.errors import OpendataError, Place, PortalError
from pipelines.portals import Tombstone
from pipelines.portals.ckan_answers import ForbiddenError, MissingError
from pipelines.portals.ckan_calls import Calls
from pipelines.portals.ckan_erasure import erase
from pipelines.portals.ckan_history import WITHDRAWN_AT, Entries, changelog, history, stones_of, withdrawn_from
from pipelines.portals.ckan_lease import Lease, publisher_of
from pipelines.portals.ckan_package import KEY, LATEST, RELEASE, WITHDRAWN, Held, Package, listed, path_of
from pipelines.portals.ckan_target import CHANGELOG, marks_of, text_of
from pipelines.workspace import Workspace

#: What CKAN itself says of a dataset; all else is what was said by us, and can be said again.
OF_CKAN = {
    "id", "name", "private", "state", "type", "resources", "extras", "tags", "groups", "organization", "owner_org",
    "num_resources", "num_tags", "metadata_created", "metadata_modified", "creator_user_id", "isopen",
    "license_title", "license_url", "relationships_as_object", "relationships_as_subject", "title", "notes",
    "title_en", "notes_en",
}  # fmt: skip


@dataclass(frozen=True)
class Inventory:
    """What there was of a dataset when its withdrawal began."""

    package: str
    title: str
    fields: dict[str, Any]
    files: dict[str, str]
    """Resource id -> path of its file."""
    known: tuple[dict[str, Any], ...]
    """Tombstones that stood there already."""

    @classmethod
    def of(cls, held: Held) -> "Inventory":
        """Take it from what the portal holds."""
        fields = {name: value for name, value in held.package.items() if name not in OF_CKAN and value is not None}
        files = {resource["id"]: path_of(held, resource) for resource in held.package["resources"]}
        title = str(held.package["title"])
        return cls(held.id, title, fields, files, tuple(json.loads(held.extras.get(WITHDRAWN, "[]"))))


class Withdrawal:
    """The withdrawal of one dataset, or of one of its releases, from one portal."""

    def __init__(self, ws: Workspace, package: Package, anyone: Calls, record: str) -> None:
        self._ws, self._package, self._anyone, self._record = ws, package, anyone, record

    @property
    def _calls(self) -> Calls:
        return self._package.calls

    def hide(self) -> None:
        """Take all of it from the public's sight, and from a publisher who is at work on it."""
        held = self._package.held()
        if held is None or held.is_tombstone or held.is_going:
            return
        self._inventory(held)
        extras = {**held.extras, **Lease(self._package, publisher_of(self._ws), WITHDRAWN).extras}
        self._package.revise(
            held, {"private": True, "extras": listed(extras)}, done=lambda now: now.private and now.extras == extras
        )

    def of_dataset(self, tombstone: Tombstone) -> list[str]:
        """Withdraw all of what was hidden; returns what an administrator must still erase."""
        held = self._package.held()
        inventory = self._inventory(held)
        if held is not None and held.id == inventory.package:
            erase(self._ws, self._package, held.package["resources"], text_of_tombstone(tombstone, "")["description"])
            self._move_aside(self._package.demand())
        self._set_tombstone(inventory, tombstone)
        old = self._calls.find("package_show", id=inventory.package)
        if old and old["state"] != "deleted":
            self._calls.write("package_delete", {"id": inventory.package})
        self._demand_gone(inventory.files)
        self._ws.store.remove(self._record)
        purge = f"`ckan dataset purge {inventory.package}`"
        return [
            f"dataset {inventory.package}: its resources, which an editor can bring back: {purge}",
            f"activities of dataset {inventory.package}, in its list and its publisher's: `ckan clean activities`",
            "copies that the portal's operator keeps: of its database, its DataStore and its files",
        ]

    def _move_aside(self, held: Held) -> None:
        """Make room for the tombstone, so that at no time a publisher finds neither of them."""
        aside = f"withdrawn-{held.id}"
        if held.package["name"] != aside:
            self._package.revise(held, {"name": aside}, done=lambda now: now.package["name"] == aside)

    def of_release(self, tombstone: Tombstone, release: str) -> list[str]:
        """Withdraw the dated files of a release that is not live; the dataset stays."""
        lease = Lease(self._package, publisher_of(self._ws), release)
        held = lease.take(self._package.demand())
        try:
            files = self._erase_release(held, lease, tombstone, release)
        except OpendataError:
            with suppress(OpendataError):  # else it ends by itself
                lease.give_back()
            raise
        lease.give_back(done=True)
        self._demand_gone(files)
        return [f"resource {one}: its row and what was said of it before, in the activities" for one in files]

    def _erase_release(self, held: Held, lease: Lease, tombstone: Tombstone, release: str) -> dict[str, str]:
        """Returns what is gone: resource id -> path of its file."""
        if release in held.named.values():
            raise PortalError("the release is live", place=Place(file=release), remedy="roll back to another one first")
        ours = [r for r in held.package["resources"] if r.get(RELEASE) == release and r.get(KEY)]
        gone = [r for r in ours if not r[KEY].startswith(LATEST)]
        self._tell(held, history(self._calls, held, lease.announced), tombstone)
        erase(self._ws, self._package, gone, text_of_tombstone(tombstone, "")["description"])
        return {resource["id"]: path_of(held, resource) for resource in gone}

    def _inventory(self, held: Held | None) -> Inventory:
        if self._ws.store.exists(self._record):
            kept = json.loads(self._ws.store.read_bytes(self._record))
            if held is None or held.id == kept["package"] or held.is_tombstone:  # else published again since
                return Inventory(**{**kept, "known": tuple(kept["known"])})
        inventory = Inventory.of(held or self._package.demand())
        self._ws.store.write_bytes(self._record, json.dumps(asdict(inventory), ensure_ascii=False).encode())
        return inventory

    def _tell(self, held: Held, entries: Entries, tombstone: Tombstone) -> None:
        """Write the changelog and the tombstone of one release into the dataset that stays."""
        (release,) = tombstone.releases
        if all(WITHDRAWN_AT in entry for entry in entries if entry[RELEASE] == release) and any(
            stone.scope == "release" and release in stone.releases for stone in stones_of(held)
        ):
            return  # a withdrawal that was cut off is gone on with
        told = [*json.loads(held.extras.get(WITHDRAWN, "[]")), tombstone.as_dict()]
        extras = {**held.extras, WITHDRAWN: json.dumps(told, ensure_ascii=False, sort_keys=True)}
        log = [held.resources[CHANGELOG]["id"]] if CHANGELOG in held.resources else []  # else it is made anew later
        with self._ws.store.scratch() as scratch:
            path = scratch / CHANGELOG.rpartition("/")[2]
            left = withdrawn_from(entries, release, tombstone.withdrawn_at)
            path.write_bytes(changelog(self._ws, tombstone.dataset, left))
            self._package.revise(
                held,
                {"extras": listed(extras)},
                resources={one: marks_of(path) for one in log},
                upload=dict.fromkeys(log, path),
                done=lambda now: now.extras == extras,
            )

    def _demand_gone(self, files: Mapping[str, str]) -> None:
        """Ask for everything once more as anyone."""
        for resource, path in files.items():
            for what, ask in (
                ("file", lambda path=path: self._anyone.fetch(path)),
                (
                    "table",
                    lambda resource=resource: self._anyone.read("datastore_search", resource_id=resource, limit=0),
                ),
            ):
                try:
                    ask()
                except (MissingError, ForbiddenError):
                    continue
                raise PortalError(
                    f"a {what} that was withdrawn is still served",
                    place=Place(file=resource),
                    remedy="run again; if it stays so, have the portal's operator take it away at once",
                )

    def _set_tombstone(self, inventory: Inventory, tombstone: Tombstone) -> None:
        held = self._package.held()
        if held is not None and held.id == inventory.package:
            held = None  # it was moved aside, and goes when the tombstone stands
        if held is not None and not held.is_tombstone:
            raise PortalError(
                "somebody has published the dataset again while it was withdrawn",
                place=Place(dataset=self._package.key),
                remedy="stop whoever publishes it, and withdraw again",
            )
        told = [*inventory.known, tombstone.as_dict()]
        extras = {KEY: self._package.key, WITHDRAWN: json.dumps(told, ensure_ascii=False, sort_keys=True)}
        text = text_of_tombstone(tombstone, inventory.title)
        fields = {**inventory.fields, "title": text["name"], "notes": text["description"]}
        held = held or self._package.create(fields, extras)
        if held.private:
            self._package.revise(held, {"private": False}, done=lambda now: not now.private)


def text_of_tombstone(tombstone: Tombstone, title: str) -> dict[str, str]:
    """Return what stands in the place of a dataset of this title: its `name` and `description`."""
    return text_of(
        "withdrawn",
        th=title,
        at=tombstone.withdrawn_at,
        reason=tombstone.reason,
        releases=", ".join(tombstone.releases),
    )
