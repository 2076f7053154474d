"""Workbooks that are damaged or odd: no value is joined, moved or left out, and none ends the process."""

import random
import zipfile
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest

from pipelines.errors import OpendataError, SourceError
from tests.unit.test_excel import KINDS, SOUND, text_of
from tests.unit.test_html_tables import taken

HEADER = "<tr><th>ก</th><th>ข</th></tr>"


def page(folder: Path, body: str, **table: object) -> list[tuple[str, str]]:
    """Return the two columns of a web page with these rows below its header."""
    file = folder / "report.xls"
    file.write_text(f"<table>{HEADER}{body}</table>", encoding="utf-8")
    rows, _, _ = taken(file, skip_rows=0, header_rows=1, columns={"a": "ก", "b": "ข"}, **table)
    return [(row["a"], row["b"]) for row in rows]


def repacked(path: Path, part: str, *changes: tuple[str, str]) -> None:
    """Change the text of one part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    text = parts[part].decode()
    for found, new in changes:
        assert found in text
        text = text.replace(found, new)
    parts[part] = text.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


@pytest.mark.parametrize("cell", ["XFD1048576", "ZZ2000000", "A99999999"])
def test_a_stray_cell_far_from_the_table_is_refused_and_does_not_end_the_process(cell: str, tmp_path: Path) -> None:
    path = tmp_path / "stray.xlsx"
    KINDS["xlsx"](path, [*SOUND, ["9", 9]])
    repacked(path, "xl/worksheets/sheet1.xml", ('r="A6"', f'r="{cell}"'))
    with pytest.raises(SourceError, match=r"the sheet 'แผ่น' reaches over"):
        text_of(path)


def test_a_wide_sheet_of_ordinary_size_is_read(tmp_path: Path) -> None:
    path = tmp_path / "wide.xlsx"
    book = openpyxl.Workbook()
    book.worksheets[0].title = "แผ่น"
    book.worksheets[0].append(["รหัส", "จำนวน"])
    book.worksheets[0].append(["1", 2])
    book.create_sheet("อื่น")["AMJ7"] = "x"
    book.save(path)
    assert text_of(path) == [(2, ("1", "2"))]


@pytest.mark.parametrize("kind", KINDS)
def test_a_workbook_with_damaged_bytes_is_read_or_refused_and_nothing_else(kind: str, tmp_path: Path) -> None:
    whole, path = tmp_path / "whole", tmp_path / "damaged"
    KINDS[kind](whole, SOUND)
    data = whole.read_bytes()
    for seed in range(150):
        chance = random.Random(seed)
        damaged = bytearray(data)
        for _ in range(chance.choice([1, 4, 16])):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        with suppress(OpendataError):
            text_of(path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_in_a_column_without_heading_is_refused_with_its_row(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "slid"
    KINDS[kind](path, [*SOUND[:2], ["", "0013", "5"]])
    with pytest.raises(SourceError, match="without heading") as refused:
        text_of(path)
    assert "0013" not in str(refused.value)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (
            '<table:table-cell table:number-rows-spanned="2"><text:p>7</text:p></table:table-cell>',
            "merged over the rows",
        ),
        ("<table:table-cell><text:p>1<text:line-break/>2</text:p></table:table-cell>", "a line break or tab"),
    ],
)
def test_what_would_be_lost_of_an_ods_is_refused(cell: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "parts.ods"
    KINDS["ods"](path, SOUND)
    string = "<table:table-cell office:value-type"
    odd = cell.replace("<table:table-cell", string.replace(" office:value-type", ' office:value-type="string"'), 1)
    plain = f'{string}="string"><text:p>ก-1</text:p></table:table-cell>'
    repacked(path, "content.xml", (plain, odd))
    with pytest.raises(SourceError, match=said) as refused:
        text_of(path)
    assert refused.value.place.row == 3


def test_an_xls_that_its_reader_remarks_on_prints_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "odd.xls"
    KINDS["xls"](path, SOUND)
    path.write_bytes(path.read_bytes() + b"\0" * 100)
    text_of(path)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "block", ["<p>12</p><p>34</p>", "<div>12</div><div>34</div>", "12<div>34</div>", "<ul><li>12<li>34</ul>"]
)
def test_two_lines_of_a_cell_are_not_one_number(block: str, tmp_path: Path) -> None:
    ((_, found),) = page(tmp_path, f"<tr><td>k</td><td>{block}</td></tr>")
    assert found.split() == ["12", "34"]


@pytest.mark.parametrize(
    "row", ["<tr><td>1</td><td>2</td><td>3</td></tr>", "<tr><td>1</td><td>2</td><td>k</td><td>4</td></tr>"]
)
def test_cells_of_a_page_beyond_its_header_are_refused(row: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="without heading") as refused:
        page(tmp_path, row)
    assert refused.value.place.row == 2


def test_a_tag_over_two_lines_is_a_tag(tmp_path: Path) -> None:
    file = tmp_path / "report.xls"
    file.write_text(f"<table\n border=1>{HEADER}<tr><td>1</td><td>2</td></tr></table>", encoding="utf-8")
    rows, _, _ = taken(file, skip_rows=0, header_rows=1, columns={"a": "ก", "b": "ข"})
    assert [row["b"] for row in rows] == ["2"]


def test_cells_that_span_more_than_memory_holds_are_refused(tmp_path: Path) -> None:
    spans = "<tr><td colspan=1000 rowspan=1000>x</td></tr>" * 50
    with pytest.raises(SourceError, match="impossible"):
        page(tmp_path, spans)
