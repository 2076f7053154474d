"""Reads a drop of many files of one form in many dialects, each by itself.

A file is CSV, a spreadsheet or an HTML table, by its content. Its header is looked for from
the top: the first rows that have every column we need, under a heading or one of its declared
aliases, in any order. What is above is titles; a heading that is neither ours nor ignored by
name refuses the file, and so does anything in it that cannot be read for certain, in any of
its tables. A refused file is named with its reason and the next one is read: nothing of it is
taken. One file is held at a time.
"""

import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import itemgetter
from pathlib import Path

from pipelines.delivery import Delivery
from pipelines.errors import OpendataError, Place, SourceError
from pipelines.fates import Fate, shown_name
from pipelines.readers.dialect import Dialect, workbook
from pipelines.readers.raw import Reading, Row, is_filled, table_of
from pipelines.readers.zipped import unzipping
from pipelines.source_spec import FolderSource
from pipelines.thai.digits import to_ascii
from pipelines.thai.text import tidy

LITTER = {"Thumbs.db", "desktop.ini"}
#: Bit 11 of an entry's flags: its name is UTF-8.
UTF8_NAMES = 0x800


def read(delivery: Delivery, source: FolderSource) -> Reading:
    """Read every file of a drop. The tables are taken in their order: the files are read while the
    first is, the rows of the others wait in scratch files; `fates` of the reading is filled meanwhile.

    Raises:
        SourceError: the delivery is a single file, and that cannot be read for certain.
    """
    drop = _Drop(delivery, source)
    tables = [table_of(name, source.raw_columns(name), drop.rows(name)) for name in source.tables]
    return Reading(tables, fates=drop.fates)


def is_litter(name: str) -> bool:
    """Say whether a file is no delivery: hidden, or what operating systems and open office programs
    leave beside files."""
    last = name.rpartition("/")[2]
    return last.startswith((".", "~$")) or last in LITTER or name.startswith("__MACOSX/")


def name_of(entry: zipfile.ZipInfo) -> str:
    """Return the name of a file in a zip. Thai Windows writes names in cp874 without saying so, and
    the format then has them read as cp437 (APPNOTE 6.3.10, appendix D)."""
    if entry.flag_bits & UTF8_NAMES or entry.filename.isascii():
        return entry.filename
    found = entry.filename.encode("cp437")
    for encoding in ("utf-8", "cp874"):
        with suppress(UnicodeDecodeError):
            return found.decode(encoding)
    return entry.filename


@dataclass
class _Drop:
    delivery: Delivery
    source: FolderSource
    fates: list[Fate] = field(default_factory=list)

    def rows(self, name: str) -> Iterator[Row]:
        """Give the rows of one table, those of one file together."""
        first, *others = self.source.tables
        if name != first:
            with self._waiting(name).open(encoding="ascii") as file:
                for line in file:
                    yield from map(tuple, json.loads(line))
            return
        for other in others:
            self._waiting(other).write_text("")
        for taken in self._files():
            for other in others:
                with self._waiting(other).open("a", encoding="ascii") as file:
                    file.write(json.dumps(taken[other]) + "\n")
            yield from taken[first]

    def _waiting(self, name: str) -> Path:
        """Where the rows of a table wait: each line the rows of a file."""
        return self.delivery.path.with_name(f"{name}.waiting")

    def _files(self) -> Iterator[dict[str, list[Row]]]:
        """Give for each file that is sound the rows of its tables."""
        path = self.delivery.path
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory(dir=path.parent) as folder:
            named = [(name_of(entry), entry) for entry in archive.infolist() if not entry.is_dir()]
            entries = [(filename, entry) for filename, entry in named if not is_litter(filename)]
            for filename, entry in sorted(entries, key=itemgetter(0)):
                single = Path(folder, "file")
                try:
                    taken = self._taken(archive, entry, filename, single)
                except OpendataError as error:
                    if self.delivery.is_single:
                        error.place = replace(error.place, file=shown_name(filename))
                        raise
                    self.fates.append(Fate.refused(filename, "extract", error))
                else:
                    self.fates.append(Fate(filename, rows=sum(map(len, taken.values()))))
                    yield taken

    def _taken(
        self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, filename: str, single: Path
    ) -> dict[str, list[Row]]:
        """Return the rows of every table of one file, unpacked to `single`.

        Raises:
            SourceError: one of them cannot be read for certain."""
        with unzipping("the file"), archive.open(entry) as packed, single.open("wb") as target:
            shutil.copyfileobj(packed, target, 1 << 20)
        if not single.stat().st_size:
            raise SourceError("the file is empty", remedy="have it sent again")
        head = (filename, *self._stated(filename))
        book = workbook(single, self.source.max_bytes)
        taken: dict[str, list[Row]] = {}
        for name, dialect in self._dialects.items():
            rows = dialect.rows(single, book)
            taken[name] = [(number, (*head, *cells)) for number, cells in rows if is_filled(cells)]
        if not any(taken.values()):
            raise SourceError("the file has a header and no row below it", remedy="have it sent again")
        return taken

    @cached_property
    def _dialects(self) -> dict[str, Dialect]:
        return {name: Dialect(self.source, name, spec) for name, spec in self.source.tables.items()}

    def _stated(self, filename: str) -> list[str]:
        """Return what a file's name says."""
        found = []
        for column, pattern in self.source.stated.items():
            match = re.search(pattern, tidy(to_ascii(filename)))
            if match is None or not match[column]:
                raise SourceError(
                    f"the file's name does not say its {column}", place=Place(column=column),
                    remedy="have the file named by the agreed pattern",
                )  # fmt: skip
            found.append(match[column])
        return found
