"""Thai digits and Arabic ones."""

_TO_ASCII = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


def to_ascii(text: str) -> str:
    """Return the text with Thai digits written as 0 to 9."""
    return text.translate(_TO_ASCII)
