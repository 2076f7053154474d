"""Search, joins and keys fail on text that looks right and is not: what is repaired, and what
must stay as it is."""

import string
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.thai.digits import all_to_ascii, to_ascii
from pipelines.thai.text import tidy, tidy_all

THAI = "".join(chr(code) for code in (*range(0x0E01, 0x0E3B), *range(0x0E3F, 0x0E5C)))
ANYTHING = st.text(
    st.sampled_from(THAI + " \u00a0\u200b\t\n" + string.ascii_letters + "é\u0301ﬁ½")
    | st.characters(exclude_categories=["Cs"])  # no table holds half of a character
)


@pytest.mark.parametrize(
    ("found", "tidied"),
    [
        ("น\u0e4d\u0e32", "น\u0e33"),
        ("ต\u0e4d\u0e48\u0e32", "ต\u0e48\u0e33"),
        ("  ค่า\u00a0\u00a0จ้าง\n", "ค่า จ้าง"),
        ("งบ\u200bลงทุน\t\u202eรวม", "งบลงทุน รวม"),
        ("\ufeffปี", "ปี"),
        ("ก\u0e48\u0e38", "ก\u0e38\u0e48"),
        ("ส\u0e32\u0e4dนัก", "ส\u0e33นัก"),
        ("น\u0e49\u0e4d\u0e32", "น\u0e49\u0e33"),
        ("น\u0e33\u0e49", "น\u0e49\u0e33"),
        ("น\u0e32\u0e4d\u0e49", "น\u0e49\u0e33"),
        ("น\u0e4d\u200b\u0e32", "น\u0e33"),
        ("\u0e40\u0e40ม่", "แม่"),
    ],
    ids=[
        "sara am in two",
        "sara am with a tone",
        "no-break spaces",
        "zero width and tab",
        "BOM",
        "marks in disorder",
        "sara am the other way round",
        "a tone before",
        "a tone behind",
        "all in disorder",
        "something unseen between",
        "sara ae in two",
    ],
)
def test_damage_that_nobody_can_see_is_repaired(found: str, tidied: str) -> None:
    assert tidy(found) == tidied


@pytest.mark.parametrize("right", ["ประจำปี น้ำ", "กรุงเทพมหานคร ๒๕๖๖", "ๆ ฯลฯ", "ABC-12.5 %", "m² ½ ﬁ"])
def test_text_that_is_right_stays(right: str) -> None:
    assert tidy(right) == right


def test_sara_am_is_not_taken_apart_as_compatibility_forms_would() -> None:
    assert unicodedata.normalize("NFKC", "น้ำ") != "น้ำ"
    assert tidy("น้ำ") == "น้ำ"


DISORDER = st.text(st.sampled_from("กนสาำ\u0e4d\u0e38\u0e3a\u0e48\u0e49เแ \u200b"))


@given(ANYTHING | DISORDER)
@example("\u0e33\u0e33\u0e48")
def test_tidying_twice_is_tidying_once(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@given(st.lists(st.none() | ANYTHING, max_size=20))
def test_a_column_is_tidied_as_its_texts_are(texts: list[str | None]) -> None:
    expected = [None if text is None else tidy(text) for text in texts]
    assert tidy_all(pa.array(texts, pa.string())).to_pylist() == expected


def test_no_pair_of_letters_escapes_the_search_for_damage() -> None:
    letters = THAI + " a\u00a0"
    pairs = [f"ก{one}{two}ข" for one in letters for two in letters] + [one + two for one in letters for two in letters]
    assert tidy_all(pa.array(pairs)).to_pylist() == list(map(tidy, pairs))


def test_thai_digits_are_figures_too() -> None:
    assert to_ascii("๑,๒๓๔.๕๐ บาท") == "1,234.50 บาท"
    assert all_to_ascii(pa.array(["๒๕๖๖", None, "7"])).to_pylist() == ["2566", None, "7"]
