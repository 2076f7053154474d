"""Thai digits and Arabic ones."""

import pyarrow as pa

from pipelines.thai.text import repaired

_TO_ASCII = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


def to_ascii(text: str) -> str:
    """Return the text with Thai digits written as 0 to 9."""
    return text.translate(_TO_ASCII)


def all_to_ascii(column: pa.Array) -> pa.Array:
    """Write the Thai digits of every text of a column as 0 to 9; null stays null."""
    return repaired(column, "[๐-๙]", to_ascii)
