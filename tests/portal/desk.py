"""A publisher's desk for tests: the synthetic project of `tests.toy`, and the real CKAN it publishes to."""

import hashlib
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from pipelines.portals.ckan import CkanPortal
from pipelines.portals.settings import PortalSettings
from pipelines.publish import publish
from pipelines.receipts import StageResult
from pipelines.release import Release
from pipelines.workspace import Workspace
from tests.portals import RealPortal
from tests.publishing import deliver, prepared
from tests.toy import NAME, PERIOD, persons, write_project

PACKAGE = "welfare-visits"
FIRST = persons("1001", 9) + persons("1002", 7) + persons("1003", 2)
#: One row more, one that reads differently, one less.
SECOND = persons("1001", 8) + persons("1002", 8, note="แก้ไข") + persons("1003", 3)
THIRD = persons("1001", 7) + persons("1002", 9)
#: Of a withdrawal.
REASON = "พบข้อมูลที่ไม่ควรเผยแพร่"


@dataclass
class Desk:
    """One home, and one organisation of a portal."""

    ws: Workspace
    portal: RealPortal
    settings: PortalSettings
    environment: pytest.MonkeyPatch

    def through(self, address: str) -> None:
        """Reach the portal at another address from here on."""
        self.environment.setenv("OPENDATA_AGENCY_URL", address)

    def ckan(self, *, approver: bool = False, **settings: Any) -> CkanPortal:
        return CkanPortal(self.ws, self.settings.model_copy(update=settings), approver=approver)

    def publish(self, lines: list[str] | None = None, **settings: Any) -> StageResult:
        """Go the whole way with these lines, or those that are there."""
        if lines is not None:
            deliver(self.ws, lines)
        prepared(self.ws)
        return publish(self.ws, self.ws.dataset(NAME), PERIOD, self.ckan(**settings))

    def release(self, result: StageResult) -> Release:
        return Release.of(result.receipt)

    def shown(self, name: str = PACKAGE) -> dict[str, Any]:
        package: dict[str, Any] = self.portal.as_anyone("package_show", id=name)
        return package

    def resources(self) -> dict[str, dict[str, Any]]:
        return {resource["pipeline_key"]: resource for resource in self.shown()["resources"]}

    def sha256(self, key: str) -> str:
        answer = httpx.get(self.resources()[key]["url"]).raise_for_status()
        return hashlib.sha256(answer.content).hexdigest()

    def rows(self, key: str, **search: Any) -> list[dict[str, Any]]:
        found = self.portal.as_anyone(
            "datastore_search", resource_id=self.resources()[key]["id"], limit=32000, **search
        )
        return [{name: value for name, value in row.items() if name != "_id"} for row in found["records"]]

    def told(self) -> list[str]:
        """Return the releases that the changelog tells of, in its order."""
        log = httpx.get(self.resources()["latest/changelog.json"]["url"]).raise_for_status().json()
        return [entry["release"] for entry in log["releases"]]

    def extras(self) -> dict[str, str]:
        """Return the free fields as the editor sees them."""
        package = self.portal.as_editor("package_show", id=PACKAGE)
        return {extra["key"]: extra["value"] for extra in package["extras"]}

    def say(self, extras: dict[str, str]) -> None:
        """Have these free fields there, as another publisher does."""
        listed = [{"key": key, "value": value} for key, value in extras.items()]
        self.portal.operator("package_patch", id=PACKAGE, extras=listed)

    def on_disk(self, resources: list[dict[str, Any]]) -> set[str]:
        """Return the sha256 of what the portal's disk has of resources."""
        folder = self.portal.instance.home / "storage" / "resources"
        stored = [folder / r["id"][:3] / r["id"][3:6] / r["id"][6:] for r in resources]
        return {hashlib.sha256(path.read_bytes()).hexdigest() for path in stored if path.is_file()}

    def another_home(self, folder: Path) -> "Desk":
        """Return the same project in another home, which knows what is public."""
        shutil.copytree(self.ws.home, folder / "elsewhere")
        return replace(self, ws=Workspace(self.ws.project, str(folder / "elsewhere")))

    def activities(self) -> list[str]:
        return [a["id"] for a in self.portal.operator("package_activity_list", id=PACKAGE, limit=100)]


def cut(*_: object, **__: object) -> None:
    """Stands in a test for a step at which the process ends."""
    raise KeyboardInterrupt


def desk(portal: RealPortal, folder: Path, monkeypatch: pytest.MonkeyPatch, profile: str = "gd_catalogue") -> Desk:
    """Set up a desk; the commands of `opendata` find it in the environment."""
    ws = write_project(folder)
    told = {
        "address": "env:OPENDATA_AGENCY_URL",
        "token": "env:OPENDATA_AGENCY_TOKEN",
        "approver_token": "env:OPENDATA_AGENCY_APPROVER_TOKEN",
        "organisation": "agency",
        "profile": profile,
    }
    listed = folder / "portals.yaml"
    listed.write_text(yaml.safe_dump({"agency": told}))
    for name, value in {
        "OPENDATA_AGENCY_URL": portal.address,
        "OPENDATA_AGENCY_TOKEN": portal.token,
        "OPENDATA_AGENCY_APPROVER_TOKEN": portal.approver_token,
        "OPENDATA_PORTALS": str(listed),
        "OPENDATA_PROJECT": str(ws.project),
        "OPENDATA_HOME": ws.home,
    }.items():
        monkeypatch.setenv(name, value)
    return Desk(ws, portal, PortalSettings.model_validate({**told, "name": "agency"}), monkeypatch)
