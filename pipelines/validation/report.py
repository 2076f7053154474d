"""What validation finds: places and rules, never a cell's value."""

from dataclasses import asdict, dataclass
from typing import Any

KEPT = 1000


@dataclass(frozen=True, slots=True)
class CellError:
    """One broken rule. `row` is numbered as the source shows it; None for the header."""

    type: str
    row: int | None
    field: str | None
    rule: str

    @property
    def said(self) -> str:
        """The error in words, without its place."""
        return f"{self.type}: breaks {self.rule!r}"


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on one table; `errors` are the first 1,000, `error_count` is all."""

    valid: bool
    engine: str
    rows: int
    errors: tuple[CellError, ...]
    error_count: int

    def as_dict(self) -> dict[str, Any]:
        """Return the machine-readable form."""
        return asdict(self) | {"errors": [asdict(error) for error in self.errors]}
