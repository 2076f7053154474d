"""An anonymous reader who looks at one dataset of the real CKAN all the while, and notes what it sees.

Every look at a file, a table or the search stands between two of `package_show`, so that `states`
can judge it by what the portal said at the time. Here nothing is judged. A table is read by one
call, which CKAN answers from one moment; a larger one than that is no table for a test.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

#: What CKAN gives at most by one call.
MOST_ROWS = 32_000
LONGEST_REST = 0.05
#: The digests of a table's rows, in order: equal for equal tables.
Rows = tuple[str, ...]
Package = Mapping[str, Any]


def rows_of(records: Iterable[Mapping[str, Any]]) -> Rows:
    """Return what identifies a table: each row as CKAN's JSON has it, without CKAN's own number."""
    texts = (json.dumps({k: v for k, v in row.items() if k != "_id"}, sort_keys=True) for row in records)
    return tuple(sorted(hashlib.sha256(text.encode()).hexdigest() for text in texts))


@dataclass(frozen=True)
class Resource:
    """What a package says of one resource."""

    id: str
    key: str
    """Its `pipeline_key`; its id where it has none."""
    release: str
    sha256: str
    path: str
    """Where its uploaded file is; empty where it has none."""
    has_table: bool


@dataclass(frozen=True)
class View:
    """What a package shows of itself; without resources where the status is not 200."""

    status: int
    resources: tuple[Resource, ...] = ()
    being_replaced: str = ""
    """The coming release, where one is announced."""

    @property
    def is_visible(self) -> bool:
        return self.status == httpx.codes.OK

    @property
    def is_hidden(self) -> bool:
        """Whether it was refused; a portal in trouble refuses nothing."""
        return not self.is_visible and not is_trouble(self.status)

    def find(self, resource_id: str) -> Resource | None:
        return next((resource for resource in self.resources if resource.id == resource_id), None)


@dataclass(frozen=True)
class Observation:
    """One look: what was answered, between which views of the package."""

    when: float
    """By the monotonic clock, when the answer was whole."""
    what: Literal["package", "search", "file", "table"]
    status: int
    """HTTP's; 0 where there was no answer."""
    before: View
    after: View
    resource: Resource | None = None
    """Of a file or table, as it was shown before."""
    sha256: str = ""
    rows: Rows = ()
    found: View | None = None
    """What the search found; the package itself for a look at it."""


def is_trouble(status: int) -> bool:
    """Whether an answer says nothing but that the portal cannot answer now."""
    return not status or status >= httpx.codes.INTERNAL_SERVER_ERROR


def view_of(package: Package) -> View:
    """Read what `package_show` or the search gives."""
    extras = {extra["key"]: extra["value"] for extra in package.get("extras", [])}
    return View(200, tuple(map(_resource, package["resources"])), extras.get("being_replaced", ""))


def _resource(shown: Mapping[str, Any]) -> Resource:
    path = urlsplit(shown.get("url") or "").path if shown.get("url_type") == "upload" else ""
    key = shown.get("pipeline_key") or shown["id"]
    has_table = bool(shown.get("datastore_active"))
    return Resource(shown["id"], key, shown.get("release", ""), shown.get("content_sha256", ""), path, has_table)


