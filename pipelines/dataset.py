"""What a dataset is: the model of `dataset.yaml`.

A dataset is a folder `datasets/<topic>/<name>/`, found by looking, never registered. This
module knows what may be written there and what must; it reads no data and knows no
reader, engine or portal. Every field's docstring is shown by editors through
`schemas/dataset.schema.json`, which is generated from here:
`python -m pipelines.dataset > schemas/dataset.schema.json`.
"""

import json
import sys
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from pipelines.catalogue import Bilingual, Catalogue, Model
from pipelines.periods import PeriodKind
from pipelines.source_spec import Source

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
PrivacyClass = Literal["direct", "quasi", "sensitive", "linked", "open"]
Topic = Literal["budget", "contracts", "land_tax", "welfare"]


class Publisher(Model):
    """Who answers for the data: always a unit, never a person."""

    organisation: Name
    """Slug of the agency, such as `bma`, `dla`, `dop`."""
    name: Bilingual
    """The agency's name."""
    contact_unit: Bilingual
    """The unit to write to (`maintainer`)."""
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[a-z.]+$")]
    """The unit's address (`maintainer_email`)."""


class PeriodRule(Model):
    """Which periods the dataset has and how a delivery says which one it is for.

    `--period` (or the Dagster partition) may say it too; where two say different things the
    delivery is refused, where none does it is refused as well."""

    kind: PeriodKind
    """`fiscal_year` (October to September, B.E.), `tax_year` (calendar, B.E.) or `month`."""
    first: str
    """Label of the first period there is."""
    stated_by: dict[Literal["filename", "title", "column", "retrieval"], str]
    """In order of trust: `filename` and `title` hold a regular expression whose group
    `period` is the label; `column` names a year column whose greatest value it is;
    `retrieval` (any text: the reason) says a delivery is the state on the day it is fetched."""


class ColumnPrivacy(Model):
    """What a column is under the PDPA and what is done with it."""

    cls: PrivacyClass = Field(alias="class")
    """`direct` identifies a person and is never published · `quasi` may identify together
    with others · `sensitive` is of PDPA section 26 · `linked` reveals a count · `open`."""
    generalise: str | None = None
    """Hierarchy and level to publish a quasi-identifier at, such as `age_band/five_years`."""
    reason: str | None = None
    """Why an `open` column is open where a reader might doubt it."""
    allow: dict[str, str] = {}
    """Kinds of finding of the personal-data scan that are false here, each with the reason."""


class PrivacyModel(Model):
    """Thresholds. No Thai rule gives numbers: these are the project's own, stated with
    every release."""

    k: Annotated[int, Field(ge=2)] = 5
    """Smallest number of persons a published group or cell may have."""
    l: Annotated[int, Field(ge=1)] = 2  # noqa: E741 - the name of the field's literature
    """Least number of distinct sensitive values in a group of microdata."""
    alpha: Annotated[float, Field(gt=0, le=1)] = 0.8
    """Greatest share one sensitive value may have in a group of microdata."""


class Privacy(Model):
    """The privacy classes of every column of the validated tables, and the thresholds."""

    model: PrivacyModel = PrivacyModel()
    unit: str | None = None
    """Column that tells persons apart; counts are then of distinct persons, not rows."""
    columns: dict[Name, ColumnPrivacy]
    """Every column of every validated table, by name. One that is missing is an error."""


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
    """How many bars, the greatest first."""


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
    charts: tuple[Chart, ...] = ()


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
    """Columns that only name a dimension (`province_name_th: province_code`)."""
    totals: tuple[Name, ...] = ()
    """Dimensions over which totals are published, as rows marked `_T`."""
    measures: dict[Name, Measure]
    charts: tuple[Chart, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every published column in order: labels follow their dimension."""
        named = {of: [label for label, dim in self.labels.items() if dim == of] for of in self.dimensions}
        head = [column for dim in self.dimensions for column in (dim, *named[dim])]
        return (*head, *self.measures, "obs_status")

    @property
    def key(self) -> tuple[str, ...]:
        """Primary key: the dimensions."""
        return self.dimensions


Table = Annotated[Microdata | Statistics, Field(discriminator="kind")]


class Bounds(Model):
    """How many rows a delivery may have."""

    min: Annotated[int, Field(ge=0)] = 1
    max: Annotated[int, Field(ge=1)] = 1_000_000_000


class Assertions(Model):
    """What must hold of a delivery beyond its schema."""

    rows: dict[Name, Bounds]
    """For each validated table the least and greatest number of rows."""
    fill: dict[Name, Annotated[float, Field(ge=0, le=1)]] = {}
    """For a column the least share of rows in which it is not empty."""


class Schemas(Model):
    """The contracts, by name below `schemas/`: `budget/bma_strategy.source`."""

    source: dict[Name, str]
    """For each source table its Table Schema."""
    public: str
    """The Table Schema that holds every published column; tables choose from it."""


class DatasetSpec(Model):
    """A dataset: what it is called, where it comes from, what is published of it."""

    title: Bilingual
    description: Bilingual
    publisher: Publisher
    licence: Literal["cc-by-4.0", "cc-by-sa-4.0", "odc-by-1.0"]
    update_frequency: Literal["year", "half-year", "quarter", "month", "never"]
    period: PeriodRule
    source: Source
    schemas: Schemas
    derive: dict[Name, dict[Name, str]] = {}
    """For each source table new columns, as DuckDB expressions over its columns and the
    reference tables (`places.provinces`). Computed after the schema holds."""
    privacy: Privacy
    tables: dict[Name, Table]
    """What is published, by table name."""
    catalogue: Catalogue
    assertions: Assertions
    embargo: date | None = None
    """Nothing is published before this day (Bangkok time)."""

    @model_validator(mode="after")
    def _tables_agree(self) -> Self:
        read = set(self.source.tables)
        if set(self.schemas.source) != read:
            raise ValueError(f"schemas.source must name exactly the tables of source.tables: {sorted(read)}")
        if unknown := set(self.derive) - read:
            raise ValueError(f"derive names tables that source.tables does not: {sorted(unknown)}")
        return self


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of `dataset.yaml`, for editors."""
    return DatasetSpec.model_json_schema(by_alias=True)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(json_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n")
