"""Parts of parcels as the law sees them, and the truth of them: by subdistrict, category and range of value."""

from dataclasses import dataclass

import numpy as np

from pipelines.synth.draw import Ints
from pipelines.synth.land import Parcels
from pipelines.synth.taxation import NOT_STATED, Law
from pipelines.synth.truth import MEASURE, Truth

HEADINGS = ("subdistrict_code", "use_category", "value_tier", MEASURE, "value")


@dataclass(frozen=True)
class Parts:
    """Parts with one use; areas in hundredths of a square wa, values in satang, -1 where not stated."""

    parcel: Ints
    use: list[str | None]
    """Codes, None where not stated."""
    area: Ints
    value: Ints


def count(truth: Truth, parcels: Parcels, law: Law, parts: Parts, measures: dict[str, Ints]) -> None:
    """Add up parts, owners and measures into the truth."""
    categories = sorted({row["use_category"] for row in law.uses.values()} | {NOT_STATED})
    which = {code: categories.index(row["use_category"]) for code, row in law.uses.items()}
    category = np.array([categories.index(NOT_STATED) if code is None else which[code] for code in parts.use])
    tiers = law.tier(parts.value)
    cell = (parcels.place[parts.parcel] * len(categories) + category) * len(law.tiers) + tiers
    owners = np.unique(cell * parcels.owners + parcels.owner[parts.parcel]) // parcels.owners
    size = len(parcels.land.within) * len(categories) * len(law.tiers)
    counted = {
        "parcel_part_count": np.bincount(cell, minlength=size),
        "owner_count": np.bincount(owners, minlength=size),
    }
    summed = {name: np.zeros(size, dtype=np.int64) for name in measures}
    for name, numbers in measures.items():
        np.add.at(summed[name], cell, numbers)
    for at in np.flatnonzero(counted["parcel_part_count"]).tolist():
        rest, tier = divmod(at, len(law.tiers))
        place, kind = divmod(rest, len(categories))
        key = (parcels.land.within[place], categories[kind], law.tiers[tier]["value_tier"])
        for name, numbers in (counted | summed).items():
            truth[*key, name] += int(numbers[at])
