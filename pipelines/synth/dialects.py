"""The dialects in which local authorities write one form: headings, order, format, spelling.

Twenty of them: five wordings (`data/list_headings.csv`), each as CSV in UTF-8, CSV in cp874 with semicolons, xlsx,
and an HTML table in windows-874 named .xls.
"""

import csv
import html
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from pipelines.synth.dirt import grouped_id, thai_digits
from pipelines.synth.draw import table
from pipelines.synth.sheets import workbook

Row = dict[str, str]
FORMATS = ("csv", "cp874", "xlsx", "html")
MONTHS = ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.")
FULL = ("มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน",
        "ตุลาคม", "พฤศจิกายน", "ธันวาคม")  # fmt: skip


@dataclass(frozen=True)
class Dialect:
    """One way of writing the form of an allowance; there are twenty, numbered from 0."""

    number: int
    of: str
    """`elderly` or `disability`."""

    @property
    def headings(self) -> dict[str, str]:
        """Column of ours -> heading, in the dialect's own order."""
        found = _wording(self.of, self.number // 4)
        columns = [column for column in found if column != "form"]
        turn = self.number % len(columns)
        return {column: found[column] for column in (*columns[turn:], *columns[:turn])}

    @property
    def form(self) -> str:
        return FORMATS[self.number % 4]

    @property
    def suffix(self) -> str:
        return {"csv": ".csv", "cp874": ".csv", "xlsx": ".xlsx", "html": ".xls"}[self.form]

    def titles(self, authority: str) -> list[str]:
        """Return the rows above the header."""
        lines = [_wording(self.of, self.number // 4)["form"], authority, "ประจำเดือนตามที่แจ้ง"]
        return lines[: self.number // 4]

    def row(self, person: Row, born: date, year: int) -> Row:
        """Write a person as the dialect does; `year` is that of birth in the era of the list."""
        kind, era = self.number // 4, "ค.ศ." if year == born.year else "พ.ศ."
        dates = (f"{born.day:02}/{born.month:02}/{year}", f"{born.day} {MONTHS[born.month - 1]} {year}",
                 f"{born.day} {FULL[born.month - 1]} {era} {year}", f"{born.day}-{born.month}-{year}",
                 f"{born.day:02}/{born.month:02}/{year}")  # fmt: skip
        number, amount = person["national_id"], person["monthly_amount_thb"]
        amounts = (amount, f"{amount}.00", thai_digits(amount), amount, f" {amount} ")
        ids = (number, grouped_id(number), thai_digits(number), grouped_id(number, " "), number)
        return person | {"birth_date": dates[kind], "monthly_amount_thb": amounts[kind], "national_id": ids[kind]}

    def total(self, rows: Sequence[Row]) -> Row | None:
        """Return the row of totals, which some have."""
        if self.number // 4 % 2:
            return None
        amount = str(sum(int(row["monthly_amount_thb"]) for row in rows))
        return dict.fromkeys(self.headings, "") | {"national_id": "รวม", "monthly_amount_thb": amount}


@cache
def _wording(of: str, number: int) -> Row:
    rows = [row for row in table("list_headings") if row["of"] == of and row["wording"] == str(number)]
    return {row["column"]: row["heading"] for row in rows}


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
    out = io.BytesIO()
    with workbook(out) as book:
        sheet = book.create_sheet("Sheet")
        for row in rows:
            sheet.append([cell or None for cell in row])
    return out.getvalue()


def _html(rows: Sequence[Sequence[str]]) -> str:
    lines = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
    charset = '<meta http-equiv="Content-Type" content="text/html; charset=windows-874">'
    table = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<html><head>{charset}</head><body><table>{table}</table></body></html>"
