"""Subtotal rows: added up, compared, then left out of the table.

Exact decimal arithmetic on the strings as found; a blank cell counts as zero. What does not
add up, is not rounding by declaration and is not acknowledged in corrections.yaml, refuses
the delivery.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from pipelines.errors import InvalidData, Place, ReconciliationError
from pipelines.preparation.corrections import Discrepancy
from pipelines.source_spec import Subtotals
from pipelines.thai.digits import to_ascii
from pipelines.thai.text import tidy

#: A row of a raw table: its number and its cells by column.
NumberedRow = tuple[int, dict[str, str | None]]
BLANK = ("", "-")


@dataclass
class Reconciliation:
    """What the subtotals of one table came to."""

    known: dict[tuple[int, str], Discrepancy]
    """Acknowledged discrepancies that were not met yet, by row and column."""
    exact: int = 0
    rounding: int = 0
    acknowledged: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {"exact": self.exact, "rounding": self.rounding, "acknowledged": self.acknowledged}


def reconcile(
    rows: Iterable[NumberedRow], spec: Subtotals, table: str, result: Reconciliation
) -> Iterator[NumberedRow]:
    """Yield the rows that are no subtotals; `result.known` is emptied of what was met.

    Raises:
        ReconciliationError: a stated total is not what its rows add up to, or an
            acknowledged discrepancy has changed.
        InvalidData: a subtotal stands where it can have no rows, or a figure is no number.
    """
    sums = dict.fromkeys(spec.sums, Decimal(0))
    marks = {tidy(value) for value in spec.values}
    pending, group = 0, None
    after_total: int | None = None
    for number, row in rows:
        place = Place(table=table, row=number)
        if after_total is not None and spec.scope == "all":
            raise InvalidData("rows follow the grand total", place=place, remedy="check that the file is one table")
        if tidy(row[spec.column] or "") not in marks:
            here = tuple(row[column] for column in spec.group)
            if pending and here != group:
                raise InvalidData(
                    "a block changes its group before its subtotal", place=place, remedy="a subtotal row is missing"
                )
            group, pending = here, pending + 1
            for column in spec.sums:
                sums[column] += figure(row[column], Place(table=table, row=number, column=column))
            yield number, row
            continue
        if not pending:
            raise InvalidData("a subtotal has no rows above it", place=place, remedy="look for rows that are missing")
        _compare((number, row), sums, spec, table, result)
        sums, pending, after_total = dict.fromkeys(spec.sums, Decimal(0)), 0, number
    if pending and (spec.scope == "block" or after_total is None):
        raise InvalidData(
            "the last rows have no subtotal", place=Place(table=table), remedy="the file may be cut short"
        )


def figure(cell: str | None, place: Place) -> Decimal:
    """Read a figure as written: thousands separators, Thai digits, blank as zero."""
    text = to_ascii(tidy(cell or "")).replace(",", "")
    if text in BLANK:
        return Decimal(0)
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise InvalidData("text where a figure is due", place=place, remedy="correct it at the source") from None
    if not value.is_finite():
        raise InvalidData("no finite number", place=place, remedy="correct it at the source")
    return value


def _compare(
    subtotal: NumberedRow, sums: dict[str, Decimal], spec: Subtotals, table: str, result: Reconciliation
) -> None:
    number, row = subtotal
    worst = "exact"
    for column, computed in sums.items():
        place = Place(table=table, row=number, column=column)
        stated = figure(row[column], place)
        entry = result.known.pop((number, column), None)
        if entry is not None:
            if (entry.stated, entry.computed) != (stated, computed):
                raise ReconciliationError(
                    "an acknowledged discrepancy has changed",
                    place=place,
                    remedy="look at the source again and renew the entry",
                )
            result.acknowledged.append({"row": number, "column": column, "reason": entry.reason.model_dump()})
            worst = "acknowledged"
        elif stated == computed:
            continue
        elif abs(stated - computed) <= spec.tolerance.get(column, Decimal(0)):
            worst = worst if worst == "acknowledged" else "rounding"
        else:
            raise ReconciliationError(
                "a stated total is not what its rows add up to",
                place=place,
                remedy="ask the agency; where the source's total is at fault, acknowledge it in corrections.yaml",
            )
    if worst == "exact":
        result.exact += 1
    elif worst == "rounding":
        result.rounding += 1
