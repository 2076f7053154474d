"""Subtotal rows: added up, compared, then left out of the table.

Exact decimal arithmetic on the strings as found; an empty cell counts as zero. What does not
add up, is not rounding by declaration and is not acknowledged in corrections.yaml, refuses
the delivery.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any

import pyarrow as pa

from pipelines.errors import DatasetError, InvalidData, Place, ReconciliationError
from pipelines.preparation.corrections import Discrepancy
from pipelines.source_table import Subtotals
from pipelines.thai.text import tidy

Row = dict[str, Any]
LONGEST = 38
#: Sums are exact or an error, never rounded: wide enough for any figures of that length.
EXACT = Context(prec=4 * LONGEST, traps=[Inexact, InvalidOperation])


class Reconciliation:
    """Checks the subtotals of one table while its rows go by.

    `schema` says which cells are empty; `open_columns` are those whose differences may be
    told; `known` are the acknowledged discrepancies of the table.
    """

    def __init__(
        self,
        table: str,
        specs: Iterable[Subtotals],
        schema: Mapping[str, Any],
        open_columns: frozenset[str],
        known: Iterable[Discrepancy],
    ) -> None:
        self._table = table
        self._open = open_columns
        self._sections = [_Section(spec) for spec in specs]
        self._empty = frozenset(["", *schema.get("missingValues", [""])])
        self._known = {(entry.row, entry.column): entry for entry in known}
        self._exact = self._rounding = 0
        self._acknowledged: list[dict[str, Any]] = []

    def as_dict(self) -> dict[str, Any]:
        """Return what the subtotals came to, rows as the source shows them."""
        return {"exact": self._exact, "rounding": self._rounding, "acknowledged": self._acknowledged}

    def data_rows(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the batches without subtotal rows.

        Raises:
            ReconciliationError: a stated total is not what its rows add up to, or an
                acknowledged discrepancy has changed.
            InvalidData: a subtotal stands where it can have no rows, or is missing; a figure
                is no number; an acknowledged discrepancy was not met.
            DatasetError: a row is marked as two kinds of subtotal, or a column is not read.
        """
        read = {column for section in self._sections for column in section.columns}
        for batch in batches:
            if not read:
                yield batch
                continue
            if unknown := sorted(read - set(batch.schema.names)):
                raise DatasetError(
                    "subtotals name a column that is not read",
                    place=Place(table=self._table, column=unknown[0]),
                    remedy="mend source.tables in dataset.yaml",
                )
            rows = batch.select(["source_row", *sorted(read)]).to_pylist()
            yield batch.filter(pa.array([self._is_data(row) for row in rows], pa.bool_()))
        for section in self._sections:
            if section.is_unfinished and not section.spec.optional:
                raise InvalidData(
                    "the last rows have no subtotal",
                    place=Place(table=self._table, row=section.last_row),
                    remedy="the file may be cut short; if this row is the total, add what it is called to `values`",
                )
        if self._known:
            row, column = next(iter(self._known))
            raise InvalidData(
                "an acknowledged discrepancy was not met",
                place=Place(table=self._table, row=row, column=column),
                remedy="the file may be cut short; where the source has changed, remove or renew the entry in "
                "corrections.yaml",
            )

    def _is_data(self, row: Row) -> bool:
        """Say whether a row is data, and take it into account."""
        place = Place(table=self._table, row=row["source_row"])
        marking = [section for section in self._sections if section.is_marked(row)]
        if len(marking) > 1:
            raise DatasetError(
                "a row is marked as two kinds of subtotal", place=place, remedy="give each kind its own mark"
            )
        if marking:
            self._close(marking[0], row, place)
            return False
        for section in self._sections:
            figures = {column: self._figure(row, column) for column in section.spec.sums}
            section.add(row, figures, place)
        return True

    def _close(self, section: "_Section", row: Row, place: Place) -> None:
        section.demand_may_close(row, place, self._empty)
        verdicts = [self._verdict(column, self._figure(row, column), section, row) for column in section.spec.sums]
        if "acknowledged" not in verdicts:
            self._rounding += "rounding" in verdicts
            self._exact += "rounding" not in verdicts
        section.close()

    def _verdict(self, column: str, stated: Decimal, section: "_Section", row: Row) -> str:
        number, computed = row["source_row"], section.sums[column]
        place = Place(table=self._table, row=number, column=column)
        entry = self._known.pop((number, column), None)
        if entry is not None:
            if (entry.stated, entry.computed) != (stated, computed):
                raise ReconciliationError(
                    "an acknowledged discrepancy has changed",
                    place=place,
                    remedy="look at the source again and renew the entry in corrections.yaml",
                )
            self._acknowledged.append({"row": number, "column": column, "reason": entry.reason.model_dump()})
            return "acknowledged"
        if stated == computed:
            return "exact"
        difference = EXACT.subtract(stated, computed)
        if abs(difference) <= section.spec.tolerance.get(column, Decimal(0)):
            return "rounding"
        by = f"{abs(difference):,f} too {'great' if difference > 0 else 'small'}" if column in self._open else "wrong"
        raise ReconciliationError(
            f"a stated total is not what its rows add up to: it is {by}",
            place=place,
            remedy="ask the agency; where the source's total is at fault, acknowledge it in corrections.yaml"
            if column in self._open
            else "ask the agency to mend it: only totals of columns of class `open` are acknowledged",
        )

    def _figure(self, row: Row, column: str) -> Decimal:
        """Read a figure as written: thousands separators, Thai digits, empty as zero."""
        place = Place(table=self._table, row=row["source_row"], column=column)
        text = row[column] or ""
        try:
            value = Decimal(0) if text in self._empty else Decimal(text.replace(",", ""))
        except InvalidOperation:
            raise InvalidData("text where a figure is due", place=place, remedy="correct it at the source") from None
        if not value.is_finite() or abs(value.adjusted()) > LONGEST or len(value.as_tuple().digits) > LONGEST:
            raise InvalidData("a figure that cannot be added", place=place, remedy="correct it at the source")
        return value


