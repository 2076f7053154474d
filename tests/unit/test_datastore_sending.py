"""How rows are sent where the portal, or what stands before it, does not take them; no portal, a double of it."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipelines.errors import PortalError
from pipelines.portals.ckan_answers import ForbiddenError, InvalidError, TooLargeError, UnclearError, error_of
from pipelines.portals.ckan_calls import Calls
from pipelines.portals.ckan_refusals import Refused
from pipelines.portals.ckan_rows import BYTES_AT_ONCE, Sender

TYPES = {"code": "text", "note": "text"}


class Double:
    """A table with the unique key `code`, and what goes wrong before a call is done or after it."""

    address = "http://127.0.0.1"

    def __init__(self, *, before: Callable[[int], Exception | None] = lambda _: None) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[str, int, Any]] = []
        self.before = before
        self.after: list[Exception] = []

    def send(self, action: str, data: Mapping[str, Any], upload: Mapping[str, Path], seconds: float) -> Any:
        records = data["records"]
        self.calls.append((data["method"], len(records), data["calculate_record_count"]))
        assert (action, upload, seconds > 0, data["force"]) == ("datastore_upsert", {}, True, True)
        if error := self.before(len(records)):
            raise error
        if data["method"] == "insert" and any(record["code"] in self.rows for record in records):
            raise error_of(409, {}, b'{"error": {"records": ["..."], "records_row": 0}}')
        self.rows |= {record["code"]: record for record in records}
        if self.after:
            raise self.after.pop()
        return {}

    def stream(self, path: str, headers: Mapping[str, str], seconds: float) -> Any:
        raise AssertionError((path, headers, seconds))


def sender(double: Double) -> Sender:
    calls = Calls(double)
    return Sender(calls, "r", Refused(calls, "r", TYPES, ("code",), "t.parquet"))


def batches(count: int, note: str = "ก") -> list[pa.RecordBatch]:
    return [
        pa.record_batch({"code": [str(n) for n in numbers], "note": [note] * len(numbers), "_row": list(numbers)})
        for numbers in (range(start, min(start + 500, count)) for start in range(0, count, 500))
    ]


def test_calls_grow_while_the_portal_is_quick_and_only_the_last_has_the_rows_counted() -> None:
    double = Double()
    assert list(sender(double).in_pieces(batches(30_000), "insert"))[-1] == 30_000
    sizes = [rows for _, rows, _ in double.calls]
    assert sizes[:2] == [2_000, 2_000]
    assert sizes[-1] == 100, "the last has the portal to itself, so it is short"
    assert max(sizes) >= 4_000
    assert [count for _, _, count in double.calls[:-1]] == [False] * (len(double.calls) - 1)
    assert double.calls[-1][2] == "background"
    assert len(double.rows) == 30_000


@pytest.mark.parametrize(("method", "at_once"), [("insert", 2), ("update", 1), ("upsert", 1)])
def test_of_an_insert_two_calls_are_under_way_but_the_first_and_the_last_are_alone(method: str, at_once: int) -> None:
    under_way: list[int] = []
    most: list[int] = []

    def come(rows: int) -> None:
        under_way.append(rows)
        time.sleep(0.05)
        most.append(len(under_way))
        under_way.remove(rows)

    double = Double(before=come)
    sending = sender(double)
    list(sending.in_pieces(batches(40_000), method))
    assert (max(most), most[0], most[-1]) == (at_once, 1, 1)
    assert sending.sent == len(double.calls)
    assert len(double.rows) == 40_000


def test_a_call_that_is_refused_is_told_when_the_one_beside_it_has_ended() -> None:
    ended: list[int] = []

    def refuse_the_second(rows: int) -> PortalError | None:
        if len(double.calls) == 2:
            return error_of(403, {}, b"{}")
        time.sleep(0.1)
        ended.append(rows)
        return None

    double = Double(before=refuse_the_second)
    with pytest.raises(ForbiddenError):
        list(sender(double).in_pieces(batches(40_000), "insert"))
    assert len(ended) == len(double.calls) - 1


def test_a_call_that_is_too_large_is_halved_down_to_one_row() -> None:
    double = Double(before=lambda rows: TooLargeError("413", remedy="") if rows > 1 else None)
    list(sender(double).in_pieces(batches(16), "insert"))
    assert len(double.rows) == 16


def test_one_row_that_is_too_large_is_an_error() -> None:
    double = Double(before=lambda _: TooLargeError("413", remedy=""))
    with pytest.raises(TooLargeError):
        list(sender(double).in_pieces(batches(2), "insert"))


def test_an_insert_that_was_done_though_nobody_said_so_leaves_no_row_twice_and_is_no_error() -> None:
    double = Double()
    double.after = [UnclearError("504", remedy="")]
    assert list(sender(double).in_pieces(batches(4_000), "insert"))[-1] == 4_000
    assert len(double.rows) == 4_000
    assert [method for method, _, _ in double.calls][:3] == ["insert", "upsert", "upsert"]


def test_an_update_whose_fate_is_not_known_is_sent_again_as_it_was() -> None:
    double = Double()
    double.after = [UnclearError("502", remedy="")]
    one = sender(double)
    one.at_once(pa.table(batches(10)[0]), "update")
    assert [call[:2] for call in double.calls] == [("update", 10), ("update", 10)]
    assert one.sent == 1


def test_long_texts_make_small_calls_so_that_memory_is_bounded() -> None:
    double = Double()
    long = "ก" * 30_000
    list(sender(double).in_pieces(batches(600, long), "insert"))
    assert max(rows for _, rows, _ in double.calls) * len(long.encode()) <= BYTES_AT_ONCE


def test_a_nul_character_is_found_in_the_row_of_the_file_and_nothing_is_sent() -> None:
    double = Double()
    rows = pa.record_batch({"code": ["1", "2"], "note": ["ก", "\0"], "_row": [10, 11]})
    with pytest.raises(PortalError, match="NUL") as refused:
        list(sender(double).in_pieces([rows], "insert"))
    assert (refused.value.place.row, refused.value.place.column, double.calls) == (12, "note", [])


def test_another_refusal_than_of_rows_stays_what_it_is() -> None:
    double = Double(before=lambda _: error_of(409, {}, b'{"error": {"resource_id": ["..."]}}'))
    with pytest.raises(InvalidError) as refused:
        list(sender(double).in_pieces(batches(2), "insert"))
    assert refused.value.place.file == "t.parquet"
