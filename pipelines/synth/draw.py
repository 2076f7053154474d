"""Drawing from reviewed tables: weighted, vectorised, the same for the same seed."""

import csv
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def table(name: str) -> list[dict[str, str]]:
    """Return a table of `data/`."""
    text = files("pipelines.synth").joinpath(f"data/{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def generator(seed: int, stream: str, chunk: int = 0) -> np.random.Generator:
    """Return the random numbers of one chunk of one stream; none depends on another."""
    return np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(stream.encode()), chunk]))


@dataclass(frozen=True)
class Weighted:
    """Things to draw by weight; a draw is their position."""

    upto: Floats

    @classmethod
    def of(cls, weights: Sequence[float] | npt.NDArray[Any]) -> "Weighted":
        """Return the draw for weights, which need not add up to anything."""
        upto = np.cumsum(np.asarray(weights, dtype=np.float64))
        return cls(upto / upto[-1])

    def draw(self, random: np.random.Generator, count: int) -> Ints:
        """Draw positions, with replacement."""
        return np.searchsorted(self.upto, random.random(count), side="right").astype(np.int64)
