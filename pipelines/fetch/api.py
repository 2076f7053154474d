"""Asks a web service of JSON for all its pages, or for the file that it links to.

The delivery is an archive of the replies as they came. A reply is good when it says so; as
many records must come as the service counts, where it counts. Nothing is interpreted here but
what paging needs.
"""

import zipfile
from typing import Any
from urllib.parse import urljoin, urlsplit

from pipelines.delivery import Delivery
from pipelines.errors import SourceError
from pipelines.fetch import archive, file
from pipelines.fetch.order import Order, secret
from pipelines.fetch.pages import Pages
from pipelines.fetch.replies import at, count_at, demand_another, demand_success, limited, parsed, records_in
from pipelines.fetch.web import Client
from pipelines.source_spec import ApiSource
from pipelines.source_web import CursorPaging, Key, NumberPaging, OffsetPaging

MOST_PAGES = 100_000
#: How often the pages are begun anew because the service counts other records than before.
MOST_STATES = 3


def fetch(order: Order) -> Delivery:
    """Bring every page of a service, or its linked file; a path is one page.

    Raises:
        UnreachableError, SourceError: as `web.Client.get`; SourceError too where a reply is no
            good one, is not whole, or the records are not as many as the service counts.
    """
    source = order.source
    if not isinstance(source, ApiSource):
        raise TypeError(source.reader)
    if order.is_local:
        return _from_file(order, source)
    params = {name: value.replace("{period}", _period(order, value)) for name, value in source.params.items()}
    with client(source.key) as web:
        if source.link:
            return _linked(order, source, web, params)
        pages = Pages(order.cache, {"address": order.address, "params": params, **_shape(source)}, source.resume_hours)
        count = _Walk(order, source, web, pages, params).all_pages()
        archive.write(pages.paths(count), order.whole)
        pages.done()
    return Delivery(order.whole, facts={"pages": count})


def client(key: Key | None) -> Client:
    """Return a client that sends the service's key, from the environment."""
    if key is None:
        return Client()
    sent = {key.name: secret(key.env, "the service's key")}
    return Client(query=sent) if key.send_as == "query" else Client(headers=sent)


class _Walk:
    """From page to page."""

    def __init__(self, order: Order, source: ApiSource, web: Client, pages: Pages, params: dict[str, str]) -> None:
        self._order, self._source, self._web, self._pages, self._params = order, source, web, pages, params
        self._records = 0

    def all_pages(self) -> int:
        """Bring what is not here yet; returns how many pages there are."""
        for _ in range(MOST_STATES):
            if (count := self._of_one_state()) is not None:
                break
        else:
            raise SourceError(
                "the records changed while its pages were asked for", remedy="run again when the service is quiet"
            )
        if self._pages.total is not None and self._records != self._pages.total:
            counted = self._pages.total
            self._pages.begin_anew()
            raise SourceError(
                f"{self._records:,} records came where the service counts {counted:,}",
                remedy="it may have changed meanwhile: run again",
            )
        return count

    def _of_one_state(self) -> int | None:
        """Go through all pages; None where the service counts another number on the way: then all are to be
        asked for anew, because pages of two states are no state."""
        ask: tuple[str, dict[str, str]] | None = (self._order.address, self._params | _first(self._source))
        number, self._records, before = 0, 0, list[Any]()
        while ask is not None:
            number += 1
            if number > MOST_PAGES:
                raise SourceError("the pages do not end", remedy="check source.paging")
            if (page := self._page(number, *ask, before)) is None:
                return None
            before = records_in(page, self._source)
            self._records += len(before)
            self._order.on_progress("fetching records", self._records, self._pages.total)
            ask = self._next(number, page, len(before))
        return number

    def _page(self, number: int, url: str, params: dict[str, str], before: list[Any]) -> Any | None:  # noqa: ANN401
        """Return a page, from the cache or the service, after the records `before`; None where it counts anew."""
        kept = self._pages.get(number)
        body = kept or self._web.get(url, params, limited(self._source.limited), self._order.source.max_bytes)
        page = parsed(body, number)
        demand_success(page, self._source.success, number)
        if self._source.total is not None:
            total = count_at(page, self._source.total)
            if self._pages.total not in (None, total):
                self._pages.begin_anew()
                return None
            self._pages.say_total(total)
        demand_another(records_in(page, self._source), before, number)
        if kept is None:
            self._pages.put(number, body)
        return page

    def _next(self, number: int, page: Any, here: int) -> tuple[str, dict[str, str]] | None:  # noqa: ANN401
        """Return the request for the page after this one, None after the last."""
        paging, url = self._source.paging, self._order.address
        match paging:
            case None:
                return None
            case CursorPaging():
                token = at(page, paging.next)
                if token in (None, ""):
                    return None
                if "://" in str(token) or str(token).startswith("/"):
                    return _same_host(url, str(token)), {}
                return url, self._params | {paging.cursor: str(token)}
            case OffsetPaging():
                more = self._goes_on(here, paging)
                return (url, self._params | _offset(paging, self._records)) if more else None
            case NumberPaging():
                more = self._goes_on(here, paging)
                return (url, self._params | _numbered(paging, number)) if more else None

    def _goes_on(self, here: int, paging: OffsetPaging | NumberPaging) -> bool:
        """Say whether there are more. A short page is the end only where that is declared: some
        services give fewer records at a time than they were asked for."""
        if self._pages.total is not None:
            return here > 0 and self._records < self._pages.total
        return here > 0 and not (paging.until == "short" and here < (paging.size or 0))


