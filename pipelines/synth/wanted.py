"""What a synthetic source is to be: how large, of which period and places, and how dirty."""

from dataclasses import dataclass
from typing import Literal

#: `usual` dirt is what the datasets take and count right; `heavy` dirt must make them refuse.
Level = Literal["usual", "heavy"]


@dataclass(frozen=True)
class Wanted:
    """How large a source, of which period, and of which provinces (none: all)."""

    rows: int
    period: str
    seed: int = 1
    provinces: tuple[str, ...] = ()
    files: int = 300
    """Of a drop: how many authorities."""
    damaged: int = 0
    """Of a drop: how many of their files are damaged, each in another way (at most 15)."""
    dirt: Level = "usual"
    part: str | None = None
    """Which of the dataset's sources; none: the first that has the form of the place to write to."""
