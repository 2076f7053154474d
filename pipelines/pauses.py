"""Trying again after a pause: how often, how long, and what a server asks for (`Retry-After`).

Whoever waits is told so on stderr, by what went wrong and never by what was asked for: results go
to stdout, and addresses may be secret.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from pipelines.errors import OpendataError

LOG = logging.getLogger(__name__)


def tries(
    on: type[Exception] | Callable[[Exception], bool | float],
    *,
    attempts: int,
    within: float,
    first: float = 0.5,
    longest: float = 30,
    jitter: float = 1,
) -> Iterator[stamina.Attempt]:
    """Give attempts, each a context, until one comes to an end without an error to try again `on`; pauses
    (seconds) grow, with jitter. `on` may be a function that says whether, or after how many seconds."""
    return iter(
        stamina.retry_context(
            on=on, attempts=attempts, timeout=within, wait_initial=first, wait_max=longest, wait_jitter=jitter
        )
    )


def asked_pause(said: Any) -> float | None:  # noqa: ANN401 - of a header, or of JSON
    """Return the seconds of a Retry-After (RFC 9110, 10.2.3): a number or a date; None where it is neither."""
    with suppress(ValueError):
        return max(float(said), 0.0) if isinstance(said, int | float) else float(int(str(said).strip()))
    with suppress(ValueError, TypeError, OverflowError):
        return max((parsedate_to_datetime(str(said)) - datetime.now(UTC)).total_seconds(), 0.0)
    return None


def _tell(details: RetryDetails) -> None:
    error = details.caused_by
    what = error.message if isinstance(error, OpendataError) else type(error).__name__
    LOG.warning("trying again in %.0f s: %s", details.wait_for, what)


set_on_retry_hooks([_tell])
