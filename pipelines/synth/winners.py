"""Who wins contracts: made-up firms and invented sole traders, a few of whom win much more than others."""

from dataclasses import dataclass

import numpy as np

from pipelines.synth import firms, people
from pipelines.synth.draw import Bools, Ints, generator

#: Winners have running numbers of their own, far from those of other invented persons.
FIRST_RUNNING = 700_000_000
MOST = 100_000
#: The greater, the more of the contracts go to the first of the winners. Made up.
SKEW, SHOP_SHARE = 2.5, 0.4


@dataclass(frozen=True)
class Winner:
    """A number that belongs to nobody, and a name."""

    number: str
    name: str


class Winners:
    """The winners of one source: juristic persons, and natural ones by name or by the shop's name."""

    def __init__(self, projects: int, seed: int) -> None:
        random, count = generator(seed, "winners"), min(20 + projects // 5, MOST)
        running = FIRST_RUNNING + np.arange(count)
        names = firms.firm_names(random, count, "juristic")
        self._juristic = [Winner(*of) for of in zip(people.juristic_ids(running, seed).to_pylist(), names, strict=True)]
        numbers = people.national_ids(running, seed).to_pylist()
        self._natural = [Winner(*of) for of in zip(numbers, _persons(random, count), strict=True)]

    def drawn(self, random: np.random.Generator, natural: Bools) -> list[Winner]:
        """Draw a winner for each contract."""
        which = (len(self._juristic) * random.random(len(natural)) ** SKEW).astype(np.int64).tolist()
        return [(self._natural if person else self._juristic)[n] for person, n in zip(natural, which, strict=True)]


def _persons(random: np.random.Generator, count: int) -> list[str]:
    sexes: Ints = random.integers(0, 2, count)
    region = random.integers(0, 4, count)
    titles = people.titles(sexes, random).to_pylist()
    first = people.given_names(random, sexes, region, random.integers(1950, 1995, count)).to_pylist()
    last = people.family_names(random, region).to_pylist()
    shops = firms.firm_names(random, count, "shop")
    by_shop = random.random(count) < SHOP_SHARE
    return [shops[n] if by_shop[n] else f"{titles[n]}{first[n]} {last[n]}" for n in range(count)]
