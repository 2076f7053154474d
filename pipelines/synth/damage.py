"""What happens to files on their way from an authority: fifteen kinds of damage, one file each.

Every kind must be refused by whoever reads the file, and none of its rows be taken.
"""

import io
import zipfile
from collections.abc import Callable, Sequence

from pipelines.synth.dialects import Dialect, Row, encoded, grid

Damage = Callable[[Dialect, str, Sequence[Row], Row | None], bytes]


def _of_bytes(change: Callable[[bytes], bytes]) -> Damage:
    return lambda dialect, authority, rows, total: change(encoded(grid(dialect, authority, rows, total), dialect.form))


def _of_rows(change: Callable[[list[Row]], list[Row]]) -> Damage:
    return lambda dialect, authority, rows, total: encoded(
        grid(dialect, authority, change([dict(row) for row in rows]), total), dialect.form
    )


def _doubled_heading(dialect: Dialect, authority: str, rows: Sequence[Row], total: Row | None) -> bytes:
    cells = grid(dialect, authority, rows, total)
    headings = dialect.headings | {"province": dialect.headings["monthly_amount_thb"]}
    cells[len(dialect.titles(authority))] = list(headings.values())
    return encoded(cells, dialect.form)


def _with_column(dialect: Dialect, authority: str, rows: Sequence[Row], total: Row | None) -> bytes:
    cells = grid(dialect, authority, rows, total)
    at = len(dialect.titles(authority))
    return encoded([[*row, "หมายเหตุใหม่" if n == at else "x"] for n, row in enumerate(cells)], dialect.form)


def _without_column(dialect: Dialect, authority: str, rows: Sequence[Row], total: Row | None) -> bytes:
    gone = list(dialect.headings).index("monthly_amount_thb")
    return encoded([[*row[:gone], *row[gone + 1 :]] for row in grid(dialect, authority, rows, total)], dialect.form)


def _mojibake(dialect: Dialect, authority: str, rows: Sequence[Row], total: Row | None) -> bytes:
    """Thai in cp874 that somebody read as Latin-1 and saved as UTF-8."""
    cells = grid(dialect, authority, rows, total)
    at = len(dialect.titles(authority)) + 1
    spoilt = [[cell.encode("cp874").decode("latin-1") for cell in row] for row in cells[at:]]
    return encoded([*cells[:at], *spoilt], "csv")


def _packed(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("file.bin", data)
    return out.getvalue()


def _changed(column: str, value: str, every: int = 3) -> Damage:
    def change(rows: list[Row]) -> list[Row]:
        return [row | {column: value} if n % every == 0 else row for n, row in enumerate(rows)]

    return _of_rows(change)


def _shifted(rows: list[Row]) -> list[Row]:
    """Some rows slid: the number stands where the name belongs."""
    return [row | {"national_id": row["sex_th"], "sex_th": row["national_id"]} if n % 3 == 0 else row
            for n, row in enumerate(rows)]  # fmt: skip


def _wrong_total(dialect: Dialect, authority: str, rows: Sequence[Row], total: Row | None) -> bytes:
    stated = total or dict.fromkeys(rows[0], "") | {"national_id": "รวม"}
    return encoded(grid(dialect, authority, rows, stated | {"monthly_amount_thb": "123457"}), dialect.form)


KINDS: dict[str, Damage] = {
    "empty": _of_bytes(lambda _: b""),
    "cut": _of_bytes(lambda data: data[: len(data) * 2 // 3].rstrip(b"\r\n")[:-3] + b'"'),
    "noise": _of_bytes(lambda data: bytes(reversed(data))),
    "utf-16": _of_bytes(lambda _: "เลขบัตร,จำนวนเงิน\r\n1,2".encode("utf-16")),
    "other archive": _of_bytes(_packed),
    "page of an error": _of_bytes(lambda _: b"<html><body><h1>404 Not Found</h1></body></html>"),
    "mojibake": _mojibake,
    "new column": _with_column,
    "missing column": _without_column,
    "doubled heading": _doubled_heading,
    "shifted rows": _of_rows(_shifted),
    "words for figures": _changed("monthly_amount_thb", "แปดร้อย"),
    "days that do not exist": _changed("birth_date", "31/02/2500"),
    "numbers cut by a spreadsheet": _changed("national_id", "3.10060E+12"),
    "wrong total": _wrong_total,
}
