"""One publisher at a time on one dataset of a CKAN, from wherever: a lease that stands in its free fields.

`being_replaced` names the release that is coming and tells readers too: until it is gone, what the API
gives and what the file holds may be of two releases. `replaced_by` says which publisher has the lease,
and since when. A publisher that died keeps it no longer than `SECONDS`; one that comes back to finish
takes its own over at once. One whose `replaced_by` nobody can read, or that no clock explains, has none.
"""

import hashlib
import logging
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from pipelines.errors import PortalError
from pipelines.portals.ckan_package import COMING, HOLDER, LIVE, Held, MovedError, Package, listed
from pipelines.portals.ckan_target import Target
from pipelines.workspace import Workspace

#: Renewed so often, it outlasts the longest that one call is tried (`ckan_calls`).
SECONDS, POLL_SECONDS, RENEW_SECONDS, TRIES = 900.0, 2.0, 120.0, 3
LOG = logging.getLogger(__name__)


def publisher_of(ws: Workspace) -> str:
    """Return who this publisher is: this home on this machine, where only one process at a time
    works on a dataset. Tells nothing of either."""
    return hashlib.sha256(f"{socket.gethostname()} {ws.home}".encode()).hexdigest()[:12]


def leased(target: Target, held: Held) -> Target:
    """Return what a dataset must look like before anybody sees it: leased as it is, and what is live is what was."""
    kept = {name: held.extras[name] for name in (LIVE, COMING, HOLDER) if name in held.extras}
    extras = {name: value for name, value in target.extras.items() if name != LIVE}
    return replace(target, fields=target.fields | {"extras": extras | kept})


class OvertakenError(PortalError):
    """The lease ran out, and another publisher has it: what stands there is its own."""


class Lease:
    """The lease of one dataset, for one publisher."""

    def __init__(self, package: Package, publisher: str, release: str) -> None:
        self._package, self._publisher, self._release = package, publisher, release
        self._renewed = 0.0
        self._found: dict[str, str] = {}
        self.announced: set[str] = set()
        """Every release that was said to be coming when it was taken: none of them need have come out."""

    @property
    def extras(self) -> dict[str, str]:
        """The free fields of a lease that begins now."""
        now = datetime.now(UTC).replace(microsecond=0).isoformat()
        return {COMING: self._release, HOLDER: f"{self._publisher} {now}"}

    def take(self, held: Held) -> Held:
        """Have the dataset to oneself; raises `PortalError` where another publisher does not let go of it, and
        where it is being withdrawn: that is not put off by anyone, and ends by itself alone."""
        deadline, told = time.monotonic() + SECONDS + 60, False
        while time.monotonic() < deadline:
            held.demand_stays()
            if self._is_free(held):
                self._found = {name: held.extras[name] for name in (COMING, HOLDER) if name in held.extras}
                self.announced |= {self._found[COMING]} if COMING in self._found else set()
                with suppress(MovedError):
                    return self._write(held)
            else:
                if not told:
                    LOG.warning(
                        "another publisher works on %s: waiting, %.0f min at most", self._package.name, SECONDS / 60
                    )
                    told = True
                time.sleep(POLL_SECONDS)
            held = self._package.demand()
        raise PortalError("another publisher works on this dataset", remedy="run again when it has finished")

    def give_back(self, *, done: bool = False) -> None:
        """Have the fields as they were when it was taken: what a publisher that died has announced stays announced,
        but where it is `done` what was announced of the same release.

        Raises `OvertakenError`."""
        held = self.demand()
        if done and self._found.get(COMING) == self._release:
            self._found = {}
        others = {name: value for name, value in held.extras.items() if name not in {COMING, HOLDER}}
        extras = {**others, **self._found}
        self._package.revise(held, {"extras": listed(extras)}, done=lambda now: now.extras == extras)

    def keep(self, held: Held) -> Held:
        """Keep the lease through long work; writes only now and then. Returns what is held by then.

        Raises `OvertakenError`."""
        self.demand_in(held)
        return held if time.time() - self._renewed < RENEW_SECONDS else self.resume({})

    def resume(self, ended: Mapping[str, str]) -> Held:
        """Have it on, or once more where the dataset has the free fields of one that has `ended`.

        Raises `OvertakenError` where another publisher has begun since, or is done."""
        for _ in range(TRIES):
            held = self._package.demand()
            if held.extras != ended:
                self.demand_in(held)
            with suppress(MovedError):  # by a person, who may change what is not ours
                return self._write(held)
        raise MovedError("the dataset was changed on the portal at the same time", remedy="run again")

    def demand(self) -> Held:
        """Return what is held now, as the one whose lease it is; raises `OvertakenError`."""
        held = self._package.demand()
        self.demand_in(held)
        return held

    def demand_in(self, held: Held) -> None:
        """Raises `OvertakenError` where it is not ours in what is held."""
        if held.extras.get(HOLDER, "").partition(" ")[0] != self._publisher:
            raise OvertakenError(
                "another publisher has begun on this dataset since",
                remedy="see which release is live (`opendata plan`) before publishing again",
            )

    def _write(self, held: Held) -> Held:
        self._renewed = time.time()  # which goes on where a machine sleeps
        mine = self.extras
        changes = {"extras": listed({**held.extras, **mine})}
        return self._package.revise(held, changes, done=lambda now: now.extras.get(HOLDER) == mine[HOLDER])

    def _is_free(self, held: Held) -> bool:
        publisher, _, since = held.extras.get(HOLDER, "").partition(" ")
        if publisher == self._publisher:
            return True
        try:
            age = datetime.now(UTC) - datetime.fromisoformat(since)
        except (ValueError, TypeError):
            return True
        return abs(age.total_seconds()) > SECONDS
