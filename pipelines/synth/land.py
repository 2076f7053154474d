"""Parcels of land and their owners, in one local authority: skewed in size, in worth and in whom they belong to.

Drawn in chunks; an owner's parcels are all in one chunk, so what the law reckons by owner can be
reckoned chunk by chunk. A parcel's value is its area times a price per square wa, both rounded as
appraisers round, so that the value of a part of it is exact to the satang.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipelines.synth import people
from pipelines.synth.draw import Floats, Ints, Weighted, ahead, generator, table

CHUNK = 20_000
#: Parcels of one owner: so many with a weight that falls by this power. Made up.
MOST_PARCELS, POWER = 300, 2.3
#: Owners have running numbers of their own, far from those of the allowances' persons.
FIRST_RUNNING = 800_000_000
MIXED, NATURAL = "7", "1"
THIRD_USE, WITH_TENTHS = 0.2, 0.15
SUBDISTRICTS = 6


@dataclass(frozen=True)
class Land:
    """The land of one local authority."""

    rows: int
    seed: int
    within: tuple[str, ...]
    """Codes of its subdistricts."""
    uses: tuple[str, ...]
    """Codes of the uses that occur."""
    owners: tuple[str, ...] = ()
    """Codes of the kinds of owners that occur; none: all of them."""

    def chunks(self) -> Iterator["Parcels"]:
        """Give the parcels, chunk by chunk."""
        return ahead(lambda n: Parcels(self, n, min(CHUNK, self.rows - n * CHUNK)), -(-self.rows // CHUNK))


def authority(provinces: tuple[str, ...], seed: int) -> tuple[str, ...]:
    """Draw one local authority: some subdistricts of one district."""
    places = people.places(provinces)
    drawn = int(places.weighted.draw(generator(seed, "authority"), 1)[0])
    codes = [code for code in places.codes.to_pylist() if code[:4] == places.district_codes[places.districts[drawn]]]
    return tuple(codes[:SUBDISTRICTS])


class Parcels:
    """One chunk. Areas are in hundredths of a square wa, values in satang."""

    def __init__(self, land: Land, number: int, rows: int) -> None:
        self.land, self.rows, self.first = land, rows, number * CHUNK
        self.random = random = generator(land.seed, f"land {land.within}", number)
        self.owner = self._owners()
        """Of each parcel its owner, from 0 in this chunk."""
        self.owners = int(self.owner[-1]) + 1
        kinds = [row for row in table("land_kinds") if row["of"] == "owner"]
        kinds = [row for row in kinds if not land.owners or row["code"] in land.owners]
        drawn = Weighted.of([float(row["weight"]) for row in kinds]).draw(random, self.owners)
        self.owner_kind = [kinds[n]["code"] for n in drawn.tolist()]
        self.owner_form = [kinds[n]["name_th"] for n in drawn.tolist()]
        rows_of = {row["use_code"]: row for row in table("land_uses")}
        self._uses = [rows_of[code] for code in land.uses]
        self.use = self._drawn_uses()
        """Of each parcel the position of its use in `land.uses`."""
        self.area = self._areas()
        self.value = self.area * self._prices()
        self.place = random.integers(0, len(land.within), rows)

    @cached_property
    def owner_ids(self) -> list[str]:
        """Numbers of the owners that belong to nobody: persons' of natural persons, else juristic ones."""
        running = FIRST_RUNNING + self.first + np.arange(self.owners)
        persons = people.national_ids(running, self.land.seed).to_pylist()
        others = people.juristic_ids(running, self.land.seed).to_pylist()
        return [
            person if kind == NATURAL else other
            for kind, person, other in zip(self.owner_kind, persons, others, strict=True)
        ]

    def codes(self) -> list[str]:
        """Return the parcels' codes, each given once in the authority."""
        return [f"{number // 1000:02}A{number % 1000:03}" for number in range(self.first, self.first + self.rows)]

    def parts(self) -> tuple[Ints, Ints, Ints]:
        """Divide the parcels of several uses; return of each part the parcel, the use and the area."""
        single = [n for n, code in enumerate(self.land.uses) if code != MIXED]
        mixed = np.flatnonzero(self.use == self.land.uses.index(MIXED)) if MIXED in self.land.uses else np.arange(0)
        weighted = Weighted.of([float(self._uses[n]["weight"]) for n in single])
        found: list[tuple[int, int, int]] = []
        for parcel in mixed.tolist():
            wanted = 2 + int(self.random.random() < THIRD_USE)
            kinds = sorted({single[n] for n in weighted.draw(self.random, wanted)})
            inside = int(self.area[parcel]) // 100 - 1
            cuts = sorted(self.random.choice(inside, len(kinds) - 1, replace=False).tolist())
            ends = [0, *((cut + 1) * 100 for cut in cuts), int(self.area[parcel])]
            found += [(parcel, kind, ends[n + 1] - ends[n]) for n, kind in enumerate(kinds)]
        parcels, uses, areas = np.array(found, dtype=np.int64).reshape(-1, 3).T
        return parcels, uses, areas

    def _owners(self) -> Ints:
        weights = np.arange(1, MOST_PARCELS + 1, dtype=np.float64) ** -POWER
        sizes = 1 + Weighted.of(weights).draw(self.random, self.rows)
        return np.repeat(np.arange(self.rows), sizes)[: self.rows]

    def _drawn_uses(self) -> Ints:
        return Weighted.of([float(row["weight"]) for row in self._uses]).draw(self.random, self.rows)

    def _lognormal(self, what: str, unit: str) -> Floats:
        median = np.array([float(row[f"{what}_median_{unit}"]) for row in self._uses])[self.use]
        spread = np.array([float(row[f"{what}_spread"]) for row in self._uses])[self.use]
        return np.asarray(median * np.exp(spread * self.random.standard_normal(self.rows)))

    def _areas(self) -> Ints:
        """Whole square wa, some with tenths, from 10 to 400,000 (1,000 rai)."""
        drawn = np.clip(self._lognormal("area", "sqwa"), 10, 400_000)
        tenths = self.random.integers(0, 10, self.rows) * (self.random.random(self.rows) < WITH_TENTHS)
        return drawn.astype(np.int64) * 100 + tenths * 10

    def _prices(self) -> Ints:
        """Tens of baht a square wa, from 50 to 1,000,000."""
        return np.clip(self._lognormal("price", "thb"), 50, 1_000_000).astype(np.int64) // 10 * 10
