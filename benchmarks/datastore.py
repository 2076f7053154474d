"""Measures loading and updating a DataStore table of real CKANs, beside what one would write with ckanapi.

`python benchmarks/datastore.py [ROWS [MEMORY_ROWS]]` (default 200,000 and none). A synthetic table of
15 columns (7 Thai texts, 5 figures, 3 dates) goes as a whole, then with 1 % of its rows changed, into
two portals: CKAN with its stock settings, and ours, whose settings let many rows go by one
statement. Beside it PostgreSQL's COPY into an equal table with CKAN's full-text trigger: what a portal could
do at best. With MEMORY_ROWS as many rows go to a server that takes everything, for the client's
memory alone.

Each step is a process of its own; its seconds include starting up and, of ours, the proof that the
portal holds what was sent. Client, CKAN and PostgreSQL share this machine: read the ratios.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Process, Queue
from pathlib import Path

from benchmarks.measuring import Measured, measure
from tests.portals import DEMANDED, RealPortal, running

ROWS = 200_000
#: After a load CKAN counts the rows in the background: that belongs to the load, not to the update.
SETTLING_SECONDS = 10
PATHS = {"PYTHONPATH": str(Path(__file__).parents[1])}
CLIENTS = Path(__file__).with_name("datastore_clients.py")


def main(rows: int, memory_rows: int | None) -> None:
    """Measure everything and print one line a step."""
    with tempfile.TemporaryDirectory() as named:
        folder = Path(named)
        old, new = make(folder / "old.parquet", rows), make(folder / "new.parquet", rows, "changed")
        print(f"{rows:,} rows of 15 columns, {(folder / 'old.csv').stat().st_size / 1e6:.1f} MB as CSV")
        with running(folder / "stock", "stock") as portal:
            plain = on_portal(portal, "stock settings", old, new, None)
        with running(folder / "ours", "gd") as portal:
            on_portal(portal, "our settings", old, new, plain)
        for count in (rows, memory_rows) if memory_rows else ():
            print(memory(folder, count).line(), flush=True)


def on_portal(portal: RealPortal, settings: str, old: Path, new: Path, beside: Measured | None) -> Measured:
    """Measure the plain loop, ours, and COPY on one portal; returns what the plain loop took."""
    package = portal.operator("package_create", name="measured", **DEMANDED)["id"]

    def run(name: str, client: str, resource: str, *files: Path, address: str | None = None) -> Measured:
        environment = os.environ | PATHS | {"TOKEN": portal.token}
        words: list[str | Path] = [sys.executable, CLIENTS, client, address or portal.address, resource, *files]
        return measure(f"{name}, {settings}", words, environment)

    first, second, third = (
        portal.operator("resource_create", package_id=package, name=f"t{n}", url="http://127.0.0.1/t.csv")["id"]
        for n in range(3)
    )
    plain = run("plain loop", "plain", first, old.with_suffix(".csv"))
    print(plain.line(beside), flush=True)
    print(run("our load", "load", second, old).line(beside or plain), flush=True)
    time.sleep(SETTLING_SECONDS)
    print(run("our update of 1 %", "change", second, old, new).line(beside or plain), flush=True)
    run("an empty table", "load", third, make(old.with_name("empty.parquet"), 0))
    database = f"postgresql://ckan:{portal.instance.secrets['writer']}@127.0.0.1:{portal.instance.port_of('postgres')}"
    copied = run("COPY", "copy", third, old.with_suffix(".csv"), address=f"{database}/datastore")
    print(copied.line(beside or plain), flush=True)
    return replace(plain, name="the plain loop, stock")


def memory(folder: Path, rows: int) -> Measured:
    """Measure the client alone."""
    file = make(folder / "sent.parquet", rows)
    with taking_everything() as address:
        environment = os.environ | PATHS | {"TOKEN": "none"}
        return measure(f"client alone, {rows:,}", [sys.executable, CLIENTS, "send", address, "any", file], environment)


def make(path: Path, rows: int, *changed: str) -> Path:
    """Write the table, in a process of its own: the peak of one that starts others counts for them too."""
    measure("writing", [sys.executable, CLIENTS, "make", str(rows), path, *changed], os.environ | PATHS)
    return path


@contextmanager
def taking_everything() -> Iterator[str]:
    """Serve, in another process, a portal that says yes to whatever it is sent."""
    told: Queue[int] = Queue()
    server = Process(target=_serve, args=(told,), daemon=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{told.get(timeout=30)}"
    finally:
        server.terminate()
        server.join()


def _serve(told: "Queue[int]") -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Yes) as server:
        told.put(server.server_port)
        server.serve_forever()


class _Yes(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        left = int(self.headers["Content-Length"])
        while left > 0:
            left -= len(self.rfile.read(min(left, 1 << 20)))
        body = b'{"success": true, "result": {}}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(given[0] if given else ROWS, given[1] if len(given) > 1 else None)
