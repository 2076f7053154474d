"""Tidies the cells of a raw table, counting every change, and refuses figures that could be
read in two ways."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.errors import InvalidData, Place
from pipelines.thai.digits import all_to_ascii
from pipelines.thai.text import tidy_all

NUMERIC = ("integer", "number", "year", "date")
#: Python, and so the validator, would take 1_000 for a thousand and 1.2E3 for an exact number.
NOT_PLAIN = "[0-9.][eE][+-]?[0-9]|[0-9]_"


def tidied(
    batches: Iterable[pa.RecordBatch], schema: Mapping[str, Any], table: str, counts: Counter[str]
) -> Iterator[pa.RecordBatch]:
    """Yield the batches with white space and sara am in order, and Thai digits of numeric
    columns as Arabic ones; `counts` gains the number of changed cells by column.

    Raises:
        InvalidData: a figure's separators do not part thousands (is 12,5 a fraction or 125?), or
            it is in scientific notation (1.23E+12 is what a spreadsheet leaves of more digits).
    """
    fields = {field["name"]: field for field in schema["fields"]}
    for batch in batches:
        columns = {name: batch.column(name) for name in batch.schema.names}
        for name in batch.schema.names[1:]:
            field = fields.get(name, {})
            text = tidy_all(columns[name])
            text = all_to_ascii(text) if field.get("type") in NUMERIC else text
            place = Place(table=table, column=name)
            if field.get("type") in NUMERIC:
                _demand_none(text, NOT_PLAIN, "scientific notation or underscores", columns["source_row"], place)
            if field.get("groupChar"):
                unsure = _unsure(field["groupChar"])
                _demand_none(text, unsure, "separators that do not part thousands", columns["source_row"], place)
            counts[name] += pc.sum(pc.not_equal(text, columns[name])).as_py() or 0
            columns[name] = text
        yield pa.RecordBatch.from_arrays(list(columns.values()), schema=batch.schema)


def _unsure(separator: str) -> str:
    s = re.escape(separator)
    return f"(^|[^0-9]){s}|{s}[0-9]{{0,2}}([^0-9]|$)|{s}[0-9]{{4}}|[0-9]{{4}}{s}|[.][0-9]*{s}"


def _demand_none(cells: pa.Array, pattern: str, what: str, numbers: pa.Array, place: Place) -> None:
    wrong = pc.filter(numbers, pc.match_substring_regex(cells, pattern))
    if len(wrong):
        raise InvalidData(
            f"{what} ({len(wrong):,} figures)",
            place=Place(table=place.table, column=place.column, row=wrong[0].as_py()),
            remedy="have the figure corrected at the source, or correct it by a reviewed entry in corrections.yaml",
        )
