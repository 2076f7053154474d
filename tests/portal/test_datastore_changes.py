"""What a reader sees while a table changes, on a real CKAN: the old rows or the new ones."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.portals.ckan_columns import types_of
from pipelines.portals.ckan_datastore import fingerprint_of
from pipelines.portals.ckan_fingerprint import _by_dump, _by_sql
from tests.portal import tables
from tests.portal.tables import AWKWARD, Made, Row, make, parquet, plain
from tests.portals import RealPortal

OLD = plain(range(60), "เดิม")
CHANGES: dict[str, tuple[list[Row], int]] = {
    "some_changed": ([*plain(range(30), "ใหม่"), *OLD[30:]], 1),
    "some_added": ([*OLD, *plain(range(100, 130), "ใหม่")], 1),
    "some_replaced": ([*OLD[20:], *plain(range(100, 120), "ใหม่")], 1),
    "all_at_once": ([*plain(range(10), "ใหม่"), *OLD[30:], *plain(range(100, 140), "ใหม่")], 1),
    "fewer": ([*plain(range(5), "ใหม่"), *OLD[20:]], 2),
    "nothing": (OLD, 0),
}


@pytest.fixture
def made(agency: RealPortal, request: pytest.FixtureRequest) -> Made:
    return make(agency, request.node.name.replace("[", "_").replace("]", "").lower()[:90])


@contextmanager
def watched(made: Made) -> Iterator[list[list[str]]]:
    """Search all the time from another thread; gives the states that were seen, each once, in their order."""
    seen: list[list[str]] = []
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            state = sorted(r["note_th"] for r in made.search(limit=1000, include_total=False)["records"])
            if not seen or seen[-1] != state:
                seen.append(state)

    reader = threading.Thread(target=look)
    reader.start()
    try:
        yield seen
    finally:
        ended.set()
        reader.join()


def notes(rows: list[Row]) -> list[str]:
    return sorted(str(row[6]) for row in rows)


@pytest.mark.parametrize("what", CHANGES)
def test_a_reader_sees_the_old_rows_or_the_new_ones(made: Made, tmp_path: Path, what: str) -> None:
    rows, transactions = CHANGES[what]
    old, new = parquet(tmp_path / "o.parquet", OLD), parquet(tmp_path / "n.parquet", rows)
    table = made.table()
    table.load(old)
    with watched(made) as seen:
        assert table.change(old, new) == transactions
    assert table.differs(fingerprint_of(new)) == []
    if transactions < 2:
        assert all(state in (notes(OLD), notes(rows)) for state in seen)
    else:  # with the rows that go still there, never without one that stays
        assert all(set(notes(rows)) <= set(state) or state == notes(OLD) for state in seen)


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_that_was_done_already_does_no_harm(made: Made, tmp_path: Path, what: str) -> None:
    old, new = parquet(tmp_path / "o.parquet", OLD), parquet(tmp_path / "n.parquet", CHANGES[what][0])
    made.table().load(old)
    made.table().change(old, new)
    made.table().change(old, new)
    assert made.table().differs(fingerprint_of(new)) == []


def test_a_whole_load_of_a_table_that_is_read_is_seen_at_once(made: Made, tmp_path: Path) -> None:
    old, new = parquet(tmp_path / "o.parquet", OLD), parquet(tmp_path / "n.parquet", plain(range(40, 120), "ใหม่"))
    made.table().load(old)
    with watched(made) as seen:
        made.table().load(new)
    assert all(state in (notes(OLD), notes(plain(range(40, 120), "ใหม่"))) for state in seen)


def test_a_change_too_large_for_one_call_says_so_and_is_whole_in_the_end(made: Made, tmp_path: Path) -> None:
    old, new = parquet(tmp_path / "o.parquet", OLD), parquet(tmp_path / "n.parquet", CHANGES["all_at_once"][0])
    table = made.table(rows_at_once=49)
    table.load(old)
    assert table.change(old, new) > 1
    assert table.differs(fingerprint_of(new)) == []


def test_rows_whose_key_is_partly_empty_are_changed_too(made: Made, tmp_path: Path) -> None:
    empty: list[Row] = [(None, 2566, "1.00", 1, None, True, "ก"), ("", 2567, "1.00", 1, None, True, "ข")]
    old = parquet(tmp_path / "o.parquet", [*OLD, *empty])
    new = parquet(tmp_path / "n.parquet", [*OLD, (None, 2566, "2.00", 1, None, True, "ค")])
    made.table().load(old)
    assert made.table().change(old, new) == 2
    assert made.table().differs(fingerprint_of(new)) == []


def test_many_keys_are_looked_up_as_well_as_few(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.portals.ckan_places.KEYS_AT_ONCE", 7)
    monkeypatch.setattr("pipelines.portals.ckan_places.ROWS_AT_ONCE", 11)
    old, new = parquet(tmp_path / "o.parquet", OLD), parquet(tmp_path / "n.parquet", CHANGES["all_at_once"][0])
    made.table().load(old)
    assert made.table().change(old, new) == 1
    few = [*CHANGES["all_at_once"][0][:-3], *plain(range(900, 903))]
    assert made.table().change(new, parquet(tmp_path / "f.parquet", few)) == 1


@pytest.mark.parametrize("rows", [AWKWARD, plain(range(3_000)), []], ids=["awkward", "many", "none"])
def test_the_fingerprint_is_the_same_by_sql_by_dump_and_in_the_file(
    made: Made, tmp_path: Path, rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.portals.ckan_fingerprint.IDS_AT_ONCE", 700)
    file = parquet(tmp_path / "t.parquet", rows)
    made.table().load(file)
    types = types_of(tables.SCHEMA)
    assert fingerprint_of(file).rows == len(rows)
    assert _by_sql(made.calls, made.id, sorted(types)) == _by_dump(made.calls, made.id, types) == fingerprint_of(file)


def test_a_portal_without_sql_is_written_and_proved_as_well(stock: RealPortal, tmp_path: Path) -> None:
    made = make(stock, "a-portal-without-sql")
    old, new = parquet(tmp_path / "o.parquet", [*OLD, *AWKWARD]), parquet(tmp_path / "n.parquet", OLD[10:])
    made.table().load(old)
    assert made.table().differs(fingerprint_of(old)) == []
    assert made.table().differs(fingerprint_of(new)) == ["it has 65 rows instead of 50"]
    made.table().change(old, new)
    assert made.table().differs(fingerprint_of(new)) == []
