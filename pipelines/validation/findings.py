"""Turns frictionless' errors into ours: type, row, field and the rule of the schema.

Its messages, notes and labels quote the file, so none of them is taken over; a rule is
always written from the schema.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pipelines.validation.report import KEPT, CellError, Report

_RULES = {
    "source-error": "a header row",
    "blank-row": "no blank rows",
    "missing-cell": "a cell for every field",
    "extra-cell": "no cell beyond the fields",
    "unique-error": "unique",
    "foreign-key": "foreignKeys",
}


class Findings:
    """Counts every error and keeps the first ones."""

    def __init__(self, schema: Mapping[str, Any], engine: str) -> None:
        self._fields = {field["name"]: field for field in schema["fields"]}
        key = schema.get("primaryKey", [])
        self._key = ", ".join([key] if isinstance(key, str) else key)
        self._engine = engine
        self._errors: list[CellError] = []
        self.count = self.rows = 0

    def add(self, kind: str, row: int | None, field: str | None, rule: str) -> None:
        """Count one broken rule."""
        self.count += 1
        if len(self._errors) < KEPT:
            self._errors.append(CellError(kind, row, field, rule))

    def header(self, errors: Iterable[Any]) -> None:
        """Take over the errors of the header."""
        for error in errors:
            self.add(error.type, None, self._field(error), "the header is the schema's")

    def row(self, number: int, errors: Iterable[Any]) -> None:
        """Count a row and take over its errors."""
        self.rows += 1
        for error in errors:
            field = self._field(error)
            self.add(error.type, number, field, self._rule(error, field))

    def report(self) -> Report:
        """Return the verdict."""
        return Report(not self.count, self._engine, self.rows, tuple(self._errors), self.count)

    def _field(self, error: Any) -> str | None:  # noqa: ANN401 - frictionless' error
        name = getattr(error, "field_name", None)
        return name if name in self._fields else None

    def _rule(self, error: Any, field: str | None) -> str:  # noqa: ANN401 - frictionless' error
        known = self._fields.get(field or "", {})
        match error.type:
            case "type-error":
                form = known.get("format", "default")
                return f"type: {known.get('type', 'any')}" + (f", format: {form}" if form != "default" else "")
            case "constraint-error":
                named = re.match(r'constraint "(\w+)"', error.note)
                rule = named[1] if named else "constraint"
                return rule if rule == "required" else f"{rule}: {known.get('constraints', {}).get(rule)}"
            case "primary-key":
                return f"primaryKey: {self._key}"
            case other:
                return _RULES.get(other, str(other))
