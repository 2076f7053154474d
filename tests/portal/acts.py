"""What is done with a release besides publishing it, each act done by hand as its command does it: a release that
waits, its approval, a rollback, a withdrawal. The data is synthetic.

At a desk where the first release is live a second may wait; the third is brought there (which ends the second),
approved, rolled back from, and all is withdrawn.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import dropwhile
from typing import Any, NamedTuple

import httpx
import pytest

from pipelines.errors import OpendataError, PortalError, WaitingError
from pipelines.portals import ckan_calls, ckan_history
from pipelines.portals.ckan_package import COMING, HOLDER
from pipelines.publish import publish
from pipelines.publishing.approval import approve
from pipelines.publishing.rollback import rollback
from pipelines.publishing.withdrawal import withdraw
from pipelines.release import Proof, Release, drafted
from portal.instance import PortalFault
from tests.portal import proxy
from tests.portal.desk import FIRST, PACKAGE, Desk, desk
from tests.portal.prober import Observation, Package, Prober, watching
from tests.portal.proxy import Fault, Proxy
from tests.portal.publishing_under import Still, state_of
from tests.portal.states import State, judge
from tests.portals import RealPortal
from tests.publishing import define, deliver, prepared
from tests.toy import NAME, PERIOD, persons

THIRD = persons("1001", 12) + persons("1002", 6, note="แก้ไขอีกครั้ง")
REASON = "พบข้อมูลที่ไม่ควรเผยแพร่"
#: What may be seen of what waits, or was withdrawn.
UNSEEN = State("", {}, {}, public=False)

Act = Callable[[], object]


class Struck(NamedTuple):
    """What an act did and said that met a fault."""

    writes: list[str]
    error: OpendataError | None


class Acts:
    """A desk where the first release is live."""

    def __init__(self, portal: RealPortal, at: Desk) -> None:
        self.at, self.portal = at, portal
        at.environment.setattr(ckan_history, "datetime", Still)
        for pause in ("FIRST_PAUSE", "LONGEST_GROWN", "JITTER"):
            at.environment.setattr(ckan_calls, pause, 0.01)
        at.environment.setattr(ckan_calls, "RETRIES_IN_ALL", 200)  # every write is struck twice
        self.first = at.release(at.publish(FIRST)).id
        self.third = ""

    def deliver(self, lines: list[str]) -> None:
        """Have a release of these lines made that needs an approval: the third, which is to be brought there."""
        define(self.at.ws, lambda definition: definition.update(approval="required"))
        deliver(self.at.ws, lines)
        prepared(self.at.ws)
        self.third = self._made()

    def _made(self) -> str:
        """Return the release that staging brings there."""
        dataset = self.at.ws.dataset(NAME)
        with drafted(self.at.ws, dataset, Proof(*self.at.ws.receipts.chain(dataset, PERIOD, "anonymise"))) as draft:
            return draft.release.id

    def stage(self) -> None:
        with pytest.raises(WaitingError):
            publish(self.at.ws, self.at.ws.dataset(NAME), PERIOD, self.at.ckan())

    def approve(self) -> None:
        approve(self.at.ws, self.at.ws.dataset(NAME), self.third, self.at.ckan(approver=True), "data-owner")

    def roll_back(self) -> None:
        rollback(self.at.ws, self.at.ws.dataset(NAME), self.first, self.at.ckan())

    def withdraw(self) -> None:
        withdraw(self.at.ws, NAME, self.at.ckan(), REASON)

    @contextmanager
    def between(self, *faults: Fault) -> Iterator[Proxy]:
        """Have whoever acts meet a proxy."""
        with proxy.running(self.portal.address, *faults) as running:
            self.at.through(running.address)
            try:
                yield running
            finally:
                self.at.through(self.portal.address)

    def struck(self, act: Act, fault: Fault) -> Struck:
        """Act, or be refused in words for people: anything else that is raised fails the test."""
        error = None
        with self.between(fault) as running:
            try:
                act()
            except PortalError as refused:
                error = refused
                assert error.remedy
        return Struck([call.action for call in running.writes], error)

    def waiting(self) -> Package | None:
        """Return the dataset in which the third release waits, as its editor sees it."""
        with suppress(PortalFault):
            package: Package = self.portal.as_editor("package_show", id=self.waits_in)
            return package
        return None

    @property
    def waits_in(self) -> str:
        return f"{PACKAGE}-waiting-{self.third}"

    def looks(self) -> str:
        """Return all that an act can have changed, but for a lease."""
        found = self.portal.as_editor("package_search", fq=f"name:{PACKAGE}*", include_private=True, rows=100)[
            "results"
        ]
        told = [(p["name"], p["private"], _extras(p), _resources(p), self._tables(p)) for p in found]
        return json.dumps(sorted(told), sort_keys=True)

    def _tables(self, package: Package) -> dict[str, Any]:
        return dict(state_of(self.portal, package, "").tables)

    def live(self) -> State:
        """Return what anyone may see."""
        package = self.at.shown()
        return state_of(self.portal, package, _extras(package)["release"])

    def demand_live(self, release: str) -> None:
        """One release is live and whole, nothing twice, announced or waiting."""
        ws, dataset = self.at.ws, self.at.ws.dataset(NAME)
        receipt = ws.receipts.published(NAME, PERIOD, release, portal="agency")
        assert receipt
        wanted = Release.of(receipt)
        assert [change.action for change in self.at.ckan().plan(dataset, wanted)] == ["none"]
        assert list(self.at.ckan().audit(dataset, [wanted])) == []
        assert self.at.ckan().waiting(NAME) == {}
        assert (self.waiting() or {"state": "deleted"})["state"] == "deleted"
        keys = [resource["pipeline_key"] for resource in self.at.shown()["resources"]]
        assert len(keys) == len({*keys})
        assert {COMING, HOLDER}.isdisjoint(extra["key"] for extra in self.at.shown()["extras"])


def _extras(package: Package) -> dict[str, str]:
    return {e["key"]: e["value"] for e in package["extras"] if e["key"] not in {COMING, HOLDER}}


def _resources(package: Package) -> list[list[Any]]:
    return [[r["id"], r.get("pipeline_key"), r.get("content_sha256"), r["name"]] for r in package["resources"]]


@contextmanager
def unseen(acts: Acts) -> Iterator[None]:
    """Have an anonymous reader look for the release that waits, all the while; it never sees any of it."""
    with watching(acts.portal.address, acts.waits_in, acts.waiting) as prober:
        yield
        prober.wait()
    _demand_explained(prober, UNSEEN)


@contextmanager
def one_or_the_other(acts: Acts) -> Iterator[None]:
    """Have an anonymous reader look all the while: it sees what was live, or what is in the end, whole."""
    before = acts.live()
    with watching(acts.portal.address, PACKAGE) as prober:
        prober.wait()
        yield
        prober.wait()
    _demand_explained(prober, before, acts.live())


def _demand_explained(prober: Prober, *states: State) -> None:
    found = Counter((violation.kind, violation.place) for violation in judge(prober.observations, states).violations)
    assert not found, found


@contextmanager
def gone_for_good(acts: Acts) -> Iterator[None]:
    """Have an anonymous reader look all the while for everything that was there: once it was hidden, nothing of it
    is given to anyone again, and in the end a tombstone stands there."""
    was = acts.at.shown()
    with watching(acts.portal.address, PACKAGE, lambda: was) as prober:
        prober.wait()
        yield
        prober.wait()
    given = _given_again(prober)
    assert not given, given
    assert REASON in acts.at.shown()["notes"]
    assert acts.at.shown()["resources"] == []
    assert len(acts.at.ckan().withdrawn(NAME)) == 1


def _given_again(prober: Prober) -> list[tuple[str, str]]:
    """Return what was given of it after it was hidden, in the order in which it was asked for: a look is noted
    after the one at the package that follows it."""
    looks = sorted(prober.observations, key=lambda seen: seen.when)
    since = dropwhile(lambda seen: not (seen.what == "package" and seen.before.is_hidden), looks)
    given = [seen for seen in since if seen.status == httpx.codes.OK]
    return [(seen.what, seen.resource.key if seen.resource else "") for seen in given if _is_of_it(seen)]


def _is_of_it(seen: Observation) -> bool:
    return seen.resource is not None or bool(seen.found and seen.found.resources)


def acts_at(portal: RealPortal, folder: Any, monkeypatch: pytest.MonkeyPatch) -> Acts:
    return Acts(portal, desk(portal, folder, monkeypatch))
