"""A real PostgreSQL for tests: Debian's, in a folder and on a port of its own."""

import os
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

from portal import cluster


@contextmanager
def running() -> Iterator[str]:
    """Start a server on 127.0.0.1, give its SQLAlchemy address, and stop it by its process."""
    programs = cluster.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: make test installs it on Debian as root")
    folder = Path(tempfile.mkdtemp(prefix="opendata-postgresql-"))
    password, port = secrets.token_hex(12), _free_port()
    try:
        if user := cluster.as_postgres():
            os.chown(folder, user["user"], user["group"])
        data = folder / "data"
        cluster.make(programs, data, "tester", password)
        serve = cluster.serving(programs, data, port, "fsync=off", "full_page_writes=off")
        with subprocess.Popen(serve, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **user) as server:
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
