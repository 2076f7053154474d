"""Corrections: what is known to be wrong at the source, as reviewed data that expires.

`corrections.yaml` lies beside dataset.yaml. An entry is in force for one period; in force
and matching nothing is an error, because then the source has changed and the entry must be
looked at again. Personal values are never written in a reviewed file.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Annotated, Any, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc
import yaml
from pydantic import Field, TypeAdapter, ValidationError, model_validator

from pipelines.catalogue import Bilingual, Model
from pipelines.dataset_files import Dataset
from pipelines.errors import DatasetError, InvalidData, Place, UsageError
from pipelines.periods import Period

FILE = "corrections.yaml"
#: What to do about a wrong cell.
CORRECT = f"have it corrected at the source; a reviewed entry in {FILE} can correct cells of columns of class `open`"
MEND = "mend the entry; schemas/corrections.schema.json describes it"


class Entry(Model):
    """What every entry says."""

    period: str
    """Label of the one period it is in force for."""
    table: str
    """The source table."""
    column: str
    """The column that is wrong; only one of privacy class `open`."""
    reason: Bilingual
    """Why it is wrong, for the public: it stands in the quality report."""
    reported: date
    """Day on which the agency was told."""


class Cell(Entry):
    """Cells of an open column that are wrong, and what they should be."""

    kind: Literal["cell"]
    match: Annotated[dict[str, str], Field(min_length=1)]
    """Open columns and their values, as the source has them, that pick the rows."""
    found: str
    """What stands there now, as the source has it."""
    replace: str
    """What should stand there."""
    count: Annotated[int, Field(ge=1)] = 1
    """How many rows this is true of."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column, *self.match)


class Discrepancy(Entry):
    """A total that the source states wrongly. It is left as the source's fault and said in
    the quality report; the rows themselves are published as they are."""

    kind: Literal["discrepancy"]
    row: Annotated[int, Field(ge=1)]
    """Row of the subtotal, as the source shows it."""
    stated: Decimal
    """What the source states."""
    computed: Decimal
    """What its rows add up to."""

    @model_validator(mode="after")
    def _they_differ(self) -> Self:
        if self.stated == self.computed:
            raise ValueError("stated and computed are equal: there is nothing to acknowledge")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)


Correction = Annotated[Cell | Discrepancy, Field(discriminator="kind")]
_FILE = TypeAdapter(tuple[Correction, ...])


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of corrections.yaml, for editors."""
    return _FILE.json_schema()


def corrections_of(dataset: Dataset, period: str) -> tuple[Cell | Discrepancy, ...]:
    """Return the entries in force for a period; raises `DatasetError` where any entry, in
    force or not, is wrong."""
    if FILE not in dataset.extras:
        return ()
    try:
        entries = _FILE.validate_python(yaml.safe_load(dataset.extras[FILE]) or [])
    except yaml.YAMLError:
        raise _wrong(dataset, "", "the file is not YAML") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise _wrong(dataset, ".".join(map(str, first["loc"])), first["msg"]) from None
    for position, entry in enumerate(entries):
        _demand_allowed(dataset, str(position), entry)
    return tuple(entry for entry in entries if entry.period == period)


def _demand_allowed(dataset: Dataset, position: str, entry: Cell | Discrepancy) -> None:
    """Refuse what could never be in force, and what would write personal values down."""
    try:
        Period.parse(dataset.spec.period.kind, entry.period)
    except UsageError as error:
        raise _wrong(dataset, f"{position}.period", error.message) from None
    if entry.table not in dataset.spec.source.tables:
        raise _wrong(dataset, f"{position}.table", "there is no such source table")
    for column in entry.columns:
        if column not in dataset.spec.source.tables[entry.table].columns:
            raise _wrong(dataset, position, f"the table has no column {column!r}")
        known = dataset.spec.privacy.columns.get(column)
        if known is None or known.cls != "open":
            what = f"an entry touches {column!r}, which is not an open column"
            remedy = "have such cells mended at the source: personal values are not written here"
            raise _wrong(dataset, position, what, remedy)


def _wrong(dataset: Dataset, key: str, message: str, remedy: str = MEND) -> DatasetError:
    place = Place(dataset=dataset.name, file=f"datasets/{dataset.name}/{FILE}", column=key or None)
    return DatasetError(message, place=place, remedy=remedy)


def corrected(batches: Iterable[pa.RecordBatch], entries: list[Cell], table: str) -> Iterator[pa.RecordBatch]:
    """Yield the batches with the corrections made, one entry after the other.

    Raises:
        InvalidData: an entry met another number of rows than it says.
    """
    met = [0] * len(entries)
    for batch in batches:
        for position, entry in enumerate(entries):
            cells = {**entry.match, entry.column: entry.found}
            wrong = reduce(pc.and_, (pc.equal(batch.column(column), cells[column]) for column in cells))
            met[position] += pc.sum(wrong).as_py() or 0
            mended = pc.if_else(pc.fill_null(wrong, False), entry.replace, batch.column(entry.column))  # noqa: FBT003
            batch = batch.set_column(batch.schema.get_field_index(entry.column), entry.column, mended)  # noqa: PLW2901
        yield batch
    for entry, count in zip(entries, met, strict=True):
        if count != entry.count:
            raise InvalidData(
                f"a correction is for {entry.count:,} rows but matches {count:,}",
                place=Place(table=table, column=entry.column),
                remedy=f"the source has changed: remove or renew the entry in {FILE}",
            )
