"""Brings a CKAN dataset to what it must be, so that nobody ever sees half of it.

A dataset that is new is private until all of it is there and proved. One that is public gets its
dated files first, beside what is there; then its DataStore tables, each by what changed; and at last,
in one call, the files, the fields and the release it names. It may be cut off anywhere: every step
looks first, so doing it again goes on where it was cut off.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.errors import Place, PortalError
from pipelines.portals.ckan_answers import MissingError, UnclearError
from pipelines.portals.ckan_calls import Calls
from pipelines.portals.ckan_check import Marks, obsolete
from pipelines.portals.ckan_datastore import Table, drop_table, fingerprint_of
from pipelines.portals.ckan_history import Entries, changelog
from pipelines.portals.ckan_lease import Lease
from pipelines.portals.ckan_package import HOLDER, LATEST, SHA, Held, MovedError, Package, listed, path_of
from pipelines.portals.ckan_target import CHANGELOG, Rows, Target, Wanted, files_of, marks_of
from pipelines.portals.settings import PortalSettings
from pipelines.progress import Progress, silent
from pipelines.workspace import Workspace


@dataclass(frozen=True)
class Upload:
    """A file on its way to its resource."""

    wanted: Wanted
    path: Path

    @property
    def key(self) -> str:
        return self.wanted.key

    @property
    def bytes(self) -> int:
        return self.path.stat().st_size

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The fields of the resource, those of this very file among them."""
        return self.wanted.fields | marks_of(self.path)

    def is_named(self, held: Held) -> bool:
        """Say whether the portal says that it has the file."""
        return bool(held.resources.get(self.key, {}).get(SHA) == self.fields[SHA])


