"""Hundreds of files of one form in many dialects: none may be lost, none taken half, and one that
is damaged must not stop the others, nor be passed over in silence."""

import io
import shutil
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from pipelines.errors import InvalidData, OpendataError, ReconciliationError, SourceError
from pipelines.extract import extract
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests import sources, toy

ID = "0100100000001"
MOJIBAKE = "เงินสด".encode("cp874").decode("latin-1")


def source(**changes: Any) -> dict[str, Any]:
    columns = {
        "visit_code": {"header": "รหัส", "aliases": ["รหัสผู้รับ", "code"]},
        "fiscal_year_be": {"header": "ปี", "aliases": ["ปีงบประมาณ"]},
        "national_id": {"header": "เลขบัตร", "aliases": ["เลขประจำตัวประชาชน"]},
        "note_th": {"header": "หมายเหตุ", "optional": True},
        "amount_thb": {"header": "จำนวนเงิน", "aliases": ["จำนวนเงิน (บาท)", "เงิน"]},
    }
    table = {"columns": columns, "ignore": {"ลำดับ": "running number"}, "ids": ["national_id"],
             "subtotals": [{"column": "visit_code", "values": ["รวม"], "scope": "all", "optional": True,
                            "sums": ["amount_thb"]}]}  # fmt: skip
    return {"reader": "files", "tables": {"visits": table}, "refused_share": 0.5,
            "stated": {"district_code": r"^(?P<district_code>[0-9]{4})"}} | changes  # fmt: skip


def project(tmp_path: Path, files: dict[str, bytes], **changes: Any) -> tuple[Workspace, Path]:
    columns = toy.DEFINITION["privacy"]["columns"] | {"source_file": {"class": "direct"}}  # type: ignore[index]
    ws = sources.project(tmp_path, source(**changes), privacy=toy.DEFINITION["privacy"] | {"columns": columns})  # type: ignore[operator]
    schema = dict(toy.SOURCE_SCHEMA)
    text = {"type": "string", "title": "แฟ้ม", "titles": {"th": "แฟ้ม", "en": "File"}}
    schema["fields"] = [*schema["fields"], {"name": "source_file", **text}]  # type: ignore[misc]
    toy._dump(ws.project / "schemas/welfare/visits.source.yaml", schema)
    drop = tmp_path / "drop"
    for name, data in files.items():
        (drop / name).parent.mkdir(parents=True, exist_ok=True)
        (drop / name).write_bytes(data)
    return ws, drop


def csv(*lines: str, encoding: str = "utf-8-sig") -> bytes:
    return "\r\n".join([*lines, ""]).encode(encoding)


