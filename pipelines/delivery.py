"""A delivery: what a source gave, on this machine, before anything is read out of it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Delivery:
    """The bytes as found, and what is known of where they came from."""

    path: Path
    """One local file: the source's own, or an archive of all it answered."""
    pieces: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    """SQL: for each table Parquet files of text, in the order of its key."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What the source says of itself (its title, its date of change), without personal data."""
    is_single: bool = False
    """Of a drop of files: whether one file was named and no folder or zip of files. Then its fault is
    the delivery's own."""
