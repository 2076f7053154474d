"""Fetch: brings what a source has here, whole or not at all.

One module for each way of asking: a file, a web service page by page, a database in one
snapshot, another portal, a folder of files. What is on its way lies in a cache of its own, so
that a run that was cut off goes on where it was; nothing reads it but the next run. Addresses
and keys are never said in errors or logs.
"""

from collections.abc import Callable

from pipelines.delivery import Delivery
from pipelines.fetch import api, ckan, file, folder, sql
from pipelines.fetch.order import Order

__all__ = ["Order", "fetch"]

_WAYS: dict[str, Callable[[Order], Delivery]] = {
    "api": api.fetch,
    "ckan": ckan.fetch,
    "files": folder.fetch,
    "sql": sql.fetch,
}


def fetch(order: Order) -> Delivery:
    """Bring a delivery into `order.folder`.

    Raises:
        UnreachableError: nobody answers, or only to say that the server is out of order.
        SourceError: there is no such source, it is empty or too large, or not what was declared.
    """
    return _WAYS.get(order.source.reader, file.fetch)(order)
