"""A real PostgreSQL for tests: Debian's, in a folder and on a port of its own."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa


@contextmanager
def running() -> Iterator[str]:
    """Start a server on 127.0.0.1, give its SQLAlchemy address, and stop it by its process."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        pytest.skip("PostgreSQL is not installed: make test installs it on Debian as root")
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="opendata-postgresql-"))
    password, port = secrets.token_hex(12), _free_port()
    try:
        (folder / "password").write_text(password)
        if user:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            os.chown(folder / "password", owner.pw_uid, owner.pw_gid)
        made = [str(programs[-1]), "-D", f"{folder}/data", "-U", "tester", f"--pwfile={folder}/password",
                "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]  # fmt: skip
        subprocess.run(made, check=True, capture_output=True, cwd="/", **user)  # type: ignore[call-overload]
        serve = [str(programs[-1].with_name("postgres")), "-D", f"{folder}/data", "-p", str(port), "-k", str(folder),
                 "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "full_page_writes=off"]  # fmt: skip
        with subprocess.Popen(serve, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **user) as server:  # type: ignore[call-overload]
            try:
                address = f"postgresql+psycopg://tester:{password}@127.0.0.1:{port}/postgres"
                _wait(address)
                yield address
            finally:
                server.terminate()
                server.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait(address: str) -> None:
    engine = sa.create_engine(address, poolclass=sa.NullPool)
    for _ in range(300):
        try:
            with engine.connect():
                return
        except sa.exc.OperationalError:
            time.sleep(0.1)
    raise TimeoutError("PostgreSQL did not start")
