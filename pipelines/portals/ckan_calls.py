"""Calls of a CKAN: each with a time limit, repeated a bounded number of times, never blindly.

Reading is asked again after a pause. A write
whose outcome is unknown (no answer, 5xx) is looked up before it is sent again. A pause is what
the portal asks for (Retry-After, or the same in the body), else a growing one with jitter.

What is written, and in which order, is not decided here.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol, TypeVar

import requests

from pipelines.pauses import tries
from pipelines.portals.ckan_answers import BusyError, InvalidError, MissingError, UnclearError

Found = TypeVar("Found")

#: CKAN answers 500 for a file that is gone from its disk: files are not asked for as often as the rest.
ATTEMPTS_FOR_FILES = 3
ATTEMPTS, LONGEST_PAUSE, LONGEST_IN_ALL, RETRIES_IN_ALL = 6, 300.0, 450.0, 60
#: Where the portal names no pause: the first, the longest one that it grows to, and what chance adds at most.
FIRST_PAUSE, LONGEST_GROWN, JITTER = 0.5, 30.0, 1.0
READ_SECONDS, WRITE_SECONDS, CONNECT_SECONDS = 60.0, 300.0, 15.0
CHUNK = 1 << 20
#: Calls under way at a time, where one need not wait for another: half of a portal's smallest usual number of workers.
AT_ONCE = 2


class Transport(Protocol):
    """What carries calls to one CKAN, under one token or none."""

    address: str

    def send(self, action: str, data: Mapping[str, Any], upload: Mapping[str, Path], seconds: float) -> Any:  # noqa: ANN401
        """Call an action once; `upload` names files that go with it. Raises `CallError`."""
        ...

    def stream(self, path: str, headers: Mapping[str, str], seconds: float) -> requests.Response:
        """Ask for an address below the portal's once, its body not read yet. Raises `CallError`."""
        ...


@dataclass(frozen=True)
class Fetched:
    """What an address serves: sha256 and size of its bytes, and the mark (ETag) to ask by next time."""

    sha256: str
    bytes: int
    etag: str


class Calls:
    """One CKAN under one token. Counts its writes."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._retries = RETRIES_IN_ALL
        self.writes = 0

    def read(self, action: str, **data: Any) -> Any:  # noqa: ANN401 - CKAN's answer
        """Call an action that changes nothing."""
        return self._repeat(lambda: self._transport.send(action, data, {}, READ_SECONDS))

    def find(self, action: str, **data: Any) -> Any | None:  # noqa: ANN401
        """Read what may not be there: None where it is not."""
        try:
            return self.read(action, **data)
        except MissingError:
            return None

    def write(
        self,
        action: str,
        data: Mapping[str, Any],
        *,
        done: Callable[[], Found | None] | None = None,
        upload: Mapping[str, Path] | None = None,
    ) -> Any:  # noqa: ANN401
        """Call an action that changes something, until it is known to be done.

        `done` looks whether it was, after an outcome that is not known, and returns what there
        is; a write without it may be sent again as often as one likes."""
        unclear = False

        def once() -> Any:  # noqa: ANN401
            nonlocal unclear
            if unclear and done and (found := done()) is not None:
                return found
            self.writes += 1
            try:
                return self._transport.send(action, data, upload or {}, WRITE_SECONDS)
            except UnclearError:
                unclear = True
                raise
            except InvalidError:
                # An attempt before this one may have come through late: then this one is refused.
                if unclear and done and (found := done()) is not None:
                    return found
                raise

        return self._repeat(once)

    def fetch(self, path: str, etag: str | None = None) -> Fetched | None:
        """Read all bytes an address serves; None where they are still those of `etag`."""

        def once() -> Fetched | None:
            with self.body(path, {"If-None-Match": etag} if etag else {}) as answer:
                if answer.status_code == HTTPStatus.NOT_MODIFIED:
                    return None
                digest, size = hashlib.sha256(), 0
                for chunk in answer.iter_content(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                return Fetched(digest.hexdigest(), size, answer.headers.get("ETag", ""))

        return self._repeat(once, ATTEMPTS_FOR_FILES)

    def bytes(self, path: str) -> bytes:
        """Return all bytes an address serves, of what is known to be small."""

        def once() -> bytes:
            with self.body(path) as answer:
                return answer.content

        return self._repeat(once, ATTEMPTS_FOR_FILES)

    @contextmanager
    def body(self, path: str, headers: Mapping[str, str] | None = None) -> Iterator[requests.Response]:
        """Give an answer whose body is read piece by piece, once; raises `UnclearError` where it breaks off."""
        with self._transport.stream(path, headers or {}, READ_SECONDS) as answer:
            try:
                yield answer
            except requests.RequestException:
                raise UnclearError("the portal's answer was cut off", remedy="try again") from None

    def _repeat(self, once: Callable[[], Found], attempts: int = ATTEMPTS) -> Found:
        for attempt in tries(
            self._pause,
            attempts=attempts,
            within=LONGEST_IN_ALL,
            first=FIRST_PAUSE,
            longest=LONGEST_GROWN,
            jitter=JITTER,
        ):
            with attempt:
                return once()
        raise AssertionError

    def _pause(self, error: Exception) -> bool | float:
        if not isinstance(error, BusyError | UnclearError) or self._retries <= 0:
            return False
        self._retries -= 1
        if error.pause is None:
            return True
        return error.pause if error.pause <= LONGEST_PAUSE else False
