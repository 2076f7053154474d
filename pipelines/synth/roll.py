"""An assessment roll of the land and building tax: one row for each taxed property, as e-LASS might export it.

No layout of such an export is published; the headings are our own (`data/roll_layout.csv`). Only
uses with a confirmed rate in the year occur, owned by whom the reviewed tables have an exemption of.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.errors import UsageError
from pipelines.progress import Progress
from pipelines.synth import dirt
from pipelines.synth.assessed import HEADINGS, Parts, count
from pipelines.synth.calendar import thai_dates
from pipelines.synth.draw import Ints, Weighted, table
from pipelines.synth.land import Land, Parcels
from pipelines.synth.ltax_rows import owner_names
from pipelines.synth.taxation import Assessed, Law
from pipelines.synth.truth import Truth
from pipelines.synth.write import write_table
from pipelines.thai.years import OFFSET

#: Payments fall in April and the two months after it; the law's month is April.
FIRST_MONTH, DAYS = 4, 90
_THREE = pa.array([f"{number:03}" for number in range(1000)])


def write_roll(land: Land, law: Law, year: int, out: Path, on_progress: Progress) -> Truth:
    """Write the roll of a tax year (B.E.) and return what its figures must come to.

    Raises:
        UsageError: the dataset knows no confirmed rates and reduction of the year.
    """
    if not land.uses or law.reduction is None:
        raise UsageError(f"no confirmed rates and reduction of {year} are known", remedy="ask for a year that has them")
    truth = Truth(HEADINGS)
    schema = pa.schema([(row["heading"], pa.string()) for row in table("roll_layout")])

    def batches() -> Iterator[pa.RecordBatch]:
        for parcels in land.chunks():
            yield pa.RecordBatch.from_arrays(_columns(parcels, law, year, truth), schema=schema)
            on_progress("writing the roll", parcels.first + parcels.rows, land.rows)

    write_table(batches(), schema, out)
    return truth


def _columns(parcels: Parcels, law: Law, year: int, truth: Truth) -> list[pa.Array]:
    uses = [parcels.land.uses[n] for n in parcels.use.tolist()]
    parts = Parts(np.arange(parcels.rows), list(uses), parcels.area, parcels.value)
    assessed = law.assess(parts.value, parts.use, parcels.owner, parcels.owner_kind)
    paid, days = _payments(parcels, assessed, year, truth)
    measures = {"area_sqwa": parts.area, "appraised_value_thb": parts.value, "exempt_value_thb": assessed.exempt,
                "tax_base_thb": assessed.base, "assessed_tax_thb": assessed.tax, "paid_tax_thb": paid}  # fmt: skip
    count(truth, parcels, law, parts, measures)
    of = pa.array(parcels.owner)
    names = [
        " ".join((name.get("คำนำหน้า", "") + name["ชื่อ"], name.get("นามสกุล", ""))).strip()
        for name in owner_names(parcels)
    ]
    return [
        pa.repeat(str(year), parcels.rows),
        pa.array(parcels.owner_ids).take(of),
        pa.array([law.person_names[kind] for kind in parcels.owner_kind]).take(of),
        pa.array(names).take(of),
        pa.array(parcels.codes()),
        pa.array(parcels.land.within).take(pa.array(parcels.place)),
        pa.array([law.category_names[law.uses[code]["use_category"]] for code in parcels.land.uses]).take(
            pa.array(parcels.use)
        ),
        *map(_amounts, measures.values()),
        days,
    ]


def _payments(parcels: Parcels, assessed: Assessed, year: int, truth: Truth) -> tuple[Ints, pa.Array]:
    """Return what was paid, in satang, and on which days; null where nothing was."""
    random, rows = parcels.random, table("land_payments")
    drawn = Weighted.of([float(row["weight"]) for row in rows]).draw(random, parcels.rows)
    share = np.array([float(row["paid_share"]) for row in rows])[drawn]
    paid = (assessed.tax * share).astype(np.int64)
    start = np.datetime64(f"{year - OFFSET}-{FIRST_MONTH:02}-01")
    days = (start + random.integers(0, DAYS, parcels.rows)).astype("datetime64[D]")
    never = np.zeros(parcels.rows, dtype=bool)
    thai = random.random(parcels.rows) < dirt.shares("land", "usual")["paid_thai_digits"]
    texts = thai_dates(days, is_ce=never, is_day_unknown=never).to_pylist()
    written = [
        None if not satang else dirt.thai_digits(text) if digits else text
        for satang, text, digits in zip(paid.tolist(), texts, thai.tolist(), strict=True)
    ]
    truth.dirt["paid_thai_digits"] += int((thai & (paid > 0)).sum())
    return paid, pa.array(written, pa.string())


def _amounts(numbers: Ints) -> pa.Array:
    """Write hundredths as people do: 1,234.50."""
    groups = [_THREE.take(pa.array(numbers // 100 // 1000**place % 1000)) for place in (4, 3, 2, 1, 0)]
    whole = pc.utf8_ltrim(pc.binary_join_element_wise(*groups, ","), "0,")
    whole = pc.if_else(pc.equal(whole, ""), "0", whole)
    return pc.binary_join_element_wise(whole, pc.utf8_slice_codeunits(_THREE, 1).take(pa.array(numbers % 100)), ".")
