"""How the types of Table Schema are kept in Arrow: exactly, never as floats."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from pipelines.errors import DatasetError, Place

#: Digits behind the point of a `number` without a `scale` of its own: satang.
SCALE = 2
LARGEST = 2**63 - 1
_TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "year": pa.int32(),
}


def arrow_schema(schema: Mapping[str, Any]) -> pa.Schema:
    """Return the Arrow schema of a Table Schema.

    `number` becomes decimal128(38, `scale`), where `scale` is a property of the field.

    Raises:
        DatasetError: a field has a type that is not kept.
    """
    return pa.schema([(field["name"], _type(field)) for field in schema["fields"]])


def lost_by_keeping(value: Any, field: Mapping[str, Any]) -> str | None:  # noqa: ANN401 - any typed cell
    """Return the rule a value breaks because it cannot be kept exactly; None if it can."""
    if isinstance(value, Decimal):
        if not value.is_finite():
            return "a finite number"
        scale = int(field["scale"])
        if value != round(value, scale):
            return f"at most {scale} digits behind the point"
    if isinstance(value, int) and abs(value) > LARGEST:
        return "an integer of 64 bits"
    return None


def _type(field: Mapping[str, Any]) -> pa.DataType:
    kind = field.get("type", "string")
    if kind == "number":
        return pa.decimal128(38, int(field.get("scale", SCALE)))
    if kind not in _TYPES:
        raise DatasetError(
            f"fields of type {kind} are not kept",
            place=Place(column=field["name"]),
            remedy=f"use one of {', '.join(['number', *_TYPES])}",
        )
    return _TYPES[kind]
