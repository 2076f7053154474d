"""Deliveries as they should not be: each is refused with the place and a remedy, nothing is
written but the refusal, and no cell of the delivery is in anything that was written.

Every case plants the canaries in its cells.
"""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from pipelines.errors import HeaderError, InvalidData, OpendataError, PrivacyError, SourceError, UsageError
from pipelines.portals.static import StaticPortal
from pipelines.run import run
from pipelines.workspace import Workspace
from tests.toy import CANARY_ID, DEFINITION, HEADER, NAME, csv_of, persons, write_project

CANARY = "ลับสุดยอด-CANARY-7731"
LINES = persons("1001", 9, note=CANARY)
SOUND = csv_of(LINES)

Case = tuple[Callable[[], bytes], type[OpendataError], str]


def line(**cells: str) -> str:
    """One more line, with some cells of it spoilt."""
    sound = {"code": "1001-900", "year": "2566", "id": CANARY_ID, "district": "1001", "note": CANARY, "amount": "5"}
    return ",".join((sound | cells).values())


def with_line(**cells: str) -> bytes:
    return csv_of([*LINES, line(**cells)])


CSV_CASES: dict[str, Case] = {
    "an empty file": (lambda: b"", SourceError, "empty"),
    "only a header": (lambda: csv_of([]), SourceError, "--period"),
    "cut inside a quoted cell": (lambda: SOUND.rstrip() + b'\r\n1001-901,2566,"0', SourceError, "quotation"),
    "cut inside a record": (lambda: SOUND + b"1001-901,2566", SourceError, "cells"),
    "cut inside a letter": (lambda: SOUND.replace(b"\r\n", b"\n")[:-30] + b"\xe0\xb8", SourceError, "encoding"),
    "another encoding in row 90,000": (
        lambda: csv_of(persons("1001", 90_000)) + "1001-x,2566,1,1001,ไทย,5\r\n".encode("cp874"),
        SourceError,
        "90002",
    ),
    "UTF-16": (lambda: SOUND.decode("utf-8-sig").encode("utf-16"), SourceError, "UTF-8"),
    "UTF-8 read as cp874 and saved": (
        lambda: (
            "ลับสุดยอด ทดสอบ".join([f"{HEADER}\n1,2566,1,1001,", ",5\n"])
            .replace("ลับสุดยอด ทดสอบ", "ลับสุดยอด".encode().decode("cp874", "ignore"))
            .encode()
        ),
        SourceError,
        "mojibake",
    ),
    "cp874 read as Latin-1 and saved": (
        lambda: f"{HEADER}\n1,2566,1,1001,{'เงินเดือน'.encode('cp874').decode('latin-1')},5\n".encode(),
        SourceError,
        "mojibake",
    ),
    "replacement characters": (lambda: with_line(note="ประจำ\ufffdาปี"), SourceError, "replacement"),
    "NUL characters": (lambda: with_line(note="a\0b"), SourceError, ""),
    "an empty line in the middle": (lambda: SOUND + b"\r\n" + line().encode() + b"\r\n", SourceError, "empty line"),
    "a record with too many cells": (lambda: csv_of([*LINES, line() + ",x"]), SourceError, "7 cells"),
    "another delimiter": (lambda: SOUND.replace(b",", b";"), SourceError, "delimiter"),
    "tabs for commas": (lambda: SOUND.replace(b",", b"\t"), SourceError, "'\\t'"),
    "a column renamed": (lambda: SOUND.replace("หมายเหตุ".encode(), "บันทึก".encode()), HeaderError, "ignore"),
    "a new column": (
        lambda: csv_of([f"{row},x" for row in LINES]).replace("จำนวนเงิน".encode(), "จำนวนเงิน,ใหม่".encode()),
        HeaderError,
        "ใหม่",
    ),
    "a column gone": (
        lambda: "\n".join(r.rpartition(",")[0] for r in [HEADER, *LINES]).encode(),
        HeaderError,
        "จำนวนเงิน",
    ),
    "a column twice": (lambda: SOUND.replace("หมายเหตุ".encode(), "เขต".encode()), HeaderError, "เขต"),
    "the header moved down": (lambda: f"รายงาน,,,,,\n{SOUND.decode('utf-8-sig')}".encode(), HeaderError, "skip_rows"),
    "no header": (lambda: "\n".join(LINES).encode(), HeaderError, ""),
    "10,000 columns": (lambda: ",".join(f"c{n}" for n in range(10_000)).encode(), HeaderError, "10,000"),
    "a web page": (lambda: f"<html><table><td>{CANARY}</td></table></html>".encode(), HeaderError, ""),
    "a year of the wrong era": (lambda: SOUND.replace(b"2566", b"2023"), SourceError, "B.E."),
    "a year to come": (lambda: SOUND.replace(b"2566", b"2599"), UsageError, "not begun"),
    "text where a number is due": (lambda: with_line(amount=CANARY), InvalidData, "row 11"),
    "a negative amount": (lambda: with_line(amount="-5"), InvalidData, "minimum"),
    "a number that is none": (lambda: with_line(amount="NaN"), InvalidData, "amount_thb"),
    "more digits than satang": (lambda: with_line(amount="5.001"), InvalidData, "digits"),
    "scientific notation": (lambda: with_line(amount="1.23457E+12"), InvalidData, "scientific"),
    "a number with underscores": (lambda: with_line(amount="1_000"), InvalidData, "underscores"),
    "a fraction with a comma": (lambda: with_line(amount='"12,5"'), InvalidData, "thousands"),
    "a code of the wrong form": (lambda: with_line(district="ก้"), InvalidData, "pattern"),
    "a key twice": (lambda: csv_of([*LINES, LINES[0]]), InvalidData, "unique"),
    "a required cell empty": (lambda: with_line(id=""), InvalidData, "required"),
    "more rows than can be": (lambda: csv_of(persons("1001", 1001)), InvalidData, "1,001 rows"),
    "a national id in a note": (lambda: with_line(note=f"เลขบัตร{CANARY_ID}"), PrivacyError, "national_id"),
    "a national id in Thai digits": (lambda: with_line(note="๘๙๙๐๐๐๐๐๐๐๐๑๖"), PrivacyError, "national_id"),
    "a telephone number broken up unseen": (lambda: with_line(note="081\u200b234\u202d5678"), PrivacyError, "phone"),
    "a telephone number in a note": (lambda: with_line(note="โทร 081-234-5678"), PrivacyError, "phone"),
    "an e-mail address in a note": (lambda: with_line(note="someone@example.com"), PrivacyError, "email"),
    "a name in a note": (lambda: with_line(note="นางสาวทดสอบ ตัวอย่าง"), PrivacyError, "person_name"),
}


