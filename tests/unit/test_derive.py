"""Derived columns and tables: exact, in a stable order, and shut in."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.errors import DatasetError, InvalidData, OpendataError
from pipelines.preparation import derive as module
from pipelines.preparation.derive import derive
from pipelines.stages import rules_sha256
from pipelines.tabular import BATCH_ROWS
from tests.toy import NAME, PERIOD
from tests.validating import project

CANARY = "ลับสุดยอด-5521"
VISITS = pa.table(
    {
        "visit_code": ["b", "a", CANARY],
        "district_code": ["1002", "1001", "9999"],
        "amount_thb": pa.array([10, 25, 5], pa.decimal128(38, 2)),
    }
)


def derived(folder: Path, table: pa.Table = VISITS, **changes: Any) -> dict[str, Path]:
    ws = project(folder, **changes)
    pq.write_table(table, folder / "typed.parquet")
    out = folder / "built"
    out.mkdir()
    return derive(ws.dataset(NAME), PERIOD, {"visits": folder / "typed.parquet"}, out).tables


def source(**queries: str) -> str:
    return f"def derive(period):\n    return {queries!r}\n"


def test_new_columns_follow_those_of_the_source_in_its_order(tmp_path: Path) -> None:
    columns = {"half_thb": "(amount_thb / 2)::DECIMAL(18, 2)", "is_dear": "amount_thb > 7"}
    table = pq.read_table(derived(tmp_path, derive=columns)["visits"])
    assert table.column_names == [*VISITS.column_names, "half_thb", "is_dear"]
    assert table["visit_code"].to_pylist() == ["b", "a", CANARY]
    assert [str(half) for half in table["half_thb"].to_pylist()] == ["5.00", "12.50", "2.50"]
    assert table["is_dear"].to_pylist() == [True, True, False]


def test_a_table_without_new_columns_stays_as_it_was_typed(tmp_path: Path) -> None:
    assert pq.read_table(derived(tmp_path)["visits"]).equals(VISITS)


def test_place_codes_and_reviewed_look_ups_are_at_hand(tmp_path: Path) -> None:
    columns = {
        "district_name_th": "(SELECT district_name_th FROM places.districts d"
        " WHERE d.district_code = visits.district_code)",
        "kind": "(SELECT kind FROM data.kinds WHERE code = visit_code)",
    }
    data = {"kinds.csv": "code,kind\na,NA\nb,\n"}
    table = pq.read_table(derived(tmp_path, derive=columns, data=data)["visits"])
    assert table["district_name_th"].to_pylist() == ["เขตดุสิต", "เขตพระนคร", None]
    assert table["kind"].to_pylist() == [None, "NA", None], "NA is a text, an empty cell is nothing"


def test_order_and_bytes_hold_for_any_number_of_rows(tmp_path: Path) -> None:
    """A look-up is a join, and joins give rows in the order their threads finish."""
    rows = 2 * BATCH_ROWS + 7
    many = pa.table(
        {"visit_code": [f"{n:07}" for n in range(rows)], "district_code": ["1001", "1002"] * (rows // 2) + ["1003"]}
    )
    columns = {
        "name": "(SELECT max(district_name_th) FROM places.districts d WHERE d.district_code = visits.district_code)"
    }
    paths = []
    for run in ("one", "two"):
        (tmp_path / run).mkdir()
        paths.append(derived(tmp_path / run, many, derive=columns)["visits"])
    assert pq.read_table(paths[0])["visit_code"].to_pylist() == many["visit_code"].to_pylist()
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_source_py_makes_further_tables_sorted_by_all_columns(tmp_path: Path) -> None:
    query = "SELECT district_code, sum(amount_thb + extra_thb) AS amount_thb FROM visits GROUP BY ALL -- of all"
    paths = derived(tmp_path, derive={"extra_thb": "1::DECIMAL(18, 2)"}, source=source(districts=query))
    table = pq.read_table(paths["districts"])
    assert table["district_code"].to_pylist() == ["1001", "1002", "9999"]
    assert [str(amount) for amount in table["amount_thb"].to_pylist()] == ["26.00", "11.00", "6.00"]


def test_a_new_table_sees_the_columns_of_the_source_and_no_others(tmp_path: Path) -> None:
    paths = derived(tmp_path, source=source(everything="SELECT * FROM visits"))
    assert pq.read_schema(paths["everything"]).names == VISITS.column_names


@pytest.mark.parametrize(
    ("columns", "key", "said"),
    [
        ({"x": "nowhere + 1"}, "derive.visits.x", "names what it may not use"),
        ({"ok": "1", "x": "1 +"}, "derive.visits.x", "cannot be understood"),
        ({"x": "1) FROM visits; DROP TABLE visits; --"}, "derive.visits.x", "cannot be understood"),
        ({"x": "1, 2 AS y"}, "derive.visits.x", "cannot be understood"),
        ({"x": "sum(amount_thb)"}, "derive.visits", "may not use"),
        ({"x": "unnest([1, 2])"}, "derive.visits", "number of rows"),
        ({"visit_code": "1"}, "derive.visits.visit_code", "already"),
        ({"x": "1 / 3"}, "derive.visits", "not text, boolean"),
        ({"x": "amount_thb::DOUBLE"}, "derive.visits", "not text, boolean"),
        ({"x": "[visit_code]"}, "derive.visits", "not text, boolean"),
        ({"x": "(SELECT content FROM read_text('/etc/hostname'))"}, "derive.visits.x", "may not use"),
        ({"x": "(SELECT count(*) FROM read_csv('https://127.0.0.1:9/x.csv'))"}, "derive.visits.x", "may not use"),
        ({"x": "(SELECT min(visit_code) FROM VISITS_OF_PYTHON)"}, "derive.visits.x", "may not use"),
    ],
)
def test_a_wrong_expression_is_named_by_its_key(
    tmp_path: Path, columns: dict[str, str], key: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "VISITS_OF_PYTHON", VISITS, raising=False)
    with pytest.raises(DatasetError, match=said) as refusal:
        derived(tmp_path, derive=columns)
    assert refusal.value.place.column == key
    assert refusal.value.place.file == f"datasets/{NAME}/dataset.yaml"


@pytest.mark.parametrize(
    "sql",
    [
        "visit_code::INTEGER",
        "CASE WHEN amount_thb > 0 THEN error(visit_code) ELSE 1 END",
        "strptime(visit_code, '%Y')::DATE",
        "9223372036854775807 + 1 + amount_thb::BIGINT",
    ],
)
def test_an_expression_that_fails_on_the_data_does_not_tell_the_cell(tmp_path: Path, sql: str) -> None:
    with pytest.raises(InvalidData, match="fails on the data") as refusal:
        derived(tmp_path, derive={"x": sql})
    assert CANARY not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__, "a traceback would show DuckDB's own message, which quotes the cell"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
        "COPY visits TO 'out.csv'",
        "ATTACH 'other.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "CREATE TABLE mine AS FROM visits",
        "SELECT 1); SET memory_limit = '1TB'; SELECT (1",
    ],
)
def test_no_file_network_or_setting_is_in_reach_of_source_py(tmp_path: Path, query: str) -> None:
    with pytest.raises(OpendataError) as refusal:
        derived(tmp_path, source=source(mine=query))
    assert "root:" not in str(refusal.value)
    assert sorted(path.name for path in (tmp_path / "built").iterdir()) == ["visits.parquet"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def derive(period:", "SyntaxError"),
        ("x = 1", "KeyError"),
        ("def derive(period):\n    return {}['x']", "KeyError"),
        ("def derive(period):\n    return {'visits': 'SELECT 1 AS a'}", "a name of its own"),
        ("def derive(period):\n    return {'../visits': 'SELECT 1 AS a'}", "a name of its own"),
    ],
)
def test_a_source_py_that_fails_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DatasetError, match=said) as refusal:
        derived(tmp_path, source=text)
    assert "source.py" in str(refusal.value)


def test_a_look_up_that_is_no_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no CSV") as refusal:
        derived(tmp_path, data={"kinds.csv": "code,kind\na\n"})
    assert refusal.value.place.file == f"datasets/{NAME}/data/kinds.csv"


def test_an_edited_look_up_is_an_edited_rule(tmp_path: Path) -> None:
    """Otherwise figures made with the old rates would still count as proved."""
    ws = project(tmp_path, data={"rates.csv": "rate\n1\n"})
    before = rules_sha256(ws.dataset(NAME), "validate")
    (ws.project / "datasets" / NAME / "data/rates.csv").write_text("rate\n2\n", encoding="utf-8")
    assert rules_sha256(ws.dataset(NAME), "validate") != before
