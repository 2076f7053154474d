"""Whose number it is decides whether it may be published. Numbers here have the province code
00, which no province has, or are examples from the documentation of python-stdnum."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.th import moa, pin

from pipelines.thai.ids import bare_id, bare_ids, check_digits, kind_of

BODIES = st.tuples(st.integers(0, 9), st.integers(0, 10**11 - 1)).map(lambda parts: f"{parts[0]}{parts[1]:011}")


def whole(body: str) -> str:
    return body + str(int(check_digits(np.array([[int(digit) for digit in body]]))[0]))


@pytest.mark.parametrize("spelt", ["3100600445635", "3-1006-00445-63-5", "๓๑๐๐๖๐๐๔๔๕๖๓๕", " 3 1006 00445 63 5 ",
                                   "3–1006–00445–63–5"])  # fmt: skip
def test_one_number_has_many_spellings(spelt: str) -> None:
    assert bare_id(spelt) == "3100600445635"
    assert kind_of(spelt) == "person"
    assert bare_ids(pa.array([spelt])).to_pylist() == ["3100600445635"]


def test_a_juristic_number_is_known_by_its_first_digit() -> None:
    assert kind_of("0-99-3-000-13397-8") == "juristic"
    assert kind_of("0993000133979") is None


@given(BODIES)
def test_the_check_digit_is_that_of_the_reference(body: str) -> None:
    number = whole(body)
    assert pin.is_valid(number) == (body[0] in "12345678")
    assert moa.is_valid(number) == (body[0] == "0")


@given(st.lists(st.one_of(st.none(), st.text("0123456789-๐ ", max_size=16)), max_size=20))
def test_a_column_is_judged_as_its_cells_are(cells: list[str | None]) -> None:
    column = pa.array(cells, pa.string())
    assert bare_ids(column).to_pylist() == [cell if cell is None else bare_id(cell) or cell for cell in cells]
