"""Reads what web services answered: archives of JSON pages, of a portal's table or of its file."""

import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipelines.errors import SourceError
from pipelines.readers import csv, excel, json
from pipelines.readers.raw import Reading
from pipelines.readers.zipped import unzipping
from pipelines.source_spec import ApiSource, CkanSource, FileSource

METADATA, FILE = "metadata.json", "file"
_FILES: dict[str, Callable[[Path, FileSource], Reading]] = {"csv": csv.read, "excel": excel.read, "json": json.read}
#: What CKAN adds to every row of a DataStore table.
OF_CKAN = ("_id", "_full_text", "rank")


def read_api(path: Path, source: ApiSource) -> Reading:
    """Read the pages of a service, or the file that it linked to."""
    if source.linked:
        return _FILES[source.linked](path, _as_file(source.linked, source))
    return Reading(json.tables_of(lambda: _pages(path), source.tables), "utf-8")


def read_ckan(path: Path, source: CkanSource) -> Reading:
    """Read a resource of another portal."""
    if source.serves == "datastore":
        return Reading(json.tables_of(lambda: _of_datastore(path), _below_result(source)), "utf-8")
    brought = path.with_name("resource.bin")
    with (
        unzipping("the archive of the resource"),
        zipfile.ZipFile(path) as archive,
        archive.open(FILE) as packed,
        brought.open("wb") as target,
    ):
        shutil.copyfileobj(packed, target, 1 << 20)
    return _FILES[source.serves](brought, _as_file(source.serves, source))


def _as_file(kind: str, source: ApiSource | CkanSource) -> FileSource:
    common = {"location": source.location, "max_bytes": source.max_bytes, "tables": source.tables}
    return FileSource.model_validate({"reader": kind, **common})


def _pages(path: Path) -> Iterator[Any]:
    """Give the pages one at a time, in order."""
    with zipfile.ZipFile(path) as archive:
        for name in sorted(name for name in archive.namelist() if name != METADATA and not name.endswith("/")):
            with unzipping("the archive of pages"):
                page = archive.read(name)
            try:
                yield json.parsed(page.decode("utf-8-sig"))
            except UnicodeDecodeError:
                raise SourceError("a page is not UTF-8", remedy="check the service: JSON is always UTF-8") from None


def _of_datastore(path: Path) -> Iterator[Any]:
    for page in _pages(path):
        records = page["result"]["records"]
        yield [{key: value for key, value in record.items() if key not in OF_CKAN} for record in records]


def _below_result(source: CkanSource) -> dict[str, Any]:
    return {name: table.model_copy(update={"records": None}) for name, table in source.tables.items()}
