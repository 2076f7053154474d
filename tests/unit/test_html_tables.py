"""Many systems save a web page under a name that ends in .xls: it must be read, not guessed."""

from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import SourceError
from pipelines.readers.excel import read
from pipelines.source_spec import FileSource

PAGE = """<html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}"></head><body>
<table border=1><tr><td colspan=3>รายงานสังเคราะห์ ปี 2566</td></tr>
<tr><th rowspan=2>จังหวัด</th><th colspan=2>จำนวน</th></tr><tr><th>ชาย</th><th>หญิง</th></tr>
<tr><td>ตาก</td><td>1,200</td><td>&nbsp;900</td></tr>
<tr><td>ตรัง</td><td>5<br>6</td><td></td></tr></table></body></html>"""


def taken(path: Path, **table: Any) -> tuple[list[dict[str, Any]], list[str], str | None]:
    spec = {"skip_rows": 1, "header_rows": 2,
            "columns": {"province": "จังหวัด / จังหวัด", "men": "จำนวน / ชาย", "women": "จำนวน / หญิง"}} | table  # fmt: skip
    source = FileSource.model_validate({"reader": "excel", "location": "x", "tables": {"t": spec}})
    reading = read(path, source)
    return [row for batch in reading.tables[0].batches for row in batch.to_pylist()], reading.titles, reading.encoding


@pytest.mark.parametrize(
    ("charset", "encoding"), [("windows-874", "cp874"), ("utf-8", "utf-8"), ("utf-8", "utf-8-sig")]
)
def test_a_page_in_any_encoding_is_a_table(charset: str, encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "report.xls"
    file.write_bytes(PAGE.format(charset=charset).encode(encoding))
    rows, titles, _ = taken(file, columns={"province": "จังหวัด", "men": "จำนวน / ชาย", "women": "จำนวน / หญิง"})
    assert titles == ["รายงานสังเคราะห์ ปี 2566"]
    assert rows == [
        {"source_row": 4, "province": "ตาก", "men": "1,200", "women": "\xa0900"},
        {"source_row": 5, "province": "ตรัง", "men": "5\n6", "women": ""},
    ]


def test_cells_of_data_over_several_rows_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "report.xls"
    file.write_text(
        "<table><tr><th>ก</th><th>ข</th></tr><tr><td rowspan=2>1</td><td>2</td></tr><tr><td>3</td></tr></table>"
    )
    with pytest.raises(SourceError, match="merged over the rows 2 to 3"):
        taken(file, skip_rows=0, header_rows=1, columns={"a": "ก", "b": "ข"})


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<table><tr><td>ก</td></tr></table><table><tr><td>ก</td></tr></table>", "2 tables"),
        ("<table><tr><td>ก<table><tr><td>ข</td></tr></table></td></tr></table>", "inside another|2 tables"),
        ("<table><tr><td>ก</td></tr><tr><td>1</td>", "does not end"),
        ("<html><p>ไม่มีตาราง</p></html>", "0 tables"),
        ("<table><tr><td colspan=99999999>ก</td></tr></table>", "impossible"),
    ],
)
def test_what_is_not_one_table_is_refused(page: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "report.xls"
    file.write_text(page, encoding="utf-8")
    with pytest.raises(SourceError, match=said):
        taken(file, skip_rows=0, header_rows=1, columns={"a": "ก"})


def test_a_table_is_chosen_by_its_number(tmp_path: Path) -> None:
    file = tmp_path / "report.xls"
    file.write_text("<table><tr><td>ข</td></tr></table><table><tr><td>ก</td></tr><tr><td>1</td></tr></table>", "utf-8")
    rows, _, _ = taken(file, sheet="2", skip_rows=0, header_rows=1, columns={"a": "ก"})
    assert [row["a"] for row in rows] == ["1"]
