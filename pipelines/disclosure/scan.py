r"""Looks for personal data in a file, cell by cell, and tells places, never values.

Finds national ids (13 digits with a right check digit; plain, with dashes or spaces, in Thai
digits, glued to letters), telephone numbers, e-mail addresses and names behind a title; by
the name of their column also account and house numbers. Never uses `\b`: Thai letters are
word characters. A number that begins with 0 is a juristic person's.

It finds what it knows. That a file is clean is a finding of this list, not a proof.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import yaml

from pipelines.errors import Place, SourceError
from pipelines.thai.digits import to_ascii
from pipelines.thai.ids import SEPARATORS, is_personal_id
from pipelines.thai.names import title, titled_name

FIRST_ROWS = 10
#: A code column of 13 digits passes the check by chance once in ten: fewer are no finding.
BY_CHANCE = 0.3
#: Between the usual groups of a number stands anything that parts them; between other groups
#: (of at most five digits, as people write them) only blanks and dashes: a point there is a decimal
#: point, and a code with a long group or a letter beside it is no number of a person.
_ANY, _DASH = f"{SEPARATORS}{{0,3}}", "[ \u00a0\u2010-\u2015\u2212-]{1,3}"
_USUAL = f"[1-8]{_ANY}[0-9]{{4}}{_ANY}[0-9]{{5}}{_ANY}[0-9]{{2}}{_ANY}[0-9]"
_GROUPED = f"(?<![A-Za-z])[1-8][0-9]{{0,4}}(?:{_DASH}[0-9]{{1,5}}){{2,5}}(?![A-Za-z])"
_ID = re.compile(rf"(?<![0-9])(?:{_USUAL}|{_GROUPED})(?![0-9])")
BARE, NATIONAL_ID = "bare_id", "national_id"
_BARE_ID = r"\s*[1-8][0-9]{12}(\.0)?\s*"
_MOBILE = re.compile(
    r"(?<![0-9.,])(?:\+66|\(?0)[- ]?[689][0-9]?\)?[- ]?[0-9]{3,4}[- ]?[0-9]{4}(?![0-9])"
    r"|(?<![0-9.,])0[689][0-9]\.[0-9]{3}\.[0-9]{4}(?![0-9])"
)
_LANDLINE = re.compile(
    r"(?<![0-9.,])0[2-7][0-9]?[- ][0-9]{3}[- ]?[0-9]{3,4}(?![0-9])"
    r"|(?<![0-9.,])0[- ][2-7][0-9]{3}[- ][0-9]{3,4}(?![0-9])"
    r"|(?<=โทร)(?:ศัพท์)?[ .:]*0[2-7][0-9]{7}(?![0-9])"
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z.]{2,}")
#: Cheap first look: what has none of these needs no closer one.
_SUSPECT = f"[0-9๐-๙]{{4}}|@|{title()}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of personal data in one column; rows are numbered with the header as 1."""

    column: str
    kind: str
    count: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a scan found."""

    rows: int
    findings: tuple[Finding, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the machine-readable form."""
        return {"rows": self.rows, "findings": [asdict(finding) for finding in self.findings]}


def scan_file(path: Path) -> ScanResult:
    """Scan a CSV, a Parquet file or any text (line by line, as the column `text`).

    Raises:
        SourceError: the file is not UTF-8 text or not a table.
    """
    rows, hits = 0, _Hits()
    for batch in _batches(path):
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            _scan_column(name, column.cast(pa.string()), rows, hits)
        rows += batch.num_rows
    return ScanResult(rows, hits.findings())


def scan_texts(batches: Iterable[Mapping[str, list[str]]]) -> ScanResult:
    """Scan texts by the names under which they stand, as columns: rows are numbered by name."""
    hits, rows = _Hits(), Counter[str]()
    for batch in batches:
        for name, texts in batch.items():
            _scan_column(name, pa.array(texts, pa.string()), rows[name], hits)
            rows[name] += len(texts)
    return ScanResult(rows.total(), hits.findings())


def kinds_in(column: str, text: str) -> set[str]:
    """Return the kinds of personal data that one cell of a column holds."""
    plain = to_ascii(text)
    return {kind for kind, detect in _detectors(column) if detect(plain)}


