"""How the proxy passes one request on and its answer back, in pieces; which fault is due, `proxy` says.

Guarantees that what `Fault` says about CKAN is so: where it sees nothing no connection to it is
made, where it acts its whole answer was read before the client learns anything.
"""

import json
import os
import socket
import struct
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from tests.portal.proxy import Call, Proxy

PIECE = 64 * 1024
WRONG_TOKEN = "a-token-that-was-revoked"  # noqa: S105 - the point of it
#: They concern one connection; the length is set anew.
OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect", "host"}
OF_THE_TOKEN = {"authorization", "x-ckan-api-key"}


def _page(status: str) -> bytes:
    return f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>\r\n".encode()


_HTML = {"Content-Type": "text/html"}
_WAIT = {"Retry-After": "1"}
#: Answers of a gateway, by kind of fault: those instead of asking CKAN, and those instead of its answer.
INSTEAD_OF_ASKING: dict[str, tuple[int, bytes, dict[str, str]]] = {
    "too_large": (413, _page("413 Request Entity Too Large"), _HTML),
    "busy_header": (429, _page("429 Too Many Requests"), _HTML | _WAIT),
    "busy_body": (429, json.dumps({"error": {"retry_after": 1}}).encode(), {"Content-Type": "application/json"}),
    "busy_page": (503, _page("503 Service Temporarily Unavailable"), _HTML | _WAIT),
}
INSTEAD_OF_ANSWERING: dict[str, tuple[int, bytes, dict[str, str]]] = {
    "error_after": (500, _page("500 Internal Server Error"), _HTML),
    "gateway_timeout": (504, _page("504 Gateway Time-out"), _HTML),
}


class Relay(BaseHTTPRequestHandler):
    """One connection of a client."""

    proxy: "Proxy"
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer takes 40 ms more

    def do_GET(self) -> None:
        self._call = self.proxy.note(self.command, self.path)
        call = self._call
        self.proxy.call_back("before", call)
        if call.kind == "cut_before":
            self._reset()
        elif "Transfer-Encoding" in self.headers:  # as the servers that CKAN runs under
            self._answer(411, _page("411 Length Required"), _HTML)
            self.close_connection = True
        elif call.kind in INSTEAD_OF_ASKING:
            for _ in self._body():
                pass
            self._answer(*INSTEAD_OF_ASKING[call.kind])
        else:
            self._pass_on(call)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET  # noqa: N815 - as http.server calls them

    def _pass_on(self, call: "Call") -> None:
        upstream = urlsplit(self.proxy.upstream)
        connection = HTTPConnection(upstream.hostname or "", upstream.port, timeout=600)
        try:
            if call.kind == "cut_within":
                self._ask(connection, self._body(half=True))
                connection.close()
                self._reset()
                return
            try:
                self._ask(connection, self._body())
                self.proxy.call_back("during", call)
                answer = connection.getresponse()
            except ConnectionAbortedError:
                raise  # by the client: nobody is left to be answered
            except (ConnectionError, HTTPException):
                self._answer(502, _page("502 Bad Gateway"), _HTML)
                self.close_connection = True  # the rest of the body may still be in it
                return
            self._end(call, answer)
        finally:
            connection.close()

    def _ask(self, connection: HTTPConnection, body: Iterator[bytes]) -> None:
        connection.putrequest(self.command, self.path, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() in OF_THE_TOKEN and self._call.expired:
                connection.putheader(name, WRONG_TOKEN)
            elif name.lower() not in OF_THE_CONNECTION:
                connection.putheader(name, value)
        connection.putheader("Connection", "close")
        connection.endheaders()
        for piece in body:
            connection.send(piece)

    def _end(self, call: "Call", answer: HTTPResponse) -> None:
        """Answer the client, CKAN having acted."""
        spoilt = call.kind == "cut_after" or call.kind in INSTEAD_OF_ANSWERING
        while spoilt and answer.read(PIECE):
            pass
        self.proxy.call_back("after", call)
        if call.kind == "cut_after":
            self._reset()
        elif call.kind in INSTEAD_OF_ANSWERING:
            self._answer(*INSTEAD_OF_ANSWERING[call.kind])
        else:
            time.sleep(call.fault.seconds if call.fault and call.kind == "slow" else 0)
            self._pass_back(answer)

    def _pass_back(self, answer: HTTPResponse) -> None:
        length = answer.getheader("Content-Length")
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in OF_THE_CONNECTION]
        bodiless = self.command == "HEAD" or answer.status in {204, 304}
        if not bodiless and length is None:
            headers.append(("Transfer-Encoding", "chunked"))
        self._head(answer.status, headers)
        if bodiless:
            return
        sent = 0
        while piece := answer.read(PIECE):
            sent += len(piece)
            self.wfile.write(piece if length else b"%x\r\n%b\r\n" % (len(piece), piece))
        if length is None:
            self.wfile.write(b"0\r\n\r\n")
        elif sent < int(length):
            self.close_connection = True  # CKAN broke off: so does the proxy

    def _body(self, *, half: bool = False) -> Iterator[bytes]:
        """Give the request's body in pieces; raises `ConnectionAbortedError` where the client breaks off."""
        left = int(self.headers.get("Content-Length") or 0)
        left = left // 2 if half else left
        while left:
            piece = self.rfile.read(min(PIECE, left))
            if not piece:
                raise ConnectionAbortedError
            left -= len(piece)
            yield piece

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self._head(status, [*headers.items(), ("Content-Length", str(len(body)))])
        self.wfile.write(body)

    def _head(self, status: int, headers: list[tuple[str, str]]) -> None:
        self._call.status = status
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def _reset(self) -> None:
        """Break the connection off as a network does: with a reset, no farewell."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def log_message(self, *_: object) -> None: ...
