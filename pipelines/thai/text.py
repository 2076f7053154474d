"""Repairs of Thai text that change no meaning: white space, invisible marks, and letters typed in
pieces or in another order that are printed alike (sara am, sara ae).

Composes by NFC, never NFKC (which takes sara am apart). What is repaired here is counted by
the caller; damage whose repair would be a guess is not touched.
"""

import re
import unicodedata
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

_WHITE = re.compile(r"\s+")
#: Shown as nothing: control characters, soft hyphen, zero-width characters, marks of direction.
#: They would part what reads as one word or number, also for the search for personal data.
_INVISIBLE = re.compile(
    "[\\x00-\\x08\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f"
    "\\u00ad\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2064\\u2066-\\u2069\\ufeff]"
)
#: Nikhahit and sara aa in either order, tones before, between or behind: printed like sara am,
#: searched unlike it. No word has nikhahit or a tone behind these vowels.
_SARA_AM = re.compile("(?:\u0e4d([\u0e48-\u0e4b]*)\u0e32|\u0e32([\u0e48-\u0e4b]*)\u0e4d|\u0e33)([\u0e48-\u0e4b]*)")
#: Two sara e, printed like one sara ae.
_SARA_AE = re.compile("\u0e40\u0e40")
#: RE2: what `tidy` may change. Anything but ASCII and Thai, spaces at the ends or together,
#: nikhahit, sara am before a tone, two sara e, and marks that NFC puts into another order.
_SUSPECT = (
    "^ | $|  |[^ -~\u0e01-\u0e3a\u0e3f-\u0e4c\u0e4e-\u0e5b]|\u0e33[\u0e48-\u0e4b]|\u0e40\u0e40"
    "|[\u0e38\u0e39\u0e48-\u0e4b][\u0e38-\u0e3a]|[\u0e48-\u0e4b]\u0e3a"
)


def tidy(text: str) -> str:
    """Take out what cannot be seen, fold white space to single spaces, strip, and write sara
    am and sara ae as one character each."""
    whole = _WHITE.sub(" ", _INVISIBLE.sub("", text)).strip(" ")
    before = None
    while before != whole:  # a tone may have more than one vowel to pass
        before, whole = whole, _SARA_AE.sub("\u0e41", _SARA_AM.sub("\\1\\2\\3\u0e33", whole))
    return unicodedata.normalize("NFC", whole)


def tidy_all(column: pa.Array) -> pa.Array:
    """Tidy every text of a column; null stays null."""
    return repaired(column, _SUSPECT, tidy)


def repaired(column: pa.Array, suspect: str, repair: Callable[[str], str]) -> pa.Array:
    """Repair the texts of a column in which a pattern (RE2) is found; the others are not
    looked at, which is what makes it fast."""
    found = pc.fill_null(pc.match_substring_regex(column, suspect), False)  # noqa: FBT003 - Arrow's own signature
    if not pc.any(found).as_py():
        return column
    mended = pa.array([repair(text) for text in column.filter(found).to_pylist()], pa.string())
    return pc.replace_with_mask(column, found, mended)
