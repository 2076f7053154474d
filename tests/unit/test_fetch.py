"""A source that does not answer is not a source that is wrong: the one is tried again and
waited for, the other needs a person. Neither may show an address, which may hold a key."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import stamina

from pipelines.errors import SourceError, UnreachableError
from pipelines.fetch.file import copy
from pipelines.progress import silent

KEY = "SECRET-KEY-5521"


class _Server(BaseHTTPRequestHandler):
    """Answers `/<status>`; `/later` is out of order at first and whole afterwards."""

    asked = 0

    def do_GET(self) -> None:
        wanted = self.path[1:].partition("?")[0]
        type(self).asked += 1
        status = (200 if self.asked > 3 else 503) if wanted == "later" else int(wanted)
        body = b"whole" if status == 200 else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - the name the library calls

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[str]:
    _Server.asked = 0
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _at_once() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_server_out_of_order_is_unreachable(server: str, status: int, tmp_path: Path) -> None:
    with pytest.raises(UnreachableError):
        copy(f"{server}/{status}", tmp_path / "out", 100, silent)


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/file.csv", "http://no-such-host.invalid/file.csv"])
def test_nobody_there_is_unreachable(address: str, tmp_path: Path) -> None:
    with pytest.raises(UnreachableError):
        copy(address, tmp_path / "out", 100, silent)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_an_address_that_is_wrong_is_not_waited_for(server: str, status: int, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refusal:
        copy(f"{server}/{status}", tmp_path / "out", 100, silent)
    assert not isinstance(refusal.value, UnreachableError)


def test_a_server_that_recovers_is_read_whole(server: str, tmp_path: Path) -> None:
    copy(f"{server}/later", tmp_path / "out", 100, silent)
    assert (tmp_path / "out").read_bytes() == b"whole"


@pytest.mark.parametrize("status", [404, 503])
def test_no_part_of_an_address_is_shown(
    server: str, status: int, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SourceError) as refusal:
        copy(f"{server}/{status}?key={KEY}", tmp_path / "out", 100, silent)
    shown = [str(refusal.value), repr(refusal.value), caplog.text, *capfd.readouterr()]
    assert KEY not in "".join(shown)
    assert refusal.value.__cause__ is None
