"""The datasets of the project on a real CKAN, as its editor publishes them and as anyone finds them.

To publish what is there already changes nothing, so a module that asks for them after another one
has emptied the portal brings them back, and else only has them read back.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from pipelines.portals.ckan import CkanPortal
from pipelines.portals.ckan_metadata import package_name
from pipelines.portals.settings import portals
from pipelines.release import Release
from pipelines.run import RunResult, run
from pipelines.workspace import Workspace
from tests.conftest import PROJECT
from tests.portals import RealPortal

NAMES = sorted(path.parent.relative_to(PROJECT / "datasets").as_posix() for path in PROJECT.glob("datasets/*/*/*.yaml")
               if path.name == "dataset.yaml")  # fmt: skip
Resource = dict[str, Any]


@dataclass(frozen=True)
class Catalogue:
    """Datasets that were published to one organisation of a portal."""

    ws: Workspace
    portal: RealPortal
    organisation: str
    """Its name in `deploy/portals.yaml` as well."""
    runs: dict[str, RunResult]

    def ckan(self) -> CkanPortal:
        return CkanPortal(self.ws, portals(PROJECT)[self.organisation])

    def publish(self, name: str) -> tuple[RunResult, int]:
        """Take a dataset the whole way; also returns how many write calls that took."""
        ckan = self.ckan()
        return run(self.ws, self.ws.dataset(name), period=None, location=None, portal=ckan), ckan.writes

    def release(self, name: str) -> Release:
        return Release.of(self.runs[name].stages["publish"].receipt)

    def released(self, name: str, file: str) -> bytes:
        """Return a file of the release as it lies in the store."""
        path = next(one.path for one in self.release(name).files if one.name == file)
        with self.ws.store.local(path) as local:
            return local.read_bytes()

    def described(self, name: str) -> dict[str, Any]:
        """Return what the release says of each table, by its name."""
        told = json.loads(self.released(name, "datapackage.json"))["resources"]
        return {one["path"].removesuffix(".csv"): one for one in told if one["format"] == "csv"}

    def shown(self, name: str) -> dict[str, Any]:
        """Return the dataset as anyone is shown it."""
        package: dict[str, Any] = self.portal.as_anyone("package_show", id=package_name(name))
        return package

    def resources(self, name: str) -> dict[str, Resource]:
        return {resource["pipeline_key"]: resource for resource in self.shown(name)["resources"]}

    def activities(self, name: str) -> list[str]:
        limit = {"id": package_name(name), "limit": 100}
        return [activity["id"] for activity in self.portal.operator("package_activity_list", **limit)]


def download(resource: Resource) -> bytes:
    """Return what the address of a resource serves to anyone."""
    return httpx.get(resource["url"], timeout=60).raise_for_status().content


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextmanager
def published(
    ws: Workspace, portal: RealPortal, organisation: str, names: Sequence[str] = NAMES
) -> Iterator[Catalogue]:
    """Publish datasets to an organisation of a portal, whose variables are set until the block ends."""
    told = {"URL": portal.address, "TOKEN": portal.token, "APPROVER_TOKEN": portal.approver_token}
    with pytest.MonkeyPatch.context() as environment:
        for variable, value in told.items():
            environment.setenv(f"OPENDATA_{organisation.upper()}_{variable}", value)
        catalogue = Catalogue(ws, portal, organisation, {})
        for name in names:
            catalogue.runs[name], _ = catalogue.publish(name)
        yield catalogue
