"""What a service's reply says of itself: whether it is good, how many records, what comes next."""

import json
from collections.abc import Callable
from typing import Any

from pipelines.errors import Place, SourceError
from pipelines.source_spec import ApiSource
from pipelines.source_web import Answer


def parsed(body: bytes, number: int) -> Any:  # noqa: ANN401 - JSON
    """Return a page; raises `SourceError` where it is no JSON (a half page, or a page of HTML)."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        what = "a web page (HTML)" if body.lstrip()[:1] == b"<" else "no JSON, or cut off"
        raise SourceError(
            f"page {number:,} is {what}", remedy="check the address; the service may be under maintenance"
        ) from None


def at(page: Any, path: str) -> Any:  # noqa: ANN401
    """Return what stands at a dotted path, None for nothing."""
    for key in path.split(".") if path else []:
        page = page.get(key) if isinstance(page, dict) else None
    return page


def records_in(page: Any, source: ApiSource) -> list[Any]:  # noqa: ANN401
    """Return the records on a page; raises `SourceError` where there is no list of them."""
    name, table = next(iter(source.tables.items()))
    found = at(page, table.records or "")
    if not isinstance(found, list):
        raise SourceError(
            f"a reply has no list of records at {table.records or 'its top'}",
            place=Place(table=name),
            remedy="check source.tables.<table>.records, and what the service answers",
        )
    return found


def demand_another(records: list[Any], before: list[Any], number: int) -> None:
    """Raise `SourceError` where a page has the records of the one before it: they would be read twice,
    and others not at all."""
    if records and records == before:
        raise SourceError(
            f"page {number:,} has the records of the page before it",
            remedy="the service does not heed what it is asked for: check the paging",
        )


def demand_success(page: Any, success: Answer | None, number: int) -> None:  # noqa: ANN401
    """Raise `SourceError` where a reply does not say that it is a good one."""
    if success is not None and _text(at(page, success.path)) != success.equals:
        raise SourceError(
            f"page {number:,} is an error of the service: {success.path} is not {success.equals}",
            remedy="check the parameters and the key",
        )


def count_at(page: Any, path: str) -> int:  # noqa: ANN401
    """Return a number of records that the service states; raises `SourceError` for none."""
    text = _text(at(page, path)).replace(",", "")
    if not text.isdigit():
        raise SourceError(f"the service does not state a number at {path}", remedy="check source.total")
    return int(text)


def limited(answer: Answer | None) -> Callable[[bytes], bool]:
    """Return what tells a reply that means "too many requests" from others."""

    def is_busy(body: bytes) -> bool:
        if answer is None or answer.equals.encode() not in body:
            return False
        try:
            return _text(at(json.loads(body), answer.path)) == answer.equals
        except ValueError:
            return False

    return is_busy


def _text(value: Any) -> str:  # noqa: ANN401
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
