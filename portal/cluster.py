"""A PostgreSQL cluster of its own: made, and how it is served. Debian's PostgreSQL; root's runs as `postgres`."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest there is; None where none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def as_postgres() -> dict[str, Any]:
    """Return the options of subprocess with which PostgreSQL runs: as root it refuses to."""
    if os.getuid():
        return {}
    owner = pwd.getpwnam("postgres")
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def make(bin_folder: Path, data: Path, owner: str, password: str) -> None:
    """Make a cluster whose owner has a password; it is there under its name when it is whole.

    Raises `subprocess.CalledProcessError`, whose `stderr` says why."""
    made = data.with_name(f"{data.name}.unfinished")
    shutil.rmtree(made, ignore_errors=True)
    with tempfile.NamedTemporaryFile("w") as given:
        given.write(password)
        given.flush()
        if user := as_postgres():
            os.chown(given.name, user["user"], user["group"])
        words = [str(bin_folder / "initdb"), "-D", str(made), "-U", owner, f"--pwfile={given.name}"]
        options = ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run([*words, *options], check=True, capture_output=True, text=True, cwd="/", **user)  # noqa: S603
    made.rename(data)


def serving(bin_folder: Path, data: Path, port: int, *settings: str) -> list[str]:
    """Return the command that serves a cluster on 127.0.0.1."""
    words = [str(bin_folder / "postgres"), "-D", str(data), "-p", str(port), "-k", str(data)]
    return [*words, *(f"-c{setting}" for setting in ("listen_addresses=127.0.0.1", *settings))]
