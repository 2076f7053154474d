"""The synthetic dataset on its way to a real CKAN while things go wrong: what is done, and what must have come of it.

Three releases are made once: the first, a second by which one table grows and the other shrinks, and a third;
rows are added, changed and removed. Which fault, and at which write, each test says. The changelog's clock stands
still, so that a release looks the same however often it was begun.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import httpx
import pytest

from pipelines.errors import PortalError
from pipelines.portals import ckan_calls, ckan_history
from pipelines.portals.ckan import CkanPortal
from pipelines.portals.ckan_package import COMING, HOLDER
from pipelines.portals.settings import PortalSettings
from pipelines.release import Release
from pipelines.workspace import Workspace
from portal.instance import PortalFault
from tests.conftest import PROJECT
from tests.portal import proxy
from tests.portal.prober import Package, Prober, rows_of, watching
from tests.portal.proxy import Fault, Proxy
from tests.portal.states import State, judge
from tests.portals import RealPortal
from tests.publishing import deliver, whole_way
from tests.toy import NAME, PERIOD, persons, write_project

ADDRESS, TOKEN = "OPENDATA_AGENCY_URL", "OPENDATA_AGENCY_TOKEN"
PACKAGE = NAME.replace("/", "-")
CHANGED = "ข้อความที่แก้แล้ว"
DELIVERIES = {
    "first": [*persons("1001", 9), *persons("1002", 7), *persons("1003", 2)],
    "second": [*persons("1001", 14, note=CHANGED), *persons("1002", 6)],
    "third": [*persons("1001", 6), *persons("1002", 5, note=CHANGED), *persons("1005", 1)],
}


class Still(datetime):
    """A clock that stands."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Still":
        return cls(2026, 1, 2, 3, 4, 5, tzinfo=tz or UTC)


SETTINGS = {"address": f"env:{ADDRESS}", "token": f"env:{TOKEN}", "organisation": "agency", "profile": "gd_catalogue"}


def portal_of(ws: Workspace) -> CkanPortal:
    """Open the portal whose address the environment names."""
    return CkanPortal(ws, PortalSettings.model_validate({**SETTINGS, "name": "agency"}))


def release_in(ws: Workspace, release: str) -> Release:
    receipt = ws.receipts.published(NAME, PERIOD, release)
    assert receipt
    return Release.of(receipt)


def apply(project: str, home: str, release: str) -> None:
    """Publish a release: what is run as a process of its own."""
    ckan_history.datetime = Still  # type: ignore[attr-defined]
    ws = Workspace(Path(project), home)
    portal_of(ws).apply(ws.dataset(NAME), release_in(ws, release), "publish")


@dataclass(frozen=True)
class Outcome:
    """What a publisher did and said."""

    writes: list[str]
    error: PortalError | None
    failed: int = 0
    """The first write that CKAN itself could not do, from 1; 0 for none."""


def state_of(portal: RealPortal, package: Package, release: str, *, public: bool = True) -> State:
    """Return what a package, as an editor sees it, holds of a release."""
    tables = {}
    for table in [r for r in package["resources"] if r.get("datastore_active")]:
        result = portal.as_editor("datastore_search", resource_id=table["id"], limit=1000)
        tables[str(table["pipeline_key"])] = rows_of(result["records"])
    files = {r["pipeline_key"]: r["content_sha256"] for r in package["resources"] if r.get("pipeline_key")}
    return State(release, files, tables, public)


