"""National and juristic identity numbers: 13 digits, the last a check digit.

Source of the rule: the check digit is (11 - (13*d1 + 12*d2 + ... + 2*d12) mod 11) mod 10
(python-stdnum, `th.pin` and `th.moa`). Numbers that begin with 0 belong to juristic persons
(Department of Business Development), 1 to 8 to natural persons. In a register of persons a
number that begins with 0 is personal all the same: persons without registration have them.
"""

import re
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from stdnum.th import moa, pin

from pipelines.thai.digits import all_to_ascii, to_ascii

Kind = Literal["person", "juristic"]
DIGITS = 13
#: What stands between the digits: blanks of any width, hyphens and dashes, dots, slashes, and what
#: nobody sees (soft hyphen, zero width, marks of direction).
SEPARATORS = "[ \t\u00a0\u2000-\u200f\u202a-\u202f\u00ad\u2060-\u2069\ufeff._/\u2010-\u2015\u2212-]"
_SEPARATOR = re.compile(SEPARATORS)
_WEIGHTS = np.arange(13, 1, -1)


def bare_id(text: str) -> str | None:
    """Return the 13 digits of a number in any usual spelling (Thai digits, dashes, blanks); None
    where there are not exactly 13 and nothing else. The check digit is not looked at."""
    bare = _SEPARATOR.sub("", to_ascii(text).strip())
    return bare if len(bare) == DIGITS and bare.isascii() and bare.isdigit() else None


def kind_of(text: str) -> Kind | None:
    """Return whose number a text is, None where it is no valid number of either kind."""
    bare = bare_id(text)
    if bare is None:
        return None
    return "person" if pin.is_valid(bare) else "juristic" if moa.is_valid(bare) else None


def is_personal_id(text: str) -> bool:
    """Say whether a text is a natural person's number in any usual spelling."""
    return kind_of(text) == "person"


def bare_ids(column: pa.Array) -> pa.Array:
    """Write the numbers of a column as 13 bare digits; what has no 13 digits stays as it is."""
    bare = pc.replace_substring_regex(pc.utf8_trim_whitespace(all_to_ascii(column)), SEPARATORS, "")
    return pc.if_else(pc.match_substring_regex(bare, "^[0-9]{13}$"), bare, column)


def check_digits(first_twelve: np.ndarray) -> np.ndarray:
    """Return the check digits of numbers given as rows of twelve digits (shape n x 12)."""
    return np.asarray((11 - first_twelve @ _WEIGHTS % 11) % 10)
