"""A local authority's register of the land and building tax, as a workbook of the LTAX system's six sheets.

Its truth is what the parts of parcels come to by the law; dirt that a dataset must refuse is left out of it.
"""

from pathlib import Path
from typing import Any

import numpy as np

from pipelines.errors import UsageError
from pipelines.progress import Progress
from pipelines.synth import dirt, ltax_rows
from pipelines.synth.assessed import HEADINGS, Parts, count
from pipelines.synth.draw import Bools, Ints, table
from pipelines.synth.land import MIXED, Land, Parcels
from pipelines.synth.ltax_rows import OWNER, PARCEL, USE, Row
from pipelines.synth.sheets import MOST_ROWS, workbook
from pipelines.synth.taxation import Law
from pipelines.synth.truth import Truth
from pipelines.synth.wanted import Level

VALUE, PLACE = "รวมราคาประเมินที่ดิน (บาท)", "ตำบล"
#: How much the uses of a few parcels fall short of them, in hundredths of a square wa.
SHORT_BY = 50
SPOILING = ("id_dashes", "place_unknown")


def write_workbook(land: Land, law: Law, level: Level, out: Path, on_progress: Progress) -> Truth:
    """Write the register and return what its published figures must come to.

    Raises:
        UsageError: more parcels than a sheet holds.
    """
    if land.rows > MOST_ROWS:
        raise UsageError(f"a sheet holds at most {MOST_ROWS:,} parcels", remedy="make several workbooks, or a roll")
    truth = Truth(HEADINGS)
    layout: dict[str, list[str]] = {}
    for row in table("ltax_layout"):
        layout.setdefault(row["sheet"], []).append(row["heading"])
    with workbook(out) as book:
        sheets = {name: book.create_sheet(name) for name in layout}
        for name, headings in layout.items():
            sheets[name].append(headings)
        for parcels in land.chunks():
            rows = _Register(parcels, law, dirt.shares("land", level), truth).rows()
            for (name, headings), written in zip(layout.items(), rows, strict=True):
                for row in written:
                    sheets[name].append([row.get(heading) for heading in headings])
            on_progress("writing parcels", parcels.first + parcels.rows, land.rows)
    return truth


class _Register:
    """One chunk of parcels with its dirt."""

    def __init__(self, parcels: Parcels, law: Law, share: dict[str, float], truth: Truth) -> None:
        self.parcels, self.law, self.truth, self.share = parcels, law, truth, share
        everywhere = np.full(parcels.rows, fill_value=True)
        mixed = np.array([code == MIXED for code in parcels.land.uses])[parcels.use]
        self.split = parcels.parts()
        self.no_value = self._marked("value_missing", everywhere)
        self.no_use = self._marked("use_missing", ~mixed)
        self.short = self._marked("uses_short", mixed)
        kinds = {kind: share[kind] for kind in SPOILING}
        self.spoilt = dirt.one_kind_each(parcels.random, parcels.rows, kinds)
        truth.dirt.update({kind: int(where.sum()) for kind, where in self.spoilt.items() if where.any()})

    def rows(self) -> tuple[list[Row], ...]:
        """Return the rows of the six sheets, and count what they come to."""
        self._count()
        buildings, building_uses = ltax_rows.building_rows(self.parcels)
        owners, signs = ltax_rows.owner_rows(self.parcels), ltax_rows.sign_rows(self.parcels)
        return owners, self._parcel_rows(), self._use_rows(), buildings, building_uses, signs

    def _marked(self, kind: str, among: Bools) -> Bools:
        found = among & (self.parcels.random.random(len(among)) < self.share[kind])
        self.truth.dirt[kind] += int(found.sum())
        return np.asarray(found)

    def _parcel_rows(self) -> list[Row]:
        rows = ltax_rows.parcel_rows(self.parcels)
        uses, values = self._uses_written(), self._values_written()
        for parcel, row in enumerate(rows):
            row |= {USE: uses[parcel], VALUE: values[parcel]}
            if self.spoilt["id_dashes"][parcel]:
                row[OWNER] = dirt.grouped_id(row[OWNER])
            if self.spoilt["place_unknown"][parcel]:
                row[PLACE] = f"{row[PLACE][:4]}99"
        return rows

    def _uses_written(self) -> list[str | None]:
        """Return the code of each parcel's use, of a few another reviewed spelling of it."""
        codes = [self.parcels.land.uses[n] for n in self.parcels.use.tolist()]
        spelt = self._marked("use_spelling", ~self.no_use)
        for parcel in np.flatnonzero(spelt).tolist():
            known = [row["spelling"] for row in self.law.spellings if row["use_code"] == codes[parcel]]
            codes[parcel] = known[int(self.parcels.random.integers(len(known)))]
        return [None if gone else code for gone, code in zip(self.no_use, codes, strict=True)]

    def _values_written(self) -> list[Any]:
        values: list[Any] = [f"{satang // 100:,}" for satang in self.parcels.value.tolist()]
        for parcel in np.flatnonzero(self._marked("value_plain", ~self.no_value)).tolist():
            values[parcel] = int(self.parcels.value[parcel]) // 100
        for parcel in np.flatnonzero(self._marked("value_thai_digits", ~self.no_value)).tolist():
            values[parcel] = dirt.thai_digits(str(values[parcel]))
        return ["-" if gone else value for gone, value in zip(self.no_value, values, strict=True)]

    def _use_rows(self) -> list[Row]:
        """Return the uses of the parcels of several; of a few half a square wa is missing."""
        parcels, codes, rows = self.parcels, self.parcels.codes(), []
        missing = {int(parcel) for parcel in np.flatnonzero(self.short)}
        for parcel, use, area in zip(*(part.tolist() for part in self.split), strict=True):
            lost = SHORT_BY if parcel in missing else 0
            missing.discard(parcel)
            row = {OWNER: parcels.owner_ids[parcels.owner[parcel]], PARCEL: codes[parcel], USE: parcels.land.uses[use]}
            rows.append(row | ltax_rows.measures(area - lost))
        return rows

    def _parts(self) -> Parts:
        """Return the parts that stand: a parcel whose uses do not come to it is one of mixed use."""
        parcels, (of, use, area) = self.parcels, self.split
        divided = np.zeros(parcels.rows, dtype=bool)
        divided[of] = True
        divided &= ~self.short
        stands = divided[of]
        single = np.flatnonzero(~divided)
        parcel = np.concatenate([single, of[stands]])
        parts_area = np.concatenate([parcels.area[single], area[stands]])
        uses = [None if self.no_use[n] else parcels.land.uses[parcels.use[n]] for n in single.tolist()]
        uses += [parcels.land.uses[n] for n in use[stands].tolist()]
        prices = parcels.value // parcels.area
        value = np.where(self.no_value[parcel], -1, parts_area * prices[parcel])
        fine = ~np.any([where[parcel] for where in self.spoilt.values()], axis=0)
        kept = [code for code, good in zip(uses, fine.tolist(), strict=True) if good]
        return Parts(parcel[fine], kept, parts_area[fine], value[fine])

    def _count(self) -> None:
        parts, parcels = self._parts(), self.parcels
        assessed = self.law.assess(parts.value, parts.use, parcels.owner[parts.parcel], parcels.owner_kind)
        measures: dict[str, Ints] = {
            "area_sqwa": parts.area,
            "appraised_value_thb": np.maximum(parts.value, 0),
            "computed_tax_thb": assessed.tax,
            "taxed_part_count": assessed.known.astype(np.int64),
        }
        count(self.truth, parcels, self.law, parts, measures)
