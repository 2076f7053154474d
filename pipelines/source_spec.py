"""The `source:` part of dataset.yaml: where the data is and how it is laid out.

Everything here is declaration. The readers do what it says and guess nothing; a new shape
of source is a new class here with its own options, a module in `fetch` that brings it and
one in `readers` that takes it apart.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pipelines.catalogue import Model
from pipelines.source_table import Name, SourceTable

READERS = frozenset({"api", "ckan", "csv", "excel", "files", "json", "sql"})


class AnySource(Model):
    """What every source has."""

    location: str
    """A path below the dataset's folder, a URL, or `env:NAME` for an address that is secret."""
    max_bytes: Annotated[int, Field(ge=1)] = 2_000_000_000
    """A larger delivery is refused; so is an archive that unpacks to more."""
    tables: Annotated[dict[Name, SourceTable], Field(min_length=1)]
    """The tables in it, by the name they have with us."""

    def raw_columns(self, table: str) -> tuple[str, ...]:
        """Return the columns of a table as it is read, in order."""
        return tuple(self.tables[table].columns)


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


class Key(Model):
    """A secret that a service asks for."""

    env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
    """Variable of the environment that holds it."""
    send_as: Literal["query", "header"]
    name: str
    """Name of the query parameter or header, such as `api-key`."""


class _Counted(Model):
    until: Literal["empty", "short"] = "empty"
    """Where the service does not count its records: which page is the last. `short` asks once
    less, but a service that gives fewer records than it was asked for would be cut off."""


class OffsetPaging(_Counted):
    """`?offset=1000&limit=500` and so on."""

    kind: Literal["offset"]
    offset: str = "offset"
    limit: str = "limit"
    size: Annotated[int, Field(ge=1)] = 500


class NumberPaging(_Counted):
    """`?page=3` and so on."""

    kind: Literal["page"]
    page: str = "page"
    first: int = 1
    limit: str | None = None
    size: Annotated[int, Field(ge=1)] | None = None


class CursorPaging(Model):
    """Each page names the next one, by a token or by an address."""

    kind: Literal["cursor"]
    next: str
    """Dotted path to the token or address in a page; the last page has none."""
    cursor: str = "cursor"
    """Query parameter for a token; not used for an address."""


Paging = Annotated[OffsetPaging | NumberPaging | CursorPaging, Field(discriminator="kind")]


class Answer(Model):
    """A place in a reply and what it holds there."""

    path: str
    equals: str


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
    folder, a zip of one, or a single file. A file that cannot be read for certain is refused by itself."""

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
    def _one_table(self) -> Self:
        if len(self.tables) != 1:
            raise ValueError("a drop of files has exactly one table")
        return self


Source = Annotated[FileSource | ApiSource | SqlSource | CkanSource | FolderSource, Field(discriminator="reader")]
