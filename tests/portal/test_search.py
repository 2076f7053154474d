"""Whoever searches in Thai finds: words inside a text without blanks, digits of both kinds, other names.

Each is asked of CKAN as it comes too, which finds none of it: these tests can fail.
"""

from collections.abc import Iterator

import pytest

from tests.portals import DEMANDED, RealPortal

#: Synthetic titles, by the name of their dataset; without blanks, as Thai is written, but for the last.
TITLES = {
    "old-age": "เบี้ยยังชีพผู้สูงอายุจำแนกตามองค์กรปกครองส่วนท้องถิ่น",
    "disability": "เบี้ยความพิการรายจังหวัด",
    "land-tax": "ภาษีที่ดินและสิ่งปลูกสร้าง",
    "contracts": "สัญญาจัดซื้อจัดจ้างภาครัฐ",
    "capital": "งบประมาณกรุงเทพมหานครปี๒๕๖๖",
    "tambons": "รายได้ขององค์การบริหารส่วนตำบลปี2567รายเดือน",
    "provinces": "รายจ่ายขององค์การบริหารส่วนจังหวัดนครราชสีมา",
    "ministry": "โครงการของกระทรวงการพัฒนาสังคมและความมั่นคงของมนุษย์",
    "tigers": "การอนุรักษ์เสือในป่า",
    "water": "คุณภาพน้ำประปาหมู่บ้าน",
    "short": "ประชากรในเมือง Korat",
}
#: What is asked for, and the datasets that are found.
INSIDE = {
    "ผู้สูงอายุ": {"old-age"},
    "เบี้ยยังชีพ": {"old-age"},
    "ท้องถิ่น": {"old-age"},
    "ที่ดิน": {"land-tax"},
    "จัดซื้อ": {"contracts"},
    "พิการ": {"disability"},
    "จังหวัด": {"disability", "provinces"},
    "น\u0e49\u0e4d\u0e32ประปา": {"water"},  # sara am typed as its two parts
}
#: Each in the digits that the title does not have.
DIGITS = {"2566": {"capital"}, "๒๕๖๗": {"tambons"}}
OTHER_NAMES = {
    "กรุงเทพ": {"capital"},
    "กทม": {"capital"},
    "กทม.": {"capital"},
    "Bangkok": {"capital"},
    '"Krung Thep"': {"capital"},
    "อปท": {"old-age"},
    "อบต": {"tambons"},
    "อบต.": {"tambons"},
    "อบจ": {"provinces"},
    "โคราช": {"provinces", "short"},
    "นครราชสีมา": {"provinces", "short"},
    "พม": {"ministry"},
    "คนชรา": {"old-age"},
    "procurement": {"contracts"},
}
#: Words that merely look alike, or stand nowhere.
NOTHING = ["เสื้อ", "ทีดิน", "2565", "๒๕๖", "เชียงใหม่", "ประปี"]


@pytest.fixture(scope="module", autouse=True)
def _datasets(agency: RealPortal, stock: RealPortal) -> Iterator[None]:
    for portal in (agency, stock):
        portal.purge_all()
        for name, title in TITLES.items():
            portal.as_editor("package_create", **DEMANDED | _plain(portal) | {"name": name, "title": title})
    yield
    for portal in (agency, stock):
        portal.purge_all()


def _plain(portal: RealPortal) -> dict[str, object]:
    """What CKAN as it comes would refuse."""
    return {"license_id": "cc-by"} if portal.instance.kind == "stock" else {}


def _found(portal: RealPortal, words: str) -> set[str]:
    return {dataset["name"] for dataset in portal.as_anyone("package_search", q=words, rows=50)["results"]}


@pytest.mark.parametrize(("words", "names"), INSIDE.items())
def test_a_word_inside_a_title_without_blanks_is_found(
    agency: RealPortal, stock: RealPortal, words: str, names: set[str]
) -> None:
    assert _found(agency, words) == names
    assert _found(stock, words) == set()


@pytest.mark.parametrize(("words", "names"), DIGITS.items())
def test_a_year_is_found_by_the_digits_that_a_title_does_not_have(
    agency: RealPortal, stock: RealPortal, words: str, names: set[str]
) -> None:
    assert _found(agency, words) == names
    assert _found(stock, words) == set()


@pytest.mark.parametrize(("words", "names"), OTHER_NAMES.items())
def test_what_people_call_it_is_found_by_its_full_name_and_the_other_way_round(
    agency: RealPortal, stock: RealPortal, words: str, names: set[str]
) -> None:
    assert _found(agency, words) == names
    assert _found(stock, words) == set()


@pytest.mark.parametrize("words", NOTHING)
def test_a_word_that_only_looks_alike_is_not_found(agency: RealPortal, words: str) -> None:
    assert _found(agency, words) == set()


def test_a_whole_title_is_found_on_both(agency: RealPortal, stock: RealPortal) -> None:
    """Without this a portal that finds nothing at all would pass for CKAN as it comes."""
    for portal in (agency, stock):
        for name, title in TITLES.items():
            assert name in _found(portal, title)
