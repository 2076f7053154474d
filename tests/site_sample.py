"""Four synthetic datasets as a portal holds them, for the tests of the website.

Every name and figure in it is invented. One statistics table has hidden cells, one dataset
is marked as a synthetic sample, one has two periods, one an older release of a period.
"""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.dataset import DatasetSpec
from pipelines.dataset_files import Dataset
from pipelines.portals.entries import SiteEntry
from tests.site_releases import listed_files, write_release

PUBLISHED = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
ELDERLY, BUDGET, LAND, EGP = "welfare/elderly", "budget/strategy", "land_tax/parcels", "contracts/offices"

_FIELDS: dict[str, tuple[str, str, str]] = {
    "fiscal_year_be": ("integer", "ปีงบประมาณ (พ.ศ.)", "Fiscal year (B.E.)"),
    "province_code": ("string", "รหัสจังหวัด", "Province code"),
    "province_name_th": ("string", "ชื่อจังหวัด", "Province name (Thai)"),
    "age_band": ("string", "กลุ่มอายุ", "Age group"),
    "recipient_count": ("integer", "จำนวนผู้รับเบี้ย (คน)", "Number of recipients"),
    "amount_thb": ("number", "จำนวนเงิน (บาท)", "Amount (THB)"),
    "area_rai": ("number", "เนื้อที่ (ไร่)", "Area (rai)"),
    "strategy_name_th": ("string", "ยุทธศาสตร์", "Strategy (Thai)"),
    "line_code": ("string", "รหัสรายการ", "Line code"),
    "budget_thb": ("number", "งบประมาณ (บาท)", "Budget (THB)"),
    "dept_code": ("string", "รหัสหน่วยงาน", "Department code"),
    "dept_name_th": ("string", "ชื่อหน่วยงาน", "Department name (Thai)"),
    "tier": ("string", "ประเภทการใช้ประโยชน์ที่ดิน", "Land use"),
    "obs_status": ("string", "สถานะของค่า", "Status of the figure"),
}
_IDENTITY = {"th": "เลขประจำตัวประชาชน", "en": "National identity number"}
_DESCRIPTION = {
    "th": "ข้อมูลสังเคราะห์สำหรับการทดสอบ ใช้แสดงหน้าตาของเว็บไซต์ ไม่ใช่ข้อมูลจริงของหน่วยงานใด",
    "en": "Synthetic data for tests. It shows what the website looks like; it is no real agency's data.",
}
_PUBLISHER = {
    "organisation": "sample",
    "name": {"th": "หน่วยงานตัวอย่าง", "en": "Sample agency"},
    "contact_unit": {"th": "กองข้อมูลตัวอย่าง", "en": "Sample data division"},
    "email": "data@example.go.th",
}
_PROVINCES = ["กรุงเทพมหานคร", "กระบี่", "กาญจนบุรี", "นครศรีธรรมราช", "ประจวบคีรีขันธ์", "พระนครศรีอยุธยา", "ลำปาง", "น่าน"]
_STRATEGIES = [
    "ด้านที่ 1 มหานครปลอดภัย การป้องกันน้ำท่วมและบรรเทาสาธารณภัยอย่างยั่งยืนสำหรับประชาชนทุกกลุ่ม",
    "ด้านที่ 2 มหานครสีเขียวสะดวกสบาย",
    "ด้านที่ 3 มหานครสำหรับทุกคน",
    "ด้านที่ 4 มหานครกะทัดรัด",
]


def entries(folder: Path) -> list[SiteEntry]:
    """Write the releases below `folder` and return the four datasets."""
    return [_elderly(folder), _budget(folder), _land(folder), _offices(folder)]


