"""How a web service is asked for its pages: its key, its paging, and what its replies say.

Part of dataset.yaml, below `source` with `reader: api` or `ckan`.
"""

from typing import Annotated, Literal

from pydantic import Field

from pipelines.catalogue import Model


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
