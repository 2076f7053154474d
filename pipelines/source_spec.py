"""The `source:` part of dataset.yaml: where the data is and how its file is laid out.

Everything here is declaration. The readers do what it says and guess nothing; a new shape
of source is a new reader with its own options, listed in `Source.reader`.
"""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pipelines.catalogue import Model
from pipelines.thai.dates import DateForm

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]


class Column(Model):
    """Which column of the file a column of ours is."""

    header: str
    """The heading as the file has it, white space folded; several header rows are joined
    by ` / `. In JSON the key, with dots into nested objects."""
    occurrence: Annotated[int, Field(ge=1)] = 1
    """Which one, where the file has the same heading more than once."""


class Subtotals(Model):
    """Rows that add up other rows. They are checked, then left out."""

    column: Name
    """The column that marks such a row …"""
    values: Annotated[tuple[str, ...], Field(min_length=1)]
    """… and what it holds there (`รวม`), compared with white space folded."""
    scope: Literal["block", "all"]
    """`block`: the rows since the subtotal before; `all`: every row of the table."""
    group: tuple[Name, ...] = ()
    """Columns that must be the same all through a block; they name it in messages."""
    sums: Annotated[tuple[Name, ...], Field(min_length=1)]
    """The columns that must add up."""
    tolerance: dict[Name, Decimal] = {}
    """For a column of rounded figures the greatest difference that is only rounding."""


class SourceTable(Model):
    """One table of the source."""

    sheet: str | None = None
    """Excel: the sheet's name (default: the only sheet with data)."""
    records: str | None = None
    """JSON: dotted path to the list of records (default: the document itself)."""
    skip_rows: Annotated[int, Field(ge=0)] = 0
    """Rows above the header (titles)."""
    header_rows: Annotated[int, Field(ge=0, le=9)] = 1
    """Rows the header takes; merged cells are filled to the right. JSON ignores it."""
    columns: dict[Name, str | Column]
    """Our name -> the file's heading."""
    ignore: dict[str, str] = {}
    """Headings that are left out, each with the reason."""
    subtotals: tuple[Subtotals, ...] = ()
    dates: dict[Name, DateForm] = {}
    """How a column writes its dates, where not as ISO dates."""
    ids: tuple[Name, ...] = ()
    """Columns of identity numbers: dashes, blanks and Thai digits are taken out of them."""

    def mapped(self) -> dict[str, Column]:
        """Return the columns with the short form written out."""
        return {n: Column(header=c) if isinstance(c, str) else c for n, c in self.columns.items()}


class Source(Model):
    """Where the data comes from."""

    reader: Literal["csv", "excel", "json"]
    """What the files are. Content decides, never the extension."""
    location: str
    """A path below the dataset's folder, a URL, or `env:NAME` for an address that is secret."""
    delimiter: Literal[",", ";", "\t", "|"] = ","
    """CSV only."""
    max_bytes: Annotated[int, Field(ge=1)] = 2_000_000_000
    """A larger file is refused; so is an archive that unpacks to more."""
    tables: Annotated[dict[Name, SourceTable], Field(min_length=1)]
    """The tables in it, by the name they have with us."""

    @model_validator(mode="after")
    def _one_table_in_csv(self) -> Self:
        if self.reader == "csv" and len(self.tables) > 1:
            raise ValueError("a CSV source has exactly one table")
        return self
