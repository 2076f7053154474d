"""Codes and names of provinces, districts and subdistricts, from geothai (data CC BY 4.0).

Names are matched in three ways, and which one it was is told: as a known spelling (official,
or reviewed in `province_spellings.csv`), both without prefix, blanks and case (`place_key`);
or, only where a dataset asks for it, by their letters without the marks above and below, which
is what damaged text keeps (`skeleton`), and only where one place has such letters. Whatever
else is not known. Codes that ended stand in `place_changes.csv` with their day.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import geothai
import pyarrow as pa
from geothai.types import District, Province

from pipelines.thai.text import tidy

Rows = list[dict[str, str | None]]
_PREFIX = re.compile("^(?:จังหวัด|จ\\.|กิ่งอำเภอ|กิ่งอ\\.|อำเภอ|อ\\.|เขต|ตำบล|ต\\.|แขวง|ข\\.) ?(?=.)")
_FILLING = re.compile("[ .\\-ฯ]")
#: Vowels above and below, tone marks and the other marks; sara am is folded to sara aa before.
_MARKS = re.compile("[ัิ-ฺ็-๎]")
SHORTEST_SKELETON = 3


def place_key(name: str) -> str:
    """Return a place's name as it is compared: tidy, without `จังหวัด`, `อ.`, `เขต` and the like
    in front, without blanks, dots and hyphens, in lower case."""
    return _FILLING.sub("", _PREFIX.sub("", tidy(name))).casefold()


def skeleton(name: str) -> str | None:
    """Return the letters that extraction from PDF leaves as they were; None for fewer than
    three, which would fit too many words. `กรงุเทพมหำนคร` and `กรุงเทพมหานคร` have one skeleton."""
    found = _MARKS.sub("", place_key(name).replace("ำ", "า").replace("ํ", ""))
    return found if len(found) >= SHORTEST_SKELETON else None


@cache
def reference_tables() -> dict[str, pa.Table]:
    """Return the tables that look-ups and SQL see as `places.*`; codes are text of 2, 4 and 6
    digits.

    `province_names`, `district_names` (with `province_code`) and `subdistrict_names` (with
    `district_code`) have every known spelling; `provinces`, `districts` and `subdistricts`
    the official names; `district_codes` and `subdistrict_codes` every code there ever was
    with the one it has today (null where it was split) and the day it ended.
    """
    provinces = list(geothai.provinces())
    districts = [d for p in provinces for d in geothai.districts(p.code)]
    subdistricts = [s for d in districts for s in geothai.subdistricts(d.code)]
    return {
        "provinces": _table({"province_code": p.code, "province_name_th": p.name_th, "province_name_en": p.name_en}
                            for p in provinces),
        "districts": _table({"district_code": d.code, "district_name_th": d.name_th,
                             "province_code": d.province_code} for d in districts),
        "subdistricts": _table({"subdistrict_code": s.code, "subdistrict_name_th": s.name_th,
                                "district_code": s.district_code} for s in subdistricts),
        "province_names": _table(_province_names(provinces)),
        "district_names": _table(_district_names(districts)),
        "subdistrict_names": _table(
            {"district_code": s.district_code, "name": name, "subdistrict_code": s.code}
            for s in subdistricts for name in (s.name_th, s.name_en)),
        "district_codes": _table(_codes("district", [d.code for d in districts])),
        "subdistrict_codes": _table(_codes("subdistrict", [s.code for s in subdistricts])),
    }  # fmt: skip


def _province_names(provinces: list[Province]) -> Iterable[dict[str, str | None]]:
    for province in provinces:
        for name in (province.name_th, province.name_en, f"TH-{province.code}"):
            yield {"name": name, "province_code": province.code}
    for row in _reviewed("province_spellings.csv"):
        yield {"name": row["spelling"], "province_code": row["province_code"]}


def _district_names(districts: list[District]) -> Iterable[dict[str, str | None]]:
    """The official names, and `เมือง` alone for the district of the province's seat."""
    for district in districts:
        parent = {"province_code": district.province_code, "district_code": district.code}
        for name in (district.name_th, district.name_en):
            yield {"name": name, **parent}
        if district.name_th.startswith("เมือง") and district.code.endswith("01"):
            yield {"name": "เมือง", **parent}


def _codes(level: str, today: list[str]) -> Rows:
    """Every code there ever was, once."""
    successors: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in _reviewed("place_changes.csv"):
        if row["level"] == level:
            successors[row["code"], row["ended_on"]].append(row["successor_code"])
    rows: Rows = [{"code": code, "current_code": code, "ended_on": None} for code in today]
    rows += [
        {"code": code, "current_code": of[0] if len(of) == 1 else None, "ended_on": day}
        for (code, day), of in successors.items()
    ]
    return rows


def _reviewed(name: str) -> list[dict[str, str]]:
    text = files("pipelines.thai").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _table(rows: Iterable[dict[str, str | None]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows))
