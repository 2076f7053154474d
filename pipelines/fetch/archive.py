"""One archive for a delivery of many parts: the same parts give the same bytes."""

import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

from pipelines.errors import SourceError
from pipelines.readers.zipped import unzipping

#: The earliest time a zip can hold; real times would make equal deliveries different.
NO_TIME = (1980, 1, 1, 0, 0, 0)


def write(parts: Iterable[tuple[str, Path]], to: Path) -> int:
    """Write files into a zip under the given names, in the given order; returns how many."""
    count = 0
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        for name, path in parts:
            entry = zipfile.ZipInfo(name, NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, 1 << 20)
            count += 1
    return count


def unpack_single(brought: Path, to: Path, limit: int) -> None:
    """Put the one file of a zip at `to`, or the file itself where it is no zip of one file.

    Raises:
        SourceError: the archive is damaged, locked, holds several files, or unpacks to too much.
    """
    if not zipfile.is_zipfile(brought) or is_workbook(brought):
        brought.rename(to)
        return
    with unzipping("the archive"), zipfile.ZipFile(brought) as packed:
        files = [entry for entry in packed.infolist() if not entry.is_dir()]
        if len(files) != 1:
            raise SourceError(f"the archive holds {len(files)} files where one is expected", remedy="look at it")
        if files[0].file_size > limit:
            raise SourceError(
                f"the archive unpacks to more than {limit:,} bytes", remedy="check it, or raise source.max_bytes"
            )
        with packed.open(files[0]) as source, to.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
    brought.unlink()


def is_workbook(path: Path) -> bool:
    """Say whether a zip is a workbook (xlsx or ods)."""
    with unzipping("the archive"), zipfile.ZipFile(path) as packed:
        return bool({"xl/workbook.xml", "content.xml"} & set(packed.namelist()))
