"""Totals that a source states are a proof that nothing was lost on the way: they are added up
exactly, and what does not add up is never published unseen."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.catalogue import Bilingual
from pipelines.errors import DatasetError, InvalidData, OpendataError, ReconciliationError
from pipelines.preparation.corrections import Discrepancy
from pipelines.preparation.subtotals import Reconciliation
from pipelines.source_table import Subtotals

SCHEMA = {"fields": [], "missingValues": ["", "-", "n/a"]}
CANARY = "99123.45"

Line = tuple[str, str | None, str | None]


def block(**changes: Any) -> Subtotals:
    return Subtotals.model_validate(
        {"column": "name", "values": ["รวม"], "scope": "block", "group": ["area"], "sums": ["thb"], **changes}
    )


def total(**changes: Any) -> Subtotals:
    return Subtotals.model_validate(
        {"column": "name", "values": ["รวมทั้งสิ้น"], "scope": "all", "sums": ["thb"], **changes}
    )


def acknowledged(row: int, stated: str, computed: str) -> Discrepancy:
    return Discrepancy(
        kind="discrepancy", period="2566", table="t", row=row, column="thb", stated=Decimal(stated),
        computed=Decimal(computed), reason=Bilingual(th="ผิด", en="wrong"), reported=date(2026, 11, 1),
    )  # fmt: skip


def run(
    lines: Iterable[Line],
    *specs: Subtotals,
    known: Iterable[Discrepancy] = (),
    is_open: bool = True,
    batch: int = 2,
) -> tuple[list[int], dict[str, Any]]:
    """Reconcile rows (area, name, thb), the first of which is row 2 of the source; returns
    the numbers of the rows that are left and the counts."""
    numbered = [(number, *line) for number, line in enumerate(lines, start=2)]
    reconciliation = Reconciliation("t", specs, SCHEMA, frozenset(["thb"] if is_open else []), known)
    left = pa.Table.from_batches(reconciliation.data_rows(_batches(numbered, batch)), schema=SCHEMA_OF_ROWS)
    return left["source_row"].to_pylist(), reconciliation.as_dict()


SCHEMA_OF_ROWS = pa.schema([("source_row", pa.int64()), *((name, pa.string()) for name in ("area", "name", "thb"))])


def _batches(rows: list[tuple[Any, ...]], size: int) -> Iterator[pa.RecordBatch]:
    for start in range(0, len(rows), size):
        yield pa.RecordBatch.from_pylist(
            [dict(zip(SCHEMA_OF_ROWS.names, row, strict=True)) for row in rows[start : start + size]], SCHEMA_OF_ROWS
        )


A1, A2, A_SUM = ("A", "x", "1,000.10"), ("A", "y", "-"), ("", "รวม", "1,000.10")
B1, B_SUM = ("B", "x", "๒.๕๐"), ("B", "รวม", "2.5")
ALL = ("", "รวมทั้งสิ้น", "1002.60")


def test_blocks_are_added_up_and_their_totals_left_out() -> None:
    left, counts = run([A1, A2, A_SUM, B1, B_SUM], block())
    assert left == [2, 3, 5]
    assert counts == {"exact": 2, "rounding": 0, "acknowledged": []}


def test_a_grand_total_is_of_all_rows() -> None:
    assert run([A1, A2, B1, ALL], total()) == ([2, 3, 4], {"exact": 1, "rounding": 0, "acknowledged": []})


@pytest.mark.parametrize("specs", [(block(), total()), (total(), block())])
def test_a_grand_total_over_blocks_counts_no_row_twice(specs: tuple[Subtotals, ...]) -> None:
    left, counts = run([A1, A2, A_SUM, B1, B_SUM, ALL], *specs)
    assert (left, counts["exact"]) == ([2, 3, 5], 3)


def test_sums_are_decimal_and_not_floating() -> None:
    rows: list[Line] = [("A", "x", "0.1")] * 10
    assert run([*rows, ("", "รวม", "1.0")], block())[1]["exact"] == 1


def test_rounding_is_only_what_was_declared() -> None:
    rows: list[Line] = [("A", "x", "0.33"), ("A", "y", "0.33"), ("", "รวม", "0.67")]
    assert run(rows, block(tolerance={"thb": "0.01"}))[1] == {"exact": 0, "rounding": 1, "acknowledged": []}
    with pytest.raises(ReconciliationError):
        run(rows, block(tolerance={"thb": "0.009"}))


def test_a_difference_is_told_only_of_an_open_column() -> None:
    rows = [A1, ("", "รวม", CANARY)]
    with pytest.raises(ReconciliationError, match=r"98,123\.35 too great") as told:
        run(rows, block())
    with pytest.raises(ReconciliationError) as untold:
        run(rows, block(), is_open=False)
    assert (told.value.place.row, told.value.place.column) == (3, "thb")
    assert "98,123" not in str(untold.value)
    assert ["corrections.yaml" in refusal.value.remedy for refusal in (told, untold)] == [True, False]
    for refusal in (told, untold):
        assert CANARY not in str(refusal.value)
        assert "99,123" not in str(refusal.value)


def test_a_fault_of_the_source_is_acknowledged_for_these_figures_only() -> None:
    rows = [A1, ("", "รวม", "7")]
    left, counts = run(rows, block(), known=[acknowledged(3, "7.00", "1000.1")])
    assert (left, counts["exact"]) == ([2], 0)
    assert counts["acknowledged"] == [{"row": 3, "column": "thb", "reason": {"th": "ผิด", "en": "wrong"}}]
    for stale in (acknowledged(3, "7", "1000.2"), acknowledged(3, "8", "1000.1")):
        with pytest.raises(ReconciliationError, match="has changed"):
            run(rows, block(), known=[stale])


def test_an_acknowledged_fault_that_is_gone_is_stale() -> None:
    with pytest.raises(ReconciliationError, match="has changed"):
        run([A1, A_SUM], block(), known=[acknowledged(3, "7", "1000.1")])
    with pytest.raises(InvalidData, match="was not met") as refusal:
        run([A1, A_SUM], block(), known=[acknowledged(9, "7", "1000.1")])
    assert (refusal.value.place.row, refusal.value.place.column) == (9, "thb")


@pytest.mark.parametrize(
    ("lines", "specs", "row", "said"),
    [
        ([A_SUM, A1], [block()], 2, "no rows above"),
        ([A1, A_SUM, A_SUM], [block()], 4, "no rows above"),
        ([A1, B1, A_SUM], [block()], 3, "changes its group"),
        ([A1, ("B", "รวม", "1000.10")], [block()], 3, "another group"),
        ([A1, A_SUM, B1], [block()], 4, "no subtotal"),
        ([A1, B1], [total()], 3, "no subtotal"),
        ([A1, ("", "รวมทั้งสิ้น", "1000.10"), B1], [total()], 4, "follow the grand total"),
        ([("A", "x", "ห้า"), A_SUM], [block()], 2, "text where a figure"),
        ([A1, ("", "รวม", "ห้า")], [block()], 3, "text where a figure"),
        ([("A", "x", "NaN"), A_SUM], [block()], 2, "cannot be added"),
        ([("A", "x", "1e99"), A_SUM], [block()], 2, "cannot be added"),
        ([A1, A_SUM], [block(), total(values=["รวม"])], 3, "two kinds"),
    ],
)
def test_a_table_that_cannot_be_reconciled_is_refused(
    lines: list[Line], specs: list[Subtotals], row: int, said: str
) -> None:
    with pytest.raises((InvalidData, DatasetError), match=said) as refusal:
        run(lines, *specs)
    assert refusal.value.place.row == row
    assert refusal.value.remedy


def test_a_declared_column_that_is_not_read_is_named() -> None:
    with pytest.raises(DatasetError, match="not read") as refusal:
        run([A1, A_SUM], block(group=["region"]))
    assert refusal.value.place.column == "region"


def test_a_table_without_declared_subtotals_passes_whole() -> None:
    assert run([A1, A_SUM, B1])[0] == [2, 3, 4]


@given(
    st.lists(st.lists(st.decimals("-99999", "99999", places=2), min_size=1, max_size=5), min_size=1, max_size=5),
    st.integers(1, 7),
    st.integers(0, 30),
    st.decimals("0.01", "9", places=2),
)
def test_no_single_changed_figure_goes_unseen(
    blocks: list[list[Decimal]], batch: int, position: int, slip: Decimal
) -> None:
    """True totals hold wherever batches are cut; one figure off anywhere is refused."""
    lines: list[Line] = []
    for number, figures in enumerate(blocks):
        lines += [(str(number), "x", str(figure)) for figure in figures]
        lines.append((str(number), "รวม", str(sum(figures))))
    lines.append(("", "รวมทั้งสิ้น", str(sum(map(sum, blocks)))))
    _, counts = run(lines, block(), total(), batch=batch)
    assert counts["exact"] == len(blocks) + 1
    area, name, figure = lines[position % len(lines)]
    lines[position % len(lines)] = (area, name, str(Decimal(str(figure)) + slip))
    with pytest.raises(OpendataError):
        run(lines, block(), total(), batch=batch)
