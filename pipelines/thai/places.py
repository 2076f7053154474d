"""Codes and names of provinces, districts and subdistricts, from geothai (data CC BY 4.0).

Names are matched in three ways, and which one it was is told: as a known spelling (official,
or reviewed in `province_spellings.csv`), both without prefix, blanks and case (`place_key`);
or, only where a dataset asks for it, by their letters without the marks above and below, which
is what damaged text keeps (`skeleton`), and only where one place has such letters. Whatever
else is not known.

What is no more is dated data: names that were given up in `former_names.csv`, codes that ended in
`place_changes.csv`. A code has a successor where its whole area has one code today
(`renumbered`). Where it was divided (`split`, a row for each part) or its boundary moved then or
since (`redrawn`), the code alone does not say where a record lies today: it is listed, never
mapped. A code that lives on is itself, also where its area shrank. `name_th` is the name at that
time, or where no source gives it, today's.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import geothai
import pyarrow as pa
from geothai.types import District, Province, Subdistrict

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
    the official names; `district_codes` and `subdistrict_codes` the codes of today and
    those known to have ended, with the one that each has today (null where it was split or redrawn)
    and the day it ended. A former name has the day `until` which it was in force, where known.
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
        "province_names": _table(_names("province", None, _province_names(provinces))),
        "district_names": _table(_names("district", "province", _district_names(districts))),
        "subdistrict_names": _table(_names("subdistrict", "district", _subdistrict_names(subdistricts))),
        "district_codes": _table(_codes("district", [d.code for d in districts])),
        "subdistrict_codes": _table(_codes("subdistrict", [s.code for s in subdistricts])),
    }  # fmt: skip


def _province_names(provinces: list[Province]) -> Iterable[tuple[str, str]]:
    for province in provinces:
        for name in (province.name_th, province.name_en, f"TH-{province.code}"):
            yield name, province.code
    for row in _reviewed("province_spellings.csv"):
        yield row["spelling"], row["province_code"]


def _district_names(districts: list[District]) -> Iterable[tuple[str, str]]:
    """The official names, and `เมือง` alone for the district of the province's seat."""
    for district in districts:
        yield district.name_th, district.code
        yield district.name_en, district.code
        if district.name_th.startswith("เมือง") and district.code.endswith("01"):
            yield "เมือง", district.code


def _subdistrict_names(subdistricts: list[Subdistrict]) -> Iterable[tuple[str, str]]:
    for subdistrict in subdistricts:
        yield subdistrict.name_th, subdistrict.code
        yield subdistrict.name_en, subdistrict.code


def _names(level: str, parent: str | None, today: Iterable[tuple[str, str]]) -> Iterable[dict[str, str | None]]:
    """Names of today and former ones, each with its code and, but for provinces, its parent's."""
    former = [
        (row["name"], row["code"], row["until"]) for row in _reviewed("former_names.csv") if row["level"] == level
    ]
    for name, code, until in [*((name, code, "") for name, code in today), *former]:
        above = {f"{parent}_code": code[:-2]} if parent else {}
        yield {"name": name, f"{level}_code": code, **above, "until": until or None}


def _codes(level: str, today: list[str]) -> Rows:
    """Every known code, once."""
    successors: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in _reviewed("place_changes.csv"):
        if row["level"] == level:
            successors[row["code"], row["ended_on"]].append(row["successor_code"])
    rows: Rows = [{"code": code, "current_code": code, "ended_on": None} for code in today]
    rows += [
        {"code": code, "current_code": (of[0] or None) if len(of) == 1 else None, "ended_on": day}
        for (code, day), of in successors.items()
    ]
    return rows


def _reviewed(name: str) -> list[dict[str, str]]:
    text = files("pipelines.thai").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _table(rows: Iterable[dict[str, str | None]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows))
