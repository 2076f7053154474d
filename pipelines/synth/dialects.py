"""The dialects in which local authorities write one form: headings, order, format, spelling.

Twenty of them: five sets of headings, each as CSV in UTF-8, CSV in cp874 with semicolons, xlsx,
and an HTML table in windows-874 named .xls.
"""

import csv
import html
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import openpyxl

Row = dict[str, str]
COLUMNS = ("number", "national_id", "title_th", "first_name_th", "last_name_th", "sex_th", "birth_date",
           "disability_type", "subdistrict", "district", "province", "monthly_amount_thb")  # fmt: skip
FORMATS = ("csv", "cp874", "xlsx", "html")
MONTHS = ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.")
FULL = ("มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน",
        "ตุลาคม", "พฤศจิกายน", "ธันวาคม")  # fmt: skip
_HEADINGS = (
    ("ลำดับ", "เลขประจำตัวประชาชน", "คำนำหน้า", "ชื่อ", "นามสกุล", "เพศ", "วันเกิด", "ประเภทความพิการ", "ตำบล", "อำเภอ",
     "จังหวัด", "จำนวนเงิน"),
    ("ลำดับที่", "เลขบัตรประชาชน", "คำนำหน้านาม", "ชื่อ", "สกุล", "เพศ", "วัน/เดือน/ปีเกิด", "ลักษณะความพิการ", "แขวง/ตำบล",
     "เขต/อำเภอ", "จังหวัด", "จำนวนเงิน (บาท)"),
    ("ที่", "เลขประจำตัว 13 หลัก", "คำนำหน้า", "ชื่อผู้รับเงิน", "นามสกุลผู้รับเงิน", "เพศ", "วันเดือนปีเกิด", "ประเภท", "ตำบล",
     "อำเภอ", "จังหวัด", "เบี้ยความพิการ"),
    ("ลำดับ", "บัตรประชาชนเลขที่", "คำนำหน้าชื่อ", "ชื่อตัว", "ชื่อสกุล", "เพศ", "เกิดวันที่", "ความพิการ", "ตำบลที่อยู่", "อำเภอที่อยู่",
     "จังหวัดที่อยู่", "เงินที่ได้รับ"),
    ("No.", "ID card", "Title", "Name", "Surname", "Sex", "Date of birth", "Disability", "Tambon", "Amphoe", "Changwat",
     "Amount"),
)  # fmt: skip
_THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


@dataclass(frozen=True)
class Dialect:
    """One way of writing the form; there are twenty, numbered from 0."""

    number: int

    @property
    def headings(self) -> dict[str, str]:
        """Column of ours -> heading, in the dialect's own order."""
        found = dict(zip(COLUMNS, _HEADINGS[self.number // 4], strict=True))
        turn = self.number % len(COLUMNS)
        order = [*COLUMNS[turn:], *COLUMNS[:turn]]
        return {column: found[column] for column in order}

    @property
    def form(self) -> str:
        return FORMATS[self.number % 4]

    @property
    def suffix(self) -> str:
        return {"csv": ".csv", "cp874": ".csv", "xlsx": ".xlsx", "html": ".xls"}[self.form]

    def titles(self, authority: str) -> list[str]:
        """Return the rows above the header."""
        lines = ["บัญชีรายชื่อผู้มีสิทธิรับเงินเบี้ยความพิการ (ข้อมูลสังเคราะห์)", authority, "ประจำเดือนตามที่แจ้ง"]
        return lines[: self.number // 4]

    def row(self, person: Row, born: date) -> Row:
        """Write a person as the dialect does."""
        kind = self.number // 4
        year = born.year + 543
        dates = (f"{born.day:02}/{born.month:02}/{year}", f"{born.day} {MONTHS[born.month - 1]} {year}",
                 f"{born.day} {FULL[born.month - 1]} พ.ศ. {year}", f"{born.day}-{born.month}-{year}",
                 f"{born.day:02}/{born.month:02}/{year}")  # fmt: skip
        number, amount = person["national_id"], person["monthly_amount_thb"]
        amounts = (amount, f"{amount}.00", amount.translate(_THAI), amount, f" {amount} ")
        groups = (number[0], number[1:5], number[5:10], number[10:12], number[12])
        ids = (number, "-".join(groups), number.translate(_THAI), " ".join(groups), number)
        return person | {"birth_date": dates[kind], "monthly_amount_thb": amounts[kind], "national_id": ids[kind]}

    def total(self, rows: Sequence[Row]) -> Row | None:
        """Return the row of totals, which some have."""
        if self.number // 4 % 2:
            return None
        amount = str(sum(int(row["monthly_amount_thb"]) for row in rows))
        return dict.fromkeys(COLUMNS, "") | {"first_name_th": "", "national_id": "รวม", "monthly_amount_thb": amount}


def grid(dialect: Dialect, authority: str, rows: Sequence[Row], total: Row | None) -> list[list[str]]:
    """Return a file as rows of cells: titles, header, persons, total."""
    order = list(dialect.headings)
    body = [[row[column] for column in order] for row in (*rows, *([total] if total else []))]
    width = len(order)
    above = ([line, *[""] * (width - 1)] for line in dialect.titles(authority))
    return [*above, list(dialect.headings.values()), *body]


def encoded(cells: Sequence[Sequence[str]], form: str) -> bytes:
    """Write rows of cells in a format."""
    writers: dict[str, Callable[[Sequence[Sequence[str]]], bytes]] = {
        "csv": lambda rows: _csv(rows, ",").encode("utf-8-sig"),
        "cp874": lambda rows: _csv(rows, ";").encode("cp874"),
        "xlsx": _xlsx,
        "html": lambda rows: _html(rows).encode("cp874"),
    }
    return writers[form](cells)


def _csv(rows: Sequence[Sequence[str]], delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def _xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([cell or None for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _html(rows: Sequence[Sequence[str]]) -> str:
    lines = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
    charset = '<meta http-equiv="Content-Type" content="text/html; charset=windows-874">'
    table = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<html><head>{charset}</head><body><table>{table}</table></body></html>"
