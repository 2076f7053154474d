"""Reads JSON: a list of records, at a declared place in the document.

Numbers stay as they are written, but for powers of ten. A key that is not mapped is an alarm like a new column; a
mapped key that a record lacks is an empty cell.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines.errors import Place, SourceError
from pipelines.readers.header import map_columns
from pipelines.readers.raw import Reading, Row, table_of
from pipelines.source_spec import Source, SourceTable
from pipelines.thai.encoding import demand_sound_text, detect

DEEPEST, LONGEST_NUMBER = 20, 40


def read(path: Path, source: Source) -> Reading:
    """Read every table of a JSON document."""
    encoding = detect(path)
    try:
        document = json.loads(
            path.read_text(encoding=encoding),
            parse_float=_plain, parse_int=str, parse_constant=_no_constant, object_pairs_hook=_unique_keys,
        )  # fmt: skip
    except json.JSONDecodeError as error:
        raise SourceError(
            "the file is not JSON", place=Place(row=error.lineno), remedy="it may be cut short: have it sent again"
        ) from None
    except RecursionError:
        raise SourceError("the JSON is nested too deeply", remedy="check that this is the right file") from None
    return Reading([_table(document, name, spec) for name, spec in source.tables.items()], encoding)


def _table(document: Any, name: str, spec: SourceTable) -> Any:  # noqa: ANN401
    records = document
    for key in (spec.records or "").split(".") if spec.records else []:
        records = records.get(key) if isinstance(records, dict) else None
    if not isinstance(records, list):
        raise SourceError(
            f"there is no list of records at {spec.records or 'the top of the document'}",
            place=Place(table=name), remedy="set `records` to the dotted path of the list",
        )  # fmt: skip
    flat = [_flat(record, name, number) for number, record in enumerate(records, start=1)]
    keys = list(dict.fromkeys(key for record in flat for key in record))
    if not flat:
        raise SourceError("the list of records is empty", place=Place(table=name), remedy="check the source")
    mapping = map_columns(keys, spec, 1, name)
    headings = [keys[position] for position in mapping.positions]
    return table_of(name, mapping.columns, _rows(flat, headings, name))


def _rows(records: list[dict[str, str | None]], headings: list[str], table: str) -> Iterator[Row]:
    for number, record in enumerate(records, start=1):
        for cell in record.values():
            demand_sound_text(cell or "", table, number)
        yield number, tuple(record.get(heading) for heading in headings)


def _flat(record: Any, table: str, number: int, prefix: str = "", depth: int = 0) -> dict[str, str | None]:  # noqa: ANN401
    if not isinstance(record, dict) or depth > DEEPEST:
        raise SourceError("a record is not an object", place=Place(table=table, row=number), remedy="check `records`")
    flat: dict[str, str | None] = {}
    for key, value in record.items():
        match value:
            case dict():
                inner = _flat(value, table, number, f"{prefix}{key}.", depth + 1)
                if inner.keys() & {*flat, *record}:
                    raise SourceError(
                        "a nested key and a key with a dot have one name",
                        place=Place(table=table, row=number),
                        remedy="have the source mended: one value would be lost",
                    )
                flat |= inner
            case list():
                raise SourceError(
                    "a record holds a list",
                    place=Place(table=table, row=number),
                    remedy="read it as a table of its own",
                )
            case bool():
                flat[prefix + key] = "true" if value else "false"
            case _:
                flat[prefix + key] = value
    return flat


def _plain(number: str) -> str:
    """Write 1.5e3, which JSON may, as 1500; one that is too long for any column stays."""
    value = Decimal(number)
    return format(value, "f") if "e" in number.lower() and abs(value.adjusted()) < LONGEST_NUMBER else number


def _no_constant(_name: str) -> None:
    raise SourceError("the JSON holds NaN or Infinity", remedy="have missing numbers sent as null")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise SourceError(
            "a JSON object has the same key twice", remedy="have the source mended: one value would be lost"
        )
    return found
