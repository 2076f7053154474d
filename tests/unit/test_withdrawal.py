"""What is withdrawn is gone, says so, and stays away until someone takes that back. The data is synthetic."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from pipelines.errors import PortalError, PrivacyError, StoreError, UsageError
from pipelines.portals.static import StaticPortal
from pipelines.publish import publish
from pipelines.publishing import gate
from pipelines.publishing.audit import audit
from pipelines.publishing.rollback import rollback
from pipelines.publishing.withdrawal import Withdrawal, withdraw
from pipelines.thai.years import BANGKOK
from pipelines.workspace import Workspace
from tests.holding import HoldingPortal, Memory
from tests.publishing import define, deliver, release_of, whole_way
from tests.toy import NAME, PERIOD, persons, write_project

WHY = "คอลัมน์หนึ่งระบุตัวบุคคลได้ / a column told who people are"
DAY = datetime(2026, 12, 2, 1, tzinfo=BANGKOK)


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(gate, "now", lambda: DAY)
    ws = write_project(tmp_path)
    whole_way(ws)
    return ws


@pytest.fixture
def two(ws: Workspace) -> tuple[str, str]:
    """An earlier release and the one that is live."""
    first = StaticPortal(ws).live(NAME)[PERIOD]
    deliver(ws, persons("1001", 12) + persons("1002", 7))
    return first, release_of(whole_way(ws))


def gone(ws: Workspace, release: str | None = None) -> Withdrawal:
    return withdraw(ws, NAME, StaticPortal(ws), WHY, release)


def site(ws: Workspace) -> Path:
    return Path(ws.home, "site")


class TestDataset:
    def test_nothing_of_it_is_on_the_website_any_more_nor_below_it(self, ws: Workspace, two: tuple[str, str]) -> None:
        assert set(gone(ws).tombstone.releases) == set(two)
        left = {path.name for path in (site(ws) / NAME).iterdir()}
        assert left == {"index.html", "index.en.html", "withdrawn.json"}
        assert not list(Path(ws.home, ".site").rglob("notes.*"))
        assert len([path for path in Path(ws.home, ".site").iterdir() if path.suffix != ".definitions"]) == 1
        for page in ("index.html", "catalog.jsonld", "catalog.ttl"):
            assert "Home visits" not in (site(ws) / page).read_text(encoding="utf-8")
        assert StaticPortal(ws).live(NAME) == {}

    def test_in_its_place_stands_in_both_languages_when_and_why(self, ws: Workspace) -> None:
        release = StaticPortal(ws).live(NAME)[PERIOD]
        gone(ws)
        thai, english = (
            (site(ws) / NAME / name).read_text(encoding="utf-8") for name in ("index.html", "index.en.html")
        )
        assert "ถูกถอนออก" in thai
        assert "2 ธันวาคม 2569" in thai
        assert "has been withdrawn" in english
        assert "2 December 2026" in english
        for text in (thai, english):
            assert WHY in text
            assert release in text
        (told,) = json.loads((site(ws) / NAME / "withdrawn.json").read_bytes())["withdrawn"]
        assert told == {
            "dataset": NAME, "releases": [release], "scope": "dataset", "reason": WHY,
            "withdrawn_at": "2026-12-01T18:00:00+00:00",
        }  # fmt: skip
        assert [tombstone.as_dict() | {"releases": [release]} for tombstone in StaticPortal(ws).withdrawn(NAME)] == [
            told
        ]

    @pytest.mark.parametrize("lost", ["nothing", "the record", "the tombstone"])
    def test_it_stays_away_until_someone_takes_that_back(
        self, ws: Workspace, lost: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        release = StaticPortal(ws).live(NAME)[PERIOD]
        gone(ws)
        folders = {"the record": Path(ws.home, "withdrawals"), "the tombstone": site(ws).resolve()}
        for path in folders[lost].rglob("*.json") if lost in folders else ():
            path.unlink()
        with pytest.raises(PrivacyError, match="was withdrawn from site on 2026-12-02") as refusal:
            whole_way(ws)
        assert "published_again_from" in refusal.value.remedy
        for day in ("2026-12-01", "2026-12-02", "2026-12-03"):
            define(ws, partial(dict.update, published_again_from=day))
            with pytest.raises(PrivacyError, match="was withdrawn"):
                whole_way(ws)
        monkeypatch.setattr(gate, "now", lambda: datetime(2026, 12, 3, tzinfo=BANGKOK))
        assert release_of(whole_way(ws)) == release
        assert "Home visits" in (site(ws) / NAME / "index.en.html").read_text(encoding="utf-8")

    def test_a_second_withdrawal_needs_a_second_leave(self, ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        gone(ws)
        define(ws, lambda d: d.update(published_again_from="2026-12-02T02:00:00+07:00"))
        monkeypatch.setattr(gate, "now", lambda: datetime(2026, 12, 2, 3, tzinfo=BANGKOK))
        whole_way(ws)
        gone(ws)
        assert [tombstone.scope for tombstone in StaticPortal(ws).withdrawn(NAME)] == ["dataset", "dataset"]
        with pytest.raises(PrivacyError, match="2026-12-02") as refusal:
            whole_way(ws)
        assert "after 2026-12-02T03:00:00+07:00" in refusal.value.remedy, "the same day is soon enough"

    def test_another_portal_is_another_matter(self, ws: Workspace) -> None:
        gone(ws)
        assert publish(ws, ws.dataset(NAME), PERIOD, HoldingPortal(Memory())).written

    def test_what_an_administrator_must_erase_is_told_and_recorded(self, ws: Workspace) -> None:
        portal = HoldingPortal(Memory())
        publish(ws, ws.dataset(NAME), PERIOD, portal)
        assert withdraw(ws, NAME, portal, WHY).to_erase == (f"purge {NAME}",)
        (record,) = Path(ws.home, "withdrawals", NAME).iterdir()
        assert record.name == "20261201T180000Z-agency.json"
        told = json.loads(record.read_bytes())
        assert (told["finished"], told["to_erase"], told["portal"]) == (True, [f"purge {NAME}"], "agency")

    def test_the_audit_finds_nothing_missing_and_finds_what_came_back(self, ws: Workspace) -> None:
        memory = Memory()
        portal = HoldingPortal(memory)
        publish(ws, ws.dataset(NAME), PERIOD, portal)
        before = dict(memory.live)
        withdraw(ws, NAME, portal, WHY)
        assert audit(ws, ws.dataset(NAME), portal) == []
        memory.live = before
        assert len(audit(ws, ws.dataset(NAME), portal)) == 1

    def test_one_that_the_portal_refused_is_in_force_and_is_done_by_withdrawing_again(
        self, ws: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> None:
            raise PortalError("it is down", remedy="wait")

        with monkeypatch.context() as down:
            down.setattr(StaticPortal, "withdraw", broken)
            with pytest.raises(PortalError, match="down"):
                gone(ws)
        with pytest.raises(PrivacyError, match="was withdrawn"):
            whole_way(ws)
        assert [change.action for change in audit(ws, ws.dataset(NAME), StaticPortal(ws))] == ["withdraw"]
        gone(ws)
        assert StaticPortal(ws).live(NAME) == {}

    def test_a_reason_is_public_and_names_nobody(self, ws: Workspace) -> None:
        with pytest.raises(PrivacyError, match="phone") as refusal:
            withdraw(ws, NAME, StaticPortal(ws), "ask 0899990000")
        assert "0899990000" not in str(refusal.value)
        with pytest.raises(UsageError, match="needs a reason"):
            withdraw(ws, NAME, StaticPortal(ws), " \n")
        assert StaticPortal(ws).live(NAME)

    def test_what_was_never_there_cannot_be_withdrawn(self, ws: Workspace) -> None:
        with pytest.raises(UsageError, match="nothing of the dataset"):
            withdraw(ws, "welfare/none", StaticPortal(ws), WHY)

    def test_a_damaged_record_keeps_it_away(self, ws: Workspace) -> None:
        gone(ws)
        (record,) = Path(ws.home, "withdrawals", NAME).iterdir()
        record.write_text("{}", encoding="utf-8")
        with pytest.raises(StoreError, match="withdrawal is damaged"):
            whole_way(ws)


class TestRelease:
    def test_it_alone_goes_and_the_history_says_so(self, ws: Workspace, two: tuple[str, str]) -> None:
        gone(ws, two[0])
        assert not list(Path(ws.home, ".site").glob(f"*/{NAME}/{two[0]}"))
        assert StaticPortal(ws).live(NAME) == {PERIOD: two[1]}
        record = json.loads((site(ws) / NAME / "releases.json").read_bytes())
        assert [(event["action"], event["release"], bool(event["files"])) for event in record["history"]] == [
            ("publish", two[0], False), ("publish", two[1], True), ("withdraw", two[0], False),
        ]  # fmt: skip
        page = (site(ws) / NAME / "index.en.html").read_text(encoding="utf-8")
        assert "withdrawn" in page
        assert audit(ws, ws.dataset(NAME), StaticPortal(ws)) == []

    def test_it_does_not_come_back_by_rollback_nor_by_publishing(self, ws: Workspace, two: tuple[str, str]) -> None:
        gone(ws, two[0])
        with pytest.raises(PrivacyError, match="release was withdrawn"):
            rollback(ws, ws.dataset(NAME), two[0], StaticPortal(ws))
        deliver(ws, persons("1001", 9) + persons("1002", 7) + persons("1003", 2))
        with pytest.raises(PrivacyError, match="release was withdrawn"):
            whole_way(ws)
        deliver(ws, persons("1001", 14) + persons("1002", 7))
        assert whole_way(ws).written, "other data is published"

    @pytest.mark.parametrize("which", [lambda two: two[1], lambda _: f"{PERIOD}-000000000000"])
    def test_one_that_is_live_or_unknown_is_refused(
        self, ws: Workspace, two: tuple[str, str], which: Callable[[tuple[str, str]], str]
    ) -> None:
        with pytest.raises(UsageError):
            gone(ws, which(two))
        assert StaticPortal(ws).released(NAME) == list(two)
        assert not Path(ws.home, "withdrawals").exists()
