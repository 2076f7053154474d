"""What the law makes of land: categories, ranges of value, exemption and tax, from a dataset's reviewed tables.

An independent reckoning beside the dataset's own SQL, so that the one can be held against the
other. The tax is reckoned in whole satang and hundredths of a percent, with nothing lost to floats.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from pipelines.synth.draw import Bools, Floats, Ints

NOT_STATED, MIXED = "not_stated", "mixed"
#: A percentage of a percentage in hundredths is so many parts of a whole.
PARTS = 100 * 100 * 100
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Assessed:
    """Taxes of parts in satang; where `known` is false there is none."""

    known: Bools
    exempt: Ints
    base: Ints
    tax: Ints


class Law:
    """The reviewed tables of one tax year (B.E.)."""

    def __init__(self, extras: Mapping[str, str], year: int) -> None:
        self.uses = {row["use_code"]: row for row in rows_of(extras, "uses")}
        self.spellings = rows_of(extras, "use_spellings")
        self.category_names = {
            row["use_category"]: row["use_category_name_th"] for row in rows_of(extras, "use_categories")
        }
        self.person_names = {
            row["person_type_code"]: row["person_type_name_th"] for row in rows_of(extras, "person_types")
        }
        self.exempt = {
            row["person_type_code"]: float(row["agriculture_exempt_thb"]) for row in rows_of(extras, "person_types")
        }
        for row in rows_of(extras, "agriculture_holidays"):
            if int(row["tax_year_be_from"]) <= year <= int(row["tax_year_be_to"]):
                self.exempt[row["person_type_code"]] = np.inf
        self.tiers = rows_of(extras, "value_tiers")
        read = [
            row
            for row in rows_of(extras, "reductions")
            if int(row["tax_year_be"]) == year and row["certainty"] == "read"
        ]
        self.reduction = int(read[0]["reduction_pct"]) if read else None
        self.rates: dict[str, Rows] = {}
        for row in rows_of(extras, "rates"):
            if row["certainty"] == "read" and int(row["tax_year_be_from"]) <= year <= int(row["tax_year_be_to"]):
                self.rates.setdefault(row["rate_class"], []).append(row)

    def taxed_uses(self) -> tuple[str, ...]:
        """Return the codes of the uses that have a confirmed rate in the year."""
        return tuple(code for code, row in self.uses.items() if row["rate_class"] in self.rates)

    def tier(self, value: Ints) -> Ints:
        """Return the position of each value's range in `tiers`; satang, -1 where not stated."""
        found = np.full(len(value), -1)
        for number, row in enumerate(self.tiers):
            if not row["lower_thb"]:
                found[value < 0] = number
                continue
            upper = int(row["upper_thb"]) * 100 if row["upper_thb"] else np.iinfo(np.int64).max
            found[(value >= int(row["lower_thb"]) * 100) & (value < upper)] = number
        return found

    def assess(self, value: Ints, use: list[str | None], owner: Ints, owner_kind: list[str]) -> Assessed:
        """Reckon the tax of parts (values in satang, -1 where not stated; codes of uses)."""
        classes = np.array([self.uses[code]["rate_class"] if code else "" for code in use], dtype=object)
        baht = value / 100
        stated = value >= 0
        farmed = stated & (classes == "agriculture")
        farm_land = np.bincount(owner[farmed], baht[farmed], minlength=len(owner_kind))[owner]
        allowance = np.array([self.exempt.get(kind, np.nan) for kind in owner_kind])[owner]
        with np.errstate(invalid="ignore", divide="ignore"):
            left = baht * np.maximum(farm_land - allowance, 0) / farm_land
        base = _rounded(np.where(farmed & (value > 0), left, baht))
        known = stated & ~np.isnan(allowance) & np.array([name in self.rates for name in classes], dtype=bool)
        known &= self.reduction is not None
        satang = np.where(known, _satang(base), 0)
        tax = np.zeros(len(value), dtype=np.int64)
        for name, brackets in self.rates.items():
            here = known & (classes == name)
            tax[here] = self._tax(satang[here], brackets)
        return Assessed(known, np.where(known, value - satang, 0), satang, tax)

    def _tax(self, base: Ints, brackets: Rows) -> Ints:
        """Return the tax of bases, both in satang; half a satang is one."""
        total = np.zeros(len(base), dtype=np.int64)
        for row in brackets:
            upper = np.minimum(base, int(row["upper_thb"]) * 100) if row["upper_thb"] else base
            total += np.maximum(upper - int(row["lower_thb"]) * 100, 0) * int(Decimal(row["rate_pct"]) * 100)
        return np.asarray((total * (100 - (self.reduction or 0)) + PARTS // 2) // PARTS)


def rows_of(extras: Mapping[str, str], name: str) -> Rows:
    """Return one of a dataset's reviewed tables."""
    return list(csv.DictReader(extras[f"data/{name}.csv"].splitlines()))


def _satang(baht: Floats) -> Ints:
    return np.floor(np.nan_to_num(baht) * 100 + 0.5).astype(np.int64)


def _rounded(baht: Floats) -> Floats:
    """Round to satang, halves away from zero."""
    return np.asarray(np.floor(baht * 100 + 0.5) / 100)
