"""Releases that wait on a CKAN, unseen: each in a private dataset of its own, made by who staged it.

CKAN itself keeps who made a dataset, and lets nobody change it: by that whoever approves is told
from whoever staged. What goes live later is taken from the store, not from here.
"""

from collections.abc import Iterator
from dataclasses import replace

from pipelines.errors import PortalError
from pipelines.portals.ckan_calls import Calls
from pipelines.portals.ckan_check import Check, differing_fields
from pipelines.portals.ckan_erasure import erase
from pipelines.portals.ckan_lease import Lease, leased, publisher_of
from pipelines.portals.ckan_metadata import fields_of
from pipelines.portals.ckan_package import COMING, KEY, RELEASE, Held, Package, listed
from pipelines.portals.ckan_publication import Publication
from pipelines.portals.ckan_switch import Switch
from pipelines.portals.ckan_target import Target, dated, text_of
from pipelines.release import Release
from pipelines.workspace import Workspace

MOST = 100


class Staging:
    """What waits of one dataset on one portal."""

    def __init__(self, ws: Workspace, package: Package) -> None:
        self._ws, self._live = ws, package

    @property
    def _calls(self) -> Calls:
        return self._live.calls

    @property
    def _prefix(self) -> str:
        return f"{self._live.name}-waiting-"

    def package(self, release: str) -> Package:
        """Return the dataset in which a release waits."""
        key = f"{self._live.key} waiting {release}"
        return Package(self._calls, f"{self._prefix}{release}", key, self._live.organisation)

    def stage(self, publication: Publication, release: Release) -> None:
        """Bring a release there and prove it; see `Portal.stage`."""
        package, settings = self.package(release.id), publication.settings
        waiting = replace(publication, package=package)
        target, held = self._target(waiting, release), package.held()
        if held is None or not self._is_whole(waiting, held, target):
            lease = Lease(package, publisher_of(waiting.ws), release.id)  # it also says that it is not whole yet
            held = held or package.create(target.own_fields, {**target.extras, **lease.extras})
            held = lease.take(held)
            if not held.private:
                held = package.revise(held, {"private": True}, done=lambda now: now.private)
            held = Switch(waiting.ws, settings, package, lease, waiting.marks).dated(held, target)
            self._settle(waiting, held, target)
        self.end(release.period, but=release.id)

    def _is_whole(self, waiting: Publication, held: Held, target: Target) -> bool:
        return held.private and not Check(waiting.ws, self._calls, waiting.marks).differences(held, target)

    def _settle(self, waiting: Publication, held: Held, target: Target) -> None:
        """Have it say what it must, prove it under its lease, then end that."""
        package, unseen = waiting.package, leased(target, held)
        if differing_fields(held, unseen):
            changes = {**target.own_fields, "extras": listed(unseen.extras)}
            held = package.revise(held, changes, done=lambda now: not differing_fields(now, unseen))
        waiting.demand(self._calls, unseen)
        package.revise(held, {"extras": listed(target.extras)}, done=lambda now: now.extras == target.extras)

    def _target(self, publication: Publication, release: Release) -> Target:
        dataset, settings = publication.dataset, publication.settings
        fields = fields_of(dataset, settings.profile, [release.period])
        title = text_of("waiting", th=dataset.spec.title.th)["name"]
        extras = {**fields["extras"], KEY: publication.package.key, RELEASE: release.id}
        told = {**fields, "title": title, "extras": extras}
        files = tuple(dated(publication.ws, dataset, release))
        return Target(told, {release.id: release}, release, files, frozenset([release.id]))

    def all(self) -> Iterator[tuple[Package, Held]]:
        """Give every release that waits."""
        query = f"name:{self._prefix}*"
        found = self._calls.read("package_search", fq=query, include_private=True, rows=MOST)
        for listed_one in found["results"]:
            package = self.package(listed_one["name"].removeprefix(self._prefix))
            held = package.held()
            if held is not None:
                yield package, held

    def waiting(self) -> dict[str, str]:
        """Return period -> id of the release that waits, the newest of each."""
        found = sorted(self.all(), key=lambda one: str(one[1].package["metadata_created"]))
        return {_period_of(held): held.extras[RELEASE] for _, held in found}

    def staged_by(self, release: str) -> str:
        """Return the name of the user who staged a release; "" where it does not wait.

        Raises `PortalError` where not all of it is there."""
        held = self.package(release).held()
        if held is None:
            return ""
        if COMING in held.extras:
            raise PortalError(
                f"release {release} is not wholly on the portal yet", remedy="publish again, then approve what waits"
            )
        return str(self._calls.read("user_show", id=held.package["creator_user_id"])["name"])

    def exposed(self) -> list[str]:
        """Return the names of those that wait and that everybody can see."""
        return [package.name for package, held in self.all() if not held.private]

    def end(self, period: str, but: str = "") -> list[str]:
        """Nothing of a period waits any more but, where it is named, one release. Returns what was removed."""
        return self._remove([w for w in self.all() if _period_of(w[1]) == period and w[1].extras[RELEASE] != but])

    def withdraw(self, release: str | None) -> list[str]:
        """One release does not wait any more, or none does. Returns what was removed."""
        return self._remove([waits for waits in self.all() if release in {None, waits[1].extras[RELEASE]}])

    def _remove(self, waiting: list[tuple[Package, Held]]) -> list[str]:
        """Their bytes are written over, since an editor can bring a dataset back that was deleted."""
        for package, held in waiting:
            erase(self._ws, package, held.package["resources"], text_of("ended")["description"])
            self._calls.write("package_delete", {"id": held.id})
        return [held.id for _, held in waiting]


def _period_of(held: Held) -> str:
    return held.extras[RELEASE].rpartition("-")[0]
