"""Figures with thousands separators keep their value, whole numbers too, and what is no separator is refused."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import InvalidData
from pipelines.preparation.tidying import Counts, tidied
from pipelines.source_table import SourceTable


def tidy(text: str, **field: Any) -> str:
    schema = {"fields": [{"name": "person_count", **field}]}
    batch = pa.RecordBatch.from_pydict({"source_row": [2], "person_count": [text]})
    spec = SourceTable.model_validate({"columns": {"person_count": "จำนวน"}})
    (out,) = tidied([batch], schema, "t", spec, Counts())
    found: str = out.column("person_count")[0].as_py()
    return found


@given(st.integers(-(10**15), 10**15))
def test_a_whole_number_with_separators_is_the_number(number: int) -> None:
    assert int(tidy(f"{number:,}", type="integer", groupChar=",")) == number


@pytest.mark.parametrize("text", ["12,5", "1,2345", ",123", "1,,000"])
def test_a_comma_that_parts_no_thousands_is_refused(text: str) -> None:
    with pytest.raises(InvalidData, match="do not part thousands"):
        tidy(text, type="integer", groupChar=",")


def test_a_comma_nobody_declared_stays_for_the_schema_to_refuse() -> None:
    assert tidy("1,000", type="integer") == "1,000"