class _Hits:
    """Counts by column and kind, with the first rows."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[int, list[int]]] = {}
        self._bare: dict[str, tuple[int, int]] = {}

    def add(self, column: str, kind: str, row: int) -> None:
        count, rows = self._found.get((column, kind), (0, []))
        self._found[column, kind] = (count + 1, rows if len(rows) >= FIRST_ROWS else [*rows, row])

    def bare_ids(self, column: str, right: int, of: int) -> None:
        """Remember how many of a column's bare 13-digit numbers have a right check digit."""
        before = self._bare.get(column, (0, 0))
        self._bare[column] = (before[0] + right, before[1] + of)

    def findings(self) -> tuple[Finding, ...]:
        by_chance = {
            column for column, (right, of) in self._bare.items()
            if of > 1 / BY_CHANCE and right < of * BY_CHANCE and "person" not in contexts(column)
        }  # fmt: skip
        merged: dict[tuple[str, str], tuple[int, list[int]]] = {}
        for (column, kind), (count, rows) in sorted(self._found.items()):
            if kind == BARE and column in by_chance:
                continue
            key = (column, NATIONAL_ID if kind == BARE else kind)
            before, first = merged.get(key, (0, []))
            merged[key] = (before + count, sorted([*first, *rows])[:FIRST_ROWS])
        return tuple(Finding(column, kind, count, tuple(rows)) for (column, kind), (count, rows) in merged.items())


@cache
def _terms() -> dict[str, Any]:
    text = files("pipelines.disclosure").joinpath("personal_terms.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@cache
def contexts(column: str) -> frozenset[str]:
    """Return what a column's name says it is about (`person`, `phone`, …)."""
    name = column.casefold()
    return frozenset(kind for kind, words in _terms()["columns"].items() if any(w in name for w in words))


def _detectors(column: str) -> Iterator[tuple[str, Callable[[str], object]]]:
    about = contexts(column)
    yield NATIONAL_ID, lambda text: any(is_personal_id(found) for found in _ID.findall(text))
    yield "email", _EMAIL.search
    yield "person_name", titled_name().search
    yield "phone", lambda text: _MOBILE.search(text) or _LANDLINE.search(text)
    if "phone" in about:
        yield "phone", re.compile(r"(?<![0-9])0?[2-9][0-9]{7,8}(?![0-9])").search
    if "account" in about:
        yield "bank_account", re.compile(r"(?<![0-9])[0-9]{3}-?[0-9]-?[0-9]{5}-?[0-9](?:[0-9]{2})?(?![0-9])").search
    if "house" in about:
        yield "house_number", re.compile(r"^[0-9]{1,5}(?:/[0-9]+)?$").search
    if "name" in about:
        yield "person_name", re.compile(r"^[ก-๙]{2,}(?: +[ก-๙]{2,})?$").search
    if "birth" in about:
        yield "birth_date", re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}").search


def _scan_column(name: str, column: pa.Array, before: int, hits: _Hits) -> None:
    about = contexts(name)
    looked = (
        column if about else column.filter(pc.fill_null(pc.match_substring_regex(column, _SUSPECT), fill_value=False))
    )
    if not len(looked):
        return
    numbers = pa.array(range(len(column)), pa.int64())
    mask = pc.fill_null(pc.match_substring_regex(column, _SUSPECT), fill_value=False)
    picked = numbers if about else numbers.filter(mask)
    right = bare = 0
    detectors = list(_detectors(name))
    for position, text in zip(picked.to_pylist(), looked.to_pylist(), strict=True):
        if not text:
            continue
        plain = to_ascii(text)
        kinds = {kind for kind, detect in detectors if detect(plain)}
        is_bare = re.fullmatch(_BARE_ID, plain) is not None
        bare += is_bare
        right += is_bare and NATIONAL_ID in kinds
        for kind in kinds:
            hits.add(name, BARE if is_bare and kind == NATIONAL_ID else kind, before + position + 2)
    hits.bare_ids(name, right, bare)


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    with path.open("rb") as file:
        head = file.read(4)
    try:
        if head == b"PAR1":
            yield from pq.ParquetFile(path).iter_batches(50_000)
        elif path.suffix.lower() == ".csv":
            yield from _csv_batches(path)
        else:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
            yield pa.RecordBatch.from_pydict({"text": pa.array(lines, pa.string())})
    except (pa.ArrowException, UnicodeDecodeError):
        raise SourceError(
            "the file cannot be read",
            place=Place(file=path.name),
            remedy="give a CSV or text in UTF-8, or a Parquet file",
        ) from None


def _csv_batches(path: Path) -> Iterator[pa.RecordBatch]:
    parse = pa_csv.ParseOptions(newlines_in_values=True)
    read = pa_csv.ReadOptions(block_size=8 << 20)
    names = pa_csv.open_csv(path, read_options=read, parse_options=parse).schema.names
    strings = pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    yield from pa_csv.open_csv(path, read_options=read, parse_options=parse, convert_options=strings)
