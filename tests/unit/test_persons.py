"""Who is counted: a person is one however the number is spelt, and no row is nobody's."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.disclosure.persons import UNIT, register
from pipelines.errors import DatasetError, PrivacyError
from pipelines.thai.ids import bare_ids
from tests.protecting import ROWS, UNITS, person, protected, records, statistics
from tests.toy import CANARY_ID, NAME, write_project

CLASSES = {"national_id": "direct", "area": "quasi", "code": "open"}
PERSONS = [person(n, area="a" if n < 9 else "b", code=str(n)) for n in range(20)]


def spellings(number: str) -> list[str]:
    parts = [number[0], number[1:5], number[5:10], number[10:12], number[12]]
    return [number, *(mark.join(parts) for mark in "- .–"), "๘" + number[1:], f" {number}\u00a0"]


def test_one_person_in_many_spellings_is_one_person(tmp_path: Path) -> None:
    rows = [{"national_id": number, "area": "c", "code": "x"} for number in spellings(CANARY_ID)]
    table = statistics(["area"], person_count=UNITS, row_count=ROWS)
    published, _ = protected(tmp_path, PERSONS + rows, CLASSES, {"t": table})
    assert next(row for row in published["t"] if row["area"] == "c")["person_count"] is None
    assert next(row for row in published["t"] if row["area"] == "_T")["person_count"] == 21


def test_one_person_in_many_spellings_does_not_make_a_group(tmp_path: Path) -> None:
    rows = [{"national_id": s, "area": "c", "code": f"x{n}"} for n, s in enumerate(spellings(CANARY_ID))]
    with pytest.raises(PrivacyError, match="1 groups of persons"):
        protected(tmp_path, PERSONS + rows, CLASSES, {"t": records("code", "area", key="code")})


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text("0๘-–. /a\t1", max_size=20) | st.sampled_from(spellings(CANARY_ID)), min_size=1))
def test_persons_are_told_apart_as_ids_are_everywhere_else(texts: list[str], tmp_path: Path) -> None:
    pq.write_table(pa.table({"national_id": pa.array(texts, pa.string())}), tmp_path / "t.parquet")
    ws = write_project(tmp_path / "project")
    with duckdb.connect() as database:
        register(database, ws.dataset(NAME), "t", tmp_path / "t.parquet")
        found = [row[0] for row in database.sql(f"SELECT {UNIT} FROM t").fetchall()]  # noqa: S608
    assert found == [text or None for text in bare_ids(pa.array(texts, pa.string())).to_pylist()]


@pytest.mark.parametrize("nobody", [None, "", " ", "\t\u00a0"])
@pytest.mark.parametrize("table", [statistics(["area"], person_count=UNITS), records("code", key="code")])
def test_rows_without_a_person_are_refused_by_number(
    tmp_path: Path, nobody: str | None, table: dict[str, object]
) -> None:
    rows = [{"national_id": nobody, "area": "a", "code": f"x{n}"} for n in range(6)]
    with pytest.raises(PrivacyError, match="6 rows have no person's id") as refusal:
        protected(tmp_path, PERSONS + rows, CLASSES, {"t": table})
    assert refusal.value.place.column == "national_id"


def test_a_table_that_lost_its_persons_is_refused(tmp_path: Path) -> None:
    rows = [{"area": "a"}] * 9
    with pytest.raises(DatasetError, match="visits has no national_id"):
        protected(tmp_path, rows, CLASSES, {"t": statistics(["area"], person_count=UNITS)})
