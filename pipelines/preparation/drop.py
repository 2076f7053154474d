"""Takes the files of a drop that break the schema out of it, by name, and asks how many may go."""

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.errors import InvalidData
from pipelines.fates import AGAIN, Fate, too_many
from pipelines.preparation.prepare import Prepared
from pipelines.source_spec import FolderSource, OneSource
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
        bad.setdefault(name, Fate(name, 0, "validate", error.said, row, error.field))
    files.refused += bad.values()
    kept = [(name, rows) for name, rows in zip(files.names, files.rows, strict=True) if name not in bad]
    partial = prepared.path.with_suffix(".kept")
    file = pq.ParquetFile(prepared.path)
    write_parquet(_without(file, set(bad)), file.schema_arrow, partial)
    partial.replace(prepared.path)
    files.names, files.rows = [name for name, _ in kept], [rows for _, rows in kept]


def demand_few_refused(files: dict[str, Any], source: OneSource) -> None:
    """Raise `InvalidData`, naming them, where more files are refused than the source allows."""
    if isinstance(source, FolderSource) and (message := too_many(files, source)):
        raise InvalidData(message, remedy=AGAIN)


def _without(file: pq.ParquetFile, bad: set[str]) -> Iterator[pa.RecordBatch]:
    """Give the rows of the other files, numbered through anew."""
    done = 0
    for batch in file.iter_batches():
        keep = pa.array([name not in bad for name in batch.column("source_file").to_pylist()], pa.bool_())
        rows = batch.filter(keep)
        numbers = pa.array(range(done + 1, done + 1 + rows.num_rows), pa.int64())
        done += rows.num_rows
        yield rows.set_column(0, "source_row", numbers)
