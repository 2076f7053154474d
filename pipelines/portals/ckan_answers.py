"""What CKAN answers, as errors: by its status and never by its words, which are in the portal's
language and may quote the data."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from pipelines.errors import PortalError
from pipelines.pauses import asked_pause

BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
PAUSE_NAMES = {"retryafter", "retryafterseconds"}


class CallError(PortalError):
    """A call of CKAN came to nothing; what it was about is filled in by whoever called."""


class MissingError(CallError):
    """404: there is no such thing, or it was deleted."""


class ForbiddenError(CallError):
    """403: CKAN does not know the token (it never answers 401), or its user may not."""


class InvalidError(CallError):
    """409: refused by CKAN's rules. `fields` are the names of what is wrong, `row` the row of a batch, from 0."""

    fields: tuple[str, ...] = ()
    row: int | None = None


class TooLargeError(CallError):
    """413: more than the portal, or what stands before it, takes in one request."""


class BusyError(CallError):
    """429 and its like: nothing was done; `pause` is what the portal asks for, in seconds."""

    pause: float | None = None


class UnclearError(CallError):
    """No answer, or 5xx: done or not, nobody knows without looking."""

    pause: float | None = None
    status: int | None = None
    """What was answered; None for nothing."""


_NO_EDITOR = (
    ForbiddenError,
    "the portal does not let this token do that: it is wrong or expired, or its user is no editor",
    "make a new token of an editor of the organisation, and give it in the environment",
)
_REFUSALS: dict[int, tuple[type[CallError], str, str]] = {
    HTTPStatus.NOT_FOUND: (MissingError, "there is no such thing on the portal", "run again"),
    HTTPStatus.FORBIDDEN: _NO_EDITOR,
    HTTPStatus.UNAUTHORIZED: _NO_EDITOR,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        TooLargeError,
        "the request is larger than the portal takes",
        "ask its operator for the limit",
    ),
}


def error_of(status: int, headers: Mapping[str, str], body: bytes) -> CallError:
    """Return the error that an answer without success is."""
    found = _json(body)
    if status in BUSY or _says_busy(found):
        return _busy(
            BusyError("the portal asks to be left alone for a while", remedy="run again later"), headers, found
        )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        unclear = UnclearError(f"the portal answers {status}", remedy="run again; if it stays so, ask its operator")
        unclear.status = status
        return _busy(unclear, headers, found)
    if status < HTTPStatus.BAD_REQUEST or status == HTTPStatus.METHOD_NOT_ALLOWED:
        return CallError(
            f"what answers at the portal's address is no CKAN: status {status}, and no answer of its API",
            remedy="correct the address: that of CKAN's start page, as a browser shows it in the end",
        )
    if status in _REFUSALS:
        kind, message, remedy = _REFUSALS[status]
        return kind(message, remedy=remedy)
    return _invalid(status, found)


def _invalid(status: int, found: Any) -> CallError:  # noqa: ANN401 - JSON
    """Name the fields that CKAN refuses, not what it says of them: that may quote a cell."""
    error = found.get("error") if isinstance(found, dict) else None
    fields = tuple(name for name in error if not name.startswith("__")) if isinstance(error, dict) else ()
    named = f" ({', '.join(fields)})" if fields else ""
    refusal = InvalidError(
        f"the portal refuses what it was sent: status {status}{named}",
        remedy="mend what is named; the portal's log says more",
    )
    refusal.fields = fields
    if isinstance(error, dict) and isinstance(error.get("records_row"), int):
        refusal.row = error["records_row"]
    return refusal


def _busy(error: BusyError | UnclearError, headers: Mapping[str, str], found: Any) -> CallError:  # noqa: ANN401
    error.pause = asked_pause(headers.get("Retry-After"))
    if error.pause is None:
        error.pause = next(
            (
                p
                for name, value in _flat(found)
                if _plain(name) in PAUSE_NAMES and (p := asked_pause(value)) is not None
            ),
            None,
        )
    return error


def _says_busy(found: Any) -> bool:  # noqa: ANN401
    """Some gateways answer 200 or 400 and put the status into the body."""
    return any(_plain(name) in {"status", "code", "statuscode"} and str(value) == "429" for name, value in _flat(found))


def _flat(found: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
    if not isinstance(found, dict) or found.get("success") is True:
        return []
    inner = found.get("error")
    return [*found.items(), *(inner.items() if isinstance(inner, dict) else ())]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _json(body: bytes) -> Any:  # noqa: ANN401
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