class Switch:
    """Works on one dataset, under its lease, towards one target."""

    def __init__(
        self, ws: Workspace, settings: PortalSettings, package: Package, lease: Lease, marks: Marks,
        on_progress: Progress = silent,
    ) -> None:  # fmt: skip
        self._ws, self._settings, self._package, self._lease, self._marks = ws, settings, package, lease, marks
        self._on_progress = on_progress

    @property
    def _calls(self) -> Calls:
        return self._package.calls

    def bring(self, held: Held, target: Target, before: Target | None, entries: Entries) -> Held:
        """Do it, but for the visibility: a private dataset stays so. `before` is what the public saw until
        now, where that is known; `entries` are those of the changelog. Nothing is read back by anyone yet."""
        held = self.dated(held, target)
        with self._latest(target, entries) as uploads:
            for upload in uploads:
                if upload.key not in held.resources:
                    held = self._ensure(held, upload)
            for one in target.resources:
                if one.key.startswith(LATEST):
                    held = self._lease.keep(held)
                    self._rows(held, one, before)
            held = self._lease.demand()
            self._in_order(held, target)
            self._views(held)
            held = self._turn(self._lease.demand(), target, uploads)
        return self._package.remove(held, obsolete(held, target))

    def told(self, held: Held, before: Target, entries: Entries) -> Held:
        """Have the changelog there as it was, where somebody has removed it."""
        if CHANGELOG in held.resources:
            return held
        with self._log(before, entries) as log:
            return self._ensure(held, log)

    def dated(self, held: Held, target: Target) -> Held:
        """Put the files there that never change, one by one; those that are there as they should be stay."""
        wanted = [one for one in target.resources if not one.key.startswith(LATEST)]
        for number, one in enumerate(wanted, start=1):
            if not self._is_there(held, one):
                with files_of(self._ws, target.releases, [one]) as files:
                    held = self._ensure(self._lease.keep(held), Upload(one, files[one.key]))
            self._on_progress("sending files", number, len(wanted))
        return held

    @contextmanager
    def _latest(self, target: Target, entries: Entries) -> Iterator[list[Upload]]:
        """Give the files at the addresses that never change, the changelog last."""
        wanted = [one for one in target.resources if one.key.startswith(LATEST)]
        with files_of(self._ws, target.releases, wanted) as files, self._log(target, entries) as log:
            yield [*(Upload(one, files[one.key]) for one in wanted), log]

    @contextmanager
    def _log(self, target: Target, entries: Entries) -> Iterator[Upload]:
        with self._ws.store.scratch() as scratch:
            told = scratch / CHANGELOG.rpartition("/")[2]
            told.write_bytes(changelog(self._ws, target.newest.dataset, entries))
            yield Upload(target.changelog, told)

    def _is_there(self, held: Held, one: Wanted) -> bool:
        resource = held.resources.get(one.key)
        if resource is None or any(resource.get(name) != value for name, value in one.fields.items()):
            return False
        served = self._served(held, resource)
        return served == resource.get(SHA) and (one.file is None or one.file.sha256 == served)

    def _ensure(self, held: Held, upload: Upload) -> Held:
        """Have a resource there with these bytes, read back."""
        self._demand_size(upload)
        name = str(held.resources[upload.key]["id"]) if upload.key in held.resources else ""
        held = self._package.revise(
            held, {}, resources={name: upload.fields}, upload={name: upload.path}, done=upload.is_named
        )
        if self._served(held, held.resources[upload.key]) != upload.fields[SHA]:
            raise PortalError(
                "the portal serves other bytes than it was sent", place=Place(file=upload.key), remedy="run again"
            )
        return held

    def _rows(self, held: Held, one: Wanted, before: Target | None) -> None:
        """Bring the DataStore table of a resource to its rows: by what changed, where it is known that
        it holds the release before; else whole."""
        resource = held.resources[one.key]
        if one.rows is None:
            if resource.get("datastore_active") and not drop_table(self._calls, resource["id"]):
                self._calls.write("resource_patch", {"id": resource["id"], "datastore_active": False})
            return
        table = self._table(resource, one.rows)

        def listen(what: str, done: int, total: int | None) -> None:
            self._lease.keep(held)
            self._on_progress(what, done, total)

        with self._ws.store.local(one.rows.parquet.path) as new:
            if not table.differs(fingerprint_of(new)):
                table.show()
                return
            old = next((b.rows for b in before.resources if b.key == one.key), None) if before else None
            if old is None or not self._ws.store.exists(old.parquet.path):
                table.load(new, listen)
                return
            with self._ws.store.local(old.parquet.path) as known:
                if self._table(resource, old).differs(fingerprint_of(known)):
                    table.load(new, listen)
                else:
                    table.change(known, new, listen)

    def _table(self, resource: Mapping[str, Any], rows: Rows) -> Table:
        return Table(self._calls, resource["id"], rows.schema, rows_at_once=self._settings.rows_at_once)

    def _turn(self, held: Held, target: Target, uploads: Sequence[Upload]) -> Held:
        """The one step: files and fields together, as far as a portal takes them in one request."""
        groups, extras = self._groups(uploads), dict(target.extras)
        if HOLDER in extras:  # the lease goes on, as it was renewed last
            extras[HOLDER] = held.extras[HOLDER]
        for number, group in enumerate(groups, start=1):
            self._lease.demand_in(held)
            ids = {upload.key: str(held.resources[upload.key]["id"]) for upload in group}
            is_last = number == len(groups)
            changes = {**target.fields, "extras": listed(extras)} if is_last else {}

            def done(now: Held, *, group: list[Upload] = group, is_last: bool = is_last) -> bool:
                return all(u.is_named(now) for u in group) and (not is_last or now.extras == extras)

            held = self._package.revise(
                held,
                changes,
                resources={ids[upload.key]: upload.fields for upload in group},
                upload={ids[u.key]: u.path for u in group if not self._has(held, u)},
                done=done,
            )
        return held

    def _groups(self, uploads: Sequence[Upload]) -> list[list[Upload]]:
        """Return the files in as few groups as the portal takes in one request each."""
        room, groups = self._settings.largest_file_mb << 20, [[uploads[0]]]
        for upload in uploads:
            self._demand_size(upload)
        for upload in uploads[1:]:
            if sum(other.bytes for other in groups[-1]) + upload.bytes > room:
                groups.append([])
            groups[-1].append(upload)
        return groups

    def _demand_size(self, upload: Upload) -> None:
        if upload.bytes > self._settings.largest_file_mb << 20:
            raise PortalError(
                f"the file has {upload.bytes:,} bytes, the portal takes {self._settings.largest_file_mb} MB",
                place=Place(file=upload.key),
                remedy="have the portal take more and raise `largest_file_mb`, or publish fewer rows or columns",
            )

    def _has(self, held: Held, upload: Upload) -> bool:
        return upload.is_named(held) and self._served(held, held.resources[upload.key]) == upload.fields[SHA]

    def _served(self, held: Held, resource: Mapping[str, Any]) -> str | None:
        try:
            return self._marks.sha256(self._calls, resource["id"], path_of(held, resource))
        except (MissingError, UnclearError):
            return None

    def _in_order(self, held: Held, target: Target) -> None:
        """What is newest stands first, the latest dated files next, and what others have put there last."""
        latest = [one.key for one in target.resources if one.key.startswith(LATEST)]
        dated = [one for one in target.resources if not one.key.startswith(LATEST)]
        ages = {release: number for number, release in enumerate(target.releases)}  # the first published stands first
        newest_first = sorted(
            dated, key=lambda one: (target.releases[one.release].period, ages[one.release]), reverse=True
        )
        keys = [*latest, CHANGELOG, *(one.key for one in newest_first)]
        if not {*keys} <= {*held.resources}:
            raise MovedError("a resource went while the dataset was published", remedy="run again")
        wanted = [held.resources[key]["id"] for key in keys]
        there = [r["id"] for r in sorted(held.package["resources"], key=lambda r: int(r["position"]))]
        if there[: len(wanted)] != wanted:
            self._calls.write("package_resource_reorder", {"id": held.id, "order": wanted})

    def _views(self, held: Held) -> None:
        """Give new resources the views that the portal gives by itself to those that people upload."""
        for with_rows in (False, True):
            self._calls.write(
                "package_create_default_resource_views",
                {"package": held.package, "create_datastore_views": with_rows},
            )
