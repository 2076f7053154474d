"""Text of any Thai file comes out as it was written, or is refused; it is never nearly right."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from pipelines.errors import Place, SourceError
from pipelines.thai.encoding import (
    _MISPLACED,
    CHUNK,
    MISPLACED_MARKS,
    demand_sound_column,
    demand_sound_text,
    detect,
    sound_rows,
)
from pipelines.thai.places import reference_tables

#: What cp874 can hold: ASCII, Thai, and a few marks.
CP874 = bytes(range(0x20, 0x7F)).decode() + "".join(
    letter for byte in range(0x80, 0x100) if (letter := bytes([byte]).decode("cp874", "ignore"))
)
WORDS = ["ปกติ", "เบี้ยยังชีพผู้สูงอายุ", "กรุงเทพมหานคร", "๑๒๓", "น้ำ", "ก็", "ถ.สุขุมวิท ๑๐๑/๑", "100.50"]
THAI_LETTERS = [chr(code) for code in range(0x0E01, 0x0E5C) if chr(code) in CP874]
#: Syllables as Thai is written: a vowel in front, a consonant, one mark above or below, one tone.
SYLLABLES = st.from_regex("[เ-ไ]?[ก-ฮ]([ัิ-ฺ็ํ]?[่-๋]?|์|่?ำ)[ก-ฮะาๆฯ]?", fullmatch=True)
sound_thai = st.lists(SYLLABLES | st.sampled_from([*WORDS, " ", "\n", "-", "(", ")", "12", "PM 2.5", "ฤๅ", "◌ิ"])).map(
    "".join
)
thai_text = st.lists(st.sampled_from(WORDS) | st.text(st.sampled_from(THAI_LETTERS)), min_size=1).map(" ".join)


def detected(content: bytes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        path.write_bytes(content)
        return detect(path)


def is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_in_utf8_with_a_mark_is_read_as_utf8(text: str) -> None:
    content = text.encode("utf-8-sig")
    assert content.decode(detected(content)) == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_with_thai_in_utf8_is_read_as_utf8_without_a_mark(text: str) -> None:
    content = f"{text} เบี้ย".encode()
    assume(not content.startswith((b"\xff\xfe", b"\xfe\xff")))
    assert content.decode(detected(content)) == f"{text} เบี้ย".removeprefix("\ufeff")


@given(thai_text)
def test_thai_in_cp874_is_read_as_it_was_written(text: str) -> None:
    assume("เธ" not in text)  # followed by another consonant it is a Thai letter in UTF-8
    content = text.encode("cp874")
    if is_utf8(content) and not text.isascii():
        with pytest.raises(SourceError, match="may be cp874"):
            detected(content)
    else:
        assert content.decode(detected(content)) == text


@pytest.mark.parametrize("word", ["รพ", "เขต", "เนต", "ไทก"])
def test_letters_that_are_thai_in_the_other_encoding_are_not_guessed(word: str) -> None:
    """รพ (hospital) in cp874 is the UTF-8 of þ, เขต (district) that of a letter of Arabic."""
    with pytest.raises(SourceError, match="may be cp874") as refusal:
        detected(f"code,name\n1,{word}\n".encode("cp874"))
    assert refusal.value.place.row == 2
    assert "byte order mark" in refusal.value.remedy


@pytest.mark.parametrize("text", ["Curaçao’s", "中文名称", "a–b", "😀 ok", "สมัย"])
def test_what_is_no_text_in_cp874_or_is_thai_in_utf8_is_read_as_utf8_without_a_mark(text: str) -> None:
    assert text.encode().decode(detected(text.encode())) == text


@given(thai_text, thai_text)
def test_two_encodings_in_one_file_are_refused_with_the_row(first: str, second: str) -> None:
    """Read as either, one half would be nonsense, and numbers beside it would look right."""
    assume(not first.isascii() and not is_utf8(second.encode("cp874")))
    with pytest.raises(SourceError, match="neither UTF-8 nor cp874") as refusal:
        detected(first.encode() + b"\n" + second.encode("cp874") + b"\n")
    assert refusal.value.place.row == 2


@given(st.sampled_from([word for word in WORDS if not word.isascii() and len(word) > 3 and " " not in word]))
def test_a_word_decoded_with_a_wrong_table_is_refused(word: str) -> None:
    for wrong in (word.encode("cp874").decode("latin-1"), word.encode().decode("latin-1")):
        with pytest.raises(SourceError, match="mojibake"):
            demand_sound_text(wrong, "table", 3)


@pytest.mark.parametrize("word", ["ปี", "น้ำ", "กทม", "รวม", "เขต", "ถนนสาย", "Total รวม 100"])
def test_short_words_in_the_wrong_table_are_refused_too(word: str) -> None:
    wrongly = [word.encode("cp874").decode("latin-1"), word.encode().decode("latin-1"),
               word.encode().decode("latin-1").encode().decode("latin-1")]  # fmt: skip
    for wrong in wrongly:
        with pytest.raises(SourceError, match="mojibake"):
            demand_sound_text(wrong, "table", 3)
        with pytest.raises(SourceError, match="mojibake") as refusal:
            demand_sound_column(pa.array(["ok", wrong]), Place(table="table", row=3))
        assert refusal.value.place.row == 4


@pytest.mark.parametrize("word", ["๑๒", "แบบ", "โต๊ะ", "ใบสำคัญ", "จังหวัด"])
def test_thai_digits_and_leading_vowels_in_the_wrong_table_are_refused(word: str) -> None:
    wrong = "".join(bytes([byte]).decode("cp874", "ignore") or chr(byte) for byte in word.encode())
    with pytest.raises(SourceError, match="mojibake"):
        demand_sound_text(wrong, "table", 1)


@pytest.mark.parametrize(
    "text",
    ["เธอ", "เธอไปเธอมา", "เนื้อ", "เนเธอร์แลนด์", "เน็ต", "Café", "São Paulo", "naïve résumé", "à la carte", "Île", "É",
     "± 5 °C", "m² ½ ¾", "½¼¾", "«citation»", "¡Ánimo!", "¿Él?", "Đà Nẵng", "Việt Nam", "5 × 3", "€ 1,000", "Ωμέγα",
     "Москва", "plain English only"],
)  # fmt: skip
def test_words_of_any_language_are_no_damage(text: str) -> None:
    demand_sound_text(text, "table", 1)
    demand_sound_column(pa.array([text]), Place(row=1))


@settings(deadline=None)  # the first batch loads Arrow
@given(sound_thai)
@example("เธ์")
@example("เธอ")
def test_sound_thai_is_never_called_damaged(text: str) -> None:
    demand_sound_text(text, "table", 1)
    demand_sound_column(pa.array([text, None]), Place(row=1))


@pytest.mark.parametrize("name", ["provinces", "districts", "subdistricts"])
def test_the_names_of_all_places_are_sound(name: str) -> None:
    (column,) = [column for column in reference_tables()[name].column_names if column.endswith("_name_th")]
    demand_sound_text(" ".join(reference_tables()[name][column].to_pylist()), "table", 1)


@pytest.mark.parametrize("text", ["โรงเรียนหนองไผ ่(สาขา)", "อันมีีพระมหากษัตริย์", "สาํนักงานกาํกับ", "่ ้ ๊ ๋ และ ์ ็ ิ"])
def test_a_typists_slips_and_marks_by_themselves_are_no_damage(text: str) -> None:
    demand_sound_text(text, "table", 1)


@settings(deadline=None)  # the first batch loads Arrow
@given(sound_thai, st.integers(0, 999), sound_thai)
def test_numbers_of_glyphs_of_a_pdf_are_refused(before: str, number: int, after: str) -> None:
    text = f"{before}(cid:{number}){after}"
    with pytest.raises(SourceError, match=r"\(cid:NNN\)") as refusal:
        demand_sound_text(text, "table", 7)
    assert refusal.value.place.row == 7
    with pytest.raises(SourceError, match=r"\(cid:NNN\)"):
        demand_sound_column(pa.array(["ปกติ", text]), Place(row=1))


@settings(deadline=None)  # the first batch loads Arrow
@given(sound_thai, st.lists(st.sampled_from(["สาํนัก", "เ์สริม", "ทีีดี", "เี ป็น", "1ื ของ"]), min_size=3), sound_thai)
def test_vowels_and_tones_that_were_reordered_are_refused(before: str, words: list[str], after: str) -> None:
    text = " ".join([before, *words, after])
    assume(len(_MISPLACED.findall(text)) >= MISPLACED_MARKS)
    with pytest.raises(SourceError, match="re-ordered"):
        demand_sound_text(text, "table", 1)
    with pytest.raises(SourceError, match="re-ordered"):
        demand_sound_column(pa.array([text]), Place(row=1))


@pytest.mark.parametrize("offset", [-2, -1, 0, 1])
def test_a_letter_across_two_reads_of_the_file_is_one_letter(offset: int) -> None:
    text = "a" * (CHUNK + offset) + "กข"
    assert detected(text.encode()) == "utf-8-sig"
    with pytest.raises(SourceError):
        detected(text.encode() + "\nไทย".encode("cp874"))


@pytest.mark.parametrize("letters", ["๏", "๏ป"])
def test_half_of_a_byte_order_mark_is_thai(letters: str) -> None:
    assert detected(letters.encode("cp874")) == "cp874"


def test_a_letter_cut_off_at_the_end_is_refused() -> None:
    with pytest.raises(SourceError) as refusal:
        detected("หนึ่ง\nสอง\nส".encode()[:-1])
    assert refusal.value.place.row == 3


PIECES = "กขปเธน€ÃÂà¸ab \x00(cid:1)\u0e38\u0e48\u0e4d\ufffd\ud800"
CELLS = st.lists(st.text(st.sampled_from(PIECES), max_size=8) | st.just("ปกติ"), max_size=3)


@settings(deadline=None)  # the first batch loads Arrow
@given(st.lists(CELLS, max_size=60))
def test_many_rows_at_once_are_judged_as_each_cell_is(rows: list[list[str]]) -> None:
    def one_by_one() -> None:
        for number, cells in enumerate(rows, start=1):
            for cell in cells:
                demand_sound_text(cell, "table", number)

    def refusal(judge: Callable[[], object]) -> tuple[str, int | None] | None:
        try:
            judge()
        except SourceError as error:
            return error.message, error.place.row
        return None

    assert refusal(lambda: list(sound_rows(enumerate(rows, start=1), "table", list))) == refusal(one_by_one)


def test_a_row_that_cannot_be_read_is_refused_after_those_before_it_were_given() -> None:
    def rows() -> Iterator[tuple[int, list[str]]]:
        yield 1, ["ปกติ"]
        raise SourceError("no record", remedy="none")

    given_on = sound_rows(rows(), "table", list)
    assert next(given_on) == (1, ["ปกติ"])
    with pytest.raises(SourceError, match="no record"):
        next(given_on)
