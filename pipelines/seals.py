"""The key that receipts are sealed with (HMAC-SHA256), and whether a seal is genuine.

The key comes from `OPENDATA_RECEIPT_KEY`; without it one is made in the home, readable by
this user only. Whoever holds the key can seal: in production keep it from the workers'
operators. `OPENDATA_RECEIPT_KEY_BEFORE` may hold the key that this one took the place of:
what it sealed still counts, nothing is sealed with it any more.
"""

import hmac
import os
import secrets

from pipelines.store import Store

KEY_PATH = "receipts/.key"


class Seals:
    """The seals of one store."""

    def __init__(self, store: Store) -> None:
        self._key = _key(store)
        before = os.environ.get("OPENDATA_RECEIPT_KEY_BEFORE")
        self._keys = (self._key, *([before.encode()] if before else []))

    def of(self, data: bytes) -> str:
        """Return the seal of these bytes."""
        return _sealed(data, self._key)

    def genuine(self, data: bytes, seal: str) -> bool:
        """Say whether that is the seal of these bytes, by today's key or the one before."""
        return any(hmac.compare_digest(seal, _sealed(data, key)) for key in self._keys)


def _sealed(data: bytes, key: bytes) -> str:
    return hmac.new(key, data, "sha256").hexdigest()


def _key(store: Store) -> bytes:
    if given := os.environ.get("OPENDATA_RECEIPT_KEY"):
        return given.encode()
    with store.lock("receipt-key"):
        if not store.exists(KEY_PATH):
            store.write_bytes(KEY_PATH, secrets.token_hex(32).encode())
        store.keep_private(KEY_PATH)
        return store.read_bytes(KEY_PATH)