@pytest.mark.parametrize("case", CSV_CASES)
def test_a_bad_csv_is_refused(case: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    content, expected, said = CSV_CASES[case]
    ws = write_project(tmp_path)
    delivery = tmp_path / "delivery.csv"
    delivery.write_bytes(content())
    _assert_refused(ws, delivery, expected, said, caplog)


def _book(spoil: Callable[[openpyxl.Workbook], None] = lambda _: None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER.split(","))
    for n in range(9):
        sheet.append([f"1001-{n}", 2566, CANARY_ID, "1001", CANARY, 5])
    spoil(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _set(cell: str, value: object) -> Callable[[openpyxl.Workbook], None]:
    def spoil(book: openpyxl.Workbook) -> None:
        book.worksheets[0][cell] = value

    return spoil


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    return out.getvalue()


EXCEL_CASES: dict[str, Case] = {
    "a formula without its result": (lambda: _book(_set("F3", "=1+1")), SourceError, "formula"),
    "an error value": (lambda: _book(_set("F3", "#REF!")), SourceError, "error value"),
    "a number too long to be exact": (lambda: _book(_set("C3", 12345678901234567)), SourceError, "15 digits"),
    "a workbook cut short": (lambda: _book()[:2000], SourceError, "damaged"),
    "a zip bomb": (_bomb, SourceError, "unpacks"),
    "a zip that is no workbook": (lambda: _bomb()[:60] + b"x" * 900, SourceError, ""),
    "a web page named .xls": (lambda: f"<html><td>{CANARY}</td></html>".encode(), SourceError, "HTML"),
    "a CSV named .xls": (lambda: SOUND, SourceError, "no spreadsheet"),
    "two sheets with data": (lambda: _book(lambda b: b.create_sheet("อีกแผ่น").append([1])), SourceError, "sheet"),
    "a heading renamed": (lambda: _book(_set("E1", "บันทึก")), HeaderError, "หมายเหตุ"),
    "a column without heading": (lambda: _book(_set("G3", CANARY)), HeaderError, "without heading"),
    "a cell merged over rows": (lambda: _book(lambda b: b.worksheets[0].merge_cells("F3:F5")), SourceError, "3 to 5"),
    "text where a number is due": (lambda: _book(_set("F5", CANARY)), InvalidData, "row 5"),
}


@pytest.mark.parametrize("case", EXCEL_CASES)
def test_a_bad_workbook_is_refused(case: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    content, expected, said = EXCEL_CASES[case]
    ws = _reading(tmp_path, "excel")
    delivery = tmp_path / "delivery.xls"
    delivery.write_bytes(content())
    _assert_refused(ws, delivery, expected, said, caplog)


def _records(**more: object) -> list[dict[str, object]]:
    names = HEADER.split(",")
    return [dict(zip(names, [f"1001-{n}", 2566, CANARY_ID, "1001", CANARY, 5], strict=True)) | more for n in range(9)]


JSON_CASES: dict[str, Case] = {
    "cut short": (lambda: json.dumps(_records()).encode()[:-20], SourceError, "JSON"),
    "no list of records": (lambda: json.dumps({"data": _records()}).encode(), SourceError, "records"),
    "an empty list": (lambda: b"[]", SourceError, "empty"),
    "a record that is no object": (lambda: json.dumps([*_records(), CANARY]).encode(), SourceError, "row 10"),
    "half a character": (
        lambda: json.dumps(_records()).encode().replace(b'"2566"', b'"\\ud800"').replace(b"2566", b'"\\ud800"', 1),
        SourceError,
        "replacement",
    ),
    "a list in a record": (lambda: json.dumps(_records(หมายเหตุ=[CANARY])).encode(), SourceError, "list"),
    "a key twice": (lambda: b'[{"a": 1, "a": 2}]', SourceError, "twice"),
    "NaN": (lambda: json.dumps(_records(จำนวนเงิน=float("nan"))).encode(), SourceError, "NaN"),
    "a nested key and one with a dot": (
        lambda: json.dumps(_records(a={"b": CANARY}) + _records(**{"a.b": 1, "a": {"b": 2}})).encode(),
        SourceError,
        "row 10",
    ),
    "nested without end": (lambda: b"[" * 100_000, SourceError, ""),
    "a new key": (lambda: json.dumps(_records(ใหม่=CANARY)).encode(), HeaderError, ""),
    "a key gone": (lambda: json.dumps([{"รหัส": CANARY}]).encode(), HeaderError, "จำนวนเงิน"),
}


@pytest.mark.parametrize("case", JSON_CASES)
def test_bad_json_is_refused(case: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    content, expected, said = JSON_CASES[case]
    ws = _reading(tmp_path, "json")
    delivery = tmp_path / "delivery.json"
    delivery.write_bytes(content())
    _assert_refused(ws, delivery, expected, said, caplog)


@pytest.mark.parametrize("place", ["nowhere.csv", ".", "https://127.0.0.1:9/x.csv?key=CANARY-7731", "nosuch://x/y"])
def test_a_source_that_cannot_be_had_is_refused(
    place: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _assert_refused(write_project(tmp_path), Path(place) if "://" not in place else place, SourceError, "", caplog)


def test_a_location_that_leads_out_of_the_folder_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source: dict[str, object] = dict(DEFINITION["source"])  # type: ignore[call-overload]
    ws = write_project(tmp_path, DEFINITION | {"source": source | {"location": "../../../../etc/hostname"}})
    _assert_refused(ws, None, SourceError, "out of the dataset", caplog)


def _reading(folder: Path, reader: str) -> Workspace:
    source: dict[str, object] = dict(DEFINITION["source"])  # type: ignore[call-overload]
    return write_project(folder, DEFINITION | {"source": source | {"reader": reader}})


def _assert_refused(
    ws: Workspace,
    delivery: Path | str | None,
    expected: type[OpendataError],
    said: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    location = str(delivery) if delivery is not None else None
    with pytest.raises(OpendataError) as refusal:
        run(ws, ws.dataset(NAME), period=None, location=location, portal=StaticPortal(ws))
    told = str(refusal.value)
    assert isinstance(refusal.value, expected), told
    assert said in told
    assert refusal.value.remedy
    assert refusal.value.place.dataset == NAME
    home = Path(ws.home)
    assert not (home / "site").exists()
    assert list((home / "quarantine").rglob("*.json")), "the refusal is kept"
    written = [p for p in home.rglob("*") if p.is_file() and "snapshots" not in p.parts]
    everything = told.encode() + caplog.text.encode() + b"".join(path.read_bytes() for path in written)
    for canary in (CANARY, "CANARY-7731", CANARY_ID):
        assert canary.encode() not in everything
