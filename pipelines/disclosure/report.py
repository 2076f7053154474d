"""What disclosure control did, in figures fit for the public."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class TablePrivacy:
    """One published table."""

    kind: str
    rows: int
    protected: bool
    """False where nothing in it is about persons."""
    smallest_group: int | None = None
    hidden: int = 0
    """Cells hidden: of few persons, and so that these cannot be worked out. How many of which
    is not told: where all were of few, each would be known to be."""
    without_sums: int = 0
    """Further cells of which the number of persons is shown and a sum hidden."""
    recovered: int = 0
    """Hidden cells an attacker could work out exactly: always 0 in a release."""
    narrowest: float | None = None
    """Width of the narrowest interval an attacker can give for a hidden cell, persons."""
    no_rows: bool = False
    """Whether no row is published because no choice of hidden cells protects the table."""
    shown_by: str | None = None
    """Of records: the table of statistics whose shown cells they are of."""
    too_uniform: int = 0
    """Of such records: cells that are shown, but whose group has too few sensitive values for records."""
    withheld: dict[str, int] = field(default_factory=dict)
    """Cells of free text left out because personal data stands in them, by column."""

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class PrivacyReport:
    """All published tables of a dataset, by name."""

    model: dict[str, Any]
    columns: dict[str, dict[str, str]]
    tables: dict[str, TablePrivacy] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        tables = {name: table.as_dict() for name, table in self.tables.items()}
        return {"model": self.model, "columns": self.columns, "tables": tables}