class Prober:
    """Looks again and again, until it is told to stop."""

    def __init__(self, client: httpx.Client, dataset: str, insider: Callable[[], Package | None]) -> None:
        self.observations: list[Observation] = []
        self.error: Exception | None = None
        self._client, self._dataset, self._insider = client, dataset, insider
        self._stop = threading.Event()
        self._rounds = 0
        self._rested = 0.0
        self._thread = threading.Thread(target=self._look_on)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop after the look under way; raises what ended the thread before."""
        self._stop.set()
        self._thread.join()
        if self.error:
            raise self.error

    def wait(self, rounds: int = 1, seconds: float = 60) -> None:
        """Wait until the whole dataset was looked at so often again, from now on."""
        wanted, deadline = self._rounds + rounds + 1, time.monotonic() + seconds  # one is under way
        while self._rounds < wanted and self._thread.is_alive():
            if time.monotonic() > deadline:
                raise TimeoutError("the prober does not come round")
            time.sleep(0.01)

    def _look_on(self) -> None:
        try:
            while not self._stop.is_set():
                self._look_round()
                self._rounds += 1
        except Exception as error:  # noqa: BLE001 - raised where the thread is joined
            self.error = error

    def _look_round(self) -> None:
        before = self._look_at_package()
        known = before.resources if before.is_visible else self._known_inside()
        for resource in known:
            if resource.path:
                before = self._note(before, "file", resource, *self._file(resource.path))
            if resource.has_table:
                before = self._note(before, "table", resource, *self._table(resource.id))
        self._note(before, "search", None, *self._search())

    def _known_inside(self) -> tuple[Resource, ...]:
        """Return what an outsider may not know of, so that it can be tried."""
        package = self._insider()
        return view_of(package).resources if package else ()

    def _note(
        self, before: View, what: Literal["search", "file", "table"], resource: Resource | None,
        status: int, seen: str | Rows | View | None,
    ) -> View:  # fmt: skip
        """Record a look and return the package's next view, which is the look's second."""
        when = time.monotonic()
        after = self._look_at_package()
        sha256, rows = seen if isinstance(seen, str) else "", seen if isinstance(seen, tuple) else ()
        found = seen if isinstance(seen, View) else None
        self.observations.append(Observation(when, what, status, before, after, resource, sha256, rows, found))
        self._rest()
        return after

    def _rest(self) -> None:
        """Rest as long as the look took, but briefly: one reader without a pause takes half of a CKAN."""
        self._stop.wait(min(time.monotonic() - self._rested, LONGEST_REST))
        self._rested = time.monotonic()

    def _look_at_package(self) -> View:
        """Look at the package, again while the portal is in trouble."""
        while True:
            status, package = self._action("package_show", id=self._dataset)
            view = view_of(package) if package else View(status)
            self.observations.append(Observation(time.monotonic(), "package", status, view, view, found=view))
            if self._stop.is_set() or not is_trouble(status):
                return view
            time.sleep(0.05)

    def _file(self, path: str) -> tuple[int, str]:
        whole, status = hashlib.sha256(), 0
        try:
            with self._client.stream("GET", path) as answer:
                status = answer.status_code
                for piece in answer.iter_raw():
                    whole.update(piece)
        except httpx.TransportError:
            return status, "broken off"
        return status, whole.hexdigest()

    def _table(self, resource_id: str) -> tuple[int, Rows]:
        options = {"limit": MOST_ROWS, "include_total": "false"}
        status, result = self._action("datastore_search", resource_id=resource_id, **options)
        records = result["records"] if result else []
        if len(records) >= MOST_ROWS:
            raise ValueError("the table is too large to be read in one moment")
        return status, rows_of(records)

    def _search(self) -> tuple[int, View | None]:
        status, result = self._action("package_search", fq=f'name:"{self._dataset}"')
        return status, view_of(result["results"][0]) if result and result["results"] else None

    def _action(self, action: str, **data: Any) -> tuple[int, Any]:
        try:
            answer = self._client.get(f"/api/3/action/{action}", params=data)
        except httpx.TransportError:
            return 0, None
        return answer.status_code, answer.json()["result"] if answer.status_code == httpx.codes.OK else None


@contextmanager
def watching(address: str, dataset: str, insider: Callable[[], Package | None] = lambda: None) -> Iterator[Prober]:
    """Look at a dataset until the block ends. `insider` gives the package as an editor sees it, None for
    none: by that its files and tables are tried while it is hidden."""
    with httpx.Client(base_url=address, timeout=60, headers={"Accept-Encoding": "identity"}) as client:
        prober = Prober(client, dataset, insider)
        prober.start()
        try:
            yield prober
        finally:
            prober.stop()
