"""Projects of public procurement with their contracts, in the shape of the service cgdcontract.

Most projects are small, are bought without a tender and cost a little less than the 500,000 baht
from which on one must be held. A project's money stands once; its contracts divide what was agreed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from pipelines.synth import people
from pipelines.synth.draw import Bools, Floats, Ints, Weighted, ahead, generator, table
from pipelines.synth.winners import Winner, Winners
from pipelines.thai.years import OFFSET

CHUNK = 10_000
DIRECT = "เฉพาะเจาะจง"
CLIFF, BELOW = 500_000, 450_000
#: The most contracts of one project.
MOST = 9


@dataclass(frozen=True)
class Contract:
    """One contract; money in satang."""

    number: str | None
    signed: date
    ends: date
    amount: int
    winner: Winner


@dataclass
class Project:
    """One project; money in satang."""

    project_id: str
    name: str
    """What is bought; the place is not in it."""
    kind: str
    method: str
    place: str
    announced: date
    budget: int
    reference: int
    agreed: int
    contracts: list[Contract] = field(default_factory=list)


@dataclass(frozen=True)
class Procurement:
    """The projects of a fiscal year (B.E.)."""

    rows: int
    year: int
    seed: int
    provinces: tuple[str, ...] = ()

    def chunks(self) -> Iterator["Projects"]:
        """Give the projects, chunk by chunk."""
        winners = Winners(self.rows, self.seed)
        return ahead(lambda n: Projects(self, winners, n, min(CHUNK, self.rows - n * CHUNK)), -(-self.rows // CHUNK))


def shape(name: str) -> float:
    """Return one of the figures that shape procurement."""
    return next(float(row["value"]) for row in table("contract_shape") if row["name"] == name)


class Projects:
    """One chunk of projects."""

    def __init__(self, of: Procurement, winners: Winners, number: int, rows: int) -> None:
        self.of, self.rows, self.first = of, rows, number * CHUNK
        self.random = generator(of.seed, f"contracts {of.year} {of.provinces}", number)
        self._winners = winners

    def drawn(self) -> list[Project]:
        """Draw the projects with their contracts."""
        random, rows = self.random, self.rows
        texts = table("contract_texts")
        of = Weighted.of([float(row["weight"]) for row in texts]).draw(random, rows)
        direct = np.array([row["purchase_method_th"] == DIRECT for row in texts])[of]
        prices = self._prices(texts, of, direct)
        budgets = (prices * (1 + random.random(rows) * 0.05)).astype(np.int64) // 10_000 * 10_000 + 10_000
        agreed = (prices * np.where(direct, 1 - random.random(rows) * 0.02, 1 - random.random(rows) * 0.3)).astype(
            np.int64
        )
        places = people.places(self.of.provinces)
        codes = places.codes.take(places.weighted.draw(random, rows)).to_pylist()
        days = np.datetime64(f"{self.of.year - OFFSET - 1}-10-01") + random.integers(0, 320, rows)
        dates = days.astype(object).tolist()
        bought = [(row["text_th"], row["project_type_th"], row["purchase_method_th"]) for row in texts]
        projects = [
            Project(number, name, kind, method, codes[n], dates[n], int(budgets[n]), int(prices[n]), int(agreed[n]))
            for n, (number, (name, kind, method)) in enumerate(
                zip(self._ids(days), (bought[text] for text in of.tolist()), strict=True)
            )
        ]
        self._add_contracts(projects, direct)
        return projects

    def _prices(self, texts: list[dict[str, str]], of: Ints, direct: Bools) -> Ints:
        """Draw prices of the text's range, in satang; many of those that may be just below the cliff are."""
        low = np.log([float(row["low_thb"]) for row in texts])[of]
        high = np.log([float(row["high_thb"]) for row in texts])[of]
        price: Floats = np.exp(low + (high - low) * self.random.random(self.rows))
        fits = direct & (high > np.log(BELOW))
        share = min(shape("below_cliff") / max(float(fits.mean()), 1e-9), 1)
        just = fits & (self.random.random(self.rows) < share)
        price = np.where(just, BELOW + (CLIFF - BELOW) * self.random.random(self.rows), price)
        return (price / 10).astype(np.int64) * 10 * 100

    def _ids(self, days: np.ndarray) -> list[str]:
        """Return numbers of eleven digits: two of the calendar year (B.E.), nine given once."""
        years = days.astype("datetime64[Y]").astype(np.int64) + 1970 + OFFSET - 2500
        serial = people.permuted(self.first + np.arange(self.rows), self.of.seed)
        return [f"{year:02}{number:09}" for year, number in zip(years.tolist(), serial.tolist(), strict=True)]

    def _add_contracts(self, projects: list[Project], direct: Bools) -> None:
        random, rows = self.random, self.rows
        several = random.random(rows) < shape("several_share")
        more = np.minimum(
            1 + random.poisson((shape("contracts_a_project") - 1) / shape("several_share") - 1, rows), MOST - 1
        )
        counts = np.where(random.random(rows) < shape("none_yet"), 0, 1 + np.where(several, more, 0))
        of = np.repeat(np.arange(rows), counts)
        natural = direct[of] & (random.random(len(of)) < shape("natural_share"))
        winners = self._winners.drawn(random, natural)
        after, lasting = random.integers(1, 40, len(of)).tolist(), random.integers(5, 365, len(of)).tolist()
        unnumbered = (counts[of] == 1) & (random.random(len(of)) < shape("no_number"))
        for n, parent in enumerate(of.tolist()):
            project, position = projects[parent], len(projects[parent].contracts)
            amount, left = divmod(project.agreed, int(counts[parent]))
            signed = project.announced + timedelta(after[n])
            number = None if unnumbered[n] else f"{position + 1}.{project.project_id[-4:]}/{self.of.year}"
            whole = amount + (left if position == 0 else 0)
            project.contracts.append(Contract(number, signed, signed + timedelta(lasting[n]), whole, winners[n]))
