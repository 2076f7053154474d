"""Drawing from reviewed tables: weighted, vectorised, the same for the same seed."""

import csv
import os
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Made = TypeVar("Made")
#: Chunks that are drawn at the same time; more would only hold memory.
WORKERS = min(4, os.cpu_count() or 1)


@cache
def table(name: str) -> list[dict[str, str]]:
    """Return a table of `data/`."""
    text = files("pipelines.synth").joinpath(f"data/{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def generator(seed: int, stream: str, chunk: int = 0) -> np.random.Generator:
    """Return the random numbers of one chunk of one stream; none depends on another."""
    return np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(stream.encode()), chunk]))


def ahead(make: Callable[[int], Made], count: int) -> Iterator[Made]:
    """Give what `make` makes of 0 to `count` - 1, in order, a few of them made at the same time."""
    with ThreadPoolExecutor(WORKERS) as pool:
        waiting = deque(pool.submit(make, number) for number in range(min(WORKERS, count)))
        for number in range(count):
            made = waiting.popleft().result()
            if number + WORKERS < count:
                waiting.append(pool.submit(make, number + WORKERS))
            yield made


def changed(
    column: pa.Array, where: Bools, change: Callable[[str, float], str], random: np.random.Generator
) -> pa.Array:
    """Change the texts of a column in some places; `change` gets a text and a random number of [0, 1)."""
    at = np.flatnonzero(where)
    if not len(at):
        return column
    texts = column.take(pa.array(at)).to_pylist()
    new = [change(text, number) for text, number in zip(texts, random.random(len(at)).tolist(), strict=True)]
    positions = np.arange(len(column))
    positions[at] = len(column) + np.arange(len(at))
    return pa.concat_arrays([column, pa.array(new, column.type)]).take(pa.array(positions))


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
