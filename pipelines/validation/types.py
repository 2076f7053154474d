"""How the types of Table Schema are kept in Arrow: exactly, never as floats."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from pipelines.errors import DatasetError, Place

#: Digits behind the point of a `number` without a `scale` of its own: satang.
SCALE = 2
DIGITS = 38
INT64 = range(-(2**63), 2**63)
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
        scale = int(field.get("scale", SCALE))
        _, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int):
            return "a finite number"
        if any(digits[max(len(digits) + exponent + scale, 0) :]):
            return f"at most {scale} digits behind the point"
        if value.adjusted() >= DIGITS - scale:
            return f"at most {DIGITS - scale} digits before the point"
    if isinstance(value, int) and value not in INT64:
        return "an integer of 64 bits"
    return None


def _type(field: Mapping[str, Any]) -> pa.DataType:
    kind = field.get("type", "any")
    if kind == "number" and not field.get("floatNumber"):
        scale = field.get("scale", SCALE)
        if not isinstance(scale, int) or not 0 <= scale <= DIGITS:
            raise DatasetError(
                "the scale is no number of digits", place=Place(column=field["name"]), remedy=f"write 0 to {DIGITS}"
            )
        return pa.decimal128(DIGITS, scale)
    if kind not in _TYPES:
        raise DatasetError(
            f"fields of type {kind} are not kept" + (" as floats" if kind == "number" else ""),
            place=Place(column=field["name"]),
            remedy=f"use one of {', '.join(['number', *_TYPES])}",
        )
    return _TYPES[kind]
