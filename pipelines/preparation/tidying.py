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


def tidied(
    batches: Iterable[pa.RecordBatch], schema: Mapping[str, Any], table: str, counts: Counter[str]
) -> Iterator[pa.RecordBatch]:
    """Yield the batches with white space and sara am in order, and Thai digits of numeric
    columns as Arabic ones; `counts` gains the number of changed cells by column.

    Raises:
        InvalidData: a figure's separators do not part thousands (is 12,5 a fraction or 125?).
    """
    fields = {field["name"]: field for field in schema["fields"]}
    for batch in batches:
        columns = {name: batch.column(name) for name in batch.schema.names}
        for name in batch.schema.names[1:]:
            field = fields.get(name, {})
            text = tidy_all(columns[name])
            text = all_to_ascii(text) if field.get("type") in NUMERIC else text
            if field.get("groupChar"):
                _demand_thousands(text, field["groupChar"], columns["source_row"], Place(table=table, column=name))
            counts[name] += pc.sum(pc.not_equal(text, columns[name])).as_py() or 0
            columns[name] = text
        yield pa.RecordBatch.from_arrays(list(columns.values()), schema=batch.schema)


def _demand_thousands(cells: pa.Array, separator: str, numbers: pa.Array, place: Place) -> None:
    s = re.escape(separator)
    unsure = f"(^|[^0-9]){s}|{s}[0-9]{{0,2}}([^0-9]|$)|{s}[0-9]{{4}}|[0-9]{{4}}{s}|[.][0-9]*{s}"
    wrong = pc.filter(numbers, pc.match_substring_regex(cells, unsure))
    if len(wrong):
        raise InvalidData(
            f"separators that do not part thousands ({len(wrong):,} figures)",
            place=Place(table=place.table, column=place.column, row=wrong[0].as_py()),
            remedy="have the figure corrected at the source, or correct it by a reviewed entry in corrections.yaml",
        )
