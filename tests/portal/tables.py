"""Tables for tests of the DataStore: synthetic, with all that is awkward in real ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.portals.ckan_calls import Calls
from pipelines.portals.ckan_datastore import Table
from pipelines.portals.ckan_remote import Remote
from pipelines.validation.types import arrow_schema
from tests.portals import DEMANDED, RealPortal

SCHEMA: dict[str, Any] = {
    "fields": [
        {"name": "area_code", "type": "string", "titles": {"th": "รหัสพื้นที่", "en": "Area code"}},
        {"name": "fiscal_year_be", "type": "year", "titles": {"th": "ปีงบประมาณ (พ.ศ.)", "en": "Fiscal year (B.E.)"}},
        {
            "name": "amount_thb",
            "type": "number",
            "title": "จำนวนเงิน (บาท)",
            "titles": {"th": "จำนวนเงิน (บาท)", "en": "Amount (baht)"},
            "descriptions": {"th": 'ร้อยละ 100% : "รวม"', "en": "All of it: 100%, 'in total'"},
            "unit": "THB",
        },
        {"name": "recipient_count", "type": "integer", "titles": {"th": "จำนวนผู้รับ", "en": "Recipients"}},
        {"name": "paid_date", "type": "date", "titles": {"th": "วันที่จ่าย", "en": "Paid on"}},
        {"name": "final", "type": "boolean", "titles": {"th": "ข้อมูลสุดท้าย", "en": "Final"}},
        {"name": "note_th", "type": "string", "titles": {"th": "หมายเหตุ", "en": "Note (Thai)"}},
    ],
    "primaryKey": ["area_code", "fiscal_year_be"],
}
Row = tuple[str | None, int | None, str | None, int | None, date | None, bool | None, str | None]
AWKWARD: list[Row] = [
    ("001001", 2566, "12.50", 2**62, date(1867, 1, 31), True, 'อ้าง "คำพูด", แล้ว\r\nขึ้นบรรทัด\nใหม่\u2028'),
    ("001002", 2566, "-0.10", -1, None, False, "ที่ น้ำ กำ เก็็บ"),
    ("001002", 2567, "123456789012345678901234567890.12", 0, date(2024, 2, 29), None, None),
    ("01E5", 2566, "0.00", None, None, None, ""),
    ("=1+1", 2566, None, None, None, None, "\\N \\x41 'a' : %s %(a)s 100% {} \x1f \t"),
]


def plain(numbers: Sequence[int], note: str = "ปกติ") -> list[Row]:
    """Return one row for each number, its code with zeros in front."""
    return [(f"{n:06}", 2566, f"{n}.25", n, date(2023, 1, 1 + n % 28), n % 2 == 0, f"{note} {n}") for n in numbers]


def parquet(path: Path, rows: Sequence[Row], schema: dict[str, Any] = SCHEMA) -> Path:
    """Write rows as the pipeline does."""
    arrow = arrow_schema(schema)
    columns = [[row[n] for row in rows] for n in range(len(arrow))]
    amounts = [None if amount is None else Decimal(str(amount)) for amount in columns[2]]
    arrays = [pa.array(amounts if n == 2 else column, arrow.field(n).type) for n, column in enumerate(columns)]
    pq.write_table(pa.table(arrays, schema=arrow), path)
    return path


@dataclass
class Made:
    """A resource of a dataset of its own, private; and its table."""

    portal: RealPortal
    package: str
    id: str
    schema: dict[str, Any] = field(default_factory=lambda: SCHEMA)

    @property
    def calls(self) -> Calls:
        return Calls(Remote(self.portal.address, self.portal.token))

    def table(self, *, rows_at_once: int = 50_000) -> Table:
        return Table(self.calls, self.id, self.schema, rows_at_once=rows_at_once)

    def search(self, **data: Any) -> dict[str, Any]:
        """Search as the sysadmin."""
        found: dict[str, Any] = self.portal.operator("datastore_search", resource_id=self.id, **data)
        return found

    def cells(self, column: str) -> list[Any]:
        """Return a column, sorted by the key."""
        return [r[column] for r in self.search(sort="area_code, fiscal_year_be", limit=32_000)["records"]]


def make(portal: RealPortal, name: str) -> Made:
    """Make a dataset with one resource that is no DataStore table yet."""
    package = portal.operator("package_create", name=name, private=True, **DEMANDED)["id"]
    address = "http://127.0.0.1/synthetic.csv"
    made = portal.operator("resource_create", package_id=package, name="ตาราง", url=address, format="CSV")
    return Made(portal, package, made["id"])
