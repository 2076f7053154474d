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
                                   "3–1006–00445–63–5", "3\u00a01006\u00a000445\u00a063\u00a05", "3_1006_00445_63_5",
                                   "3\u20091006\u202f00445\t63 5",
                                   "\u200b3\u00ad1006\u200b00445635\ufeff",
                                   "\u200e3-1006\u200d-00445\u206063-5\u202c"])  # fmt: skip
def test_one_number_has_many_spellings(spelt: str) -> None:
    assert bare_id(spelt) == "3100600445635"
    assert kind_of(spelt) == "person"
    assert bare_ids(pa.array([spelt])).to_pylist() == ["3100600445635"]


@pytest.mark.parametrize("spelt", ["3.10060E+12", "3.1006E12", "310060044563", "31006004456355", "เลขที่ 3100600445635",
                                   "3100600445635.0", "(3100600445635)", "x3100600445635"])  # fmt: skip
def test_what_has_not_thirteen_digits_alone_is_no_number_and_stays_as_it_is(spelt: str) -> None:
    assert bare_id(spelt) is None
    assert bare_ids(pa.array([spelt])).to_pylist() == [spelt]


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
