"""The `source:` part of dataset.yaml: where the data is and how it is laid out.

Everything here is declaration. The readers do what it says and guess nothing; a new shape
of source is a new class here with its own options, a module in `fetch` that brings it and
one in `readers` that takes it apart.
"""

from typing import Annotated, Literal, Self, cast

from pydantic import Field, model_validator

from pipelines.catalogue import Model
from pipelines.source_table import Name, SourceTable
from pipelines.source_web import Answer, Key, Paging

READERS = frozenset({"api", "ckan", "csv", "excel", "files", "json", "several", "sql"})


class AnySource(Model):
    """What every source has."""

    location: str | None = None
    """A path below the dataset's folder, a URL, or `env:NAME` for an address that is secret. Only an
    optional part of `several` may have none: it is read where `--source` names it."""
    max_bytes: Annotated[int, Field(ge=1)] = 2_000_000_000
    """A larger delivery is refused; so is an archive that unpacks to more."""
    tables: Annotated[dict[Name, SourceTable], Field(min_length=1)]
    """The tables in it, by the name they have with us."""

    def raw_columns(self, table: str) -> tuple[str, ...]:
        """Return the columns of a table as it is read, in order."""
        return tuple(self.tables[table].columns)

    @property
    def parts(self) -> dict[str, "OneSource"]:
        """The sources there are: this one, without a name."""
        return {"": cast("OneSource", self)}

    @property
    def optional(self) -> tuple[str, ...]:
        return ()


class FileSource(AnySource):
    """One file."""

    reader: Literal["csv", "excel", "json"]
    """What the file is; `excel` is xlsx, xls, ods and HTML tables saved as one of them. Content
    decides, never the extension."""
    delimiter: Literal[",", ";", "\t", "|"] = ","
    """CSV only."""

    @model_validator(mode="after")
    def _one_table_in_csv(self) -> Self:
        if self.reader == "csv" and len(self.tables) > 1:
            raise ValueError("a CSV source has exactly one table")
        return self


class ApiSource(AnySource):
    """A web service of JSON, page by page; a location that is a file is one page of it."""

    reader: Literal["api"]
    params: dict[str, str] = {}
    """Query parameters; `{period}` stands for the period's label."""
    key: Key | None = None
    paging: Paging | None = None
    """How further pages are asked for; without it there is one."""
    success: Answer | None = None
    """What a good reply says: services answer 200 with an error inside."""
    limited: Answer | None = None
    """What a reply says when there were too many requests, where not by status 429."""
    total: str | None = None
    """Dotted path to the number of records the service has: as many must come."""
    link: str | None = None
    """Dotted path to the address of the real file (a zip with one file is unpacked)."""
    linked: Literal["csv", "excel", "json"] | None = None
    """What the linked file is."""
    resume_hours: Annotated[float, Field(gt=0)] = 12
    """How old the pages of a run that was cut off may be to be kept by the next."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.link is None) != (self.linked is None):
            raise ValueError("`link` and `linked` go together")
        if self.link and self.paging:
            raise ValueError("a service that links to a file has no pages")
        return self


class SqlSource(AnySource):
    """A database, read in one consistent snapshot; a location that is a path is a SQLite file."""

    reader: Literal["sql"]
    piece_rows: Annotated[int, Field(ge=1)] = 200_000
    """Rows that are read, kept and, where nothing changed in them, kept again as one."""

    @model_validator(mode="after")
    def _relations(self) -> Self:
        for name, table in self.tables.items():
            if not table.relation or not table.key:
                raise ValueError(f"tables.{name} needs `relation` and `key`")
        return self


class CkanSource(AnySource):
    """A resource of another CKAN portal, by names that stay when ids change."""

    reader: Literal["ckan"]
    dataset: str
    """The dataset's name (its slug)."""
    resource: str
    """The resource's name or title."""
    serves: Literal["datastore", "csv", "excel", "json"]
    """Whether its DataStore table is read or its file, and what that is."""
    key: Key | None = None
    page_rows: Annotated[int, Field(ge=1, le=32_000)] = 10_000
    """Rows asked for at a time from a DataStore."""


class FolderSource(AnySource):
    """A drop of many files of one form in many dialects, such as one of each local authority: a
    folder, a zip of one, or a single file. A file that cannot be read for certain in any of its tables
    is refused by itself, whole."""

    reader: Literal["files"]
    pattern: str = "**/*"
    """Which files of the folder."""
    stated: dict[Name, str] = {}
    """Columns that a file's own name says: regular expressions over the path below the folder,
    each with a group of the column's name."""
    header_within: Annotated[int, Field(ge=1, le=100)] = 20
    """How many rows from the top the header may be looked for in."""
    delimiters: Annotated[tuple[str, ...], Field(min_length=1)] = (",", ";", "\t", "|")
    """What may part the cells of a CSV among them."""
    refused_share: Annotated[float, Field(ge=0, lt=1)] = 0
    """The greatest share of files that may be refused; with more the whole drop is."""

    def raw_columns(self, table: str) -> tuple[str, ...]:
        """Return `source_file`, what the file's name states, and the columns of the files."""
        return ("source_file", *self.stated, *self.tables[table].columns)

    @model_validator(mode="after")
    def _a_sheet_each(self) -> Self:
        if len(self.tables) > 1 and (bare := [name for name, table in self.tables.items() if not table.sheet]):
            raise ValueError(f"where a file has several tables each names its `sheet`: {bare}")
        return self


OneSource = Annotated[FileSource | ApiSource | SqlSource | CkanSource | FolderSource, Field(discriminator="reader")]


class SeveralSources(Model):
    """Sources that are read together, such as a database and the lists of those who are not in it, or
    a register and the table that its figures are divided by."""

    reader: Literal["several"]
    parts: Annotated[dict[Name, OneSource], Field(min_length=2)]
    """The sources by name. A location without a name on the command line is for the first."""
    optional: tuple[Name, ...] = ()
    """Parts that a delivery may lack: their tables are then empty, which every report says. Where the
    command line names parts, only those and the parts that are not optional are read."""

    @property
    def tables(self) -> dict[str, SourceTable]:
        """The tables of every part, by name."""
        return {name: table for part in self.parts.values() for name, table in part.tables.items()}

    def raw_columns(self, table: str) -> tuple[str, ...]:
        """Return the columns of a table as it is read, in order."""
        return part_of(self, table).raw_columns(table)

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        if unknown := set(self.optional) - set(self.parts):
            raise ValueError(f"optional names parts that there are not: {sorted(unknown)}")
        names = [name for part in self.parts.values() for name in part.tables]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two parts have tables of one name: {sorted(twice)}")
        return self


Source = Annotated[
    FileSource | ApiSource | SqlSource | CkanSource | FolderSource | SeveralSources, Field(discriminator="reader")
]


def part_of(source: "Source", table: str) -> "OneSource":
    """Return the source that has a table."""
    return next(part for part in source.parts.values() if table in part.tables)


def without_location(source: "Source") -> list[str]:
    """Return the parts that must have a location and have none."""
    return [name for name, part in source.parts.items() if part.location is None and name not in source.optional]
