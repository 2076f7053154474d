"""Sends rows into a DataStore table, in calls whose size finds itself.

One call is one transaction of the portal. It begins small, grows while the portal is quick and
shrinks where the portal, or what stands before it, finds it too large or takes too long. Rows whose
fate is not known after a call are sent again by a method that may be repeated. Memory is bounded by
the size of two calls. Which rows are sent is not decided here.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pyarrow as pa

from pipelines.portals.ckan_answers import InvalidError, TooLargeError
from pipelines.portals.ckan_calls import AT_ONCE, Calls
from pipelines.portals.ckan_records import records_of, refuse_nul
from pipelines.portals.ckan_refusals import Refused

ROWS_AT_FIRST, FEWEST_ROWS, MOST_ROWS = 2_000, 100, 10_000
BYTES_AT_ONCE = 16 << 20
#: A call is made larger or smaller until it takes so long: well below what gateways wait for.
SECONDS_WANTED = 4.0
#: After so long without an answer it was the size, not a portal that starts anew.
TOO_LONG = 25.0


class Sender:
    """Sends rows into the table of one resource. Counts the calls that changed it."""

    def __init__(self, calls: Calls, resource_id: str, refused: Refused) -> None:
        self._calls, self._resource_id, self.refused = calls, resource_id, refused
        self._rows = ROWS_AT_FIRST
        self.sent = 0

    def in_pieces(self, batches: Iterable[pa.RecordBatch], method: str) -> Iterator[int]:
        """Send rows by as many calls as it takes; gives the number of rows that are in after each.

        Of an insert two calls are under way at a time, but for the first and the last, which is a small one: while
        the database takes in the rows of one, CKAN reads the next. So only the first rows are sure to stand in
        their order."""
        done, held, first = 0, None, True
        sending: deque[tuple[int, Future[int]]] = deque()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for piece in self._pieces(batches):
                if held is not None:
                    sending.append((held.num_rows, pool.submit(self._send, held, method, last=False)))
                    while len(sending) >= (1 if first or method != "insert" else AT_ONCE):
                        yield (done := done + self._arrived(sending))
                    first = False
                held = piece
            if held is not None and sending and method == "insert" and held.num_rows > FEWEST_ROWS:
                rest = held.num_rows - FEWEST_ROWS
                sending.append((rest, pool.submit(self._send, held.slice(0, rest), method, last=False)))
                held = held.slice(rest)
            while sending:
                yield (done := done + self._arrived(sending))
        if held is not None:
            self.sent += self._send(held, method, last=True)
            yield done + held.num_rows

    def _arrived(self, sending: "deque[tuple[int, Future[int]]]") -> int:
        """Wait for the call that was sent first; returns its rows."""
        rows, call = sending.popleft()
        self.sent += call.result()
        return rows

    def at_once(self, rows: pa.Table, method: str) -> None:
        """Send rows by one call, which may be repeated whatever the method.

        Raises:
            TooLargeError: the portal does not take so many, or takes too long.
        """
        self._call(rows, method, last=True)
        self.sent += 1

    def _pieces(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
        held: pa.Table | None = None
        for batch in batches:
            more = pa.table(batch)
            held = more if held is None else pa.concat_tables([held, more])
            while held.num_rows >= (size := self._fitting(held)):
                yield held.slice(0, size).combine_chunks()
                held = held.slice(size)
        if held is not None and held.num_rows:
            yield held.combine_chunks()

    def _fitting(self, rows: pa.Table) -> int:
        each = rows.nbytes / max(rows.num_rows, 1)
        return max(1, min(self._rows, int(BYTES_AT_ONCE / max(each, 1))))

    def _send(self, rows: pa.Table, method: str, *, last: bool) -> int:
        """Send rows, by more calls where they are too many for one; returns how many it took."""
        waiting, calls = [rows], 0
        while waiting:
            piece = waiting.pop()
            began = time.monotonic()
            try:
                self._call(piece, method, last=last and not waiting)
            except TooLargeError:
                if piece.num_rows == 1 and method != "insert":
                    raise
                # Some of it may be in by now, or come in late: an upsert finds it there.
                method = "upsert" if method == "insert" else method
                self._rows = half = max(1, piece.num_rows // 2)
                waiting += [part for part in (piece.slice(half), piece.slice(0, half)) if part.num_rows]
            else:
                calls += 1
                self._adapt(piece.num_rows, time.monotonic() - began)
        return calls

    def _adapt(self, rows: int, seconds: float) -> None:
        wanted = int(rows * SECONDS_WANTED / max(seconds, 0.01))
        nearer = min(max(wanted, self._rows // 2), self._rows * 2)
        self._rows = min(max(nearer, min(FEWEST_ROWS, self._rows)), MOST_ROWS)

    def _call(self, rows: pa.Table, method: str, *, last: bool) -> None:
        refuse_nul(rows, self.refused.file)
        began = time.monotonic()

        def look() -> None:
            """Called before the same is sent again: is it to be the same?"""
            if method == "insert" or (rows.num_rows > 1 and time.monotonic() - began > TOO_LONG):
                raise TooLargeError("the portal does not get done with a request", remedy="run again")

        data = {
            "resource_id": self._resource_id,
            "force": True,
            "method": method,
            "records": records_of(rows),
            # True would leave an old count standing; this removes it and has it counted anew.
            "calculate_record_count": "background" if last else False,
        }
        try:
            self._calls.write("datastore_upsert", data, done=look)
        except InvalidError as error:
            raise self.refused.explain(error, rows) from None
