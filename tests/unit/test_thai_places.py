"""A place that is guessed gives one province the money of another."""

import ast
import csv
from collections import defaultdict
from pathlib import Path

import pytest

from pipelines.thai.places import place_key, reference_tables, skeleton

TABLES = reference_tables()


def known(*, by_skeleton: bool) -> dict[str | None, set[str]]:
    found: dict[str | None, set[str]] = defaultdict(set)
    for row in TABLES["province_names"].to_pylist():
        found[(skeleton if by_skeleton else place_key)(row["name"])].add(row["province_code"])
    return found


@pytest.mark.parametrize(
    ("table", "parent", "code", "ambiguous"),
    [
        ("province_names", None, "province_code", 0),
        ("district_names", "province_code", "district_code", 1),
        ("subdistrict_names", "district_code", "subdistrict_code", 1),
    ],
)
def test_a_name_has_one_code_but_for_known_transcriptions(
    table: str, parent: str | None, code: str, ambiguous: int
) -> None:
    codes: dict[tuple[str | None, str], set[str]] = defaultdict(set)
    for row in TABLES[table].to_pylist():
        codes[row[parent] if parent else None, place_key(row["name"])].add(row[code])
    several = [name for (_, name), found in codes.items() if len(found) > 1]
    assert len(several) == ambiguous
    assert all(name.isascii() for name in several)


def test_prefixes_blanks_and_case_do_not_matter() -> None:
    assert place_key("จังหวัดเชียงใหม่") == place_key("จ. เชียงใหม่") == place_key("เชียงใหม่ ")
    assert place_key("เขตพระนคร") == place_key("พระนคร")
    assert place_key("อ.เมืองตราด") == place_key("เมือง ตราด")
    assert place_key("Chon Buri") == place_key("chonburi")
    assert place_key("ลําปาง") == place_key("ลำปาง")


def test_the_seat_of_a_province_may_be_called_mueang() -> None:
    names = {(row["province_code"], row["name"]): row["district_code"] for row in TABLES["district_names"].to_pylist()}
    assert names["43", "เมือง"] == "4301"
    assert ("10", "เมือง") not in names


def test_codes_that_ended_lead_to_those_of_today_and_split_ones_nowhere() -> None:
    codes = {row["code"]: row for row in TABLES["district_codes"].to_pylist()}
    assert codes["4303"] == {"code": "4303", "current_code": "3801", "ended_on": "2011-03-23"}
    assert codes["1001"]["current_code"] == "1001"
    today = set(TABLES["subdistricts"]["subdistrict_code"].to_pylist())
    for row in TABLES["subdistrict_codes"].to_pylist():
        assert row["current_code"] in today or (row["ended_on"] and row["current_code"] is None)
    assert sum(row["code"] == "104701" for row in TABLES["subdistrict_codes"].to_pylist()) == 1


def test_letters_without_marks_name_one_province_each() -> None:
    assert all(len(codes) == 1 for letters, codes in known(by_skeleton=True).items() if letters)
    assert skeleton("กรงุเทพมหำนคร") == skeleton("กรุงเทพมหานคร")
    assert skeleton("ตก") is None


def test_the_public_list_of_aliases_is_matched_and_never_wrongly(real_data: Path) -> None:
    exact, letters = known(by_skeleton=False), known(by_skeleton=True)
    missed, clean = [], 0
    with (real_data / "places/province-aliases.csv").open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            code = row["ISO[7]"].removeprefix("TH-")
            for alias in ast.literal_eval(row["Alt_names"]):
                found = exact.get(place_key(alias)) or (letters.get(skeleton(alias)) if skeleton(alias) else None)
                assert not found or found == {code}, f"{alias} is taken for {found}"
                if not found and code.isdigit():
                    missed.append(alias)
            for name in (row["Name"], row["Name(in Thai)"], row["HS[6]"], row["ISO[7]"]):
                if code.isdigit():
                    assert exact.get(place_key(name)) == {code}, f"the clean alias {name} is not known"
                    clean += 1
    assert clean == 77 * 4
    # What is left are districts, words cut off and slips whose repair would be a guess.
    assert len(missed) == 21
