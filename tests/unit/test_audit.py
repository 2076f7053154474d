"""Whether the portal still holds what was published is found out from the portal. The data is synthetic."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.portals.static import StaticPortal
from pipelines.publishing.audit import audit
from pipelines.publishing.rollback import rollback
from pipelines.receipts import StageResult
from pipelines.workspace import Workspace
from tests.publishing import deliver, release_of, whole_way
from tests.toy import NAME, PERIOD, persons, write_project


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return write_project(tmp_path)


def found(ws: Workspace) -> list[tuple[str, str, str]]:
    return [(c.action, c.object, c.reason) for c in audit(ws, ws.dataset(NAME), StaticPortal(ws))]


def folder(ws: Workspace) -> Path:
    return Path(ws.home, "site", NAME)


def replace(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


def set_live(ws: Workspace, live: dict[str, str]) -> None:
    path = folder(ws) / "releases.json"
    replace(path, json.dumps({**json.loads(path.read_bytes()), "live": live}).encode())


def forget_receipts(ws: Workspace) -> None:
    for path in Path(ws.home, "receipts", NAME, PERIOD, "history").glob("publish-*"):
        path.unlink()


HARM: dict[str, tuple[Callable[[Workspace, str], object], tuple[str, str]]] = {
    "other bytes": (lambda ws, _: replace(folder(ws) / "latest/notes.csv", b"x"), ("update", "has other bytes")),
    "a file gone": (lambda ws, release: (folder(ws) / release / "notes.csv").unlink(), ("update", "is missing")),
    "a file more": (lambda ws, release: (folder(ws) / release / "x.csv").write_bytes(b"x"), ("update", "is strange")),
    "nothing live": (lambda ws, _: set_live(ws, {}), ("create", "is not served any more")),
    "no receipt": (lambda ws, _: forget_receipts(ws), ("withdraw", "without a genuine receipt")),
}


@pytest.mark.parametrize("harm", HARM)
def test_what_differs_is_told_with_what_would_mend_it(ws: Workspace, harm: str) -> None:
    release = release_of(whole_way(ws))
    assert found(ws) == []
    do, (action, reason) = HARM[harm]
    do(ws, release)
    (first, *_) = found(ws)
    assert first[0] == action
    assert first[2].endswith(reason)


def test_an_earlier_release_that_someone_else_made_live_is_found(ws: Workspace) -> None:
    earlier = release_of(whole_way(ws))
    deliver(ws, persons("1001", 12))
    newest = release_of(whole_way(ws))
    set_live(ws, {PERIOD: earlier})
    assert found(ws) == [("update", f"{NAME} {PERIOD}", f"release {earlier} is live instead of {newest}")]


def test_a_rollback_of_ours_is_no_difference(ws: Workspace) -> None:
    earlier = release_of(whole_way(ws))
    deliver(ws, persons("1001", 12))
    whole_way(ws)
    rollback(ws, ws.dataset(NAME), earlier, StaticPortal(ws))
    assert found(ws) == []


@pytest.mark.parametrize("told", [b"{", b"[]", None])
def test_without_a_note_the_receipts_alone_decide(ws: Workspace, told: bytes | None) -> None:
    whole_way(ws)
    path = Path(ws.home, "live/site", NAME, f"{PERIOD}.json")
    path.unlink() if told is None else path.write_bytes(told)
    assert found(ws) == []
    forget_receipts(ws)
    assert len(found(ws)) == 1


def test_a_run_that_was_cut_off_after_the_switch_has_its_proof(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    whole_way(ws)
    deliver(ws, persons("1001", 12))

    def cut_off(_: object, receipt: StageResult) -> StageResult:
        if getattr(receipt, "stage", "") == "publish":
            raise KeyboardInterrupt
        return receipt

    written = type(ws.receipts).write
    monkeypatch.setattr(
        type(ws.receipts), "write", lambda book, r: cut_off(book, r) if r.stage == "publish" else written(book, r)
    )
    with pytest.raises(KeyboardInterrupt):
        whole_way(ws)
    assert found(ws) == []


def test_a_dataset_that_was_never_published_has_nothing_to_differ(ws: Workspace) -> None:
    assert found(ws) == []
