"""The columns of a DataStore table as a Table Schema has them: types, data dictionary, key and indexes.

Types are always said, never left to CKAN, which guesses them from the first row. What is in the
columns does not belong here.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.errors import DatasetError, Place

#: Types of Table Schema by the names that PostgreSQL itself has for them, which are those CKAN shows.
TYPES = {"string": "text", "integer": "int8", "number": "numeric", "boolean": "bool", "date": "date", "year": "int4"}
#: CKAN lets 63 characters pass, PostgreSQL cuts off after 63 bytes, and `_` in front is CKAN's own.
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
UNIT = "หน่วย · Unit: "


def types_of(schema: Mapping[str, Any]) -> dict[str, str]:
    """Return the PostgreSQL type of each column.

    Raises:
        DatasetError: a name or a type that a DataStore table cannot have.
    """
    types = {}
    for field in schema["fields"]:
        if not NAME.fullmatch(field["name"]):
            raise DatasetError(
                "a portal's table cannot have a column of this name",
                place=Place(column=field["name"]),
                remedy="use a letter, then at most 59 letters, digits and _; the Thai name is the field's title",
            )
        if field["type"] not in TYPES:
            raise DatasetError(
                f"a portal's table has no type for fields of type {field['type']}",
                place=Place(column=field["name"]),
                remedy=f"use one of {', '.join(TYPES)}",
            )
        types[field["name"]] = TYPES[field["type"]]
    return types


def fields_of(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the columns as `datastore_create` takes them, each with its entry in the data dictionary."""
    types = types_of(schema)
    return [{"id": f["name"], "type": types[f["name"]], "info": _info(f)} for f in schema["fields"]]


def indexes_of(schema: Mapping[str, Any]) -> list[list[str]]:
    """Return what is indexed beside the key as a whole, which serves its first column: its other columns."""
    return [[name] for name in schema["primaryKey"][1:]]


def index_name(resource_id: str, columns: Sequence[str]) -> str:
    """Return the name that CKAN gives to the index over these columns: the one way to see it by its API."""
    named = ", ".join(f'"{column}"' for column in columns)
    return hashlib.sha1(f"{resource_id}{named}".encode(), usedforsecurity=False).hexdigest()


def _info(field: Mapping[str, Any]) -> dict[str, str]:
    """CKAN's dictionary has one label and one text: Thai on top, English and the unit below."""
    titles, descriptions = field.get("titles", {}), field.get("descriptions", {})
    thai = titles.get("th") or field.get("title") or field["name"]
    english = ": ".join(text for text in (titles.get("en"), descriptions.get("en")) if text)
    unit = f"{UNIT}{field['unit']}" if field.get("unit") else None
    lines = (descriptions.get("th") or field.get("description"), english, unit)
    return {"label": thai, "notes": "\n\n".join(line for line in lines if line)}