def _elderly(folder: Path) -> SiteEntry:
    rows: list[tuple[Any, ...]] = []
    for i, (province, age) in enumerate((p, a) for p in range(8) for a in ("60-69", "70-79", "80+")):
        hidden = i in {4, 5, 21, 22, 23}
        count = 1200 + 331 * i % 900
        cells = (None, None, "C") if hidden else (count, count * 7_200.0, "A")
        rows.append((f"{10 + province}", _PROVINCES[province], age, *cells))
    rows += [
        (f"{10 + p}", _PROVINCES[p], "_T", *((None, None, "C") if p == 7 else (5000 + 77 * p, 36e6, "A")))
        for p in range(8)
    ]
    rows += [("_T", "รวม", age, 12_000, 86.4e6, "A") for age in ("60-69", "70-79", "80+", "_T")]
    table = {
        "kind": "statistics",
        "title": {"th": "ผู้รับเบี้ยจำแนกตามจังหวัดและกลุ่มอายุ", "en": "Recipients by province and age group"},
        "from": "recipients",
        "dimensions": ["province_code", "age_band"],
        "labels": {"province_name_th": "province_code"},
        "totals": ["province_code", "age_band"],
        "measures": {"recipient_count": {"count": "units"}, "amount_thb": {"sum": "amount_thb"}},
        "charts": [
            _chart("จำนวนผู้รับเบี้ยรายจังหวัด", "Recipients by province", "recipient_count", "province_name_th"),
            _chart("จำนวนเงินตามกลุ่มอายุ", "Amount by age group", "amount_thb", "province_name_th", colour="age_band"),
        ],
    }
    dataset = _dataset(
        ELDERLY,
        {"th": "เบี้ยยังชีพผู้สูงอายุจำแนกตามองค์กรปกครองส่วนท้องถิ่น", "en": "Old-age allowance by local authority"},
        {"recipients_by_area": table},
        period="month",
        first="2565-10",
    )
    return _entry(folder, dataset, {"2022-10": rows, "2022-11": rows}, synthetic=True)


def _budget(folder: Path) -> SiteEntry:
    rows = [(f"L{i:03}", 2565, _STRATEGIES[i % 4], 1_234_567.25 * (i + 1)) for i in range(60)]
    table = {
        "kind": "microdata",
        "title": {"th": "รายการงบประมาณ", "en": "Budget lines"},
        "description": {"th": "หนึ่งแถวคือหนึ่งรายการในแผน", "en": "One row is one line of the plan"},
        "from": "lines",
        "columns": ["line_code", "fiscal_year_be", "strategy_name_th", "budget_thb"],
        "key": ["line_code"],
        "charts": [_chart("งบประมาณตามยุทธศาสตร์", "Budget by strategy", "budget_thb", "strategy_name_th")],
    }
    dataset = _dataset(
        BUDGET, {"th": "งบประมาณตามแผนพัฒนากรุงเทพมหานคร", "en": "Bangkok development plan budget"}, {"lines": table}
    )
    return _entry(folder, dataset, {"2565": rows}, earlier=rows[:58])


def _land(folder: Path) -> SiteEntry:
    rows = [(tier, 4_000 + i, 12.5 * i, "A") for i, tier in enumerate(["ที่อยู่อาศัย", "เกษตรกรรม", "รกร้างว่างเปล่า"])]
    table = {
        "kind": "statistics",
        "title": {"th": "แปลงที่ดินตามการใช้ประโยชน์", "en": "Parcels by land use"},
        "from": "parcels",
        "dimensions": ["tier"],
        "measures": {"recipient_count": {"count": "rows"}, "area_rai": {"sum": "area_rai"}},
        "charts": [_chart("เนื้อที่ตามการใช้ประโยชน์", "Area by land use", "area_rai", "tier")],
    }
    title = {"th": "ภาษีที่ดินและสิ่งปลูกสร้าง", "en": "Land and building tax"}
    return _entry(folder, _dataset(LAND, title, {"parcels": table}, period="tax_year"), {"2566": rows})


def _offices(folder: Path) -> SiteEntry:
    rows = [(f"{n:05}", f"สำนักงานตัวอย่างที่ {n}") for n in range(1, 31)]
    table = {
        "kind": "microdata",
        "title": {"th": "รหัสหน่วยงานจัดซื้อจัดจ้าง", "en": "Procurement office codes"},
        "from": "offices",
        "columns": ["dept_code", "dept_name_th"],
        "key": ["dept_code"],
    }
    title = {"th": "รหัสหน่วยงานในระบบจัดซื้อจัดจ้างภาครัฐ", "en": "Department codes of public procurement"}
    return _entry(folder, _dataset(EGP, title, {"offices": table}), {"2566": rows})


