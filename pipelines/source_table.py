"""One table of a source: which of its columns are ours, how its header and totals lie.

Part of dataset.yaml, below `source.tables`.
"""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from pipelines.catalogue import Model
from pipelines.thai.dates import DateForm

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]


class Column(Model):
    """Which column of the file a column of ours is."""

    header: str
    """The heading as the file has it, compared without blanks; several header rows are joined
    by ` / `. In JSON the key, with dots into nested objects."""
    occurrence: Annotated[int, Field(ge=1)] = 1
    """Which one, where the file has the same heading more than once."""
    aliases: tuple[str, ...] = ()
    """Reader `files`: other headings that files of the drop have for it."""
    optional: bool = False
    """Reader `files`: whether a file may lack it; its cells are then empty."""


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
    optional: bool = False
    """Whether the last rows may lack theirs: among the files of a drop some have no totals."""
    tolerance: dict[Name, Decimal] = {}
    """For a column of rounded figures the greatest difference that is only rounding."""


class SourceTable(Model):
    """One table of the source."""

    sheet: str | None = None
    """Excel: the sheet's name (default: the only sheet with data). HTML: the table's number."""
    records: str | None = None
    """JSON: dotted path to the list of records (default: the document itself)."""
    each: str | None = None
    """JSON: dotted path to a list inside each record: one row for each of its elements, whose
    keys are written `<each>.<key>`; the record's own keys are as they are."""
    relation: str | None = None
    """SQL: the table or view, with its schema where needed."""
    key: tuple[str, ...] = ()
    """SQL: columns of the relation that tell its rows apart and sort them; the first of them
    cuts it into pieces."""
    changed: str | None = None
    """SQL: a column that is set anew whenever a row is added or changed. With it a piece whose
    rows were all last changed when they were is not read again."""
    of_period: str | None = None
    """SQL: a column that says which period a row is for, as the label or its first day."""
    months: bool = False
    """SQL: with `of_period`, whether the column has months (`2023-10`) of which a year is made."""
    skip_rows: Annotated[int, Field(ge=0)] = 0
    """Rows above the header (titles)."""
    header_rows: Annotated[int, Field(ge=0, le=9)] = 1
    """Rows the header takes; merged cells are filled to the right. JSON and SQL have none."""
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
