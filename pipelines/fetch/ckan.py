"""Brings a resource of another CKAN portal, by names: ids change when a portal is rebuilt.

The delivery is an archive: `metadata.json` with what the portal says of the resource, then the
file, or the pages of its DataStore table. CKAN's API is asked directly; nothing is written.
"""

import json
from pathlib import Path
from typing import Any

from pipelines.delivery import Delivery
from pipelines.errors import SourceError
from pipelines.fetch import archive
from pipelines.fetch.api import client
from pipelines.fetch.order import Order
from pipelines.fetch.pages import Pages
from pipelines.fetch.replies import at, count_at, demand_another, parsed
from pipelines.fetch.web import Client
from pipelines.readers.archived import FILE, METADATA
from pipelines.source_spec import CkanSource

#: What is kept of a portal's metadata: nothing that names a person.
OF_DATASET = ("name", "title", "license_id", "license_title", "metadata_modified")
OF_RESOURCE = ("name", "format", "last_modified", "hash", "size")
KEEP_HOURS = 6


def fetch(order: Order) -> Delivery:
    """Bring a resource with its metadata.

    Raises:
        UnreachableError: the portal does not answer.
        SourceError: there is not exactly one such resource, its rows are not as many as the
            portal counts, or they changed on the way.
    """
    source = order.source
    if not isinstance(source, CkanSource):
        raise TypeError(source.reader)
    with client(source.key) as web:
        dataset = _action(order, web, "package_show", {"id": source.dataset})
        resource = _only(dataset, source)
        facts = {
            "dataset": {name: dataset.get(name) for name in OF_DATASET},
            "organisation": at(dataset, "organization.title"),
            "resource": {name: resource.get(name) for name in OF_RESOURCE},
        }
        described = order.folder / METADATA
        described.write_text(json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
        if source.serves == "datastore":
            parts, pages = _rows(order, web, source, str(resource["id"]), facts)
        else:
            parts, pages = [(FILE, _file(order, resource))], None
        archive.write([(METADATA, described), *parts], order.whole)
        if pages is not None:
            pages.done()
    return Delivery(order.whole, facts={"portal": facts})


def _only(dataset: dict[str, Any], source: CkanSource) -> dict[str, Any]:
    found = [each for each in dataset.get("resources", []) if each.get("name") == source.resource]
    if len(found) != 1:
        names = "; ".join(str(each.get("name")) for each in dataset.get("resources", []))
        raise SourceError(
            f"{len(found)} resources of the dataset have this name",
            remedy=f"name one of them by source.resource: {names}",
        )
    resource: dict[str, Any] = found[0]
    return resource


def _file(order: Order, resource: dict[str, Any]) -> Path:
    url, brought = str(resource.get("url") or ""), order.folder / FILE
    if "://" not in url:
        raise SourceError("the resource has no file", remedy="read its DataStore table instead")
    with Client() as plain:  # the file may lie on another host: no key goes there
        plain.download(url, brought, order.source.max_bytes, order.on_progress)
    return brought


def _rows(
    order: Order, web: Client, source: CkanSource, resource: str, facts: dict[str, Any]
) -> tuple[list[tuple[str, Path]], Pages]:
    """Bring a DataStore table, sorted by `_id`, which is in the order of insertion."""
    request = {"address": order.address, "resource": resource, "facts": facts, "rows": source.page_rows}
    pages = Pages(order.cache, request, KEEP_HOURS)
    done, number, total, here = 0, 0, 0, list[Any]()
    while here or not number:  # to an empty page: the total that a portal states may be an old one
        number += 1
        asked = {"resource_id": resource, "sort": "_id", "limit": str(source.page_rows), "offset": str(done)}
        kept = pages.get(number)
        body = kept or web.get(f"{_base(order)}/datastore_search", asked, lambda _: False, order.source.max_bytes)
        result, before = _result(body), here
        total, here = count_at(result, "total"), _records(result)
        demand_another(here, before, number)
        if kept is None:
            pages.put(number, body)
        done += len(here)
        order.on_progress("fetching records", done, total)
    if done != total:
        total = _exact_count(order, web, resource)
    if done != total:
        pages.begin_anew()
        raise SourceError(
            f"{done:,} records came where the portal counts {total:,}", remedy="its table may have changed: run again"
        )
    return pages.paths(number), pages


def _exact_count(order: Order, web: Client, resource: str) -> int:
    """Count the rows now. Since 2.12 CKAN keeps the total of a table, and a later load need not renew
    it; a total of distinct ids is always counted."""
    asked = {"resource_id": resource, "fields": "_id", "distinct": "true", "limit": "0"}
    return count_at(_action(order, web, "datastore_search", asked), "total")


def _action(order: Order, web: Client, action: str, params: dict[str, str]) -> dict[str, Any]:
    return _result(web.get(f"{_base(order)}/{action}", params, lambda _: False, order.source.max_bytes))


def _result(body: bytes) -> dict[str, Any]:
    reply = parsed(body, 1)
    if not isinstance(reply, dict) or reply.get("success") is not True or not isinstance(reply.get("result"), dict):
        raise SourceError("the portal answers with an error", remedy="check the names of dataset and resource")
    result: dict[str, Any] = reply["result"]
    return result


def _records(result: dict[str, Any]) -> list[Any]:
    if not isinstance(found := result.get("records"), list):
        raise SourceError("the portal answers without a list of records", remedy="check the portal's DataStore")
    return found


def _base(order: Order) -> str:
    return f"{order.address.rstrip('/')}/api/3/action"
