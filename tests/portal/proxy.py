"""A proxy before CKAN that does to a publisher what networks and gateways do, at a chosen call.

It numbers and records every call, deals out the faults it was given and calls back before,
during or after a chosen write. It knows CKAN's actions by name alone: nothing about datasets belongs here.
What goes through is passed on in pieces, whatever its size, and is nowhere changed; a call that
meets no fault is answered as CKAN answered it. Addresses within the answers are CKAN's own.
"""

import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

from tests.portal.relay import Relay

Kind = Literal[
    "cut_before",  # the connection is reset, CKAN sees nothing
    "cut_within",  # half of the body reaches CKAN, then both connections are reset
    "cut_after",  # CKAN acts, the connection is reset instead of an answer
    "error_after",  # CKAN acts, the answer is a 500 in HTML
    "gateway_timeout",  # CKAN acts, the answer is a 504 in HTML
    "too_large",  # a 413 in HTML, CKAN sees nothing
    "busy_header",  # a 429 with Retry-After, CKAN sees nothing
    "busy_body",  # a 429 with its seconds in JSON alone, CKAN sees nothing
    "busy_page",  # a 503 in HTML with Retry-After, CKAN sees nothing
    "slow",  # CKAN acts, the answer is held back for some seconds
    "unauthorised_from",  # from here on CKAN is shown a wrong token, by readings too
]
#: An action that changes nothing, by its name.
READING = re.compile(r"_show$|_list|_search|_autocomplete$|^datastore_info$")


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong with one call, or with several in succession."""

    kind: Kind
    nth: int = 1
    """Where it begins: the number of the write, from 1; with an action the number of that action's call."""
    action: str = ""
    times: int = 1
    """How many calls it strikes, counted likewise; a token that has become wrong stays so."""
    seconds: float = 0


@dataclass
class Call:
    """A request as it came, and what became of it."""

    method: str
    path: str
    action: str
    """The API's action; empty for pages and files."""
    write: int
    """Which write it is, from 1; 0 for a reading."""
    fault: Fault | None = None
    expired: bool = False
    """Whether CKAN is shown a wrong token."""
    status: int = 0
    """What the client was answered; 0 for nothing."""

    @property
    def kind(self) -> str:
        """The kind of its fault, empty where it meets none."""
        return self.fault.kind if self.fault else ""


class Proxy:
    """What one proxy has seen and is to do. `calls` is in the order in which they came."""

    def __init__(self, upstream: str, faults: Sequence[Fault]) -> None:
        self.upstream = upstream
        self.address = ""
        self.faults = list(faults)
        self.calls: list[Call] = []
        self.broken: list[Exception] = []
        """What went wrong in the proxy or a callback and is no fault of the plan."""
        self._lock = threading.Lock()
        self._callbacks: dict[tuple[str, int | None], Callable[[], object]] = {}
        self._is_expired = False

    @property
    def writes(self) -> list[Call]:
        """The calls that could change something."""
        return [call for call in self.calls if call.write]

    def before_write(self, nth: int | None, callback: Callable[[], object]) -> None:
        """Call back when the nth write has come (None: every write) and CKAN has seen nothing of it; it waits."""
        self._callbacks["before", nth] = callback

    def during_write(self, nth: int | None, callback: Callable[[], object]) -> None:
        """Call back when CKAN has got the whole write and is about it."""
        self._callbacks["during", nth] = callback

    def after_write(self, nth: int | None, callback: Callable[[], object]) -> None:
        """Call back when CKAN has acted and nobody knows yet."""
        self._callbacks["after", nth] = callback

    def call_back(self, when: Literal["before", "during", "after"], call: Call) -> None:
        """Do what was asked for at this point."""
        for nth in (call.write, None) if call.write else ():
            if callback := self._callbacks.get((when, nth)):
                try:
                    callback()
                except Exception as error:
                    self.broken.append(error)
                    raise

    def note(self, method: str, target: str) -> Call:
        """Record a request and find out what is to happen to it."""
        path = urlsplit(target).path
        api = re.fullmatch(r"/api/(?:\d/)?action/(\w+)", path)
        action = api[1] if api else ""
        is_write = method != "GET" and bool(action) and not READING.search(action)
        with self._lock:
            call = Call(method, path, action, len(self.writes) + 1 if is_write else 0)
            self.calls.append(call)
            call.fault = next((fault for fault in self.faults if self._strikes(fault, call)), None)
            self._is_expired |= call.kind == "unauthorised_from"
            call.expired = self._is_expired
        return call

    def _strikes(self, fault: Fault, call: Call) -> bool:
        if fault.action and fault.action != call.action:
            return False
        number = sum(known.action == call.action for known in self.calls) if fault.action else call.write
        return fault.nth <= number < fault.nth + fault.times


@contextmanager
def running(upstream: str, *faults: Fault) -> Iterator[Proxy]:
    """Serve on a free port of 127.0.0.1 until the block ends; then raise what broke within the proxy itself."""
    proxy = Proxy(upstream, faults)
    handler = type("Handler", (Relay,), {"proxy": proxy})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.handle_error = lambda *_: _keep(proxy)  # type: ignore[method-assign]
        proxy.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()
    if proxy.broken:
        raise ExceptionGroup("the proxy itself", proxy.broken)


def _keep(proxy: Proxy) -> None:
    error = sys.exception()
    is_client_gone = isinstance(error, ConnectionError)  # clients that are cut off or killed are the point
    if isinstance(error, Exception) and not is_client_gone and error not in proxy.broken:
        proxy.broken.append(error)
