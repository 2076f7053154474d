"""A real CKAN for tests, as its three kinds of users see it: the sysadmin, an editor, and anyone.

It is started by the command that people start it with, in a folder and on ports of its own.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from portal import site, software
from portal.instance import PORTS, PROJECT, Instance, Kind

#: What the agency's portal demands of every dataset; synthetic.
DEMANDED: dict[str, Any] = {
    "title": "ชุดข้อมูลสังเคราะห์", "notes": "ข้อมูลสังเคราะห์สำหรับทดสอบ", "owner_org": "agency",
    "maintainer": "กองทดสอบ", "maintainer_email": "unit@example.go.th", "license_id": "Creative Commons Attributions",
    "data_type": "ข้อมูลสถิติ", "data_category": "ข้อมูลสาธารณะ", "data_format": ["CSV"], "data_source": "แฟ้มสังเคราะห์",
    "geo_coverage": "ประเทศ", "keywords": ["ทดสอบ"], "objective": ["พันธกิจหน่วยงาน"], "update_frequency_unit": "ปี",
}  # fmt: skip


@dataclass(frozen=True)
class RealPortal:
    """A portal that runs. Actions raise `PortalFault` with CKAN's own words."""

    instance: Instance
    token: str = field(repr=False)
    """Of the editor `publisher`."""
    approver_token: str = field(repr=False)

    @property
    def address(self) -> str:
        return self.instance.address

    @cached_property
    def operator_token(self) -> str:
        return site.operator_token(self.instance)

    def operator(self, action: str, **data: Any) -> Any:
        """Call an action as the sysadmin."""
        return site.call(self.instance, action, data, self.operator_token)

    def as_editor(self, action: str, **data: Any) -> Any:
        """Call an action as `publisher`."""
        return site.call(self.instance, action, data, self.token)

    def as_anyone(self, action: str, **data: Any) -> Any:
        """Call an action without a token."""
        return site.call(self.instance, action, data, None)

    def purge_all(self) -> None:
        """Purge every dataset, private, draft and deleted ones too, every table of the DataStore, and the
        files, which CKAN itself leaves on the disk."""
        for package in self._rows("ckan", "SELECT id FROM package"):
            self.operator("dataset_purge", id=package)
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '\\_%'"
        for table in self._rows("datastore", tables):  # those of CKAN's own begin with a low line
            self.drop_table(table)
        self._rows("datastore", "DELETE FROM _table_stats")
        shutil.rmtree(self.instance.home / "storage" / "resources", ignore_errors=True)

    def drop_table(self, resource: str) -> None:
        """Drop a table of the DataStore behind CKAN's back."""
        self._rows("datastore", f'DROP TABLE "{resource}" CASCADE')

    def _rows(self, database: str, statement: str) -> list[str]:
        port, password = self.instance.port_of("postgres"), self.instance.secrets["writer"]
        address = f"postgresql+psycopg://ckan:{password}@127.0.0.1:{port}/{database}"
        with sa.create_engine(address, poolclass=sa.NullPool).begin() as connection:
            result = connection.execute(sa.text(statement))
            return [row[0] for row in result] if result.returns_rows else []


@contextmanager
def running(home: Path, kind: Kind) -> Iterator[RealPortal]:
    """Start a portal, give it, and remove it by its processes."""
    software_folder = Path(os.environ.get("PORTAL_SOFTWARE") or PROJECT / ".portal" / "software")
    instance = Instance(home, _free_ports(), software_folder, kind)
    if missing := software.lacking(instance):
        pytest.skip(f"not installed: {', '.join(missing)}; make test installs it on Debian as root")
    try:
        yield start(instance)
    finally:
        run(instance, "remove")


def start(instance: Instance) -> RealPortal:
    """Start a portal, or what of it does not run, and read what it prints for the publisher."""
    told = dict(re.findall(r"^export (\w+)=(.*)$", run(instance, "start"), re.MULTILINE))
    return RealPortal(instance, told["OPENDATA_AGENCY_TOKEN"], told["OPENDATA_AGENCY_APPROVER_TOKEN"])


def run(instance: Instance, command: str, given: str = "") -> str:
    """Run one of the portal's commands, give it something to read, and return what it printed."""
    settings = {
        "PORTAL_HOME": str(instance.home),
        "PORTAL_PORT": str(instance.port),
        "PORTAL_SOFTWARE": str(instance.software),
        "PORTAL_KIND": instance.kind,
    }
    words, environment = [sys.executable, "-m", "portal", command], os.environ | settings
    done = subprocess.run(words, cwd=PROJECT, env=environment, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _free_ports() -> int:
    """Return the first of as many free ports in a row as a portal takes."""
    for first in range(20_000 + os.getpid() % 1000 * 10, 60_000, 10):
        if all(_is_free(first + offset) for offset in PORTS.values()):
            return first
    raise AssertionError("no four free ports in a row")


def _is_free(port: int) -> bool:
    with socket.socket() as attempt:
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