class Scene:
    """The dataset, its releases and the portal."""

    def __init__(self, portal: RealPortal, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.portal, self._folder, self._monkeypatch = portal, folder, monkeypatch
        self.was = ""
        """What it looked like when somebody began to watch; see `looks`."""
        self.ws = write_project(folder)
        self.releases: dict[str, Release] = {}
        for name, lines in DELIVERIES.items():
            deliver(self.ws, lines)
            self.releases[name] = Release.of(whole_way(self.ws).receipt)
        self.dataset = self.ws.dataset(NAME)
        monkeypatch.setenv(ADDRESS, portal.address)
        monkeypatch.setenv(TOKEN, portal.token)
        monkeypatch.setattr(ckan_history, "datetime", Still)
        for pause in ("FIRST_PAUSE", "LONGEST_GROWN", "JITTER"):
            monkeypatch.setattr(ckan_calls, pause, 0.01)

    def environment(self) -> dict[str, str]:
        """Return what the command reads: its newest accepted data are those of the last delivery."""
        settings = self._folder / "portals.yaml"
        settings.write_text(json.dumps({"agency": SETTINGS}), encoding="utf-8")
        places = {"OPENDATA_PROJECT": str(self.ws.project), "OPENDATA_HOME": self.ws.home}
        portal = {ADDRESS: self.portal.address, TOKEN: self.portal.token, "OPENDATA_PORTALS": str(settings)}
        return {**places, **portal, "PYTHONPATH": str(PROJECT)}

    def begin(self, live: str | None) -> None:
        """Have nothing on the portal but one release, or nothing at all."""
        self.portal.purge_all()
        if live:
            self.publish(live)

    def publish(self, release: str) -> None:
        portal_of(self.ws).apply(self.dataset, self.releases[release], "publish")

    @contextmanager
    def between(self, *faults: Fault) -> Iterator[Proxy]:
        """Have the publisher meet a proxy."""
        with proxy.running(self.portal.address, *faults) as running, self._monkeypatch.context() as patched:
            patched.setenv(ADDRESS, running.address)
            yield running

    def attempt(self, release: str, running: Proxy) -> Outcome:
        """Publish, or be refused in words for people: anything else that is raised fails the test."""
        error = None
        try:
            self.publish(release)
        except PortalError as refused:
            error = refused
            assert error.message
            assert error.remedy
            assert not [word for word in (self.portal.token, CHANGED, running.address) if word in str(error)]
        failed = next((call.write for call in running.writes if call.status >= httpx.codes.INTERNAL_SERVER_ERROR), 0)
        return Outcome([call.action for call in running.writes], error, failed)

    def elsewhere(self, name: str) -> Workspace:
        """Return another home with the same receipts and releases."""
        shutil.copytree(self.ws.home, self._folder / name, dirs_exist_ok=True)
        return Workspace(self.ws.project, str(self._folder / name))

    def stranger(self, name: str, *releases: str) -> Workspace:
        """Return a home that has made these releases and knows of no others."""
        ws = Workspace(self.ws.project, str(self._folder / name))
        for release in releases:
            deliver(ws, DELIVERIES[release])
            assert whole_way(ws).receipt.details["release"] == self.releases[release].id
        return ws

    def package(self) -> Package | None:
        """Return what the editor is shown."""
        with suppress(PortalFault):
            package: Package = self.portal.as_editor("package_show", id=PACKAGE)
            return package
        return None

    def announced(self) -> str:
        """Return the release that is said to be coming."""
        package = self.package() or {"extras": []}
        return str({extra["key"]: extra["value"] for extra in package["extras"]}.get(COMING, ""))

    def is_live(self, release: str) -> bool:
        """Say whether the portal says so, and that nothing is coming."""
        live = portal_of(self.ws).live(NAME).get(PERIOD)
        return live == self.releases[release].id and not self.announced()

    def looks(self) -> str:
        """Return all that a publisher can have changed, but for the lease."""
        package = self.package()
        if package is None:
            return ""
        said = [(r["id"], r.get("pipeline_key"), r.get("content_sha256")) for r in package["resources"]]
        extras = {e["key"]: e["value"] for e in package["extras"] if e["key"] not in {COMING, HOLDER}}
        return json.dumps([package["private"], extras, said, state_of(self.portal, package, "").tables], sort_keys=True)

    def state(self, release: str, *, public: bool = True) -> State:
        """Return what anyone may see of the release that is live."""
        package = self.package()
        assert package
        return state_of(self.portal, package, self.releases[release].id, public=public)

    def demand_exact(self, release: str, by: Workspace | None = None) -> None:
        """The release, as the home that published it has it, is live and whole, nothing twice or announced."""
        ws = by or self.ws
        portal, wanted = portal_of(ws), release_in(ws, self.releases[release].id)
        planned = portal.plan(self.dataset, wanted)
        assert [change.action for change in planned] == ["none"], planned
        differs = list(portal.audit(self.dataset, [wanted]))
        assert not differs, differs
        package = self.package()
        assert package
        keys = [str(resource.get("pipeline_key")) for resource in package["resources"]]
        tables = sorted(name for name in wanted.rows if name.endswith(".csv"))
        shown = portal.released(NAME)
        dated = [f"{one}/{name}" for one in shown for name in (*tables, f"{PACKAGE}.zip")]
        assert sorted(keys) == sorted([*dated, *(f"latest/{name}" for name in (*tables, "changelog.json"))])
        assert {COMING, HOLDER}.isdisjoint(extra["key"] for extra in package["extras"])
        told = self.told(package)
        assert sorted(told) == sorted(shown)
        assert told[-1] == wanted.id

    @staticmethod
    def told(package: Package) -> list[str]:
        """Return the releases that the changelog tells of, in its order."""
        (log,) = [r for r in package["resources"] if r["pipeline_key"] == "latest/changelog.json"]
        return [entry["release"] for entry in httpx.get(log["url"]).raise_for_status().json()["releases"]]

    @contextmanager
    def watched(self, before: str | None, after: str) -> Iterator[Prober]:
        """Have an anonymous reader look all the while; in the end the one release is live exactly,
        and the reader saw nothing but the one or the other."""
        states = [self.state(before)] if before else []
        self.was = self.looks()
        with watching(self.portal.address, PACKAGE, self.package) as prober:
            prober.wait()
            yield prober
            prober.wait()
        self.demand_exact(after)
        assert before is None or self.releases[before].id in portal_of(self.ws).released(NAME)
        states += [self.state(after)] if before else [self.state(after, public=False), self.state(after)]
        verdict = judge(prober.observations, states)
        found = Counter((violation.kind, violation.place) for violation in verdict.violations)
        assert not found, found
