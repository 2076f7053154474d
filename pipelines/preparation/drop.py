"""Takes the files of a drop that break the rules out of all its tables, by name, and asks how many
may go."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.errors import InvalidData
from pipelines.fates import AGAIN, Fate, too_many
from pipelines.preparation.prepare import Prepared
from pipelines.source_spec import OneSource
from pipelines.tabular import write_parquet
from pipelines.validation import CellError


def take_out(prepared: Prepared, errors: Iterable[CellError]) -> None:
    """Refuse the files that errors are in, each with its first, and write the table without them.

    Raises:
        InvalidData: an error is in no row, so no file can be blamed.
    """
    files = prepared.files
    if files is None:
        raise TypeError(prepared.path)
    bad: dict[str, Fate] = {}
    for error in errors:
        if error.row is None:
            raise InvalidData(error.said, remedy="mend the schema: no file can be blamed for this")
        name, row = files.place_of(error.row)
        bad.setdefault(name, Fate(name, 0, "validate", error.said, files.table, row, error.field))
    files.refused += bad.values()
    kept = [(name, rows) for name, rows in zip(files.names, files.rows, strict=True) if name not in bad]
    _rewrite(prepared.path, bad)
    files.names, files.rows = [name for name, _ in kept], [rows for _, rows in kept]


def settle(files: dict[str, Any], refused: Iterable[Fate], source: OneSource, typed: Iterable[Path]) -> dict[str, Any]:
    """Return the account of a drop with the files that were `refused` in any of its tables, which are
    taken out of all of them.

    Raises:
        InvalidData: more are refused than the source allows; it names the first of them.
    """
    bad: dict[str, Fate] = {}
    for fate in refused:
        bad.setdefault(fate.file, fate)
    account = files | {"refused": [*files["refused"], *(fate.public() for fate in bad.values())]}
    if message := too_many(account, source):
        raise InvalidData(message, remedy=AGAIN)
    for path in typed if bad else ():
        _rewrite(path, bad)
    return account


def _rewrite(table: Path, bad: Collection[str]) -> None:
    """Write a table without the rows of some files."""
    partial = table.with_suffix(".kept")
    file = pq.ParquetFile(table)
    write_parquet(_without(file, pa.array(sorted(bad), pa.string())), file.schema_arrow, partial)
    partial.replace(table)


def _without(file: pq.ParquetFile, bad: pa.Array) -> Iterator[pa.RecordBatch]:
    """Give the rows of the other files; a running number is given anew."""
    done = 0
    for batch in file.iter_batches():
        rows = batch.filter(pc.invert(pc.is_in(batch.column("source_file"), value_set=bad)))
        if "source_row" in rows.schema.names:
            numbers = pa.array(range(done + 1, done + 1 + rows.num_rows), pa.int64())
            rows = rows.set_column(0, "source_row", numbers)
        done += rows.num_rows
        yield rows
