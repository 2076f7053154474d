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
from pipelines.source_spec import FolderSource, SqlSource
from pipelines.synth import drop
from pipelines.synth.welfare import Rate, Register, Truth
from pipelines.synth.write import write, write_truth

#: Dataset -> what its register is of.
KINDS = {"welfare/elderly_allowance": "elderly", "welfare/disability_allowance": "disability"}
Sources = SqlSource | FolderSource


@dataclass(frozen=True)
class Wanted:
    """How large a register, of which period, and of which provinces (none: all)."""

    rows: int
    period: str
    seed: int = 1
    provinces: tuple[str, ...] = ()
    files: int = 300
    """Of a drop: how many authorities."""
    damaged: int = 0
    """Of a drop: how many of their files are damaged, each in another way (at most 15)."""


def synthesise(dataset: Dataset, wanted: Wanted, out: str, on_progress: Progress = silent) -> Truth:
    """Write a synthetic register of a dataset and return its truth.

    Where `out` is a file, the truth is written beside it as `<name>.truth.csv`.

    Raises:
        UsageError: the dataset has no synthetic register, or `out` is no form of one.
    """
    source = dataset.spec.source
    if dataset.name not in KINDS or not isinstance(source, Sources):
        raise UsageError(
            "the dataset has no synthetic register", place=Place(dataset=dataset.name),
            remedy=f"those that have one: {', '.join(sorted(KINDS))}",
        )  # fmt: skip
    paid = rates(dataset.extras["data/rates.csv"])
    register = Register(KINDS[dataset.name], wanted.period, paid, wanted.seed, wanted.provinces)
    if isinstance(source, FolderSource):
        truth, spoilt = drop.write_drop(register, wanted.rows, wanted.files, wanted.damaged, Path(out), on_progress)
        drop.write_truth(truth, spoilt, Path(out))
        return truth
    ((_, table),) = source.tables.items()
    truth = Truth()
    write(_batches(register, wanted.rows, truth, on_progress), out, table.relation or "", table.key[0])
    if "://" not in out:
        write_truth(truth, Path(f"{out}.truth.csv"))
    return truth


def _batches(register: Register, rows: int, truth: Truth, on_progress: Progress) -> Iterator[pa.RecordBatch]:
    done = 0
    for batch, part in register.chunks(rows):
        truth.update(part)
        done += batch.num_rows
        on_progress("drawing", done, rows)
        yield batch


def rates(text: str) -> list[Rate]:
    """Read a dataset's reviewed rates."""
    return [
        Rate(int(row["age_from"]), Decimal(row["monthly_thb"]), row["first_month"], row["last_month"] or "9999-12")
        for row in csv.DictReader(text.splitlines())
    ]
