"""Releases that wait on a CKAN, unseen: each in a private dataset of its own, made by who staged it.

CKAN itself keeps who made a dataset, and lets nobody change it: by that whoever approves is told
from whoever staged. What goes live later is taken from the store, not from here.
"""

from collections.abc import Iterator
from dataclasses import replace

from pipelines.portals.ckan_calls import Calls
from pipelines.portals.ckan_lease import Lease, publisher_of
from pipelines.portals.ckan_metadata import fields_of, package_name
from pipelines.portals.ckan_package import KEY, RELEASE, Held, Package, listed
from pipelines.portals.ckan_publication import Publication
from pipelines.portals.ckan_switch import Switch
from pipelines.portals.ckan_target import Target, dated, text_of
from pipelines.release import Release

MOST = 100


class Staging:
    """What waits of one dataset on one portal."""

    def __init__(self, calls: Calls, dataset: str) -> None:
        self._calls, self._dataset = calls, dataset
        self._key = f"{dataset} waiting"

    def package(self, release: str) -> Package:
        """Return the dataset in which a release waits."""
        return Package(self._calls, f"{package_name(self._dataset)}-waiting-{release}", self._key)

    def stage(self, publication: Publication, release: Release) -> None:
        """Bring a release there and prove it; see `Portal.stage`."""
        package, settings = self.package(release.id), publication.settings
        waiting = replace(publication, package=package)
        target = self._target(waiting, release)
        held = self._private(package, target, settings.organisation)
        lease = Lease(package, publisher_of(waiting.ws), release.id)
        Switch(waiting.ws, settings, package, lease, waiting.marks).dated(held, target)
        self._private(package, target, settings.organisation)
        waiting.demand(self._calls, target)
        self.end(release.period, but=release.id)

    def _target(self, publication: Publication, release: Release) -> Target:
        dataset, settings = publication.dataset, publication.settings
        fields = fields_of(dataset, settings.profile, [release.period])
        title = text_of("waiting", th=dataset.spec.title.th)["name"]
        extras = {**fields["extras"], KEY: self._key, RELEASE: release.id}
        told = {**fields, "title": title, "extras": extras}
        return Target(told, {release.id: release}, release, tuple(dated(publication.ws, dataset, release)))

    def _private(self, package: Package, target: Target, organisation: str) -> Held:
        """Return the dataset in which it waits, made where it is not there; private whatever was done to it."""
        fields = {name: value for name, value in target.fields.items() if name != "extras"}
        held = package.held() or package.create(fields, organisation, target.extras)
        if not held.private or held.extras != target.extras:
            changes = {"private": True, "extras": listed(target.extras)}
            held = package.revise(held, changes, done=lambda now: now.private and now.extras == target.extras)
        return held

    def all(self) -> Iterator[tuple[Package, Held]]:
        """Give every release that waits."""
        query = f"name:{package_name(self._dataset)}-waiting-*"
        found = self._calls.read("package_search", fq=query, include_private=True, rows=MOST)
        for listed_one in found["results"]:
            package = Package(self._calls, listed_one["name"], self._key)
            held = package.held()
            if held is not None:
                yield package, held

    def waiting(self) -> dict[str, str]:
        """Return period -> id of the release that waits, the newest of each."""
        found = sorted(self.all(), key=lambda one: str(one[1].package["metadata_created"]))
        return {held.extras[RELEASE].rpartition("-")[0]: held.extras[RELEASE] for _, held in found}

    def staged_by(self, release: str) -> str:
        """Return the name of the user who staged a release; "" where it does not wait."""
        held = self.package(release).held()
        if held is None:
            return ""
        return str(self._calls.read("user_show", id=held.package["creator_user_id"])["name"])

    def end(self, period: str, but: str = "") -> None:
        """Nothing of a period waits any more but, where it is named, one release."""
        for package, held in self.all():
            waiting = held.extras[RELEASE]
            if waiting.rpartition("-")[0] == period and waiting != but:
                self._calls.write("package_delete", {"id": package.name})