@dataclass
class _Section:
    """The rows that the next subtotal of one kind will have to add up."""

    spec: Subtotals
    sums: dict[str, Decimal] = field(default_factory=dict)
    rows: int = 0
    last_row: int | None = None
    group: tuple[str | None, ...] = ()
    is_closed: bool = False
    """A grand total was met: nothing may follow."""

    def __post_init__(self) -> None:
        self._marks = {tidy(value) for value in self.spec.values}
        self.close()
        self.is_closed = False

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.spec.column, *self.spec.group, *self.spec.sums)

    @property
    def is_unfinished(self) -> bool:
        return self.rows > 0

    def is_marked(self, row: Row) -> bool:
        return (row[self.spec.column] or "") in self._marks

    def add(self, row: Row, figures: dict[str, Decimal], place: Place) -> None:
        """Take a data row in."""
        if self.is_closed:
            raise InvalidData(
                "rows follow the grand total",
                place=place,
                remedy="check that the file is one table, and have notes below the total taken out",
            )
        here = tuple(row[column] for column in self.spec.group)
        if self.rows and here != self.group:
            raise InvalidData(
                "a block changes its group before its subtotal", place=place, remedy="a subtotal row is missing"
            )
        self.group, self.rows, self.last_row = here, self.rows + 1, row["source_row"]
        for column, figure in figures.items():
            self.sums[column] = EXACT.add(self.sums[column], figure)

    def demand_may_close(self, row: Row, place: Place, empty: frozenset[str]) -> None:
        """Refuse a subtotal without rows or of another group; it may leave its group empty."""
        if not self.rows:
            raise InvalidData("a subtotal has no rows above it", place=place, remedy="look for rows that are missing")
        for column, ours in zip(self.spec.group, self.group, strict=True):
            if (row[column] or "") not in empty | {ours or ""}:
                raise InvalidData(
                    "a subtotal is of another group than its rows", place=place, remedy="a row is missing or misplaced"
                )

    def close(self) -> None:
        """Begin anew after a subtotal."""
        self.sums = dict.fromkeys(self.spec.sums, Decimal(0))
        self.rows = 0
        self.is_closed = self.spec.scope == "all"