def _chart(th: str, en: str, x: str, y: str, colour: str | None = None) -> dict[str, Any]:
    return {"title": {"th": th, "en": en}, "x": x, "y": y, "colour": colour, "top": 8}


def _dataset(
    name: str, title: dict[str, str], tables: dict[str, Any], *, period: str = "fiscal_year", first: str = "2560"
) -> Dataset:
    published = {
        c for t in tables.values() for c in (*t.get("columns", ()), *t.get("dimensions", ()), *t.get("labels", ()))
    }
    published |= {c for t in tables.values() for c in t.get("measures", ())} | {"obs_status"}
    source_tables = {t["from"] for t in tables.values()}
    spec = DatasetSpec.model_validate(
        {
            "title": title,
            "description": _DESCRIPTION,
            "publisher": _PUBLISHER,
            "licence": "cc-by-4.0",
            "update_frequency": "year",
            "period": {"kind": period, "first": first, "stated_by": {"retrieval": "the test says so"}},
            "source": {
                "reader": "excel",
                "location": "sample/synthetic.xlsx",
                "tables": {t: {"columns": {"x": "x"}} for t in source_tables},
            },
            "schemas": {"source": dict.fromkeys(source_tables, f"{name}.source"), "public": f"{name}.public"},
            "privacy": {"columns": {}},
            "tables": tables,
            "catalogue": {
                "data_type": "ข้อมูลสถิติ",
                "keywords": ["ทดสอบ", "ข้อมูลสังเคราะห์"],
                "objective": ["เพื่อการให้บริการประชาชน", "พันธกิจหน่วยงาน"],
                "geo_coverage": "จังหวัด",
                "data_source": {"th": "สร้างขึ้นเพื่อการทดสอบ", "en": "Made for tests"},
            },
            "assertions": {"rows": {}},
        }
    )
    fields = [_field(column) for column in _FIELDS if column in published]
    identity = {"name": "national_id", "type": "string", "title": "เลขประจำตัวประชาชน", "titles": _IDENTITY}
    source = {"fields": [identity, *fields]}
    return Dataset(name, Path(), spec, dict.fromkeys(source_tables, source), {"fields": fields})


def _field(name: str) -> dict[str, Any]:
    kind, th, en = _FIELDS[name]
    field: dict[str, Any] = {"name": name, "type": kind, "title": th, "titles": {"th": th, "en": en}}
    return field | ({"constraints": {"required": True}} if kind == "string" else {})


def _entry(
    folder: Path,
    dataset: Dataset,
    periods: dict[str, list[tuple[Any, ...]]],
    *,
    synthetic: bool = False,
    earlier: list[tuple[Any, ...]] | None = None,
) -> SiteEntry:
    first = next(iter(periods))
    made = [(first, f"{first}-00000000000e", earlier)] if earlier else []
    made += [(label, f"{label}-{i:012x}", rows) for i, (label, rows) in enumerate(periods.items())]
    releases = {
        release: write_release(folder / dataset.name / release, dataset, rows, synthetic) for _, release, rows in made
    }
    return SiteEntry(
        dataset=dataset,
        live={period: release for period, release, _ in made},
        history=[
            {
                "release": release,
                "period": period,
                "published_at": PUBLISHED.isoformat(),
                "action": "publish",
                "files": listed_files(releases[release]),
            }
            for period, release, _ in made
        ],
        releases=releases,
        published_at=PUBLISHED,
    )


def place_files(placed: list[SiteEntry], site: Path) -> None:
    """Put the data files beside the pages, as the portal does."""
    for entry in placed:
        folder = site / entry.dataset.name
        for release, source in entry.releases.items():
            shutil.copytree(source, folder / release)
        shutil.copytree(entry.releases[entry.live[max(entry.live)]], folder / "latest")