def _first(source: ApiSource) -> dict[str, str]:
    match source.paging:
        case OffsetPaging() as paging:
            return _offset(paging, 0)
        case NumberPaging() as paging:
            return _numbered(paging, 0)
    return {}


def _offset(paging: OffsetPaging, done: int) -> dict[str, str]:
    return {paging.offset: str(done), paging.limit: str(paging.size)}


def _numbered(paging: NumberPaging, done: int) -> dict[str, str]:
    size = {paging.limit: str(paging.size)} if paging.limit and paging.size else {}
    return {paging.page: str(paging.first + done), **size}


def _shape(source: ApiSource) -> dict[str, Any]:
    return {"paging": source.paging.model_dump() if source.paging else None}


def _same_host(address: str, named: str) -> str:
    """Return the address a reply names; raises `SourceError` where it leads to another host, which
    the key must not reach."""
    found = urljoin(address, named)
    if urlsplit(found)[:2] != urlsplit(address)[:2]:
        raise SourceError("a reply names an address on another host", remedy="check the service")
    return found


def _linked(order: Order, source: ApiSource, web: Client, params: dict[str, str]) -> Delivery:
    """Bring the file that a reply links to; a zip of one file is unpacked."""
    reply = parsed(web.get(order.address, params, limited(source.limited), source.max_bytes), 1)
    demand_success(reply, source.success, 1)
    link = at(reply, source.link or "")
    if not isinstance(link, str) or "://" not in link:
        raise SourceError("the reply holds no address of a file", remedy="check source.link")
    brought = order.folder / "linked"
    with Client() as plain:  # the link may lead elsewhere: no key goes with it
        plain.download(link, brought, source.max_bytes, order.on_progress)
    archive.unpack_single(brought, order.whole, source.max_bytes)
    return Delivery(order.whole)


def _from_file(order: Order, source: ApiSource) -> Delivery:
    """Take a file for the only page, or for the linked file; an archive of pages is one already."""
    brought = order.folder / "brought"
    file.copy(order.address, brought, source.max_bytes, order.on_progress)
    if source.link:
        archive.unpack_single(brought, order.whole, source.max_bytes)
    elif zipfile.is_zipfile(brought):
        brought.rename(order.whole)
    else:
        archive.write([("page-000001.json", brought)], order.whole)
    return Delivery(order.whole)


def _period(order: Order, value: str) -> str:
    return order.demanded_period() if "{period}" in value else ""
