"""Readers: from the bytes as found to tables of strings, by declaration, guessing nothing.

One module for each kind of source. A reader's promise: every column is accounted for, every
row comes with its number as the source shows it, text is as found, and what cannot be read
for certain is refused with its place.
"""

from pathlib import Path

from pipelines.readers import csv, excel, json
from pipelines.readers.raw import RawTable, Reading
from pipelines.source_spec import Source

__all__ = ["RawTable", "Reading", "read"]

_READERS = {"csv": csv.read, "excel": excel.read, "json": json.read}


def read(path: Path, source: Source) -> Reading:
    """Read a local file as the dataset's `source` declares.

    Raises:
        SourceError: the file cannot be read for certain (its subclass HeaderError: its
            columns are not the declared ones). Rows are read lazily: errors of a row are
            raised while its table's `batches` are taken.
    """
    return _READERS[source.reader](path, source)
