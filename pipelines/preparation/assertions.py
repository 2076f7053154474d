"""What must hold of a validated table beyond its schema: how many rows, how well filled."""

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.dataset import Assertions
from pipelines.errors import InvalidData, Place


def fill_rates(path: Path) -> dict[str, float]:
    """Return for every column the share of rows in which it is not empty (1 for no rows)."""
    file = pq.ParquetFile(path)
    filled = dict.fromkeys(file.schema_arrow.names, 0)
    for batch in file.iter_batches():
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            filled[name] += pc.count(column).as_py()
    rows = file.metadata.num_rows
    return {name: count / rows if rows else 1.0 for name, count in filled.items()}


def demand(table: str, rows: int, fill: dict[str, float], bounds: Assertions) -> None:
    """Raise `InvalidData` where a table breaks the dataset's assertions."""
    limits = bounds.rows.get(table)
    if limits and not limits.min <= rows <= limits.max:
        raise InvalidData(
            f"{rows:,} rows where {limits.min:,} to {limits.max:,} are expected", place=Place(table=table),
            remedy="check that the delivery is whole; if it is right, change assertions.rows",
        )  # fmt: skip
    for column, least in bounds.fill.items():
        if fill.get(column, 1.0) < least:
            raise InvalidData(
                f"filled in {fill[column]:.2%} of rows where {least:.2%} is expected",
                place=Place(table=table, column=column),
                remedy="look for values that a look-up does not know; if it is right, change assertions.fill",
            )
