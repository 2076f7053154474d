"""One portal: its folder, its ports, its secrets and the processes that are its own."""

import json
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast, get_args

import psutil

PROJECT = Path(__file__).parents[1]
#: In the order they are started; those with a port, by how far it is from CKAN's.
PARTS = ("postgres", "redis", "solr", "ckan", "worker")
PORTS = {"ckan": 0, "postgres": 1, "redis": 2, "solr": 3}
POLL_SECONDS = 0.1
#: `gd` knows Thai words and the fields of the government catalogue, `stock` is CKAN as it comes.
Kind = Literal["gd", "stock"]


class PortalFault(Exception):  # noqa: N818 - said to the person who starts it
    """A part does not start; the message says which, why and what to do."""


@dataclass(frozen=True)
class Instance:
    """A portal in a folder. Ports follow one another: CKAN, PostgreSQL, Redis, Solr."""

    home: Path
    port: int
    software: Path
    """Where what is installed lies; several portals may share it."""
    kind: Kind = "gd"

    @classmethod
    def from_environment(cls) -> "Instance":
        """Use `PORTAL_HOME` (default `.portal` in the project), `PORTAL_PORT` (5050) and `PORTAL_KIND` (gd)."""
        home = Path(os.environ.get("PORTAL_HOME") or PROJECT / ".portal").absolute()
        software = Path(os.environ.get("PORTAL_SOFTWARE") or home / "software").absolute()
        kind = os.environ.get("PORTAL_KIND") or "gd"
        if kind not in get_args(Kind):
            raise PortalFault(f"PORTAL_KIND is none of {', '.join(get_args(Kind))}")
        return cls(home, int(os.environ.get("PORTAL_PORT") or 5050), software, cast("Kind", kind))

    @property
    def address(self) -> str:
        """Where CKAN answers."""
        return f"http://127.0.0.1:{self.port}"

    def port_of(self, part: str) -> int:
        """Return the port of a part."""
        return self.port + PORTS[part]

    @cached_property
    def secrets(self) -> dict[str, str]:
        """Passwords and keys, made once, readable by this user alone."""
        path = self.home / "secrets.json"
        if not path.exists():
            names = ("owner", "writer", "reader", "session", "jwt", "person")
            self.keep(path.name, json.dumps({name: secrets.token_hex(16) for name in names}))
        known: dict[str, str] = json.loads(path.read_text())
        return known

    def settle(self) -> None:
        """Note what kind of portal lives in this folder; raises `PortalFault` where it is another."""
        path = self.home / "kind"
        if not path.exists():
            self.keep(path.name, self.kind)
        if (lives := path.read_text()) != self.kind:
            raise PortalFault(f"a portal of kind {lives} lives in {self.home}: set PORTAL_HOME to another folder")

    def keep(self, name: str, text: str) -> None:
        """Write a file that this user alone may read."""
        self.home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.home / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)

    def log(self, part: str) -> Path:
        """Return the file that a part writes its messages to."""
        folder = self.home / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{part}.log"

    def launch(self, part: str, words: list[str], **options: Any) -> None:  # noqa: ANN401 - of subprocess
        """Start a server that outlives this process, and note which it is."""
        if part in PORTS and _is_taken(self.port_of(part)):
            wanted = f"port {self.port_of(part)}, wanted for {part}, is in use"
            raise PortalFault(f"{wanted}: set PORTAL_PORT to the first of four free ones")
        with self.log(part).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own words
                words, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, **options
            )
        started = psutil.Process(process.pid).create_time()
        (self.home / f"{part}.process").write_text(json.dumps({"pid": process.pid, "started": started}))

    def process(self, part: str) -> psutil.Process | None:
        """Return a part's process where it runs: the very one that was started, not a later one of its number."""
        try:
            noted = json.loads((self.home / f"{part}.process").read_text())
            process = psutil.Process(noted["pid"])
            same = abs(process.create_time() - noted["started"]) < 1 and process.status() != psutil.STATUS_ZOMBIE
        except (FileNotFoundError, psutil.NoSuchProcess):
            return None
        return process if same else None

    def wait_for(self, part: str, ready: Callable[[], bool], seconds: float = 120) -> None:
        """Wait until a part answers; raises `PortalFault` where it ends or does not."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self.process(part) is None:
                raise PortalFault(f"{part} ended at once: {self.log(part)} says why")
            if time.monotonic() > deadline:
                raise PortalFault(f"{part} did not answer in {seconds:.0f} s: see {self.log(part)}")
            time.sleep(POLL_SECONDS)

    def stop(self, part: str, seconds: float = 30) -> bool:
        """End a part by its process, by force after so many seconds; says whether it ran."""
        process, deadline = self.process(part), time.monotonic() + seconds
        if process:
            process.terminate()
        while running := self.process(part):
            if time.monotonic() > deadline:
                running.kill()
            time.sleep(POLL_SECONDS)
        (self.home / f"{part}.process").unlink(missing_ok=True)
        return process is not None


def _is_taken(port: int) -> bool:
    with socket.socket() as attempt:
        attempt.settimeout(1)
        return attempt.connect_ex(("127.0.0.1", port)) == 0
