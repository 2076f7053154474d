"""What became of each file of a drop: taken, or refused with the reason, never with a value."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pipelines.errors import OpendataError, SourceError
from pipelines.source_spec import FolderSource, OneSource
from pipelines.thai.names import titled_name

#: Refused files that an error names; the receipt and the quality report name them all.
NAMED = 20
AGAIN = "have these sent again, add their spellings to `aliases`, or allow a share by source.refused_share"


@dataclass(frozen=True, slots=True)
class Fate:
    """One file of a drop. `rows` are those taken; a refused file has none."""

    file: str
    rows: int = 0
    refused_by: Literal["extract", "validate"] | None = None
    reason: str | None = None
    table: str | None = None
    row: int | None = None
    column: str | None = None

    @classmethod
    def refused(cls, file: str, stage: Literal["extract", "validate"], error: OpendataError) -> "Fate":
        """Return the fate of a file that an error refuses."""
        place = error.place
        return cls(file, 0, stage, error.message, place.table, place.row, place.column)

    def public(self) -> dict[str, Any]:
        """Return it as it may be shown."""
        return asdict(self) | {"file": shown_name(self.file)}


def shown_name(file: str) -> str:
    """Return a file's name as it may be shown: it may hold a person's, or a long number."""
    return titled_name().sub("…", re.sub(r"[0-9๐-๙]{6,}", "…", file))


def files_read(fates: Sequence[Fate], source: OneSource) -> dict[str, Any]:
    """Return how many files were read and which were refused, as it may be shown.

    Raises:
        SourceError: more were refused than the source allows; it names the first of them.
    """
    files = {"read": len(fates), "refused": [fate.public() for fate in fates if fate.refused_by]}
    if message := too_many(files, source):
        raise SourceError(message, remedy=AGAIN)
    return files


def too_many(files: dict[str, Any], source: OneSource) -> str | None:
    """Say, naming the first of them, that more files are refused than the source allows, or all."""
    refused, read = files["refused"], files["read"]
    allowed = source.refused_share if isinstance(source, FolderSource) else 0
    if len(refused) <= allowed * read and len(refused) < read:
        return None
    more = f"; and {len(refused) - NAMED:,} more" if len(refused) > NAMED else ""
    return f"{len(refused):,} of {read:,} files are refused: {'; '.join(map(said, refused[:NAMED]))}{more}"


def said(fate: dict[str, Any]) -> str:
    """Return a public fate in words."""
    where = "".join(f", {name} {fate[name]}" for name in ("table", "row", "column") if fate[name] is not None)
    return f"{fate['file']} ({fate['reason']}{where})"
