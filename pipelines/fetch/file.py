"""Brings a source's bytes here, whole, and says nothing of where secret addresses lead."""

from pathlib import Path

import aiohttp
import fsspec

from pipelines.delivery import Delivery
from pipelines.errors import SourceError, UnreachableError
from pipelines.fetch.order import Order
from pipelines.pauses import tries
from pipelines.progress import Progress

CHUNK = 1 << 20
#: What a network does on a bad day; a missing file is not one of them.
TRANSIENT = (ConnectionError, TimeoutError)
#: What a web server answers when the same request may succeed later (RFC 9110 and 6585).
BUSY, SERVER_FAULT = {408, 429}, 500


def fetch(order: Order) -> Delivery:
    """Bring one file; raises as `copy`."""
    copy(order.address, order.whole, order.source.max_bytes, order.on_progress)
    return Delivery(order.whole)


def copy(location: str, to: Path, limit: int, on_progress: Progress) -> None:
    """Copy a source into a local file, trying again when the network fails.

    Raises:
        UnreachableError: nobody answers, or only to say that the server is out of order.
        SourceError: there is no such source, it is a folder, empty, or over `limit` bytes.
    """
    for attempt in tries(UnreachableError, attempts=4, within=120):
        with attempt:
            try:
                _copy(location, to, limit, on_progress)
            except IsADirectoryError:
                raise SourceError("the source is a folder", remedy="name a file in it") from None
            except (OSError, ValueError, ImportError, aiohttp.ClientError) as error:
                raise _described(error) from None
    if not to.stat().st_size:
        raise SourceError("the source is empty", remedy="have it sent again")


def _described(error: Exception) -> SourceError:
    if _is_the_network(error):
        return UnreachableError("the source does not answer", remedy="run again later; check its address")
    if isinstance(error, FileNotFoundError):
        return SourceError("there is no such source", remedy="check source.location or --source")
    what = type(error).__name__  # the message may hold the address, and that a key
    return SourceError(f"the source cannot be read ({what})", remedy="check the address and the rights")


def _is_the_network(error: Exception) -> bool:
    """Say whether an error is the network's; fsspec hides the web's behind missing files."""
    cause: BaseException = error
    while isinstance(cause, FileNotFoundError) and cause.__cause__:
        cause = cause.__cause__
    if isinstance(cause, aiohttp.ClientResponseError):
        return cause.status in BUSY or cause.status >= SERVER_FAULT
    return isinstance(cause, (*TRANSIENT, aiohttp.ClientConnectionError, aiohttp.ClientPayloadError))


def _copy(location: str, to: Path, limit: int, on_progress: Progress) -> None:
    done = 0
    if "://" not in location and Path(location).is_dir():
        raise IsADirectoryError
    with fsspec.open(location, "rb") as source, to.open("wb") as target:
        while chunk := source.read(CHUNK):
            done += len(chunk)
            if done > limit:
                raise SourceError(
                    f"the source is larger than {limit:,} bytes", remedy="check the file, or raise source.max_bytes"
                )
            target.write(chunk)
            on_progress("fetching", done, None)