def sheet(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


GOOD = {
    "1001-plain.csv": csv("รหัส,ปี,เลขบัตร,หมายเหตุ,จำนวนเงิน", f"a1,2566,{ID},ปกติ,100", "รวม,,,,100"),
    "1002-order.csv": csv("จำนวนเงิน (บาท);ปีงบประมาณ;code;เลขประจำตัวประชาชน", f"200;2566;b1;{ID}", encoding="cp874"),
    "1005-quoted.csv": csv('"รหัส","ปี","เลขบัตร","จำนวนเงิน"', f'"e1","2566","{ID}","500"'),
    "1003-titles.xlsx": sheet(["ทะเบียน (สังเคราะห์)"], [], ["ลำดับ", "รหัสผู้รับ", "ปี", "เลขบัตร", "เงิน"],
                              [1, "c1", 2566, "0-1001-00000-00-1", 300], [None, "รวม", None, None, 300]),
    "1004-web.xls": "<table><tr><td colspan=5>ทะเบียน</td></tr><tr><th>รหัส</th><th>ปี</th><th>เลขบัตร</th>"
                         f"<th>จำนวนเงิน</th></tr><tr><td>d1</td><td>2566</td><td>{ID}</td><td>400</td></tr></table>"
                         .encode("cp874"),
}  # fmt: skip
BAD = {
    "1010-empty.csv": (b"", "empty"),
    "1009-header.csv": (csv("รหัส,ปี,เลขบัตร,จำนวนเงิน"), "a header and no row"),
    "1011-cut.xlsx": (GOOD["1003-titles.xlsx"][:900], "damaged"),
    "1012-unknown.csv": (csv("รหัส,ปี,เลขบัตร,จำนวนเงิน,คอลัมน์ใหม่", f"a,2566,{ID},1,x"), "not known"),
    "1013-missing.csv": (csv("รหัส,ปี,จำนวนเงิน", "a,2566,1"), "no header"),
    "1014-twice.csv": (csv("รหัส,code,ปี,เลขบัตร,จำนวนเงิน", f"a,b,2566,{ID},1"), "two headings"),
    "1015-mojibake.csv": (csv("รหัส,ปี,เลขบัตร,หมายเหตุ,จำนวนเงิน", f"a,2566,{ID},{MOJIBAKE},1"), "mojibake"),
    "1016-ragged.csv": (csv("รหัส,ปี,เลขบัตร,จำนวนเงิน", f"a,2566,{ID}"), "3 cells where the header has 4"),
    "noname.csv": (GOOD["1001-plain.csv"], "does not say its district_code"),
    "1020-sum.csv": (csv("รหัส,ปี,เลขบัตร,จำนวนเงิน", f"a,2566,{ID},1", "รวม,,,2"), "stated"),
    "1021-shifted.csv": (csv("รหัส,ปี,เลขบัตร,จำนวนเงิน", f"a,{ID},2566,1"), "breaks"),
    "1022-text.csv": (csv("รหัส,ปี,เลขบัตร,จำนวนเงิน", f"a,2566,{ID},หนึ่งร้อย"), "text where a figure is due"),
}  # fmt: skip


def test_each_dialect_is_read_into_one_table(tmp_path: Path) -> None:
    ws, drop = project(tmp_path, GOOD)
    extract(ws, ws.dataset(toy.NAME), period="2566", location=str(drop))
    receipt = validate(ws, ws.dataset(toy.NAME), "2566").receipt
    assert receipt.details["quality"]["files"] == {"": {"read": 5, "refused": []}}
    raw = sources.rows(ws)["visits"]
    assert {row["source_file"] for row in raw} == set(GOOD)
    rows = pq.read_table(Path(ws.home, receipt.files["visits.parquet"].path)).to_pylist()
    assert [(row["visit_code"], row["district_code"], row["national_id"], int(row["amount_thb"])) for row in rows] == [
        ("a1", "1001", ID, 100), ("b1", "1002", ID, 200), ("c1", "1003", ID, 300), ("d1", "1004", ID, 400),
        ("e1", "1005", ID, 500),
    ]  # fmt: skip


def test_a_line_broken_within_a_heading_is_no_other_heading(tmp_path: Path) -> None:
    """Alt+Enter in a long heading, often within a word, since Thai has no blanks between words."""
    ws, drop = project(tmp_path, {"1001-a.csv": csv('รหัส,ปี,"เลข\nบัตร",จำนวน  เงิน', f"a,2566,{ID},100")})
    extract(ws, ws.dataset(toy.NAME), period="2566", location=str(drop))
    assert [row["national_id"] for row in sources.rows(ws)["visits"]] == [ID]


@pytest.mark.parametrize("name", BAD)
def test_a_damaged_file_is_named_with_its_reason_and_nothing_of_it_taken(name: str, tmp_path: Path) -> None:
    data, why = BAD[name]
    ws, drop = project(tmp_path, GOOD | {name: data})
    extract(ws, ws.dataset(toy.NAME), period="2566", location=str(drop))
    receipt = validate(ws, ws.dataset(toy.NAME), "2566").receipt
    (refused,) = receipt.details["quality"]["files"][""]["refused"]
    assert refused["file"] == name
    assert any(word in refused["reason"] for word in why.split("|")), refused["reason"]
    assert receipt.files["visits.parquet"].rows == 5
    assert ID not in str(receipt.details)


def test_all_damage_at_once_costs_only_the_damaged(tmp_path: Path) -> None:
    bad = {name: data for name, (data, _) in BAD.items()}
    ws, drop = project(tmp_path, GOOD | bad, refused_share=0.9)
    extract(ws, ws.dataset(toy.NAME), period="2566", location=str(drop))
    receipt = validate(ws, ws.dataset(toy.NAME), "2566").receipt
    assert {fate["file"] for fate in receipt.details["quality"]["files"][""]["refused"]} == set(bad)
    assert receipt.files["visits.parquet"].rows == 5


@pytest.mark.parametrize(("name", "kind"), [("1012-unknown.csv", SourceError), ("1021-shifted.csv", InvalidData)])
def test_more_refused_files_than_allowed_refuse_the_drop_and_name_them(
    name: str, kind: type[Exception], tmp_path: Path
) -> None:
    ws, drop = project(tmp_path, GOOD | {name: BAD[name][0]}, refused_share=0.1)

    def go() -> None:
        extract(ws, ws.dataset(toy.NAME), period="2566", location=str(drop))
        validate(ws, ws.dataset(toy.NAME), "2566")

    with pytest.raises(kind, match=f"1 of 6 files are refused: {name}"):
        go()


def test_a_zip_of_the_folder_is_the_same_delivery(tmp_path: Path) -> None:
    ws, drop = project(tmp_path, GOOD)
    extract(ws, ws.dataset(toy.NAME), period="2566", location=str(drop))
    before = sources.rows(ws)
    extract(ws, ws.dataset(toy.NAME), period="2566", location=shutil.make_archive(str(tmp_path / "drop"), "zip", drop))
    assert sources.rows(ws) == before


@pytest.mark.parametrize("name", GOOD)
def test_a_single_file_is_a_drop_of_one(name: str, tmp_path: Path) -> None:
    ws, drop = project(tmp_path, GOOD)
    extract(ws, ws.dataset(toy.NAME), period="2566", location=str(drop / name))
    assert {row["source_file"] for row in sources.rows(ws)["visits"]} == {name}
    receipt = validate(ws, ws.dataset(toy.NAME), "2566").receipt
    assert receipt.files["visits.parquet"].rows == 1
    assert "files" not in receipt.details["quality"], "nothing is said of a drop: there is none"


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (csv("รหัส,ปี,เลขบัตร,จำนวนเงิน", f"a,2566,{ID}"), SourceError, ("3 cells", 2, None)),
        (csv("รหัส,ปี,เลขบัตร,จำนวนเงิน", f"a,2566,{ID},1", "รวม,,,2"), ReconciliationError, ("stated", 3, "amount_thb")),
        (csv("รหัส,ปี,เลขบัตร,จำนวนเงิน", f"a,2566,{ID},หนึ่ง"), InvalidData, ("a figure", 2, "amount_thb")),
        (csv("รหัส,ปี,เลขบัตร,จำนวนเงิน", f"a,{ID},2566,1"), InvalidData, ("breaks", 2, None)),
    ],
)
def test_a_fault_of_a_single_file_is_told_as_its_own(
    data: bytes, kind: type[OpendataError], said: tuple[str, int, str | None], tmp_path: Path
) -> None:
    ws, drop = project(tmp_path, {"1001.csv": data})

    def go() -> None:
        extract(ws, ws.dataset(toy.NAME), period="2566", location=str(drop / "1001.csv"))
        validate(ws, ws.dataset(toy.NAME), "2566")

    with pytest.raises(kind, match=said[0]) as refusal:
        go()
    assert refusal.value.place.table == "visits"
    assert refusal.value.place.row == said[1]
    assert said[2] in {None, refusal.value.place.column}
    assert "refused_share" not in refusal.value.remedy


