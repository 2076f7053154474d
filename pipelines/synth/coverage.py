"""The two sources of coverage: payments of both allowances in one relation, and the population.

The population is worked out from the very register of the same size, seed and provinces, by shares
that differ from area to area, so that the per cents look like real ones at any size.
"""

from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipelines.dataset_files import Dataset
from pipelines.periods import Period
from pipelines.progress import Progress
from pipelines.synth import records
from pipelines.synth.draw import generator, table
from pipelines.synth.records import Batches
from pipelines.synth.truth import Truth, write_table
from pipelines.synth.wanted import Wanted
from pipelines.synth.welfare import Kind, Register, rates
from pipelines.synth.write import Relation, write
from pipelines.thai.places import reference_tables

#: Allowance -> its register, and the share of all records that are of it.
ALLOWANCES: dict[str, tuple[Kind, str, float]] = {
    "old_age": ("elderly", "elderly_allowance", 0.84),
    "disability": ("disability", "disability_allowance", 0.16),
}
HEADINGS = ("allowance", "area_code", "sex_th", "recipient_count")
POPULATION = ("ปีงบประมาณ", "กลุ่มผู้มีสิทธิ", "รหัสจังหวัด", "จังหวัด", "รหัสอำเภอ", "อำเภอ", "เพศ", "จำนวน (คน)")


def register(relation: Relation, dataset: Dataset, wanted: Wanted, out: str, on_progress: Progress) -> Truth:
    """Write the payments of the first month of a fiscal year and return who is paid where: old age
    by district, disability by province."""
    truth = Truth(HEADINGS)
    write(_payments(dataset, wanted, truth, on_progress), records.SCHEMA, out, relation)
    return truth


def population(dataset: Dataset, wanted: Wanted, out: str, on_progress: Progress) -> Truth:
    """Write the persons of the age, and those with a card, that the register of the same size,
    seed and provinces is compared with; the truth is the register's."""
    truth = Truth(HEADINGS)
    for _ in _payments(dataset, wanted, truth, on_progress):
        pass
    tables = reference_tables()
    provinces = {row["province_code"]: row["province_name_th"] for row in tables["provinces"].to_pylist()}
    districts = {row["district_code"]: row["district_name_th"] for row in tables["districts"].to_pylist()}
    shares = {row["allowance"]: row for row in table("coverage_shares")}
    rows = []
    for (allowance, area), cells in groupby(sorted(truth.items()), key=lambda item: item[0][:2]):
        of = shares[allowance]
        low, high = float(of["least"]), float(of["greatest"])
        share = generator(wanted.seed, f"{allowance} {area}").uniform(low, high)
        province, district = area[:2], area if len(area) > 2 else ""  # noqa: PLR2004 - a province has two digits
        for (*_, sex), paid in cells:
            who = (wanted.period, of["group_th"], province, provinces[province], district, districts.get(district, ""))
            rows.append((*who, sex, f"{round(paid / share):,}"))
    write_table(out, POPULATION, rows)
    return truth


def _payments(dataset: Dataset, wanted: Wanted, truth: Truth, on_progress: Progress) -> Batches:
    """Give the records of both allowances, numbered through, and count them."""
    month = f"{Period.parse('fiscal_year', wanted.period).start:%Y-%m}"
    done = 0
    for allowance, (kind, name, share) in ALLOWANCES.items():
        paid = rates(Path(dataset.folder.parent, name, "data/rates.csv").read_text(encoding="utf-8"))
        seed = wanted.seed * 2 + (kind == "disability")  # other persons than those of the other allowance
        of = Register(kind, month, paid, seed, wanted.provinces, wanted.dirt)
        for batch, part in records.chunks(of, max(round(wanted.rows * share), 1)):
            _count(truth, part, allowance)
            yield _numbered(batch, done)
            done += batch.num_rows
            on_progress("drawing", done, wanted.rows)


def _numbered(batch: pa.RecordBatch, first: int) -> pa.RecordBatch:
    numbers = pa.array(first + np.arange(batch.num_rows))
    return batch.set_column(0, records.SCHEMA.field(0), numbers)


def _count(truth: Truth, part: Truth, allowance: str) -> None:
    truth.dirt.update(part.dirt)
    for (district, sex, _), persons in part.items():
        truth[allowance, district if allowance == "old_age" else district[:2], sex] += persons
