"""Reads JSON: a list of records, at a declared place in one document or in each page of several.

Numbers stay as they are written, but for powers of ten. A key that is not mapped is an alarm
like a new column; a mapped key that a record lacks is an empty cell. A list inside a record is a
table of its own (`each`), or ignored by name. Pages are gone through twice, one at a time: first
for their keys.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines.errors import Place, SourceError
from pipelines.readers.header import map_columns
from pipelines.readers.raw import RawTable, Reading, Row, table_of
from pipelines.source_spec import FileSource
from pipelines.source_table import SourceTable
from pipelines.thai.encoding import detect, sound_rows

DEEPEST, LONGEST_NUMBER = 20, 40
#: Stands for a list: harmless under a heading that is ignored, an error under one of ours.
_LIST = object()
#: Of a record whose every value is of these nothing is to be made flat.
PLAIN = frozenset({str, type(None)})
Flat = dict[str, Any]


def read(path: Path, source: FileSource) -> Reading:
    """Read every table of a JSON document."""
    encoding = detect(path)
    document = parsed(path.read_text(encoding=encoding))
    return Reading(tables_of(lambda: iter([document]), source.tables), encoding)


def tables_of(documents: Callable[[], Iterable[Any]], tables: Mapping[str, SourceTable]) -> list[RawTable]:
    """Return the declared tables of documents (pages) of one layout; records are numbered
    through all of them. Raises `SourceError` and `HeaderError` as `read`."""
    return [_table(documents, name, spec) for name, spec in tables.items()]


def parsed(text: str) -> Any:  # noqa: ANN401 - JSON is anything
    """Return a JSON document with its numbers as they are written."""
    try:
        return json.loads(
            text, parse_float=_plain, parse_int=str, parse_constant=_no_constant, object_pairs_hook=_unique_keys
        )
    except json.JSONDecodeError as error:
        raise SourceError(
            "the file is not JSON", place=Place(row=error.lineno), remedy="it may be cut short: have it sent again"
        ) from None
    except RecursionError:
        raise SourceError("the JSON is nested too deeply", remedy="check that this is the right file") from None


def _table(documents: Callable[[], Iterable[Any]], name: str, spec: SourceTable) -> RawTable:
    keys: dict[str, None] = {}
    for _, record in _records(documents, name, spec):
        if not keys.keys() >= record.keys():
            keys |= dict.fromkeys(record)
    if not keys:
        raise SourceError("the list of records is empty", place=Place(table=name), remedy="check the source")
    headings = list(keys)
    mapping = map_columns(headings, spec, 1, name)
    ours = [headings[position] for position in mapping.positions]
    return table_of(name, mapping.columns, _rows(_records(documents, name, spec), ours, name))


def _records(documents: Callable[[], Iterable[Any]], name: str, spec: SourceTable) -> Iterator[tuple[int, Flat]]:
    """Give every record flat, with the number of the record it stands in."""
    number = 0
    for document in documents():
        for record in _list_at(document, spec.records, name, spec):
            number += 1
            flat = _flat(record, name, number)
            if spec.each is None:
                yield number, flat
                continue
            elements = _within(record, spec.each, name, number)
            kept = {key: value for key, value in flat.items() if key != spec.each}
            for element in elements:
                yield number, kept | _flat(element, name, number, f"{spec.each}.")


def _list_at(document: Any, path: str | None, table: str, spec: SourceTable) -> list[Any]:  # noqa: ANN401
    found = document
    for key in path.split(".") if path else []:
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, list):
        raise SourceError(
            f"there is no list of records at {spec.records or 'the top of the document'}",
            place=Place(table=table), remedy="set `records` to the dotted path of the list",
        )  # fmt: skip
    return found


def _within(record: Any, path: str, table: str, number: int) -> list[Any]:  # noqa: ANN401
    """Return the list inside a record; a record without one has none."""
    found = record
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    if found is None:
        return []
    if not isinstance(found, list):
        raise SourceError(
            f"{path} is no list", place=Place(table=table, row=number), remedy="check `each`, and what the source sends"
        )
    return found


def _rows(records: Iterable[tuple[int, Flat]], headings: list[str], table: str) -> Iterator[Row]:
    for number, record in sound_rows(records, table, _texts):
        cells = tuple(map(record.get, headings))
        if _LIST in cells:
            raise SourceError(
                "a cell of ours is a list", place=Place(table=table, row=number),
                remedy="read it as a table of its own, with `each`",
            )  # fmt: skip
        yield number, cells


def _texts(record: Flat) -> list[str]:
    return [cell for cell in record.values() if isinstance(cell, str)]


def _flat(record: Any, table: str, number: int, prefix: str = "", depth: int = 0) -> Flat:  # noqa: ANN401
    if not isinstance(record, dict) or depth > DEEPEST:
        raise SourceError("a record is not an object", place=Place(table=table, row=number), remedy="check `records`")
    if not prefix and PLAIN.issuperset(map(type, record.values())):
        return record
    flat: Flat = {}
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
                flat[prefix + key] = _LIST
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