def test_what_systems_leave_beside_files_is_no_delivery(tmp_path: Path) -> None:
    ws, _ = project(tmp_path, GOOD)
    packed = tmp_path / "drop.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("1001-plain.csv", "__MACOSX/._1001-plain.csv", ".DS_Store", "~$1001.xlsx", "Thumbs.db"):
            archive.writestr(name, GOOD["1001-plain.csv"])
    receipt = extract(ws, ws.dataset(toy.NAME), period="2566", location=str(packed)).receipt
    assert receipt.details["files"] == {"": {"read": 1, "refused": []}}


def test_names_that_thai_windows_wrote_into_a_zip_are_thai(tmp_path: Path) -> None:
    class Windows(zipfile.ZipInfo):
        def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - the library's own
            return self.filename.encode("cp874"), self.flag_bits

    ws, _ = project(tmp_path, GOOD)
    packed = tmp_path / "drop.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(Windows("1001-เทศบาลตำบลทดสอบ.csv"), GOOD["1001-plain.csv"])
    extract(ws, ws.dataset(toy.NAME), period="2566", location=str(packed))
    assert {row["source_file"] for row in sources.rows(ws)["visits"]} == {"1001-เทศบาลตำบลทดสอบ.csv"}


@pytest.mark.parametrize("private", [ID, f"{ID[0]}-{ID[1:5]}-{ID[5:10]}-{ID[10:12]}-{ID[12]}", "นางสาวทดสอบ ตัวอย่าง"])
def test_a_number_or_a_persons_name_in_a_file_name_is_not_shown(private: str, tmp_path: Path) -> None:
    ws, drop = project(tmp_path, GOOD | {f"1030 เทศบาล {private}.csv": csv("x")})
    receipt = extract(ws, ws.dataset(toy.NAME), period="2566", location=str(drop)).receipt
    assert receipt.details["files"][""]["refused"][0]["file"] == "1030 เทศบาล ….csv"
    with pytest.raises(SourceError, match=r"file 1030 เทศบาล …\.csv") as refusal:
        extract(ws, ws.dataset(toy.NAME), period="2566", location=str(drop / f"1030 เทศบาล {private}.csv"))
    assert private not in str(refusal.value)


