"""Repairs of Thai text that change no meaning: white space and the two-part sara am.

Composes by NFC, never NFKC (which takes sara am apart). What is repaired here is counted by
the caller; damage whose repair would be a guess is not touched.
"""

import re
import unicodedata

_WHITE = re.compile(r"[\s\u00a0\u200b\ufeff]+")
#: Nikhahit, an optional tone mark, sara aa: printed like sara am, searched unlike it.
_SARA_AM = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32")


def tidy(text: str) -> str:
    """Fold white space to single spaces, strip, and write sara am as one character."""
    folded = _WHITE.sub(" ", text).strip(" ")
    return unicodedata.normalize("NFC", _SARA_AM.sub("\\1\u0e33", folded))
