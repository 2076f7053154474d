"""Asks web services, politely and for a bounded time.

Every request has a time limit; what may pass (no answer, 429, 5xx, a reply that says "too many
requests") is asked again after the pause the server names, else after a growing one with
jitter. Certificates are always checked. Errors name neither address nor key.
"""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Self

import httpx

from pipelines.errors import SourceError, UnreachableError
from pipelines.pauses import asked_pause, tries
from pipelines.progress import Progress

ATTEMPTS, LONGEST_PAUSE, LONGEST_IN_ALL = 8, 900.0, 3600.0
BUSY = {408, 425, 429}
CHUNK = 1 << 20
AGENT = "opendata-thailand (reads public data; see the operator's contact unit)"


class _LaterError(UnreachableError):
    """The same request may succeed after a pause (seconds; None: ours to choose)."""

    def __init__(self, message: str, pause: float | None = None) -> None:
        super().__init__(message, remedy="run again later: what has come is kept")
        self.pause = pause


@dataclass
class Client:
    """A connection to one service. `query` and `headers` go with every request and may be secret."""

    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._http = httpx.Client(
            timeout=httpx.Timeout(60, connect=15),
            headers={"User-Agent": AGENT, **self.headers},
            follow_redirects=not self.query and not self.headers,  # a key must not go to another host
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, url: str, params: dict[str, str], is_busy: Callable[[bytes], bool], limit: int) -> bytes:
        """Return a reply's body.

        Raises:
            UnreachableError: no good answer in the time there is.
            SourceError: the service refuses the request, or the reply is over `limit` bytes.
        """
        for attempt in tries(_pause, attempts=ATTEMPTS, within=LONGEST_IN_ALL, first=1, longest=60):
            with attempt:
                body = b"".join(self._stream(url, params, limit))
                if is_busy(body):
                    raise _LaterError("the service says that there were too many requests")
                return body
        raise AssertionError

    def download(self, url: str, to: Path, limit: int, on_progress: Progress) -> None:
        """Bring a file; raises as `get`."""
        for attempt in tries(_pause, attempts=ATTEMPTS, within=LONGEST_IN_ALL, first=1, longest=60):
            with attempt, to.open("wb") as file:
                done = 0
                for chunk in self._stream(url, {}, limit):
                    file.write(chunk)
                    done += len(chunk)
                    on_progress("fetching", done, None)

    def _stream(self, url: str, params: dict[str, str], limit: int) -> Iterator[bytes]:
        try:
            whole = httpx.URL(url).copy_merge_params(params | self.query)  # its own query stays
            with self._http.stream("GET", whole) as reply:
                _demand_good(reply)
                done = 0
                for chunk in reply.iter_bytes(CHUNK):
                    done += len(chunk)
                    if done > limit:
                        raise SourceError(
                            f"a reply is larger than {limit:,} bytes", remedy="check it, or raise source.max_bytes"
                        )
                    yield chunk
                _demand_whole(reply)
        except httpx.HTTPError as error:
            if isinstance(error.__cause__ and error.__cause__.__cause__, ssl.SSLCertVerificationError):
                raise SourceError(
                    "the server's certificate cannot be trusted", remedy="have its certificate chain mended"
                ) from None
            raise _LaterError("the service does not answer") from None
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise SourceError("the address is no web address", remedy="check source.location or --source") from None


def _pause(error: Exception) -> bool | float:
    if not isinstance(error, _LaterError) or (error.pause or 0) > LONGEST_PAUSE:
        return False
    return True if error.pause is None else error.pause


def _demand_good(reply: httpx.Response) -> None:
    status = reply.status_code
    if status in BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _LaterError(f"the service answers {status}", asked_pause(reply.headers.get("Retry-After")))
    if status != HTTPStatus.OK:
        hint = "check the key in the environment" if status in {401, 403} else "check the address and the parameters"
        raise SourceError(f"the service answers {status}", remedy=hint)


def _demand_whole(reply: httpx.Response) -> None:
    """Some servers close early; httpx says nothing where the transfer was encoded."""
    said = reply.headers.get("Content-Length")
    if said and "Content-Encoding" not in reply.headers and reply.num_bytes_downloaded < int(said):
        raise _LaterError("the reply was cut off")
