"""One CKAN dataset of ours: read as its editor sees it, written by compare-and-swap.

Every write says which state it is made of (`match` on `metadata_modified`); where the portal holds
another one by now it is refused, nothing is overwritten. Resources are told apart by our own
key and never by name or place, and none is added without looking whether it is there.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import Place, PortalError
from pipelines.portals.ckan_answers import ForbiddenError, InvalidError, MissingError
from pipelines.portals.ckan_calls import Calls

KEY, LIVE, RELEASE, SHA = "pipeline_key", "live_releases", "release", "content_sha256"
LATEST, WITHDRAWN = "latest/", "withdrawn"
#: The release that is coming (or `WITHDRAWN`, where all is going), and who is at work on it; see `ckan_lease`.
COMING, HOLDER = "being_replaced", "replaced_by"


class MovedError(PortalError):
    """The dataset was changed on the portal between reading and writing it: nothing was written."""


@dataclass(frozen=True)
class Held:
    """What the portal holds of a dataset."""

    package: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.package["id"])

    @property
    def private(self) -> bool:
        return bool(self.package["private"])

    @property
    def modified(self) -> str:
        return str(self.package["metadata_modified"])

    @property
    def extras(self) -> dict[str, str]:
        """The free fields by name."""
        return {extra["key"]: extra["value"] for extra in self.package.get("extras", [])}

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources that are ours, by key; of two with one key the first."""
        found: dict[str, dict[str, Any]] = {}
        for resource in self.package["resources"]:
            if resource.get(KEY):
                found.setdefault(resource[KEY], resource)
        return found

    @property
    def strange(self) -> list[dict[str, Any]]:
        """Resources that are not ours, or have the key of another."""
        ours = {resource["id"] for resource in self.resources.values()}
        return [r for r in self.package["resources"] if r["id"] not in ours]

    @property
    def named(self) -> dict[str, str]:
        """Period -> id of the release that it says is live, whether or not anyone may see it."""
        return {release.rpartition("-")[0]: release for release in self.extras.get(LIVE, "").split()}

    @property
    def live(self) -> dict[str, str]:
        """Period -> id of the release that the public sees."""
        return {} if self.private else self.named

    @property
    def is_going(self) -> bool:
        """Whether somebody withdraws it, and not all of it is gone."""
        return self.extras.get(COMING) == WITHDRAWN

    def demand_stays(self) -> None:
        """Raises `PortalError` where it is being withdrawn."""
        if self.is_going:
            raise PortalError(
                "the dataset is being withdrawn from the portal, and not all of it is gone",
                remedy="withdraw it once more, which goes on where it was cut off",
            )

    @property
    def is_tombstone(self) -> bool:
        """Whether it is what stands in the place of a dataset that was withdrawn."""
        return WITHDRAWN in self.extras and not self.resources

    @property
    def released(self) -> list[str]:
        """The releases whose dated files are there."""
        found = [r[RELEASE] for key, r in self.resources.items() if not key.startswith(LATEST) and r.get(RELEASE)]
        return list(dict.fromkeys(found))