def test_blank_rows_of_a_sheet_are_no_rows(tmp_path: Path) -> None:
    blank = sheet(["รหัส", "ปี", "เลขบัตร", "เงิน"], ["a", 2566, ID, 1], [" ", None, "", None], ["b", 2566, ID, 2])
    ws, drop = project(tmp_path, {"1001.xlsx": blank})
    extract(ws, ws.dataset(toy.NAME), period="2566", location=str(drop))
    assert [row["source_row"] for row in sources.rows(ws)["visits"]] == [2, 4]


@pytest.mark.parametrize("copied", ["the folder", "one file", "a file among others", "nothing"])
def test_a_copy_of_the_sample_and_nothing_else_is_called_synthetic(copied: str, tmp_path: Path) -> None:
    ws, drop = project(tmp_path, GOOD)
    if copied != "nothing":
        sample = ws.project / "datasets" / toy.NAME / "sample/synthetic-drop"
        shutil.copytree(drop, sample)
    if copied == "a file among others":
        (sample / "1001-plain.csv").write_bytes(csv("รหัส,ปี,เลขบัตร,จำนวนเงิน", f"z,2566,{ID},1"))
    name = "1002-order.csv" if copied == "one file" else ""
    receipt = extract(ws, ws.dataset(toy.NAME), period="2566", location=str(drop / name)).receipt
    assert receipt.details["origin"]["synthetic"] == (copied != "nothing")


def test_an_empty_drop_is_refused(tmp_path: Path) -> None:
    ws, drop = project(tmp_path, {".hidden": b"x"})
    with pytest.raises(SourceError, match="no files"):
        extract(ws, ws.dataset(toy.NAME), period="2566", location=str(drop))
