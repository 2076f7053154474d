"""Pieces of a relation that were read: Parquet files of text, and the book that knows them.

The book is written anew after every piece, so that a run that was cut off leaves only pieces
it vouches for. It is private: it holds the register itself and the keys that cut it.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.store import sha256_of

BOOK = "pieces.json"
#: Types a key may have to be written down and read back as the same.
_TYPES: dict[str, Any] = {"int": int, "str": str, "Decimal": Decimal, "UUID": UUID, "date": date.fromisoformat,
                          "datetime": datetime.fromisoformat}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A range of a relation: above the key of the piece before, up to `upto` (None: the end)."""

    path: Path
    rows: int
    changes: str | None
    """A digest of when each of its rows was last changed."""
    upto: Any
    sha256: str


class PieceBook:
    """The pieces of one request that are here and whole."""

    def __init__(self, cache: Path, request: dict[str, Any]) -> None:
        sha = hashlib.sha256(json.dumps(request, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        self._folder = cache / f"pieces-{sha[:16]}"
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.pieces = self._read()

    def path(self, number: int) -> Path:
        """Return where a piece goes."""
        return self._folder / f"piece-{number:06}.parquet"

    def put(self, number: int, piece: Piece) -> None:
        """Vouch for a piece in its place; what stood behind it stays known."""
        self.pieces[number : number + 1] = [piece]
        self._write()

    def keep(self, pieces: Sequence[Piece]) -> None:
        """Know these pieces and no others."""
        self.pieces = list(pieces)
        self._write()
        for path in set(self._folder.glob("*.parquet")) - {piece.path for piece in pieces}:
            path.unlink()

    def _write(self) -> None:
        rows = [
            {"rows": p.rows, "changes": p.changes, "upto": _written(p.upto),
             "sha256": p.sha256}
            for p in self.pieces
        ]  # fmt: skip
        partial = self._folder / f"{BOOK}.partial"
        partial.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        partial.replace(self._folder / BOOK)

    def _read(self) -> list[Piece]:
        """Return the pieces in order up to the first that is not whole any more."""
        try:
            rows = json.loads((self._folder / BOOK).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        found: list[Piece] = []
        for number, row in enumerate(rows):
            path = self.path(number)
            if not path.is_file() or sha256_of(path) != row["sha256"]:
                break
            kind, text = row["upto"] or (None, None)
            if kind is not None and kind not in _TYPES:
                break
            upto = None if kind is None else _TYPES[kind](text)
            found.append(Piece(path, row["rows"], row.get("changes"), upto, row["sha256"]))
        return found


def _written(key: Any) -> list[str] | None:  # noqa: ANN401 - a key of any type
    return None if key is None else [type(key).__name__, str(key)]


def write_piece(path: Path, names: Sequence[str], parts: Iterable[Sequence[Sequence[str | None]]]) -> int:
    """Write rows of text, part by part, whole or not at all; returns how many."""
    schema = pa.schema([(name, pa.string()) for name in names])
    partial, count = path.with_suffix(".partial"), 0
    with pq.ParquetWriter(partial, schema, compression="zstd") as writer:
        for part in parts:
            columns = [pa.array(column, pa.string()) for column in zip(*part, strict=True)]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
            count += len(part)
    partial.replace(path)
    return count
