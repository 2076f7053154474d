"""Which synthetic register a dataset has, and how it is made."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from pipelines.dataset_files import Dataset
from pipelines.errors import Place, UsageError
from pipelines.progress import Progress, silent
from pipelines.source_spec import SqlSource
from pipelines.synth.welfare import Rate, Register, Truth
from pipelines.synth.write import write, write_truth

#: Dataset -> what its register is of.
KINDS = {"welfare/elderly_allowance": "elderly", "welfare/disability_allowance": "disability"}


@dataclass(frozen=True)
class Wanted:
    """How large a register, of which period, and of which provinces (none: all)."""

    rows: int
    period: str
    seed: int = 1
    provinces: tuple[str, ...] = ()


def synthesise(dataset: Dataset, wanted: Wanted, out: str, on_progress: Progress = silent) -> Truth:
    """Write a synthetic register of a dataset and return its truth.

    Where `out` is a file, the truth is written beside it as `<name>.truth.csv`.

    Raises:
        UsageError: the dataset has no synthetic register, or `out` is no form of one.
    """
    source = dataset.spec.source
    if dataset.name not in KINDS or not isinstance(source, SqlSource):
        raise UsageError(
            "the dataset has no synthetic register", place=Place(dataset=dataset.name),
            remedy=f"those that have one: {', '.join(sorted(KINDS))}",
        )  # fmt: skip
    paid = rates(dataset.extras["data/rates.csv"])
    register = Register(KINDS[dataset.name], wanted.period, paid, wanted.seed, wanted.provinces)
    ((_, table),) = source.tables.items()
    truth = Truth()

    def batches() -> Iterator[pa.RecordBatch]:
        done = 0
        for batch, part in register.chunks(wanted.rows):
            truth.update(part)
            done += batch.num_rows
            on_progress("drawing", done, wanted.rows)
            yield batch

    write(batches(), out, table.relation or "", table.key[0])
    if "://" not in out:
        write_truth(truth, Path(f"{out}.truth.csv"))
    return truth


def rates(text: str) -> list[Rate]:
    """Read a dataset's reviewed rates."""
    return [
        Rate(int(row["age_from"]), Decimal(row["monthly_thb"]), row["first_month"], row["last_month"] or "9999-12")
        for row in csv.DictReader(text.splitlines())
    ]
