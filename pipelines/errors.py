"""Every way this project can refuse, in one tree.

An error says what failed, where (dataset, period, table, row, column), what was
expected against what was found *as a description*, and what to do next. It never
carries a cell's value: messages end in logs and event stores that outlive the data.

    OpendataError
      UsageError            the command was called wrongly            exit code 2
      Refusal               the work was refused, nothing is public   exit code 1
        DatasetError        a dataset folder or a schema is wrong
        SourceError         a source cannot be fetched or read
          UnreachableError  nobody answers there now; nothing is known of its data
          HeaderError       the columns are not the declared ones
        ReconciliationError a stated total is not what its rows add up to
        InvalidData         rows break the schema or an assertion
        PrivacyError        the data may not leave the house
        WaitingError        the release is on the portal, but not public before its time or its approval
        ReceiptError        a stage's proof is missing, stale or forged
        StoreError          the store cannot be read or written
        PortalError         the portal does not hold what was sent
"""

from dataclasses import dataclass, replace
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found. Rows are numbered as the source shows them, from 1."""

    dataset: str | None = None
    period: str | None = None
    file: str | None = None
    table: str | None = None
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        named = (
            ("", self.dataset),
            ("period ", self.period),
            ("file ", self.file),
            ("table ", self.table),
            ("row ", self.row),
            ("column ", self.column),
        )
        return ", ".join(f"{label}{value}" for label, value in named if value is not None)


class OpendataError(Exception):
    """The root: `message` (what), `place` (where) and `remedy` (what to do next)."""

    kind: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, remedy: str, place: Place | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.place = place or Place()

    def at(self, **where: str | int | None) -> "OpendataError":
        """Fill in the parts of the place that are still unknown; known ones stay."""
        known = {name: value for name, value in where.items() if getattr(self.place, name) is None}
        self.place = replace(self.place, **known)  # type: ignore[arg-type]
        return self

    def as_dict(self) -> dict[str, str | int | None]:
        """Return the refusal as the machine-readable object of the command line."""
        return {
            "kind": self.kind,
            "message": self.message,
            "dataset": self.place.dataset,
            "period": self.place.period,
            "file": self.place.file,
            "table": self.place.table,
            "row": self.place.row,
            "column": self.place.column,
            "remedy": self.remedy,
        }

    def __str__(self) -> str:
        where = str(self.place)
        return f"{self.message}" + (f"\n  where:  {where}" if where else "") + f"\n  remedy: {self.remedy}"


class UsageError(OpendataError):
    """The command was called wrongly."""

    kind = "usage"
    exit_code = 2


class Refusal(OpendataError):  # noqa: N818 - a refusal is an outcome of the work, not a fault of it
    """The work was refused; what was public before still is, and nothing else."""

    kind = "refusal"


class DatasetError(Refusal):
    """A dataset folder, a schema or a reviewed data file is wrong."""

    kind = "dataset"


class SourceError(Refusal):
    """A source cannot be fetched or read."""

    kind = "source"


class UnreachableError(SourceError):
    """The source does not answer now: nothing is known of its data, trying again may help."""


class HeaderError(SourceError):
    """The source's columns are not the declared ones."""

    kind = "header"


class ReconciliationError(Refusal):
    """A total stated by the source is not what its rows add up to."""

    kind = "reconciliation"


class InvalidData(Refusal):
    """Rows break the schema, a correction or an assertion."""

    kind = "validation"


class PrivacyError(Refusal):
    """The data may not leave the house as it is."""

    kind = "privacy"


class WaitingError(Refusal):
    """The release waits on the portal, unseen: it is not its time yet, or nobody has approved it."""

    kind = "waiting"


class ReceiptError(Refusal):
    """The proof of an earlier stage is missing, stale, altered or for other bytes."""

    kind = "receipt"


class StoreError(Refusal):
    """The store cannot be read or written."""

    kind = "store"


class PortalError(Refusal):
    """The portal does not hold what was sent to it."""

    kind = "portal"
