"""Brings a drop of many files as one archive: a folder, a zip of one, or a single file of it."""

import zipfile
from pathlib import Path

from pipelines.delivery import Delivery
from pipelines.errors import SourceError
from pipelines.fetch import archive, file
from pipelines.fetch.order import Order, public_name
from pipelines.readers.files import is_litter
from pipelines.readers.zipped import unzipping
from pipelines.source_spec import FolderSource


def fetch(order: Order) -> Delivery:
    """Bring every file of a drop whose path matches the source's pattern, sorted by path.

    Raises:
        SourceError: there is no such folder, no file in it, or more than `max_bytes`.
    """
    source = order.source
    if not isinstance(source, FolderSource):
        raise TypeError(source.reader)
    folder = Path(order.address)
    if order.is_local and folder.is_dir():
        paths = sorted(path for path in folder.glob(source.pattern) if path.is_file() and not is_litter(path.name))
        if (size := sum(path.stat().st_size for path in paths)) > source.max_bytes:
            raise SourceError(f"the files are {size:,} bytes", remedy="check them, or raise source.max_bytes")
        archive.write([(path.relative_to(folder).as_posix(), path) for path in paths], order.whole)
        is_single = False
    else:
        file.copy(order.address, order.whole, source.max_bytes, order.on_progress)
        is_single = not zipfile.is_zipfile(order.whole) or archive.is_workbook(order.whole)
        if is_single:
            _archive(order)
    return Delivery(order.whole, facts={"files": _count(order.whole, source.max_bytes)}, is_single=is_single)


def _archive(order: Order) -> None:
    """Make a single file a drop of one."""
    single = order.whole.rename(order.whole.with_name("single"))
    name = Path(order.address).name if order.is_local else public_name(order.address)
    archive.write([(name or "file", single)], order.whole)


def _count(path: Path, limit: int) -> int:
    """Return the number of files in a drop; raises `SourceError` where there is none, or too much."""
    with unzipping("the archive"), zipfile.ZipFile(path) as packed:
        files = [entry for entry in packed.infolist() if not entry.is_dir()]
    if not files:
        raise SourceError("the drop has no files", remedy="check source.location and source.pattern")
    if sum(entry.file_size for entry in files) > limit:
        raise SourceError(f"the drop unpacks to more than {limit:,} bytes", remedy="look at it by hand")
    return len(files)
