"""Reads a drop of many files of one form in many dialects, each by itself.

A file is CSV, a spreadsheet or an HTML table, by its content. Its header is looked for from
the top: the first rows that have every column we need, under a heading or one of its declared
aliases, in any order. What is above is titles; a heading that is neither ours nor ignored by
name refuses the file, and so does anything in it that cannot be read for certain. A refused
file is named with its reason and the next one is read: nothing of it is taken.
"""

import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from operator import itemgetter
from pathlib import Path

from pipelines.errors import HeaderError, OpendataError, Place, SourceError
from pipelines.fates import Fate
from pipelines.readers import csv, excel
from pipelines.readers.grid import Grid, heading_of, rows_below
from pipelines.readers.header import Mapping, map_columns
from pipelines.readers.raw import Reading, Row, table_of
from pipelines.source_spec import FolderSource
from pipelines.source_table import SourceTable
from pipelines.thai.digits import to_ascii
from pipelines.thai.text import tidy

LITTER = {"Thumbs.db", "desktop.ini"}
#: Bit 11 of an entry's flags: its name is UTF-8.
UTF8_NAMES = 0x800
BINARY = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def read(path: Path, source: FolderSource) -> Reading:
    """Read every file of a drop; `fates` of the reading is filled while its rows are taken."""
    ((name, spec),) = source.tables.items()
    fates: list[Fate] = []
    drop = _Drop(path, source, name, spec, fates)
    return Reading([table_of(name, source.raw_columns(name), drop.rows())], fates=fates)


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
    path: Path
    source: FolderSource
    name: str
    spec: SourceTable
    fates: list[Fate] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        with zipfile.ZipFile(self.path) as archive, tempfile.TemporaryDirectory(dir=self.path.parent) as folder:
            named = [(name_of(entry), entry) for entry in archive.infolist() if not entry.is_dir()]
            entries = [(filename, entry) for filename, entry in named if not is_litter(filename)]
            for filename, entry in sorted(entries, key=itemgetter(0)):
                single = Path(folder, "file")
                try:
                    single.write_bytes(archive.read(entry))
                    stated = self._stated(filename)
                    taken = self._taken(single)
                except OpendataError as error:
                    self.fates.append(Fate.refused(filename, "extract", error))
                except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError):
                    damaged = SourceError("the file cannot be unpacked", remedy="have it sent again")
                    self.fates.append(Fate.refused(filename, "extract", damaged))
                else:
                    self.fates.append(Fate(filename, rows=len(taken)))
                    yield from ((number, (filename, *stated, *cells)) for number, cells in taken)

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

    def _taken(self, path: Path) -> list[Row]:
        """Return the rows of one file; a header alone is what a failed export leaves."""
        if taken := list(self._file(path)):
            return taken
        raise SourceError("the file has a header and no row below it", remedy="have it sent again")

    def _file(self, path: Path) -> Iterator[Row]:
        """Give the rows of one file, in the order of our columns."""
        with path.open("rb") as file:
            is_sheet = file.read(4) in BINARY
        if not path.stat().st_size:
            raise SourceError("the file is empty", remedy="have it sent again")
        if is_sheet or excel.is_web_page(path):
            with excel.damage_named():
                sheet = excel.grid_of(path, self.source.max_bytes, self.spec.sheet, self.name)
                yield from self._below_header(sheet)
            return
        yield from self._below_header(csv.grid_of(path, self._delimiter(path), self.name))

    def _delimiter(self, path: Path) -> str:
        """Return the one delimiter by which the file has our header."""
        fits: list[str] = []
        for delimiter in self.source.delimiters:
            top = list(islice(csv.grid_of(path, delimiter, self.name).rows, self.source.header_within))
            if any(self._is_header([tidy(cell) for cell in row]) for _, row in top):
                fits.append(delimiter)
        if len(fits) != 1:
            raise self._no_header()
        return fits[0]

    def _below_header(self, grid: Grid) -> Iterator[Row]:
        top: list[tuple[int, list[object]]] = []
        for number, row in islice(grid.rows, self.source.header_within):
            top.append((number, row))
            heading = heading_of(grid, top[-self.spec.header_rows :], self.name)
            if len(top) >= self.spec.header_rows and self._is_header(heading):
                break
        else:
            raise self._no_header()
        while heading and not heading[-1]:
            heading.pop()
        mapping = self._mapping(heading, number)
        width = len(row)
        for line, cells in rows_below(grid, grid.rows, mapping, width, number, self.name):
            known = dict(zip(mapping.columns, cells, strict=True))
            yield line, tuple(known.get(column, "") for column in self.spec.columns)

    def _is_header(self, heading: list[str]) -> bool:
        """Say whether a row has every column that a file must have."""
        ours = {self._names.get(text) for text in heading}
        return all(column.optional or name in ours for name, column in self.spec.mapped().items())

    def _mapping(self, heading: list[str], row: int) -> Mapping:
        """Map the headings under the spelling they have here; every other one must be ignored by name."""
        here = {self._names[text]: text for text in heading if text in self._names}
        if len(here) < sum(text in self._names for text in heading):
            raise HeaderError(
                "two headings are of one column", place=Place(table=self.name, row=row), remedy="have one taken out"
            )
        columns = {name: here[name] for name in self.spec.columns if name in here}
        return map_columns(heading, self.spec.model_copy(update={"columns": columns}), row, self.name)

    @cached_property
    def _names(self) -> dict[str, str]:
        """Every heading and alias, tidied, with the column it is of."""
        return {
            tidy(text): name for name, column in self.spec.mapped().items() for text in (column.header, *column.aliases)
        }

    def _no_header(self) -> HeaderError:
        return HeaderError(
            f"no header with all the columns that are needed was found in the first {self.source.header_within} rows",
            place=Place(table=self.name),
            remedy="look which heading is new and add it to `aliases`, or have the file sent again",
        )
