"""A synthetic project of one small dataset, for the tests of the whole way.

Every name and number in it is invented. `CANARY_ID` passes the national checksum but starts
with a province code that does not exist.
"""

from pathlib import Path

import yaml

from pipelines.workspace import Workspace

NAME = "welfare/visits"
PERIOD = "2566"
CANARY_ID = "8990000000016"

_BOTH = {"th": "ข้อความทดสอบ", "en": "synthetic text"}

DEFINITION = {
    "title": {"th": "การเยี่ยมบ้าน (ข้อมูลสังเคราะห์)", "en": "Home visits (synthetic)"},
    "description": _BOTH,
    "publisher": {"organisation": "test", "name": _BOTH, "contact_unit": _BOTH, "email": "unit@example.go.th"},
    "licence": "cc-by-4.0",
    "update_frequency": "year",
    "period": {"kind": "fiscal_year", "first": "2560", "stated_by": {"column": "fiscal_year_be"}},
    "source": {
        "reader": "csv",
        "location": "sample/synthetic.csv",
        "tables": {
            "visits": {
                "columns": {
                    "visit_code": "รหัส",
                    "fiscal_year_be": "ปี",
                    "national_id": "เลขบัตร",
                    "district_code": "เขต",
                    "note_th": "หมายเหตุ",
                    "amount_thb": "จำนวนเงิน",
                }
            }
        },
    },
    "schemas": {"source": {"visits": "welfare/visits.source"}, "public": "welfare/visits.public"},
    "privacy": {
        "model": {"k": 5},
        "unit": "national_id",
        "columns": {
            "visit_code": {"class": "open"},
            "fiscal_year_be": {"class": "open"},
            "national_id": {"class": "direct"},
            "district_code": {"class": "quasi"},
            "note_th": {"class": "open"},
            "amount_thb": {"class": "linked"},
        },
    },
    "tables": {
        "notes": {"kind": "microdata", "title": _BOTH, "from": "visits", "columns": ["visit_code", "note_th"],
                  "key": ["visit_code"]},
        "visits_by_district": {
            "kind": "statistics", "title": _BOTH, "from": "visits", "dimensions": ["district_code"],
            "totals": ["district_code"],
            "measures": {"person_count": {"count": "units"}, "amount_thb": {"sum": "amount_thb"}},
        },
    },
    "catalogue": {"data_type": "ข้อมูลสถิติ", "keywords": ["ทดสอบ"], "objective": ["พันธกิจหน่วยงาน"],
                  "geo_coverage": "เทศบาล/อบต.", "data_source": _BOTH},
    "assertions": {"rows": {"visits": {"min": 1, "max": 1000}}},
}  # fmt: skip


def _field(name: str, kind: str, **more: object) -> dict[str, object]:
    titles = {"th": f"คอลัมน์ {name}", "en": name}
    return {"name": name, "type": kind, "title": titles["th"], "titles": titles, **more}


SOURCE_SCHEMA = {
    "fields": [
        _field("visit_code", "string", constraints={"required": True, "unique": True}),
        _field("fiscal_year_be", "integer", constraints={"required": True, "minimum": 2500, "maximum": 2600}),
        _field("national_id", "string", constraints={"required": True}),
        _field("district_code", "string", constraints={"required": True, "pattern": "[0-9]{4}"}),
        _field("note_th", "string"),
        _field("amount_thb", "number", unit="THB", groupChar=",", constraints={"minimum": 0}),
    ],
    "missingValues": ["", "-"],
}
PUBLIC_SCHEMA = {
    "fields": [
        _field("visit_code", "string", constraints={"required": True}),
        _field("note_th", "string"),
        _field("district_code", "string", constraints={"required": True}),
        _field("person_count", "integer", unit="persons"),
        _field("amount_thb", "number", unit="THB"),
        _field("obs_status", "string", constraints={"required": True, "enum": ["A", "C"]}),
    ],
    "missingValues": [""],
}
HEADER = "รหัส,ปี,เลขบัตร,เขต,หมายเหตุ,จำนวนเงิน"


def persons(district: str, count: int, note: str = "ปกติ", amount: str = '"1,600.00"') -> list[str]:
    """Lines of `count` invented persons of a district, one visit each."""
    return [f"{district}-{n:03},{PERIOD},0{district}{n:08},{district},{note},{amount}" for n in range(1, count + 1)]


def csv_of(lines: list[str]) -> bytes:
    return "\r\n".join([HEADER, *lines, ""]).encode("utf-8-sig")


def write_project(folder: Path, definition: dict[str, object] | None = None) -> Workspace:
    """Write the toy project below `folder` and return its workspace."""
    project = folder / "project"
    home = folder / "home"
    dataset = project / "datasets" / NAME
    (dataset / "sample").mkdir(parents=True, exist_ok=True)
    (project / "schemas/welfare").mkdir(parents=True, exist_ok=True)
    _dump(dataset / "dataset.yaml", definition or DEFINITION)
    _dump(project / "schemas/welfare/visits.source.yaml", SOURCE_SCHEMA)
    _dump(project / "schemas/welfare/visits.public.yaml", PUBLIC_SCHEMA)
    (dataset / "sample/synthetic.csv").write_bytes(csv_of(persons("1001", 9) + persons("1002", 7) + persons("1003", 2)))
    return Workspace(project, str(home))


def source_file(ws: Workspace) -> Path:
    return ws.project / "datasets" / NAME / "sample/synthetic.csv"


def _dump(path: Path, value: object) -> None:
    path.write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False), encoding="utf-8")
