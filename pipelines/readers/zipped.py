"""Says of a zip that cannot be read that it cannot: Python's module has a dozen ways to fail over damaged
bytes, none of which may end a run, or a whole drop, that holds one damaged file."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.errors import SourceError

BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
           RuntimeError, NotImplementedError, EOFError, KeyError, ValueError)  # fmt: skip


@contextmanager
def unzipping(what: str) -> Iterator[None]:
    """Turn whatever a zip's reading raises over its bytes into `SourceError`."""
    try:
        yield
    except BROKEN:
        raise _damaged(what) from None
    except OSError as error:
        if error.errno is not None:  # the disk's fault, not that of the bytes
            raise
        raise _damaged(what) from None


def _damaged(what: str) -> SourceError:
    return SourceError(f"{what} is damaged or locked", remedy="it may be cut short: have it sent again")
