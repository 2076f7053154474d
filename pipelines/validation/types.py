"""How the types of Table Schema are kept in Arrow: exactly, never as floats, and no date of
another era."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from pipelines.errors import DatasetError, Place
from pipelines.thai.years import EARLIEST_CE, LATEST_CE

#: Digits behind the point of a `number` without a `scale` of its own: satang.
SCALE = 2
DIGITS = 38
#: The rule of dates whose field has no bounds of its own: 2566 is a year of the Buddhist era.
YEARS = f"a year from {EARLIEST_CE} to {LATEST_CE} C.E."
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


def of_another_era(value: Any, field: Mapping[str, Any]) -> str | None:  # noqa: ANN401 - any typed cell
    """Return the rule a date breaks whose year is none of our records'; None for all else.

    On a side where the field has a bound of its own (`constraints.minimum`, `maximum`), that one
    decides."""
    if not isinstance(value, date):
        return None
    own = field.get("constraints", {}).keys()
    early = value.year < EARLIEST_CE and not own & {"minimum", "exclusiveMinimum"}
    late = value.year > LATEST_CE and not own & {"maximum", "exclusiveMaximum"}
    return YEARS if early or late else None


def remedy_for(rule: str, otherwise: str) -> str:
    """Return what to do about a broken rule: this module's own have a remedy of their own."""
    return (
        "where its years are of the Buddhist era say `era: be` for the column under source.tables.<table>.dates and "
        "take the format out of its field; where such a year is meant, give the field constraints.minimum or maximum"
        if rule == YEARS
        else otherwise
    )


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
