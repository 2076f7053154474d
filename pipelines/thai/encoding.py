"""Which encoding a text file has, decided anew for every delivery over the whole file.

UTF-8 if it is UTF-8 throughout (without a mark and without a Thai letter it must not be Thai in
cp874 as well), else cp874 (which holds TIS-620 and
ISO-8859-11) if every byte is defined there, else refused: a guess that is wrong is silent
damage. Text that was decoded wrongly before it reached us (mojibake) is refused as well, and so
is what a bad extraction from PDF leaves: numbers of glyphs, and marks where none can stand.
"""

import codecs
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, chain, islice, repeat
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.errors import Place, SourceError

CHUNK = 1 << 20
#: Rows that are looked at together; the first ones are few, for who wants no more than a header.
TOGETHER = (32, 256, 4096)
Cells = TypeVar("Cells")
#: UTF-8 Thai read as cp874: nearly every letter is two letters before what cp874 has for a byte of
#: 80 to BF (`เธอ`, a word, is not).
_CP874_MOJIBAKE = re.compile("เธ[ก-ฟ€…‘’“”•–—\u0080-\u00a0]|เน[€‚…‘’“”•–—\u0080-\u009f]")
#: UTF-8 Thai, or cp874, read as Latin-1 or its Windows form: no language has such pairs, nor words
#: of three letters and signs with none of ASCII.
_SIGN, _LATIN = "\u00a1-\u00bf", "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00fb"
_LATIN_MOJIBAKE = re.compile(
    f"[\u00a1-\u00fb]{{4}}|à[¸¹]|[à-ä][\u00a1-\u00fb][\u00a1-\u00fb\u00d0-\u00da]|[ÃÂ][\u0080-\u00bf]"
    f"|(?<![A-Za-z])(?:[{_SIGN}][{_LATIN}]|(?=[{_SIGN}]*[{_LATIN}])[{_SIGN}{_LATIN}]{{3}})(?![A-Za-z])"
)
#: Half of a character, which JSON can hold.
_SURROGATE = re.compile("[\ud800-\udfff]")
#: A glyph of a PDF whose letter was not known to the program that read it: `(cid:201)`.
_GLYPH = re.compile(r"\(cid:[0-9]+\)")
#: A mark where none can stand, at the start of a word or on what is no consonant, and two vowels
#: above one letter. One or two in a cell are slips of a typist; so many are letters re-ordered.
_STRAY = "(?:^|[\\s!-,./0-9:-~ะาๅเ-ไๆฯ๏๐-๙])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]"
_TWICE = "[\u0e31\u0e34-\u0e37][\u0e31\u0e34-\u0e37\u0e47]"
_MISPLACED, MISPLACED_MARKS = re.compile(f"{_STRAY}(?=[ก-ฮเ-ไ])|{_TWICE}"), 3
#: What no Thai word has: a mark where none can stand, a tone below its vowel, and a short a without the
#: consonant that ends it. Sound text has it by a slip: at most 2 of 254 different texts in three budget books
#: read from pictures. Where an extraction moved marks by a letter, 199 of 215 have it, and some three of ten
#: in the lines that were read of books whose glyphs it knew; often no cell has three.
_IMPOSSIBLE = re.compile(f"{_STRAY}(?=[ก-ฮเ-ไ])|{_TWICE}|[่-๋][\u0e31\u0e34-\u0e37]|ั[่-๋]?(?![ก-ฮ่-๋])")
_THAI_LETTER = re.compile("[ก-ฮ]")
IMPOSSIBLE_SHARE, FEWEST_IMPOSSIBLE, TEXTS_LOOKED_AT = 0.1, 5, 20_000
#: RE2: what a text must hold to be looked at: NUL, a sign that is neither ASCII nor Thai, a pair
#: that UTF-8 read as cp874 begins with, or what a bad extraction leaves.
_SUSPECT = f"\\x00|[^\\x00-\\x7f\u0e01-\u0e5b]|เธ|เน|[(]cid:|{_STRAY}|{_TWICE}"
#: What to do about it.
_EXTRACT = "the text was extracted badly from a PDF: have it extracted by another program, or ask for the table itself"
#: Bytes that are one character in UTF-8 and two to four letters in cp874.
_EITHER = re.compile(rb"[\xc2-\xdf][\xa1-\xbf]|[\xe0-\xef][\xa1-\xbf]{2}|[\xf0-\xf4][\xa1-\xbf]{3}")
#: Thai letters in UTF-8: no file in cp874 has its letters after เธ and เน alone.
_THAI = re.compile(rb"\xe0(?:\xb8[\x81-\xba\xbf]|\xb9[\x80-\x9b])")


#: How files begin that are handed over for text, each as what it is.
_NO_TEXT = {
    b"PK\x03\x04": "a workbook (xlsx, ods) or a zip",
    b"\xd0\xcf\x11\xe0": "a workbook (xls) or another office document",
    b"%PDF": "a PDF",
}


