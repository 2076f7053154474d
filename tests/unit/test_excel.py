"""Workbooks of every kind give the same text, and no cell that is not empty is read as empty."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pytest
import xlwt

from pipelines.errors import SourceError
from pipelines.readers import excel_lost
from pipelines.readers.excel import read
from pipelines.readers.excel_lost import demand_nothing_lost
from pipelines.source_spec import FileSource

SOUND: list[list[object]] = [["รหัส", "จำนวน"], ["0012", 1250.5], ["ก-1", 7.0], ["", None], ["2", 0.1]]
#: With the rows of the source; an empty one is none.
READ = [(2, ("0012", "1250.5")), (3, ("ก-1", "7")), (5, ("2", "0.1"))]
ERROR, UNSAVED = object(), object()


def xlsx(path: Path, rows: list[list[object]]) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "แผ่น"
    for row in rows:
        sheet.append(["#REF!" if c is ERROR else "=1+1" if c is UNSAVED else c for c in row])
    book.create_sheet("อื่น").append(["#REF!"])
    book.save(path)


def xls(path: Path, rows: list[list[object]]) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("แผ่น")
    for n, row in enumerate(rows):
        for m, cell in enumerate(row):
            if cell is ERROR:
                sheet.row(n).set_cell_error(m, "#DIV/0!")
            elif cell not in {None, ""}:
                sheet.write(n, m, cell)
    book.add_sheet("อื่น").row(0).set_cell_error(0, "#DIV/0!")
    book.save(str(path))


def ods(path: Path, rows: list[list[object]]) -> None:
    spaces = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
    )
    calcext = ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    sheets = "".join(
        f'<table:table table:name="{name}">{"".join(map(_ods_row, content))}</table:table>'
        for name, content in (("แผ่น", rows), ("อื่น", [[ERROR]]))
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr(
            "META-INF/manifest.xml",
            f'<m:manifest xmlns:m="{space}"><m:file-entry m:full-path="/" m:media-type="{kind}"/></m:manifest>',
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content{spaces}{calcext}><office:body><office:spreadsheet>{sheets}"
            "</office:spreadsheet></office:body></office:document-content>",
        )


def _ods_row(row: list[object]) -> str:
    return f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>"


def _ods_cell(cell: object) -> str:
    if cell is ERROR:
        return (
            '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
            'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
        )
    if cell is UNSAVED:
        return '<table:table-cell table:formula="of:=1+1"/>'
    if isinstance(cell, float):
        return (
            f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p>'
            "</table:table-cell>"
        )
    if cell:
        return f'<table:table-cell office:value-type="string"><text:p>{escape(str(cell))}</text:p></table:table-cell>'
    return "<table:table-cell/>"


KINDS: dict[str, Callable[[Path, list[list[object]]], None]] = {"xlsx": xlsx, "xls": xls, "ods": ods}


def text_of(path: Path) -> list[tuple[int, tuple[str | None, ...]]]:
    table = {"sheet": "แผ่น", "columns": {"code": "รหัส", "count": "จำนวน"}}
    source = FileSource.model_validate({"reader": "excel", "location": "x", "tables": {"t": table}})
    (found,) = read(path, source).tables
    rows = [row for batch in found.batches for row in batch.to_pylist()]
    return [(row["source_row"], (row["code"], row["count"])) for row in rows]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_workbook_gives_the_same_text_whatever_its_name(tmp_path: Path, kind: str) -> None:
    """What stands in another sheet, though it be an error, does not matter."""
    path = tmp_path / "delivery.txt"
    KINDS[kind](path, SOUND)
    assert text_of(path) == READ


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_value_is_refused_with_its_row(tmp_path: Path, kind: str) -> None:
    """Read as empty, a column of #DIV/0! would be published as not stated."""
    path = tmp_path / "delivery"
    KINDS[kind](path, [*SOUND, ["3", ERROR]])
    with pytest.raises(SourceError, match="an error value") as refusal:
        text_of(path)
    assert refusal.value.place.row == 6


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_a_formula_whose_result_was_not_saved_is_refused_with_its_row(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "delivery"
    KINDS[kind](path, [*SOUND, ["3", UNSAVED]])
    with pytest.raises(SourceError, match="a formula whose result was not saved") as refusal:
        text_of(path)
    assert refusal.value.place.row == 6


@pytest.mark.parametrize(
    ("spelt", "otherwise"),
    [
        (b't="e"', b"t='e'"),
        (b't="e"', b't = "e"'),
        (b't="e"', b't="&#101;"'),
        (b"<f>1+1</f>", b"<f\n>1+1</f>"),
        (b"<f>1+1</f>", b"<f/>"),
        (b"<f>1+1</f>", b'<x:f xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">1+1</x:f>'),
    ],
)
def test_a_lost_cell_is_found_however_its_part_is_written(tmp_path: Path, spelt: bytes, otherwise: bytes) -> None:
    whole, changed = tmp_path / "whole.xlsx", tmp_path / "changed.xlsx"
    xlsx(whole, [["รหัส"], ["1"], [ERROR if spelt.startswith(b"t") else UNSAVED]])
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(changed, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith("sheet1.xml"):
                assert spelt in content
                content = content.replace(spelt, otherwise)
            new.writestr(entry, content)
    with pytest.raises(SourceError, match=r"error value|not saved") as refusal:
        demand_nothing_lost(changed, "แผ่น", "t")
    assert refusal.value.place.row == 3


@pytest.mark.parametrize("before", range(64))
def test_a_lost_cell_across_two_reads_of_its_part_is_found(before: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel_lost, "WINDOW", 64)
    monkeypatch.setattr(excel_lost, "OVERLAP", 32)
    for cell in (b'<c r="A3" t="e"><v>#REF!</v></c>', b'<c r="A3"><f>1+1</f><v></v></c>'):
        assert excel_lost._may_be_lost(io.BytesIO(b"x" * before + cell + b"x" * 99))
    assert not excel_lost._may_be_lost(io.BytesIO(b"x" * before + b'<c r="A3" t="s"><v>1</v></c>' + b"x" * 99))


def test_a_workbook_cut_short_is_refused(tmp_path: Path) -> None:
    for kind, write in KINDS.items():
        path = tmp_path / f"delivery-{kind}"
        write(path, SOUND)
        for share in (n / 20 for n in range(1, 20)):
            content = path.read_bytes()
            cut = tmp_path / f"cut-{kind}"
            cut.write_bytes(content[: int(len(content) * share)])
            with pytest.raises(SourceError):
                text_of(cut)


@pytest.mark.parametrize(("label", "read"), [("12", None), ("๑๒.๕๐", None), (12.5, None), ("รวม 3 แปลง", 3)])
def test_a_figure_merged_over_two_columns_is_not_read_as_one_and_an_empty_cell(
    label: object, read: int | None, tmp_path: Path
) -> None:
    """12 over rai and ngan was 12 rai and no ngan. The label of a total is often merged."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "แผ่น"
    for cells in (["รหัส", "จำนวน"], ["0012", 7], [label, None]):
        sheet.append(cells)
    sheet.merge_cells("A3:B3")
    book.save(tmp_path / "merged.xlsx")
    if read:
        assert text_of(tmp_path / "merged.xlsx")[-1] == (read, (label, ""))
        return
    with pytest.raises(SourceError, match="merged over several columns") as refusal:
        text_of(tmp_path / "merged.xlsx")
    assert (refusal.value.place.row, refusal.value.place.column) == (3, "code")
