"""A file whose vowels and tones are moved is refused as a whole, and a typist's slips are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import SourceError
from pipelines.thai.encoding import FEWEST_IMPOSSIBLE, Spelling, demand_sound_text
from tests.unit.test_encoding import WORDS

#: What programs make of `ทั่วไป`, `สิ่งก่อสร้าง`, `เครื่อง`, `ประกัน` and `ให้เป็น` that move marks by a letter.
MOVED = ["เงินอุดหนุนทวั่ไป", "ค่าสง่ิก่อสร้าง", "เคร่ืองจักร", "หลักประกนั", "ใหเ้ป็นตัวอย่าง"]


def looked_at(cells: list[str]) -> Spelling:
    spelling = Spelling("table")
    for row, cell in enumerate(cells, start=2):
        demand_sound_text(cell, "table", row)
        spelling.see(cell, row)
    return spelling


@given(st.integers(FEWEST_IMPOSSIBLE, 40), st.integers(0, 9))
def test_a_file_whose_marks_are_moved_is_refused_though_no_cell_alone_is(moved: int, sound: int) -> None:
    words = [f"{MOVED[n % len(MOVED)]} {n}" for n in range(moved)]
    cells = [cell for word in words for cell in (word, *(f"งบลงทุน {word[-2:]} {n}" for n in range(sound)))]
    with pytest.raises(SourceError, match=f"{moved} of .* different texts have .*re-ordered"):
        looked_at(cells).demand()


@given(st.lists(st.sampled_from(WORDS)), st.lists(st.sampled_from(MOVED[1:])))
def test_slips_in_a_few_texts_on_however_many_lines_refuse_no_file(sound: list[str], slips: list[str]) -> None:
    looked_at(sound + slips * 100).demand()
    looked_at([*(f"งบลงทุน {n}" for n in range(200)), *MOVED]).demand()
