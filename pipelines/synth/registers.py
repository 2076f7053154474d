"""Which synthetic sources a dataset has, by the names of its parts, and who makes them.

A maker belongs to a dataset and a kind of thing written; how the dataset declares its source is
not asked. A dataset's first part is made where the command names none and `--out` is of its form.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipelines.dataset_files import Dataset
from pipelines.errors import Place, UsageError
from pipelines.periods import Period
from pipelines.progress import Progress, silent
from pipelines.statement import demand_of_dataset
from pipelines.synth import coverage, drop, land, ltax, pages, records, roll
from pipelines.synth.contracts import Procurement
from pipelines.synth.draw import table
from pipelines.synth.taxation import Law
from pipelines.synth.truth import Truth
from pipelines.synth.wanted import Wanted
from pipelines.synth.welfare import Kind, Register, rates
from pipelines.synth.write import Relation, form_of, write

#: The relation of payments, in the layout of datasets/welfare.
PAYMENTS = Relation("allowance_payments", "record_id")
TABLES = frozenset({"postgresql", ".sqlite", ".csv", ".parquet"})
Make = Callable[[Dataset, Wanted, str, Progress], Truth]


@dataclass(frozen=True)
class Maker:
    """One kind of thing that is written for a dataset."""

    part: str
    forms: frozenset[str]
    make: Make


def synthesise(dataset: Dataset, wanted: Wanted, out: str, on_progress: Progress = silent) -> Truth:
    """Write a synthetic source of a dataset and return its truth, which is written beside it as
    `<out>.truth.csv` and `<out>.dirt.csv` unless `out` is a database's address.

    Raises:
        UsageError: the dataset has no synthetic source, or none of this part in this form, or no such
            period, or `out` cannot be written.
    """
    demand_of_dataset(dataset.spec.period, Period.parse(dataset.spec.period.kind, wanted.period))
    makers = MAKERS.get(dataset.name, ())
    named = [maker for maker in makers if wanted.part in (None, maker.part)]
    fitting = [maker for maker in named if form_of(out) in maker.forms]
    if not fitting:
        raise UsageError("no such synthetic source is made", place=Place(dataset=dataset.name), remedy=_known(makers))
    try:
        truth = fitting[0].make(dataset, wanted, out, on_progress)
        if form_of(out) != "postgresql":
            truth.write(out)
    except OSError as error:
        why = error.strerror or "the system refuses it"
        raise UsageError(
            f"what --out names cannot be written: {why}",
            place=Place(file=out),
            remedy="name a place below a folder that exists and that you may write to",
        ) from None
    return truth


def _known(makers: tuple[Maker, ...]) -> str:
    if not makers:
        return f"datasets that have one: {', '.join(sorted(MAKERS))}"
    return "; ".join(f"--part {maker.part} writes {', '.join(sorted(maker.forms))}" for maker in makers)


def _payments(kind: Kind) -> tuple[Maker, ...]:
    """Return the makers of an allowance: the database of payments, and the lists of authorities."""

    def register(dataset: Dataset, wanted: Wanted) -> Register:
        paid = rates(dataset.extras["data/rates.csv"])
        return Register(kind, wanted.period, paid, wanted.seed, wanted.provinces, wanted.dirt)

    def database(dataset: Dataset, wanted: Wanted, out: str, on_progress: Progress) -> Truth:
        truth, done = Truth(records.HEADINGS), 0
        chunks = records.chunks(register(dataset, wanted), wanted.rows)

        def batches() -> records.Batches:
            nonlocal done
            for batch, part in chunks:
                truth.add(part)
                done += batch.num_rows
                on_progress("drawing", done, wanted.rows)
                yield batch

        write(batches(), records.SCHEMA, out, PAYMENTS)
        return truth

    def lists(dataset: Dataset, wanted: Wanted, out: str, on_progress: Progress) -> Truth:
        if wanted.dirt != "usual":
            raise UsageError("lists have no heavy dirt", remedy="use --damaged, which damages whole files")
        of = register(dataset, wanted)
        return drop.write_drop(of, wanted.rows, wanted.files, wanted.damaged, Path(out), on_progress)

    return (Maker("database", TABLES, database), Maker("lists", frozenset({"folder"}), lists))


def _workbook(dataset: Dataset, wanted: Wanted, out: str, on_progress: Progress) -> Truth:
    law = Law(dataset.extras, int(wanted.period))
    uses = tuple(row["use_code"] for row in table("land_uses"))
    of = land.Land(wanted.rows, wanted.seed, land.authority(wanted.provinces, wanted.seed), uses)
    return ltax.write_workbook(of, law, wanted.dirt, Path(out), on_progress)


def _roll(dataset: Dataset, wanted: Wanted, out: str, on_progress: Progress) -> Truth:
    if wanted.dirt != "usual":
        raise UsageError("a roll has no heavy dirt", remedy="a workbook has it: --part ltax")
    law = Law(dataset.extras, int(wanted.period))
    uses = tuple(row["use_code"] for row in table("land_uses") if row["use_code"] in law.taxed_uses())
    within = land.authority(wanted.provinces, wanted.seed)
    of = land.Land(wanted.rows, wanted.seed, within, uses, tuple(law.exempt))
    return roll.write_roll(of, law, int(wanted.period), Path(out), on_progress)


def _page(_: Dataset, wanted: Wanted, out: str, on_progress: Progress) -> Truth:
    of = Procurement(wanted.rows, int(wanted.period), wanted.seed, wanted.provinces)
    return pages.write_page(of, wanted.dirt, Path(out), on_progress)


#: Both datasets of procurement read the same page.
PROCUREMENT = (Maker("page", frozenset({".json"}), _page),)
MAKERS: dict[str, tuple[Maker, ...]] = {
    "welfare/elderly_allowance": _payments("elderly"),
    "welfare/disability_allowance": _payments("disability"),
    "welfare/coverage": (
        Maker("register", TABLES - {".csv"}, partial(coverage.register, PAYMENTS)),
        Maker("population", frozenset({".csv"}), coverage.population),
    ),
    "land_tax/assessments": (
        Maker("ltax", frozenset({".xlsx"}), _workbook),
        Maker("elass", frozenset({".csv", ".parquet"}), _roll),
    ),
    "contracts/contracts": PROCUREMENT,
    "contracts/projects": PROCUREMENT,
}
