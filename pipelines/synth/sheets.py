"""Writes workbooks row by row, and equal rows as equal bytes: no moment of writing stays in them."""

import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import openpyxl

#: A sheet holds 1,048,576 rows, one of them the header.
MOST_ROWS = 1_048_575
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_MOMENT = re.compile(rb">[0-9T:-]+Z</dcterms:(created|modified)>")


@contextmanager
def workbook(out: Path | IO[bytes]) -> Iterator[openpyxl.Workbook]:
    """Give a write-only workbook to add sheets and rows to, and write it to `out`."""
    book = openpyxl.Workbook(write_only=True)
    yield book
    with tempfile.TemporaryFile() as drawn:
        book.save(drawn)
        _settled(drawn, out)


def _settled(drawn: IO[bytes], out: Path | IO[bytes]) -> None:
    """Copy an archive with a fixed moment in the place of every other."""
    with (
        zipfile.ZipFile(drawn) as source,
        zipfile.ZipFile(out, "w", compression=zipfile.ZIP_DEFLATED, compresslevel=4) as target,
    ):
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            if name == "docProps/core.xml":
                target.writestr(entry, _MOMENT.sub(rb">1980-01-01T00:00:00Z</dcterms:\1>", source.read(name)))
                continue
            with source.open(name) as reading, target.open(entry, "w", force_zip64=True) as writing:
                while piece := reading.read(1 << 20):
                    writing.write(piece)
