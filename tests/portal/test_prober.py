"""The prober sees what a reader may not see, and nothing where there is nothing to see."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from portal.instance import PortalFault
from tests.portal import by_hand, machinery, proxy
from tests.portal.by_hand import CHANGELOG, TABLE, Edition
from tests.portal.prober import Package, Prober, watching
from tests.portal.states import State, Verdict, judge
from tests.portals import RealPortal

OLD, NEW = Edition("2566-aaaa", (10, 20, 30, 40)), Edition("2567-bbbb", (10, 20, 33, 44, 50))
BOTH = [OLD.state(), NEW.state()]


class Desk:
    """An old edition in CKAN, and what one may do to it."""

    def __init__(self, portal: RealPortal, name: str, *, private: bool = False) -> None:
        self.portal, self.name = portal, name
        self.ids = by_hand.create(portal, name, OLD, private=private)

    def watching(self, doing: Callable[[Prober], object], states: list[State]) -> Verdict:
        """Judge what a reader saw from before something is done until a while after."""
        with watching(self.portal.address, self.name, self.inside) as prober:
            prober.wait()
            doing(prober)
            prober.wait()
        return judge(prober.observations, states)

    def inside(self) -> Package | None:
        with suppress(PortalFault):
            package: Package = self.portal.as_editor("package_show", id=self.name)
            return package
        return None

    def announce(self, release: str) -> None:
        self.portal.as_editor("package_patch", id=self.name, extras=[{"key": "being_replaced", "value": release}])

    def write_rows(self, edition: Edition, start: int, stop: int | None = None) -> None:
        rows = edition.rows[start:stop]
        self.portal.as_editor("datastore_upsert", resource_id=self.ids[TABLE], records=rows, force=True)

    def drop_rows(self, *codes: str) -> None:
        filters = {"district_code": list(codes)}
        self.portal.as_editor("datastore_delete", resource_id=self.ids[TABLE], filters=filters, force=True)

    def replace_file(self, content: bytes) -> None:
        by_hand.replace_file(self.portal, self.ids[TABLE], content)

    def say(self, edition: Edition, *keys: str) -> None:
        """Say of resources that they are of an edition, in one call."""
        said = {
            f"update__resources__{self.ids[key]}": {"release": edition.release, "content_sha256": edition.hashes[key]}
            for key in keys
        }
        self.portal.as_editor("package_revise", match={"name": self.name}, **said)

    def show(self, *, private: bool) -> None:
        self.portal.as_editor("package_patch", id=self.name, private=private)


@pytest.fixture
def desk(agency: RealPortal) -> Desk:
    return Desk(agency, f"prober-{time.time_ns()}")


@pytest.fixture
def hidden(agency: RealPortal) -> Desk:
    return Desk(agency, f"prober-{time.time_ns()}", private=True)


def test_on_a_quiet_portal_it_reports_nothing_and_has_looked_at_everything(desk: Desk) -> None:
    with watching(desk.portal.address, desk.name) as prober:
        prober.wait(rounds=3)
    verdict = judge(prober.observations, BOTH)
    assert (verdict.violations, verdict.announced, verdict.trouble) == ([], 0, 0)
    looks = {(seen.what, seen.resource.key if seen.resource else "") for seen in prober.observations}
    assert looks == {("package", ""), ("search", ""), ("file", TABLE), ("file", CHANGELOG), ("table", TABLE)}
    assert {seen.status for seen in prober.observations} == {200}
    assert judge(prober.observations, [NEW.state()]).kinds == {"foreign_file", "foreign_table", "mixed_package"}


def test_half_a_file_is_seen_although_it_is_announced(desk: Desk) -> None:
    desk.announce(NEW.release)
    verdict = desk.watching(lambda _: desk.replace_file(NEW.files[TABLE][:40]), BOTH)
    assert verdict.kinds == {"foreign_file"}


def test_a_half_written_table_is_seen(desk: Desk) -> None:
    assert desk.watching(lambda _: desk.write_rows(NEW, 0, 3), BOTH).kinds == {"foreign_table"}


def test_nothing_between_two_writes_escapes_a_reader_who_is_waited_for(desk: Desk) -> None:
    """Each write is held until the whole dataset was read: a wrong state need not last to be seen."""

    def publish(prober: Prober) -> None:
        with (
            proxy.running(desk.portal.address) as between,
            by_hand.client(between.address, desk.portal.token) as calls,
        ):
            between.after_write(None, prober.wait)
            for rows in (NEW.rows[:3], OLD.rows[:3]):
                table = {"resource_id": desk.ids[TABLE], "records": rows, "force": True}
                calls.post("datastore_upsert", json=table).raise_for_status()

    assert desk.watching(publish, BOTH).kinds == {"foreign_table"}


def test_a_table_of_two_releases_is_counted_apart_where_it_is_announced(desk: Desk) -> None:
    desk.announce(NEW.release)
    verdict = desk.watching(lambda _: desk.write_rows(NEW, 0, 3), BOTH)
    assert verdict.violations == []
    assert verdict.announced > 0


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda desk: desk.write_rows(Edition("", (10, 20, 34)), 2), id="a row of no release"),
        pytest.param(lambda desk: desk.drop_rows("1000"), id="a row less that both releases have"),
    ],
)
def test_being_announced_excuses_no_other_table(desk: Desk, spoil: Callable[[Desk], None]) -> None:
    desk.announce(NEW.release)
    assert desk.watching(lambda _: spoil(desk), BOTH).kinds == {"foreign_table"}


def test_a_release_that_nobody_knows_excuses_nothing(desk: Desk) -> None:
    desk.announce("2568-cccc")
    assert desk.watching(lambda _: desk.write_rows(NEW, 0, 3), BOTH).kinds == {"foreign_table"}


def test_a_file_of_another_release_than_is_said_is_seen_unless_it_is_announced(desk: Desk) -> None:
    assert desk.watching(lambda _: desk.replace_file(NEW.files[TABLE]), BOTH).kinds == {"mixed"}
    desk.announce(NEW.release)
    verdict = desk.watching(lambda _: None, BOTH)
    assert verdict.violations == []
    assert verdict.announced > 0


def test_a_package_of_two_releases_is_seen_in_itself_and_by_the_search(desk: Desk) -> None:
    desk.announce(NEW.release)
    verdict = desk.watching(lambda _: desk.say(NEW, CHANGELOG), BOTH)
    assert verdict.kinds == {"mixed_package"}
    assert {violation.observation.what for violation in verdict.violations} == {"package", "search"}


def test_a_whole_replacement_is_no_violation_where_it_is_announced(desk: Desk) -> None:
    def replace(prober: Prober) -> None:
        desk.announce(NEW.release)
        prober.wait()
        desk.write_rows(NEW, 0)
        desk.replace_file(NEW.files[TABLE])
        by_hand.replace_file(desk.portal, desk.ids[CHANGELOG], NEW.files[CHANGELOG])
        desk.say(NEW, TABLE, CHANGELOG)
        prober.wait()
        desk.announce("")

    verdict = desk.watching(replace, BOTH)
    assert verdict.violations == []
    assert verdict.announced > 0
    assert desk.watching(lambda _: None, [NEW.state()]).kinds == set()


def test_a_public_dataset_that_is_hidden_for_a_while_is_seen(desk: Desk) -> None:
    def hide(prober: Prober) -> None:
        desk.show(private=True)
        prober.wait()
        desk.show(private=False)

    assert desk.watching(hide, BOTH).kinds == {"vanished"}


def test_a_table_that_is_taken_away_is_seen(desk: Desk) -> None:
    def take_away(_: Prober) -> None:
        desk.portal.as_editor("datastore_delete", resource_id=desk.ids[TABLE], force=True)

    assert "mixed_package" in desk.watching(take_away, BOTH).kinds


def test_what_must_not_be_public_yet_is_tried_and_seen(hidden: Desk) -> None:
    with watching(hidden.portal.address, hidden.name, hidden.inside) as prober:
        prober.wait()
    assert judge(prober.observations, [OLD.state(public=False)]).violations == []
    tried = {(seen.what, seen.status) for seen in prober.observations}
    assert tried == {("package", 403), ("search", 200), ("file", 403), ("table", 403)}
    verdict = hidden.watching(lambda _: hidden.show(private=False), [OLD.state(public=False)])
    assert verdict.kinds == {"visible_too_early"}
    assert {v.observation.what for v in verdict.violations} == {"package", "search", "file", "table"}


def test_a_dataset_may_become_public_but_not_hidden_again(hidden: Desk) -> None:
    states = [OLD.state(public=False), OLD.state()]
    assert hidden.watching(lambda _: hidden.show(private=False), states).violations == []
    assert hidden.watching(lambda _: hidden.show(private=True), states).kinds == {"vanished"}


def test_trouble_of_the_portal_is_not_held_against_the_publisher(desk: Desk) -> None:
    def trouble(prober: Prober) -> None:
        with machinery.without_solr(desk.portal.instance):
            prober.wait()
        machinery.restart_postgres(desk.portal.instance)

    verdict = desk.watching(trouble, BOTH)
    assert verdict.violations == []
    assert verdict.trouble > 0
