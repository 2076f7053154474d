"""Readers: from the bytes as found to tables of strings, by declaration, guessing nothing.

One module for each kind of source. A reader's promise: every column is accounted for, every
row comes with its number as the source shows it, text is as found, and what cannot be read
for certain is refused with its place.
"""

from collections.abc import Callable
from typing import Any

from pipelines.delivery import Delivery
from pipelines.readers import archived, csv, excel, files, json, sql
from pipelines.readers.raw import RawTable, Reading
from pipelines.source_spec import Source

__all__ = ["RawTable", "Reading", "read"]

_READERS: dict[str, Callable[[Delivery, Any], Reading]] = {
    "api": lambda delivery, source: archived.read_api(delivery.path, source),
    "ckan": lambda delivery, source: archived.read_ckan(delivery.path, source),
    "csv": lambda delivery, source: csv.read(delivery.path, source),
    "excel": lambda delivery, source: excel.read(delivery.path, source),
    "files": files.read,
    "json": lambda delivery, source: json.read(delivery.path, source),
    "sql": sql.read,
}


def read(delivery: Delivery, source: Source) -> Reading:
    """Read a delivery as the dataset's `source` declares.

    Raises:
        SourceError: it cannot be read for certain (its subclass HeaderError: its columns are
            not the declared ones). Rows are read lazily: errors of a row are raised while its
            table's `batches` are taken.
    """
    return _READERS[source.reader](delivery, source)
