"""What was public can be made public again, if it is proved and allowed. The data is synthetic."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines import publish as publishing
from pipelines.errors import PrivacyError, ReceiptError, Refusal
from pipelines.portals.static import StaticPortal
from pipelines.publish import plan
from pipelines.publishing.rollback import rollback
from pipelines.receipts import StageResult
from pipelines.seals import KEY_PATH
from pipelines.workspace import Workspace
from tests.publishing import define, deliver, public, release_of, whole_way
from tests.toy import NAME, PERIOD, persons, write_project


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return write_project(tmp_path)


def column(name: str, **privacy: str) -> Callable[[dict[str, Any]], None]:
    """Return an edit that classes a column anew."""
    return lambda definition: definition["privacy"]["columns"].update({name: privacy})


def _cut_off(*_: object) -> None:
    raise KeyboardInterrupt


#: Today's rules that forbid what the toy's release publishes, and what the refusal says.
STRICTER: dict[str, tuple[Callable[[dict[str, Any]], Any], str, str]] = {
    "a direct identifier": (column("note_th", **{"class": "direct"}), "was open and is direct", "note_th"),
    "a sensitive column": (column("note_th", **{"class": "sensitive"}), "was open and is sensitive", "note_th"),
    "no class": (lambda d: d["privacy"]["columns"].pop("note_th"), "no privacy class", "note_th"),
    "a sum of a sensitive column": (column("amount_thb", **{"class": "sensitive"}), "was linked", "amount_thb"),
    "coarser places": (
        column("district_code", **{"class": "quasi", "generalise": "place/province"}), "more coarsely", "district_code",
    ),
    "a higher k": (lambda d: d["privacy"]["model"].update(k=9), "k = 5, today's is 9", "privacy.model.k"),
    "a lower alpha": (lambda d: d["privacy"]["model"].update(alpha=0.5), "today's is 0.5", "privacy.model.alpha"),
}  # fmt: skip


class TestRollback:
    @pytest.fixture
    def releases(self, ws: Workspace) -> tuple[str, str]:
        first = release_of(whole_way(ws))
        deliver(ws, persons("1001", 12) + persons("1002", 7))
        return first, release_of(whole_way(ws))

    def back(self, ws: Workspace, release: str) -> StageResult:
        return rollback(ws, ws.dataset(NAME), release, StaticPortal(ws))

    def test_the_earlier_bytes_are_live_again_and_the_history_says_so(
        self, ws: Workspace, releases: tuple[str, str]
    ) -> None:
        assert self.back(ws, releases[0]).written
        kept = Path(ws.home, "releases", NAME, releases[0])
        for path in kept.iterdir():
            assert public(ws, path.name) == path.read_bytes()
        record = json.loads(Path(ws.home, "site", NAME, "releases.json").read_bytes())
        assert [(e["action"], e["release"]) for e in record["history"]] == [
            ("publish", releases[0]), ("publish", releases[1]), ("rollback", releases[0]),
        ]  # fmt: skip
        assert not self.back(ws, releases[0]).written

    def test_publishing_afterwards_makes_the_newest_data_live_again_and_says_so(
        self, ws: Workspace, releases: tuple[str, str]
    ) -> None:
        newest = {path.name: path.read_bytes() for path in Path(ws.home, "releases", NAME, releases[1]).iterdir()}
        self.back(ws, releases[0])
        assert [change.action for change in plan(ws, ws.dataset(NAME), PERIOD, StaticPortal(ws))] == ["update"]
        result = whole_way(ws)
        assert result.written
        assert releases[0] in result.notices[0]
        assert {name: public(ws, name) for name in newest} == newest

    @pytest.mark.parametrize("release", [f"{PERIOD}-000000000000", "2560-0123456789ab", "nonsense", "../../x-1"])
    def test_what_was_never_published_is_refused(self, ws: Workspace, releases: tuple[str, str], release: str) -> None:
        live = StaticPortal(ws).live(NAME)
        with pytest.raises(Refusal):
            self.back(ws, release)
        assert StaticPortal(ws).live(NAME) == live == {PERIOD: releases[1]}

    @pytest.mark.parametrize("how", ["removed", "forged"])
    def test_without_its_genuine_receipt_a_release_stays_away(
        self, ws: Workspace, releases: tuple[str, str], how: str
    ) -> None:
        for path in Path(ws.home, "receipts", NAME, PERIOD, "history").glob("publish-*.json"):
            text = path.read_text(encoding="utf-8")
            if releases[0] in text:
                path.unlink() if how == "removed" else path.write_text(
                    text.replace('"portal": "site"', '"portal": "x"')
                )
        with pytest.raises(ReceiptError, match="no genuine receipt"):
            self.back(ws, releases[0])
        assert self.back(ws, releases[1]).written is False, "the receipts of others still count"

    @pytest.mark.parametrize("remedy", ["the key before", "its data again"])
    def test_after_a_change_of_key_the_remedy_brings_an_earlier_release_back(
        self, ws: Workspace, releases: tuple[str, str], monkeypatch: pytest.MonkeyPatch, remedy: str
    ) -> None:
        monkeypatch.setenv("OPENDATA_RECEIPT_KEY", "a key made for this test")
        ws = Workspace(ws.project, ws.home)
        with pytest.raises(ReceiptError, match="no genuine receipt") as refusal:
            self.back(ws, releases[0])
        if remedy == "the key before":
            assert "OPENDATA_RECEIPT_KEY_BEFORE" in refusal.value.remedy
            monkeypatch.setenv("OPENDATA_RECEIPT_KEY_BEFORE", ws.store.read_bytes(KEY_PATH).decode())
            assert self.back(Workspace(ws.project, ws.home), releases[0]).written
        else:
            assert "publish its data again" in refusal.value.remedy
            deliver(ws, persons("1001", 9) + persons("1002", 7) + persons("1003", 2))
            assert release_of(whole_way(ws)) == releases[0]
        assert StaticPortal(ws).live(NAME) == {PERIOD: releases[0]}

    def test_a_release_that_got_out_before_its_run_was_cut_off_can_be_brought_back(
        self, ws: Workspace, releases: tuple[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        deliver(ws, persons("1001", 20) + persons("1002", 7))
        with monkeypatch.context() as cut:
            cut.setattr(publishing, "_notices", _cut_off)
            with pytest.raises(KeyboardInterrupt):
                whole_way(ws)
        unproved = StaticPortal(ws).live(NAME)[PERIOD]
        assert unproved not in releases
        deliver(ws, persons("1001", 12) + persons("1002", 7))
        whole_way(ws)
        assert self.back(ws, unproved).written

    def test_a_release_that_did_not_get_out_is_not_brought_out_by_rollback(
        self, ws: Workspace, releases: tuple[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        deliver(ws, persons("1001", 20) + persons("1002", 7))
        with monkeypatch.context() as cut:
            cut.setattr(publishing, "_bring", _cut_off)
            with pytest.raises(KeyboardInterrupt):
                whole_way(ws)
        (held,) = {path.name for path in Path(ws.home, "releases", NAME).iterdir()} - set(releases)
        with pytest.raises(ReceiptError, match="no genuine receipt") as refusal:
            self.back(ws, held)
        assert refusal.value.remedy == f"choose one of {', '.join(releases)}"

    def test_altered_bytes_stay_away(self, ws: Workspace, releases: tuple[str, str]) -> None:
        path = Path(ws.home, "releases", NAME, releases[0], "notes.csv")
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data + b"9999-001,made up\r\n")
        with pytest.raises(ReceiptError, match="no longer has the bytes"):
            self.back(ws, releases[0])

    def test_a_dataset_that_is_public_no_more_is_not_brought_back(
        self, ws: Workspace, releases: tuple[str, str]
    ) -> None:
        define(ws, lambda d: d["catalogue"].update(data_category="ข้อมูลความลับทางราชการ"))
        with pytest.raises(PrivacyError, match="not classed as public"):
            self.back(ws, releases[0])

    @pytest.mark.parametrize("rule", STRICTER)
    def test_what_todays_privacy_rules_forbid_is_not_brought_back(
        self, ws: Workspace, releases: tuple[str, str], rule: str
    ) -> None:
        edit, says, where = STRICTER[rule]
        define(ws, edit)
        with pytest.raises(PrivacyError, match=says) as refusal:
            self.back(ws, releases[0])
        assert refusal.value.place.column == where
        assert "--source" in refusal.value.remedy
        assert StaticPortal(ws).live(NAME) == {PERIOD: releases[1]}

    def test_looser_rules_forbid_nothing(self, ws: Workspace, releases: tuple[str, str]) -> None:
        def loosened(definition: dict[str, Any]) -> None:
            definition["privacy"]["model"]["k"] = 3
            definition["privacy"]["columns"]["amount_thb"] = {"class": "open"}

        define(ws, loosened)
        assert self.back(ws, releases[0]).written
