"""The pause that a server asks for (`Retry-After`)."""

from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any


def asked_pause(said: Any) -> float | None:  # noqa: ANN401 - of a header, or of JSON
    """Return the seconds of a Retry-After (RFC 9110, 10.2.3): a number or a date; None where it is neither."""
    with suppress(ValueError):
        return max(float(said), 0.0) if isinstance(said, int | float) else float(int(str(said).strip()))
    with suppress(ValueError, TypeError, OverflowError):
        return max((parsedate_to_datetime(str(said)) - datetime.now(UTC)).total_seconds(), 0.0)
    return None
