"""What must hold of a validated table beyond its schema: how many rows, how well filled."""

from collections.abc import Collection, Mapping
from itertools import combinations
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.dataset import Assertions
from pipelines.errors import DatasetError, InvalidData, Place

#: Values that a refusal names.
NAMED = 20


def filled_cells(path: Path) -> dict[str, int]:
    """Return for every column the number of rows in which it is not empty."""
    file = pq.ParquetFile(path)
    filled = dict.fromkeys(file.schema_arrow.names, 0)
    for batch in file.iter_batches():
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            filled[name] += pc.count(column).as_py()
    return filled


def demand(table: str, rows: int, filled: Mapping[str, int], bounds: Assertions) -> None:
    """Raise `InvalidData` where a table breaks the dataset's assertions."""
    limits = bounds.rows[table]
    if not limits.min <= rows <= limits.max:
        raise InvalidData(
            f"{rows:,} rows where {limits.min:,} to {limits.max:,} are expected", place=Place(table=table),
            remedy="check that the delivery is whole; if it is right, change assertions.rows",
        )  # fmt: skip
    for column, least in bounds.fill.items():
        if column in filled and filled[column] < least * rows:
            counted = f"empty in {rows - filled[column]:,} of {rows:,} rows where {least:.2%} are expected to be filled"
            means = bounds.means.get(column)
            raise InvalidData(
                f"{means} ({counted})" if means else counted,
                place=Place(table=table, column=column),
                remedy=f"{'' if means else 'look for empty cells, or values that a look-up does not know; '}"
                "have it mended at the source; if it is right, change assertions.fill",
            )


def demand_disjoint(tables: Mapping[str, Path], bounds: Assertions) -> None:
    """Raise `InvalidData`, naming the first of them, where two tables have values of a column in common
    that they may not."""
    for column, names in bounds.disjoint.items():
        found = {name: set(_values(tables[name], column)) for name in names}
        for one, other in combinations(names, 2):
            if common := sorted(found[one] & found[other]):
                more = f" and {len(common) - NAMED:,} more" if len(common) > NAMED else ""
                raise InvalidData(
                    f"both {one} and {other} have {', '.join(common[:NAMED])}{more}",
                    place=Place(table=other, column=column),
                    remedy="take what is of these out of one of the two: it would be counted twice",
                )


def _values(path: Path, column: str) -> list[str]:
    return [str(value) for value in pc.unique(pq.read_table(path, columns=[column])[column]).to_pylist() if value]


def demand_known(columns: Mapping[str, Collection[str]], bounds: Assertions) -> None:
    """Raise `DatasetError` where assertions name what no validated table has, or leave one
    without bounds: an assertion that asserts nothing must not look like one. `columns` are
    those of every validated table."""
    every = {column for names in columns.values() for column in names}
    named = [*(("rows", table) for table in sorted(columns.keys() ^ bounds.rows.keys()))]
    named += [("fill", column) for column in sorted(set(bounds.fill) - every)]
    named += [
        ("disjoint", f"{table}.{column}")
        for column, tables in bounds.disjoint.items()
        for table in tables
        if column not in columns.get(table, ())
    ]
    if named:
        part, name = named[0]
        what = "has no bounds" if name in columns else "is no validated table or column"
        raise DatasetError(
            f"{name} {what}", place=Place(column=f"assertions.{part}"), remedy=f"mend assertions.{part} in dataset.yaml"
        )
