"""What a dataset is: the model of `dataset.yaml`.

A dataset is a folder `datasets/<topic>/<name>/`, found by looking, never registered. This
module knows what may be written there and what must; it reads no data and knows no
reader, engine or portal. Every field's docstring is shown by editors through
`schemas/dataset.schema.json`, which is generated from here:
`python -m pipelines.dataset > schemas/dataset.schema.json`.
"""

import json
import sys
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from pipelines.catalogue import Bilingual, Catalogue, Model
from pipelines.periods import PeriodKind
from pipelines.publication_spec import Moment, SchemaChange
from pipelines.source_spec import Source, without_location
from pipelines.source_table import Name
from pipelines.table_spec import Ocds, Table

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
    """What is found must agree: `filename` and `title` hold a regular expression whose group
    `period` is the label; `column` names a column of years (or months) whose greatest value it is;
    `retrieval` (any text: the reason) says that, where nothing else states a period, a
    delivery is the state on the day it is fetched."""


class ColumnPrivacy(Model):
    """What a column is under the PDPA and what is done with it."""

    cls: PrivacyClass = Field(alias="class")
    """`direct` identifies a person and is never published · `quasi` may identify together
    with others · `sensitive` is of PDPA section 26 · `linked` reveals a count · `open`."""
    generalise: str | None = None
    """Hierarchy and level to publish a quasi-identifier at, such as `age_band/five_years`."""
    reason: str | None = None
    """Why an `open` column is open where a reader might doubt it."""
    withhold: tuple[str, ...] = ()
    """Of records: kinds of finding (such as `person_name`) for which a cell is left out and counted,
    rather than the whole release refused. For free text that names persons by the way."""
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
    no_persons: str | None = None
    """In place of `unit`: why no published figure is of persons though a column identifies one."""
    columns: dict[Name, ColumnPrivacy]
    """Every column of every validated table, by name. One that is missing is an error."""

    @model_validator(mode="after")
    def _persons_are_told_apart(self) -> Self:
        if self.unit in self.columns and self.columns[self.unit].cls != "direct":
            raise ValueError(f"`unit` names the column of a person's id, which is `direct`: class {self.unit} so")
        direct = any(column.cls == "direct" for column in self.columns.values())
        if direct and (self.unit is None) == (self.no_persons is None):
            raise ValueError(
                "where a column is `direct`, either `unit` names the column that tells persons apart "
                "or `no_persons` says why no figure is of persons"
            )
        return self


class Bounds(Model):
    """How many rows a delivery may have."""

    min: Annotated[int, Field(ge=0)] = 1
    max: Annotated[int, Field(ge=1)] = 1_000_000_000


class LookUp(Model):
    """A column found in a look-up table: each value of `of` that it does not know is counted,
    listed privately and bounded by `assertions.misses`."""

    of: Annotated[tuple[Name, ...], Field(min_length=1)]
    """The columns that are looked up, in the order of `by`; the last is what may be misspelt."""
    table: Annotated[str, Field(alias="in", pattern=r"^(places|data)\.[a-z][a-z0-9_]*$")]
    """`places.<table>` or `data.<file>` of the dataset's folder."""
    by: Annotated[tuple[str, ...], Field(min_length=1)]
    """The columns of the look-up table that are compared."""
    take: str
    """The column of the look-up table that is the result."""
    compare: Literal["exact", "place_name"] = "exact"
    """`place_name`: the last column without `จังหวัด`, `อ.` and the like, blanks and case."""
    repair_marks: bool = False
    """With `place_name`: where the name is not known, whether its letters without vowels and
    tones above and below may decide; such repairs are counted in the quality report."""

    @model_validator(mode="after")
    def _sides_agree(self) -> Self:
        if len(self.of) != len(self.by):
            raise ValueError("`of` and `by` name equally many columns")
        if self.repair_marks and self.compare != "place_name":
            raise ValueError("repair_marks is for place names")
        return self


class Assertions(Model):
    """What must hold of a delivery beyond its schema."""

    rows: dict[Name, Bounds]
    """For each validated table the least and greatest number of rows."""
    fill: dict[Name, Annotated[float, Field(ge=0, le=1)]] = {}
    """For a column the least share of rows in which it is not empty."""
    means: dict[Name, str] = {}
    """For a column of `fill` what is wrong where too many of its cells are empty: said in the refusal.
    A derived column that is empty where a row is wrong tells nobody why by its name."""
    misses: dict[Name, Annotated[float, Field(ge=0, le=1)]] = {}
    """For a looked-up column the greatest share of filled rows that its look-up may not know;
    where it is not named, none."""
    disjoint: dict[Name, Annotated[tuple[Name, ...], Field(min_length=2)]] = {}
    """For a column the validated tables that may not have a value of it in common. Such values are named
    in the refusal: codes of places or offices, never a column that is `direct` or `sensitive`."""

    @model_validator(mode="after")
    def _means_are_of_fill(self) -> Self:
        if unknown := sorted(set(self.means) - set(self.fill)):
            raise ValueError(f"means is of columns that are not in fill: {unknown}")
        return self


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
    look_ups: dict[Name, dict[Name, LookUp]] = {}
    """For each source table columns from look-up tables, in order: one may use another.
    Computed after the schema holds, before `derive`."""
    derive: dict[Name, dict[Name, str]] = {}
    """For each source table new columns, as DuckDB expressions over its columns and the
    reference tables (`places.provinces`). Computed after the schema holds."""
    privacy: Privacy
    tables: dict[Name, Table]
    """What is published, by table name."""
    ocds: Ocds | None = None
    """Of contracts: an OCDS release package beside the tables."""
    catalogue: Catalogue
    assertions: Assertions
    release_at: Moment | None = None
    """Nothing is public before this day (midnight in Bangkok) or moment (with its zone). On a portal that
    keeps datasets private the release waits there."""
    approval: Literal["required"] | None = None
    """`required`: a release becomes public by `opendata approve`, which another user than the one that
    brought it to the portal does."""
    schema_changes: tuple[SchemaChange, ...] = ()
    """Breaks of the published tables that are meant; one that is not named here is refused."""
    published_again_from: Moment | None = None
    """Acknowledges a withdrawal: from this day (midnight in Bangkok) or moment (with its zone), which is after
    the withdrawal, it may be published again."""

    @model_validator(mode="after")
    def _tables_agree(self) -> Self:
        read = set(self.source.tables)
        if set(self.schemas.source) != read:
            raise ValueError(f"schemas.source must name exactly the tables of source.tables: {sorted(read)}")
        if bare := without_location(self.source):
            raise ValueError(f"a source needs a `location`{f': {bare}' if bare != [''] else ''}")
        for part in ("look_ups", "derive"):
            if unknown := set(getattr(self, part)) - read:
                raise ValueError(f"{part} names tables that source.tables does not: {sorted(unknown)}")
        for column in self.assertions.disjoint:
            if column not in self.privacy.columns or self.privacy.columns[column].cls in {"direct", "sensitive"}:
                raise ValueError(f"assertions.disjoint: values of {column} may not be named in a refusal")
        return self


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of `dataset.yaml`, for editors."""
    return DatasetSpec.model_json_schema(by_alias=True)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(json_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n")