class Package:
    """The dataset of a name on a portal."""

    def __init__(self, calls: Calls, name: str, key: str, organisation: str) -> None:
        self.calls, self.name, self.key, self.organisation = calls, name, key, organisation

    def held(self) -> Held | None:
        """Return what the portal holds; None where there is no such dataset. One that is being withdrawn is held
        under whatever name.

        Raises `PortalError` where it has another name by now, or another one has its name: not of this
        pipeline, or of another organisation."""
        try:
            package = self.calls.find("package_show", id=self.name)
        except ForbiddenError as refused:
            raise self._unseen(refused) from None
        if package is None or package.get("state") == "deleted":
            return self._renamed()
        held = Held(package)
        if held.extras.get(KEY) != self.key:
            raise PortalError(
                "a dataset of this name is on the portal that this pipeline did not make",
                place=Place(file=self.name),
                remedy="rename or remove it there; it is never overwritten",
            )
        if (owner := (package.get("organization") or {}).get("name")) != self.organisation:
            raise self._of_others(
                f"on this portal the dataset belongs to the organisation {owner}, not to {self.organisation}"
            )
        return held

    def _unseen(self, refused: ForbiddenError) -> PortalError:
        """CKAN refuses a token that has expired as it refuses one whose user may not see the dataset."""
        try:
            self.calls.read("user_show")
        except (MissingError, ForbiddenError):
            return refused
        return self._of_others("a dataset of this name is on the portal that its user may not see")

    def _of_others(self, message: str) -> PortalError:
        remedy = "where two organisations share a portal give one of them a `prefix` in deploy/portals.yaml"
        return PortalError(message, place=Place(file=self.name), remedy=remedy)

    def _renamed(self) -> Held | None:
        """Its address is what readers have: a second dataset beside one that was renamed would be another."""
        fq = f'{KEY}:"{self.key}" AND organization:"{self.organisation}" AND NOT name:"{self.name}"'
        listed_ones = self.calls.read("package_search", fq=fq, include_private=True, rows=1)["results"]
        package = self.calls.find("package_show", id=listed_ones[0]["id"]) if listed_ones else None
        if package is None or package.get("state") == "deleted" or package["name"] == self.name:
            return None
        if (held := Held(package)).is_going:
            return held
        raise PortalError(
            f"the dataset was renamed on the portal: it is {package['name']} there",
            place=Place(file=self.name),
            remedy=f"name it {self.name} again there, which is the address that people have",
        )

    def demand(self) -> Held:
        """Return what the portal holds; raises `MissingError` where it is gone."""
        held = self.held()
        if held is None:
            raise MissingError("the dataset is gone from the portal", remedy="publish again")
        return held

    def create(self, fields: Mapping[str, Any], extras: Mapping[str, str]) -> Held:
        """Make the dataset, private, and read back that it is, before there is a byte in it."""
        data = {**fields, "name": self.name, "owner_org": self.organisation, "private": True, "extras": listed(extras)}

        def made() -> Held | None:
            now = self.held()
            return now if now and now.package["name"] == self.name else None

        try:
            self.calls.write("package_create", data, done=made)
        except InvalidError as error:
            if "name" not in error.fields:
                error.remedy += (
                    "; a portal that demands fields of the government catalogue has the profile gd_catalogue"
                )
                raise
            if made() is None:  # else another publisher made it just now
                raise
        held = self.demand()
        if not held.private or held.package["state"] != "active":
            raise PortalError(
                "the portal did not make the dataset private", remedy="ask its operator why; nothing was sent to it"
            )
        return held

    def revise(
        self,
        held: Held,
        changes: Mapping[str, Any],
        *,
        done: Callable[[Held], bool],
        resources: Mapping[str, Mapping[str, Any]] | None = None,
        upload: Mapping[str, Path] | None = None,
    ) -> Held:
        """Change fields, resources and files of the dataset in one call, if it is still as `held`.

        `changes` are fields of the dataset: a list takes the place of the one that is there. `resources`
        are fields of resources by id, of one that is to be added under ""; `upload` their files, likewise.
        `done` tells from what is held later whether the very change was made.

        Raises `MovedError` where it is not as `held` any more."""
        data = {
            "match": json.dumps({"id": held.id, "metadata_modified": held.modified}),
            # Without this CKAN would lay a list over the other, item by item.
            "filter": json.dumps([f"-{name}" for name, value in changes.items() if isinstance(value, list)]),
            "update": json.dumps(dict(changes), ensure_ascii=False),
        }
        for name, fields in (resources or {}).items():
            where, value = (f"__{name}", dict(fields)) if name else ("__extend", [dict(fields)])
            data[f"update__resources{where}"] = json.dumps(value, ensure_ascii=False)
        files = {f"update__resources__{name or -1}__upload": path for name, path in (upload or {}).items()}

        def made() -> Held | None:
            now = self.demand()
            return now if done(now) else None

        try:
            self.calls.write("package_revise", data, done=made, upload=files)
        except InvalidError as error:
            if "match" in error.fields:
                raise MovedError("the dataset was changed on the portal at the same time", remedy="run again") from None
            raise
        return self.demand()

    def remove(self, held: Held, resources: Sequence[Mapping[str, Any]]) -> Held:
        """Delete resources, with their DataStore tables."""
        for resource in resources:
            try:
                self.calls.write("resource_delete", {"id": resource["id"]})
            except MissingError:
                continue
        return self.demand() if resources else held


def listed(extras: Mapping[str, str]) -> list[dict[str, str]]:
    """Return extras as CKAN takes them."""
    return [{"key": key, "value": value} for key, value in sorted(extras.items())]


def path_of(held: Held, resource: Mapping[str, Any]) -> str:
    """Return the path of a resource's file below the portal's address, whatever it is called there."""
    name = str(resource["url"]).rpartition("/")[2]
    return f"dataset/{held.id}/resource/{resource['id']}/download/{name}"
