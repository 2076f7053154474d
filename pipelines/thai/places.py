"""Codes and names of provinces, districts and subdistricts, from geothai (data CC BY 4.0).

`province_names` has every official name and the other spellings that were reviewed
(`province_spellings.csv` beside this file): what is in neither has no code.
"""

import csv
from functools import cache
from importlib.resources import files

import geothai
import pyarrow as pa


@cache
def reference_tables() -> dict[str, pa.Table]:
    """Return `province_names`, `provinces`, `districts` and `subdistricts`; codes are text of 2, 4 and 6 digits."""
    provinces = list(geothai.provinces())
    districts = [d for p in provinces for d in geothai.districts(p.code)]
    subdistricts = [s for d in districts for s in geothai.subdistricts(d.code)]
    text = files("pipelines.thai").joinpath("province_spellings.csv").read_text(encoding="utf-8")
    known = [(p.name_th, p.code) for p in provinces]
    known += [(row["spelling"], row["province_code"]) for row in csv.DictReader(text.splitlines())]
    return {
        "province_names": pa.table({
            "name_th": [name for name, _ in known],
            "province_code": [code for _, code in known],
        }),
        "provinces": pa.table({
            "province_code": [p.code for p in provinces],
            "province_name_th": [p.name_th for p in provinces],
            "province_name_en": [p.name_en for p in provinces],
        }),
        "districts": pa.table({
            "district_code": [d.code for d in districts],
            "district_name_th": [d.name_th for d in districts],
            "province_code": [d.province_code for d in districts],
        }),
        "subdistricts": pa.table({
            "subdistrict_code": [s.code for s in subdistricts],
            "subdistrict_name_th": [s.name_th for s in subdistricts],
            "district_code": [s.district_code for s in subdistricts],
        }),
    }  # fmt: skip
