"""Tidies the cells of a raw table, counting every change, and refuses figures that could be
read in two ways."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.errors import InvalidData, Place
from pipelines.preparation.corrections import CORRECT
from pipelines.source_table import SourceTable
from pipelines.thai.dates import IsoDates, iso_dates
from pipelines.thai.digits import all_to_ascii
from pipelines.thai.ids import bare_ids
from pipelines.thai.text import tidy_all

NUMERIC = ("integer", "number", "year", "date")
#: How names of codes end: their digits are the same whether Thai or Arabic.
CODE = "_code"
#: Python, and so the validator, would take 1_000 for a thousand and 1.2E3 for an exact number.
NOT_PLAIN = "[0-9.][eE][+-]?[0-9]|[0-9]_"


def tidied(
    batches: Iterable[pa.RecordBatch], schema: Mapping[str, Any], table: str, spec: SourceTable, counts: "Counts"
) -> Iterator[pa.RecordBatch]:
    """Yield the batches with white space and sara am in order, Thai digits of numbers and codes as
    Arabic ones, dates as ISO dates and identity numbers bare, as declared.

    Raises:
        InvalidData: a figure's separators do not part thousands (is 12,5 a fraction or 125?), it
            is in scientific notation (1.23E+12 is what a spreadsheet leaves of more digits), or a
            date is not in its declared form.
    """
    fields = {field["name"]: field for field in schema["fields"]}
    empty = frozenset(["", *schema.get("missingValues", [""])])
    for batch in batches:
        columns = {name: batch.column(name) for name in batch.schema.names}
        for name in batch.schema.names[1:]:
            place = Place(table=table, column=name)
            text = _tidied(columns[name], fields.get(name, {}), columns["source_row"], place)
            if name.endswith(CODE):
                text = all_to_ascii(text)
            if name in spec.ids:
                text = bare_ids(text)
            if name in spec.dates:
                dates = iso_dates(text, spec.dates[name], empty)
                _demand_dates(dates, columns["source_row"], place)
                counts.assumed_days[name] += dates.assumed
                text = dates.column
            counts.changed[name] += pc.sum(pc.not_equal(text, columns[name])).as_py() or 0
            columns[name] = text
        yield pa.RecordBatch.from_arrays(list(columns.values()), schema=batch.schema)


@dataclass(frozen=True)
class Counts:
    """What tidying changed, by column."""

    changed: Counter[str] = dataclass_field(default_factory=Counter)
    assumed_days: Counter[str] = dataclass_field(default_factory=Counter)
    """Dates without a day, taken as the first of the month (or year) by declaration."""

    def as_dict(self) -> dict[str, dict[str, int]]:
        """Return the counts that are not zero."""
        return {"tidied": dict(+self.changed), "assumed_days": dict(+self.assumed_days)}


def _tidied(column: pa.Array, field: Mapping[str, Any], rows: pa.Array, place: Place) -> pa.Array:
    text = tidy_all(column)
    if field.get("type") in NUMERIC:
        text = all_to_ascii(text)
        _demand_none(text, NOT_PLAIN, "scientific notation or underscores", rows, place)
    if separator := field.get("groupChar"):
        _demand_none(text, _unsure(separator), "separators that do not part thousands", rows, place)
        if field.get("type") == "integer":  # has groupChar in Table Schema 2; the validator knows that of 1
            text = pc.replace_substring(text, separator, "")
    return text


def _demand_dates(dates: IsoDates, rows: pa.Array, place: Place) -> None:
    for why, positions in dates.failures.items():
        raise InvalidData(
            f"{why} ({len(positions):,} dates)",
            place=Place(table=place.table, column=place.column, row=rows[positions[0]].as_py()),
            remedy="declare how the column writes its dates under source.tables.<table>.dates, or have them corrected",
        )


def _unsure(separator: str) -> str:
    s = re.escape(separator)
    return f"(^|[^0-9]){s}|{s}[0-9]{{0,2}}([^0-9]|$)|{s}[0-9]{{4}}|[0-9]{{4}}{s}|[.][0-9]*{s}"


def _demand_none(cells: pa.Array, pattern: str, what: str, numbers: pa.Array, place: Place) -> None:
    wrong = pc.filter(numbers, pc.match_substring_regex(cells, pattern))
    if len(wrong):
        raise InvalidData(
            f"{what} ({len(wrong):,} figures)",
            place=Place(table=place.table, column=place.column, row=wrong[0].as_py()),
            remedy=CORRECT,
        )
