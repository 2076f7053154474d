"""An invented dataset, brought into CKAN by plain calls: what instruments are tried on, no publisher."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import httpx

from tests.portal.prober import rows_of
from tests.portal.states import State
from tests.portals import DEMANDED, RealPortal

FIELDS = [{"id": "district_code", "type": "text"}, {"id": "visit_count", "type": "int"}]
TABLE, CHANGELOG = "latest/visits", "changelog"


def client(address: str, token: str = "") -> httpx.Client:
    """Return a client of CKAN's actions; close it."""
    headers = {"Authorization": token} if token else {}
    return httpx.Client(base_url=f"{address}/api/3/action/", headers=headers, timeout=120)


@dataclass(frozen=True)
class Edition:
    """A release of the dataset: one table and a changelog."""

    release: str
    counts: tuple[int, ...]

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [{"district_code": f"10{n:02}", "visit_count": count} for n, count in enumerate(self.counts)]

    @property
    def files(self) -> dict[str, bytes]:
        lines = ["district_code,visit_count", *(f"{r['district_code']},{r['visit_count']}" for r in self.rows), ""]
        log = json.dumps([{"release": self.release}])
        return {TABLE: "\r\n".join(lines).encode("utf-8-sig"), CHANGELOG: log.encode()}

    @property
    def hashes(self) -> dict[str, str]:
        return {key: hashlib.sha256(content).hexdigest() for key, content in self.files.items()}

    def state(self, *, public: bool = True) -> State:
        return State(self.release, self.hashes, {TABLE: rows_of(self.rows)}, public)


def create(portal: RealPortal, name: str, edition: Edition, *, private: bool = False) -> dict[str, str]:
    """Make the dataset, whole before anybody sees it; return the ids of its resources by their keys."""
    portal.as_editor("package_create", name=name, private=True, **DEMANDED)
    ids = {}
    with client(portal.address, portal.token) as calls:
        for key, content in edition.files.items():
            said = {"package_id": name, "name": key, "pipeline_key": key, "release": edition.release}
            said["content_sha256"] = edition.hashes[key]
            answer = calls.post("resource_create", data=said, files={"upload": ("file.csv", content)})
            ids[key] = answer.raise_for_status().json()["result"]["id"]
    portal.as_editor(
        "datastore_create",
        resource_id=ids[TABLE],
        fields=FIELDS,
        primary_key=["district_code"],
        records=edition.rows,
        force=True,
    )
    portal.as_editor("package_patch", id=name, private=private)
    return ids


def replace_file(portal: RealPortal, resource: str, content: bytes) -> None:
    """Put other bytes in a file's place; what is said of it stays."""
    with client(portal.address, portal.token) as calls:
        answer = calls.post("resource_patch", data={"id": resource}, files={"upload": ("file.csv", content)})
        answer.raise_for_status()
