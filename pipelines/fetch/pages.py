"""Pages on their way: kept one by one until all have come, so that a cut-off run goes on.

Pages of one request lie in one folder under a hash of the request. They are kept only while
they are young and the service still counts as many records as when they began: otherwise the
next run begins anew, because pages of two states of a source are no state of it.
"""

import hashlib
import json
import shutil
import time
from pathlib import Path
from typing import Any

STATE = "state.json"
HOUR = 3600


class Pages:
    """The pages of one request that are here."""

    def __init__(self, cache: Path, request: dict[str, Any], keep_hours: float) -> None:
        sha = hashlib.sha256(json.dumps(request, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        self._folder = cache / f"pages-{sha[:16]}"
        state = self._state()
        if state is None or not 0 <= time.time() - state["began"] <= keep_hours * HOUR:
            self.begin_anew()

    def begin_anew(self) -> None:
        """Forget every page."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True, mode=0o700)
        self._write(STATE, json.dumps({"began": time.time(), "total": None}).encode())

    @property
    def total(self) -> int | None:
        """How many records the service said it has when the first page came."""
        state = self._state()
        return None if state is None else state["total"]

    def say_total(self, total: int) -> None:
        """Remember it."""
        state = self._state() or {"began": time.time()}
        self._write(STATE, json.dumps(state | {"total": total}).encode())

    def get(self, number: int) -> bytes | None:
        """Return a page that is here."""
        path = self._path(number)
        return path.read_bytes() if path.is_file() else None

    def put(self, number: int, page: bytes) -> None:
        """Keep a page, whole or not at all."""
        self._write(self._path(number).name, page)

    def paths(self, count: int) -> list[tuple[str, Path]]:
        """Return name and path of the first pages."""
        return [(self._path(number).name, self._path(number)) for number in range(1, count + 1)]

    def done(self) -> None:
        """Forget them: the delivery is whole."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self._folder / f"page-{number:06}.json"

    def _write(self, name: str, data: bytes) -> None:
        partial = self._folder / f"{name}.partial"
        partial.write_bytes(data)
        partial.replace(self._folder / name)

    def _state(self) -> dict[str, Any] | None:
        try:
            state: dict[str, Any] = json.loads((self._folder / STATE).read_bytes())
        except (OSError, ValueError):
            return None
        return state