def detect(path: Path) -> str:
    """Return `utf-8-sig` or `cp874`; raises `SourceError` naming the line of the first
    byte that fits neither."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SourceError("the file is UTF-16", remedy="save it as UTF-8")
    for magic, kind in _NO_TEXT.items():
        if head.startswith(magic):
            raise SourceError(
                f"the file is no text but {kind}, whatever its name", remedy="have it saved as UTF-8 text"
            )
    utf8 = _first_bad_line(path, "utf-8")  # the codec of the mark takes half of a mark for none
    if utf8 is None:
        if not head.startswith(codecs.BOM_UTF8):
            _demand_unequivocal(path)
        return "utf-8-sig"
    legacy = _first_bad_line(path, "cp874")
    if legacy is None and not _mostly_utf8(path, utf8):
        return "cp874"
    raise SourceError(
        "the file is neither UTF-8 nor cp874 (TIS-620) throughout",
        place=Place(row=utf8),
        remedy="the bytes from about this row on have another encoding: have the file exported again as UTF-8",
    )


def _demand_unequivocal(path: Path) -> None:
    """Refuse a file without Thai in UTF-8 that is Thai in cp874 (`þ` is `รพ`, `ࢵ` is `เขต`)."""
    first = None
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if first is None and _EITHER.search(line):
                first = number
            if _THAI.search(line):
                return
    if first is not None and _first_bad_line(path, "cp874") is None:
        raise SourceError(
            "the text may be UTF-8 and may be cp874 (TIS-620), and they say different things",
            place=Place(row=first),
            remedy="have the file saved as UTF-8 with a byte order mark",
        )


def _mostly_utf8(path: Path, bad_line: int) -> bool:
    """Say whether Thai UTF-8 stands before the first bad line: then the file is a mixture
    or was cut, and reading it as cp874 would turn the good part into nonsense."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if number >= bad_line:
                return False
            if re.search(rb"\xe0[\xb8\xb9][\x80-\xbf]", line):
                return True
    return False


def _first_bad_line(path: Path, encoding: str) -> int | None:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line = 1
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return line + chunk[: error.start].count(b"\n")
            line += chunk.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return line
    return None


def demand_sound_text(text: str, table: str, row: int) -> None:
    """Raise `SourceError` where a cell holds replaced characters, NUL, text that was decoded
    with the wrong table before it was saved, or what a bad extraction from PDF leaves."""
    if "(cid:" in text and _GLYPH.search(text):
        also = ", and vowels or tones re-ordered" if _MISPLACED.search(text) else ""
        raise _damaged(f"numbers of glyphs, (cid:NNN), in place of letters{also}", table, row, _EXTRACT)
    if text.isascii():
        if "\0" in text:
            raise _damaged("a NUL character", table, row)
        return
    if "\ufffd" in text or _SURROGATE.search(text):
        raise _damaged("replacement characters (text already lost)", table, row)
    pairs = len(_CP874_MOJIBAKE.findall(text))
    if _LATIN_MOJIBAKE.search(text) or (pairs and pairs * 3 >= len(text) // 2):
        raise _damaged("text decoded with the wrong table (mojibake)", table, row)
    if len(_MISPLACED.findall(text)) >= MISPLACED_MARKS:
        raise _damaged("Thai vowels and tones in places where none can stand (re-ordered)", table, row, _EXTRACT)


class Spelling:
    """Counts over the first different texts of a file those that cannot be Thai: where there are too
    many, the letters of the whole file are re-ordered. A heading that a slip is in counts once."""

    def __init__(self, table: str) -> None:
        self._table, self._texts, self._impossible, self._first = table, set[str](), 0, 0

    def see(self, text: str, row: int) -> None:
        """Count a cell; raises `SourceError` as `demand` once enough have been seen."""
        if len(self._texts) >= TEXTS_LOOKED_AT or text.isascii() or text in self._texts:
            return
        if not _THAI_LETTER.search(text):
            return
        self._texts.add(text)
        if _IMPOSSIBLE.search(text):
            self._impossible += 1
            self._first = self._first or row
        if len(self._texts) == TEXTS_LOOKED_AT:
            self.demand()

    def demand(self) -> None:
        """Raise `SourceError` where more texts than slips explain have marks in impossible places."""
        if self._impossible >= max(FEWEST_IMPOSSIBLE, IMPOSSIBLE_SHARE * len(self._texts)):
            share = f"{self._impossible:,} of {len(self._texts):,} different texts have"
            raise SourceError(
                f"{share} Thai vowels and tones in places where none can stand (re-ordered)",
                place=Place(table=self._table, row=self._first), remedy=_EXTRACT,
            )  # fmt: skip


def demand_sound_column(column: pa.Array, place: Place) -> None:
    """Ask `demand_sound_text` of every cell of a column whose first row is `place.row`."""
    suspect = pc.fill_null(pc.match_substring_regex(column, _SUSPECT), fill_value=False)
    for position in pc.indices_nonzero(suspect).to_pylist():
        demand_sound_text(column[position].as_py(), place.table or "", (place.row or 1) + position)


def sound_rows(
    rows: Iterable[tuple[int, Cells]], table: str, texts: Callable[[Cells], Iterable[str | None]]
) -> Iterator[tuple[int, Cells]]:
    """Give numbered rows on after `demand_sound_text` was asked of all their texts, many rows at
    once. A row that cannot be read is an error only when those before it have been given."""
    rows, failure = iter(rows), None
    for size in chain(TOGETHER, repeat(TOGETHER[-1])):
        some: list[tuple[int, Cells]] = []
        try:
            some.extend(islice(rows, size))  # keeps what came before an error
        except SourceError as error:
            failure = error
        held = [list(texts(cells)) for _, cells in some]
        ends = list(accumulate(map(len, held)))
        flat = list(chain.from_iterable(held))
        for position in _suspects(flat):
            demand_sound_text(flat[position] or "", table, some[bisect_right(ends, position)][0])
        yield from some
        if failure:
            raise failure
        if len(some) < size:
            return


def _suspects(texts: list[str | None]) -> Iterable[int]:
    try:
        found: Iterable[int] = pc.indices_nonzero(
            pc.match_substring_regex(pa.array(texts, pa.string()), _SUSPECT)
        ).to_pylist()
    except UnicodeEncodeError:  # half of a character, which Arrow cannot hold
        return range(len(texts))
    return found


def _damaged(what: str, table: str, row: int, remedy: str = "have the file exported again as UTF-8") -> SourceError:
    return SourceError(f"a cell holds {what}", place=Place(table=table, row=row), remedy=remedy)
