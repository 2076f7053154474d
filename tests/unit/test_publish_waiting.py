"""What may not be public yet waits unseen, and another user makes it public. The data is synthetic."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from pipelines.errors import PortalError, PrivacyError, ReceiptError, UsageError, WaitingError
from pipelines.portals.static import StaticPortal
from pipelines.publish import plan, publish
from pipelines.publishing import gate
from pipelines.publishing.approval import approve, dataset_of
from pipelines.publishing.audit import audit
from pipelines.publishing.rollback import rollback
from pipelines.receipts import StageResult
from pipelines.thai.years import BANGKOK
from pipelines.workspace import Workspace
from tests.holding import HoldingPortal, Memory
from tests.publishing import define, deliver, prepared, release_of, whole_way
from tests.toy import NAME, PERIOD, persons, write_project

BEFORE, AFTER = (datetime(2026, 12, day, 12, tzinfo=BANGKOK) for day in (1, 3))


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    ws = write_project(tmp_path)
    define(ws, lambda d: d.update(approval="required"))
    prepared(ws)
    return ws


@pytest.fixture
def memory() -> Memory:
    return Memory()


def stage(ws: Workspace, memory: Memory) -> str:
    with pytest.raises(WaitingError):
        publish(ws, ws.dataset(NAME), PERIOD, HoldingPortal(memory))
    return HoldingPortal(memory).waiting(NAME)[PERIOD]


def approved(
    ws: Workspace, memory: Memory, release: str, user: str = "approver", role: str = "data-owner"
) -> StageResult:
    return approve(ws, ws.dataset(NAME), release, HoldingPortal(memory, user), role)


class TestApproval:
    def test_a_release_waits_and_the_refusal_says_what_to_do(self, ws: Workspace, memory: Memory) -> None:
        with pytest.raises(WaitingError) as waits:
            publish(ws, ws.dataset(NAME), PERIOD, HoldingPortal(memory))
        release = HoldingPortal(memory).waiting(NAME)[PERIOD]
        assert release in waits.value.message
        assert f"opendata approve {release} --by ROLE" in waits.value.remedy
        assert waits.value.kind == "waiting"
        assert memory.live == {}
        assert not list(Path(ws.home, "quarantine").rglob("publish-*")), "a release that waits is no refused delivery"

    def test_another_user_makes_it_live_and_the_receipt_has_the_role(self, ws: Workspace, memory: Memory) -> None:
        release = stage(ws, memory)
        assert dataset_of(ws, HoldingPortal(memory), release) == NAME
        receipt = approved(ws, memory, release).receipt
        assert receipt.details == {"release": release, "portal": "agency", "approved_by": "data-owner"}
        assert HoldingPortal(memory).live(NAME) == {PERIOD: release}
        assert not list(Path(ws.home, "receipts").rglob("announced/*.json"))
        assert audit(ws, ws.dataset(NAME), HoldingPortal(memory)) == []

    def test_once_approved_publishing_writes_nothing(self, ws: Workspace, memory: Memory) -> None:
        approved(ws, memory, stage(ws, memory))
        assert not publish(ws, ws.dataset(NAME), PERIOD, HoldingPortal(memory)).written
        assert memory.staged == 1

    def test_who_approved_stays_in_the_receipt_after_the_rules_have_changed(
        self, ws: Workspace, memory: Memory
    ) -> None:
        approved(ws, memory, stage(ws, memory))
        define(ws, lambda d: d.update(approval="required", update_frequency="month"))
        again = publish(ws, ws.dataset(NAME), PERIOD, HoldingPortal(memory))
        assert again.receipt.details["approved_by"] == "data-owner"

    @pytest.mark.parametrize("role", ["Somchai", "data owner", "x", "นาย", ""])
    def test_what_is_no_role_is_refused_and_not_repeated(self, ws: Workspace, memory: Memory, role: str) -> None:
        release = stage(ws, memory)
        with pytest.raises(UsageError, match="name of a role") as refusal:
            approved(ws, memory, release, role=role)
        assert not role or role not in refusal.value.message

    def test_whoever_brought_it_there_does_not_approve_it(self, ws: Workspace, memory: Memory) -> None:
        release = stage(ws, memory)
        with pytest.raises(PrivacyError, match="does not approve it"):
            approved(ws, memory, release, user="publisher")
        with pytest.raises(PrivacyError, match="does not tell who"):
            approved(ws, memory, release, user="")
        assert memory.live == {}

    def test_where_nothing_waits_nothing_is_approved(self, ws: Workspace, memory: Memory) -> None:
        for release in (f"{PERIOD}-0123456789ab", "nonsense"):
            with pytest.raises(PrivacyError, match="waits on agency"):
                approved(ws, memory, release)
            with pytest.raises(PrivacyError, match="waits on agency"):
                dataset_of(ws, HoldingPortal(memory), release)

    def test_altered_bytes_are_not_approved(self, ws: Workspace, memory: Memory) -> None:
        release = stage(ws, memory)
        path = Path(ws.home, "releases", NAME, release, "notes.csv")
        path.unlink()
        path.write_bytes(b"other bytes")
        with pytest.raises(ReceiptError, match="no longer has the bytes"):
            approved(ws, memory, release)

    def test_what_todays_privacy_rules_forbid_is_not_approved(self, ws: Workspace, memory: Memory) -> None:
        release = stage(ws, memory)
        define(
            ws,
            lambda d: (d.update(approval="required"), d["privacy"]["columns"]["note_th"].update({"class": "direct"})),
        )
        with pytest.raises(PrivacyError, match="was open and is direct"):
            approved(ws, memory, release)

    def test_a_release_told_against_what_is_live_no_more_is_published_again_first(
        self, ws: Workspace, memory: Memory
    ) -> None:
        approved(ws, memory, first := stage(ws, memory))
        deliver(ws, persons("1001", 12))
        prepared(ws)
        second = stage(ws, memory)
        approved(ws, memory, second)
        deliver(ws, persons("1001", 14))
        prepared(ws)
        third = stage(ws, memory)
        rollback(ws, ws.dataset(NAME), first, HoldingPortal(memory))
        with pytest.raises(ReceiptError, match="another release is live"):
            approved(ws, memory, third)
        assert stage(ws, memory) == third
        assert approved(ws, memory, third).written

    def test_a_release_that_someone_made_public_without_approval_is_found(self, ws: Workspace, memory: Memory) -> None:
        stage(ws, memory)
        memory.live = dict(memory.waiting)
        memory.released = [release.id for release in memory.waiting.values()]
        assert audit(ws, ws.dataset(NAME), HoldingPortal(memory))
        with pytest.raises(PrivacyError, match="public on agency already"):
            publish(ws, ws.dataset(NAME), PERIOD, HoldingPortal(memory))
        with pytest.raises(ReceiptError, match="no genuine receipt"):
            rollback(ws, ws.dataset(NAME), memory.released[0], HoldingPortal(memory))

    def test_an_approval_that_was_cut_off_after_the_switch_stays_one(
        self, ws: Workspace, memory: Memory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        release = stage(ws, memory)

        def cut_off(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as cut:
            cut.setattr(type(ws.receipts), "write", cut_off)
            with pytest.raises(KeyboardInterrupt):
                approved(ws, memory, release)
        assert audit(ws, ws.dataset(NAME), HoldingPortal(memory)) == []
        again = publish(ws, ws.dataset(NAME), PERIOD, HoldingPortal(memory))
        assert again.receipt.details["approved_by"] == "data-owner"

    def test_a_portal_that_does_not_hold_what_it_was_given_is_told(
        self, ws: Workspace, memory: Memory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> None:
            raise PortalError("it is down", remedy="wait")

        monkeypatch.setattr(HoldingPortal, "stage", broken)
        with pytest.raises(PortalError, match="down"):
            publish(ws, ws.dataset(NAME), PERIOD, HoldingPortal(memory))

    def test_the_website_of_files_takes_nothing_that_needs_approval(self, ws: Workspace) -> None:
        with pytest.raises(PrivacyError, match="nothing can wait unseen"):
            publish(ws, ws.dataset(NAME), PERIOD, StaticPortal(ws))
        assert not Path(ws.home, "site").exists()


class TestReleaseTime:
    @pytest.fixture
    def early(self, ws: Workspace, memory: Memory, monkeypatch: pytest.MonkeyPatch) -> str:
        define(ws, lambda d: d.update(release_at="2026-12-02"))
        monkeypatch.setattr(gate, "now", lambda: BEFORE)
        return stage(ws, memory)

    def test_planning_says_that_it_would_wait(self, ws: Workspace, memory: Memory, early: str) -> None:
        (change,) = plan(ws, ws.dataset(NAME), PERIOD, HoldingPortal(memory))
        assert "it would wait: its `release_at` is 2026-12-02 00:00" in change.reason
        assert early in memory.waiting[PERIOD].id

    def test_a_run_when_its_time_has_come_makes_it_live(
        self, ws: Workspace, memory: Memory, early: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gate, "now", lambda: AFTER)
        assert release_of(publish(ws, ws.dataset(NAME), PERIOD, HoldingPortal(memory))) == early
        assert memory.waiting == {}
        assert not list(Path(ws.home, "receipts").rglob("announced/*.json"))

    def test_before_its_time_nobody_approves_it(self, ws: Workspace, memory: Memory, early: str) -> None:
        with pytest.raises(PrivacyError, match="release_at"):
            approved(ws, memory, early)

    def test_with_an_approval_it_waits_for_both(
        self, ws: Workspace, memory: Memory, early: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        define(ws, lambda d: d.update(release_at="2026-12-02", approval="required"))
        monkeypatch.setattr(gate, "now", lambda: AFTER)
        assert stage(ws, memory) == early
        assert approved(ws, memory, early).written

    def test_what_is_public_before_its_time_is_refused_and_not_hidden_by_itself(
        self, ws: Workspace, memory: Memory, early: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gate, "now", lambda: AFTER)
        publish(ws, ws.dataset(NAME), PERIOD, HoldingPortal(memory))
        define(ws, lambda d: d.update(release_at="2027-01-01"))
        with pytest.raises(PrivacyError, match="public on agency already"):
            publish(ws, ws.dataset(NAME), PERIOD, HoldingPortal(memory))
        assert HoldingPortal(memory).live(NAME) == {PERIOD: early}


def test_each_portal_has_its_own_proof(ws: Workspace, memory: Memory) -> None:
    define(ws, lambda _: None)
    other = HoldingPortal(memory, name="other")
    release = release_of(whole_way(ws))
    assert publish(ws, ws.dataset(NAME), PERIOD, other).written
    for portal in (StaticPortal(ws), other):
        assert not publish(ws, ws.dataset(NAME), PERIOD, portal).written
        known = ws.receipts.published(NAME, PERIOD, release, portal=portal.name)
        assert known is not None
        assert known.details["portal"] == portal.name


def test_what_was_live_on_one_portal_alone_is_not_rolled_back_to_on_another(ws: Workspace, memory: Memory) -> None:
    define(ws, lambda _: None)
    release = release_of(whole_way(ws))
    with pytest.raises(ReceiptError, match="no genuine receipt"):
        rollback(ws, ws.dataset(NAME), release, HoldingPortal(memory))


def test_a_forged_receipt_of_what_waits_is_none(ws: Workspace, memory: Memory) -> None:
    release = stage(ws, memory)
    (path,) = Path(ws.home, "receipts", NAME, PERIOD, "announced").iterdir()
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "rules_sha256": "0" * 64}), encoding="utf-8")
    with pytest.raises(ReceiptError, match="no genuine receipt"):
        approved(ws, memory, release)
