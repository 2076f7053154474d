"""A place that is guessed gives one province the money of another."""

import ast
import csv
from collections import defaultdict
from datetime import date
from importlib.resources import files
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


@pytest.mark.parametrize("level", ["district", "subdistrict"])
def test_a_code_that_ended_is_none_of_today_and_leads_to_one_of_today_or_to_none(level: str) -> None:
    codes = TABLES[f"{level}_codes"].to_pylist()
    today = {row["code"] for row in codes if row["ended_on"] is None}
    ended = [row for row in codes if row["ended_on"]]
    assert len(codes) == len({row["code"] for row in codes})
    assert all(row["current_code"] is None or row["current_code"] in today for row in ended)
    assert all(date(1987, 1, 1) < date.fromisoformat(str(row["ended_on"])) for row in ended)


@pytest.mark.parametrize(
    ("level", "code", "current"),
    [
        ("district", "2504", "2701"),  # Sa Kaeo, of Prachin Buri until 2536
        ("district", "4112", "3901"),  # Nong Bua Lam Phu, of Udon Thani
        ("district", "3427", "3703"),  # Pathum Ratchawongsa, of Ubon Ratchathani
        ("subdistrict", "430304", "380103"),  # Nong Kheng, since renamed, of Nong Khai until 2554
        ("subdistrict", "430317", "380801"),  # moved within Nong Khai in 2534, then to Bueng Kan
        ("subdistrict", "500310", "502503"),  # Chaem Luang, of Mae Chaem until Galyani Vadhana was founded
        ("subdistrict", "101207", "103101"),  # Bang Kho Laem, of Yan Nawa until 2532
        ("subdistrict", "100507", "104101"),  # Thung Song Hong: Bang Khen, Don Mueang, Lak Si
        ("subdistrict", "100501", None),  # Lat Yao, today five khwaengs of Chatuchak
        ("subdistrict", "105001", None),  # Bang Bon, today four khwaengs
        ("subdistrict", "101404", None),  # Makkasan, whose boundary has moved since
    ],
)
def test_an_old_code_leads_where_its_whole_area_went_and_nowhere_where_it_was_parted(
    level: str, code: str, current: str | None
) -> None:
    (row,) = [row for row in TABLES[f"{level}_codes"].to_pylist() if row["code"] == code]
    assert row["ended_on"]
    assert row["current_code"] == current


def test_every_change_of_a_code_says_what_it_was_and_who_says_so() -> None:
    text = files("pipelines.thai").joinpath("place_changes.csv").read_text(encoding="utf-8")
    parts: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in csv.DictReader(text.splitlines()):
        assert row["source"]
        parts[row["code"]].append(row)
    for rows in parts.values():
        (kind,) = {row["kind"] for row in rows}
        (_day,) = {row["ended_on"] for row in rows}
        named = [row["successor_code"] for row in rows if row["successor_code"]]
        assert {"renumbered": len(named) == 1, "split": len(named) > 1, "redrawn": not named}[kind]


def test_a_name_that_was_given_up_is_known_with_its_day() -> None:
    former = {(row["name"], row["province_code"]): row["until"] for row in TABLES["province_names"].to_pylist()}
    assert former["ธนบุรี", "10"] == "1971-12-21"
    assert former["กรุงเทพมหานคร", "10"] is None
    districts = {(row["province_code"], row["name"]): row for row in TABLES["district_names"].to_pylist()}
    assert districts["10", "สาธร"]["district_code"] == "1028"
    assert districts["10", "สาธร"]["until"] == "1999-05-26"
    assert ("43", "บึงกาฬ") not in districts


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
    # Districts (most of their names are also those of subdistricts elsewhere), words cut off, a
    # prison, the vicinity of Bangkok, and slips for which a person could mean two provinces.
    assert sorted(missed) == sorted([
        "ยานนาวา", "ภาษีเจริญ", "บางนา", "บึงโขงหลง", "ปลายพระยา", "นาวัง", "ธารโต", "Lam Phu", "หนองบวัล",
        "ร.จ.จ.นราธิวาส", "ปรมิณฑล", "Ubon Thani", "Pathom Thani",
    ])  # fmt: skip


def test_a_reviewed_slip_is_near_one_province_and_far_from_every_other() -> None:
    names = [(row[name], row["province_code"]) for row in TABLES["provinces"].to_pylist()
             for name in ("province_name_th", "province_name_en")]  # fmt: skip
    text = files("pipelines.thai").joinpath("province_spellings.csv").read_text(encoding="utf-8")
    slips = [row for row in csv.DictReader(text.splitlines()) if row["note"].startswith("slip")]
    assert len(slips) == 6
    for row in slips:
        distances = sorted((_edits(row["spelling"], name), code) for name, code in names)
        assert distances[0][1] == row["province_code"]
        assert distances[0][0] <= 2
        assert all(edits >= 4 for edits, code in distances if code != row["province_code"])


def _edits(one: str, other: str) -> int:
    """Letters to put in, take out or change (Levenshtein)."""
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, start=1):
        above, row = row, [number]
        for position, another in enumerate(other):
            row.append(min(row[-1] + 1, above[position + 1] + 1, above[position] + (letter != another)))
    return row[-1]
