"""The `tables:` part of dataset.yaml: what is published, as records or as statistics."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pipelines.catalogue import Bilingual, Model
from pipelines.source_table import Name

#: The column of records `shown_by` statistics that numbers them.
NUMBER = "record_number"


class Measure(Model):
    """One figure of a statistics table: exactly one of the keys."""

    count: Literal["rows", "units"] | None = None
    """Number of rows, or of distinct persons (`privacy.unit`)."""
    sum: Name | None = None
    """Sum of a column."""
    frequency: bool = False
    """True where the sum is itself a number of persons (the source has counts already)."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.count is None) == (self.sum is None):
            raise ValueError("a measure is either `count` or `sum`")
        return self


class Beside(Model):
    """One figure beside the measures: either `sum` and `of`, or `pct`."""

    sum: Name | None = None
    """Sum of a column of another validated table …"""
    of: Name | None = None
    """… that is of nobody in particular, such as a population, and has the dimensions and labels.
    Cells that only it has are published too, with nobody in them."""
    pct: Annotated[tuple[Name, ...], Field(min_length=2, max_length=2)] | None = None
    """Per cent that one published figure is of another, to two places, half up; empty where either
    is hidden or the second is nothing."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.sum is None) != (self.of is None) or (self.sum is None) == (self.pct is None):
            raise ValueError("a figure beside the measures is either `sum` with `of`, or `pct`")
        return self


class Chart(Model):
    """A picture on the dataset's page."""

    title: Bilingual
    x: Name
    """Column along the bars (a measure)."""
    y: Name
    """Column that names the bars (a dimension)."""
    colour: Name | None = None
    """Column that splits the bars."""
    top: Annotated[int, Field(ge=2, le=100)] = 20
    """How many bars."""
    first: Literal["greatest", "least"] = "greatest"
    """Which come first, and are drawn where there are more."""


class Microdata(Model):
    """A published table of records: chosen columns, one row for each valid row."""

    kind: Literal["microdata"]
    title: Bilingual
    description: Bilingual | None = None
    source: Name = Field(alias="from")
    """The validated table it is made of."""
    columns: Annotated[tuple[Name, ...], Field(min_length=1)]
    """What is published, in order. A column not named here stays in the house."""
    key: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Primary key: also the order of rows and what the changelog compares by."""
    shown_by: Name | None = None
    """A table of statistics of the same validated table: only records of its finest cells that are shown
    go out, so that they tell no more than it does. `columns` are then its dimensions, its labels as
    wanted, and `record_number` (1 to n, in the order of the others), which is the key."""
    charts: tuple[Chart, ...] = ()

    @model_validator(mode="after")
    def _numbered(self) -> Self:
        """Records of cells have nothing of their own to be told apart by, and nothing to be added up."""
        if self.shown_by and (self.key != (NUMBER,) or NUMBER not in self.columns):
            raise ValueError(f"a table that is `shown_by` another has the column {NUMBER}, which is its key")
        if self.shown_by and self.charts:
            raise ValueError("draw the table of statistics: its records have no figures")
        return self


class Statistics(Model):
    """A published table of counts and sums. Cells of too few persons are hidden, and so
    many others that the hidden ones cannot be worked out from the totals."""

    kind: Literal["statistics"]
    title: Bilingual
    description: Bilingual | None = None
    source: Name = Field(alias="from")
    dimensions: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Columns that say which cell a row is."""
    labels: dict[Name, Name] = {}
    """Columns that only name a dimension (`province_name_th: province_code`). In a total a text is `รวม`,
    anything else is empty."""
    totals: tuple[Name, ...] = ()
    """Dimensions over which totals are published, as rows marked `_T`."""
    measures: dict[Name, Measure]
    beside: dict[Name, Beside] = {}
    """Figures that tell nothing of persons beyond the measures: what these are compared with."""
    if_unsafe: Literal["refuse", "no_rows"] = "refuse"
    """Where no choice of hidden cells protects the table, such as of three persons in all: refuse the
    release, or publish the table without rows and say so."""
    charts: tuple[Chart, ...] = ()

    @model_validator(mode="after")
    def _persons_are_not_added_up(self) -> Self:
        """One person may be in several cells: each bar of a chart of persons is one cell or total."""
        for chart in self.charts:
            bars = self.labels.get(chart.y, chart.y)
            added = set(self.dimensions) - set(self.totals) - {bars}
            of_units = chart.x in self.measures and self.measures[chart.x].count == "units"
            if chart.x in self.beside and self.beside[chart.x].pct and (chart.colour or added):
                raise ValueError(
                    f"a chart of {chart.x} would add per cents up: draw them by one dimension, with totals"
                )
            if of_units and (chart.colour or added):
                raise ValueError(
                    f"a chart of {chart.x} would add distinct persons up: take `colour` out, "
                    "publish totals of the dimensions that are not drawn, or draw a measure `count: rows`"
                )
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Every published column in order: labels follow their dimension."""
        named = {of: [label for label, dim in self.labels.items() if dim == of] for of in self.dimensions}
        head = [column for dim in self.dimensions for column in (dim, *named[dim])]
        return (*head, *self.measures, *self.beside, "obs_status")

    @property
    def key(self) -> tuple[str, ...]:
        """Primary key: the dimensions."""
        return self.dimensions


class Ocds(Model):
    """An OCDS 1.1.5 release package, made of two published tables of records."""

    prefix: Annotated[str, Field(pattern=r"^ocds-[a-z0-9]{6}$")]
    """The prefix of contracting processes that the publisher has registered."""
    tenders: Name
    """The table of projects, and …"""
    contracts: Name
    """… that of their contracts, both with the columns that `release.ocds` names."""


Table = Annotated[Microdata | Statistics, Field(discriminator="kind")]
