"""The stage: what it leaves, what it proves, what it writes when it refuses."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from pipelines.errors import InvalidData, ReceiptError
from pipelines.extract import extract
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests.toy import NAME, PERIOD, csv_of, persons, source_file
from tests.validating import BLOCKS, SUBTOTALS, deliver, project, quality, refusals, table_path


def files(ws: Workspace) -> dict[str, int]:
    """Return every file of the home that counts, with the moment it was written."""
    kept = [path for path in Path(ws.home).rglob("*") if path.is_file() and "scratch" not in path.parts]
    return {str(path): path.stat().st_mtime_ns for path in kept}


def test_typed_tables_and_a_report_come_out(tmp_path: Path) -> None:
    ws = project(
        tmp_path, subtotals=[SUBTOTALS], derive={"is_dear": "amount_thb > 500"}, classes={"is_dear": {"class": "open"}}
    )
    result = deliver(ws, BLOCKS)
    table = pq.read_table(table_path(ws, result))
    assert table.schema.field("amount_thb").type == pa.decimal128(38, 2)
    assert table["is_dear"].to_pylist() == [False] * 3 + [True] * 2
    assert result.receipt.files["visits.parquet"].rows == 5
    assert quality(result) | {"engine": "", "fill": {}} == {
        "rows_read": 7,
        "rows": 5,
        "subtotals": {"exact": 2, "rounding": 0, "acknowledged": []},
        "tidied": {},
        "assumed_days": {},
        "look_ups": {},
        "corrections": [],
        "engine": "",
        "fill": {},
    }
    assert quality(result)["fill"]["note_th"] == "1.0000"
    assert quality(result)["engine"].startswith("frictionless ")


def test_what_was_tidied_is_counted_by_column(tmp_path: Path) -> None:
    ws = project(tmp_path)
    lines = persons("1001", 2, note="น\u0e4d\u0e32\u00a0 ดื่ม", amount="๑๒.๕๐") + persons("1002", 2)
    result = deliver(ws, lines)
    table = pq.read_table(table_path(ws, result))
    assert table["note_th"].to_pylist() == ["น\u0e33 ดื่ม"] * 2 + ["ปกติ"] * 2
    assert str(table["amount_thb"][0]) == "12.50"
    assert quality(result)["tidied"] == {"note_th": 2, "amount_thb": 2}


def test_a_wrong_cell_of_a_closed_column_is_not_sent_to_where_it_may_not_be_written(tmp_path: Path) -> None:
    ws = project(tmp_path)
    for amount in ("12x", "1.2E3"):
        with pytest.raises(InvalidData) as refusal:
            deliver(ws, persons("1001", 2, amount=amount))
        assert refusal.value.place.column == "amount_thb"
        assert "corrected at the source; " in refusal.value.remedy
        assert "columns of class `open`" in refusal.value.remedy


def test_a_date_of_the_buddhist_era_read_as_of_ours_is_refused_and_the_remedy_reads_it(tmp_path: Path) -> None:
    ws = project(tmp_path)
    schema = ws.project / "schemas/welfare/visits.source.yaml"
    fields: dict[str, Any] = yaml.safe_load(schema.read_text(encoding="utf-8"))
    fields["fields"][4].update(type="date", format="%d/%m/%Y")
    schema.write_text(yaml.safe_dump(fields, allow_unicode=True), encoding="utf-8")
    lines = persons("1001", 2, note="31/01/2566")
    with pytest.raises(InvalidData, match="a year from 1860 to 2100") as refusal:
        deliver(ws, lines)
    assert (refusal.value.place.column, refusal.value.place.row) == ("note_th", 2)
    assert "31/01" not in str(refusal.value)
    assert "`era: be`" in refusal.value.remedy

    definition = ws.project / "datasets" / NAME / "dataset.yaml"
    declared: dict[str, Any] = yaml.safe_load(definition.read_text(encoding="utf-8"))
    declared["source"]["tables"]["visits"]["dates"] = {"note_th": {"era": "be"}}
    definition.write_text(yaml.safe_dump(declared, allow_unicode=True, sort_keys=False), encoding="utf-8")
    del fields["fields"][4]["format"]
    schema.write_text(yaml.safe_dump(fields, allow_unicode=True), encoding="utf-8")
    assert str(pq.read_table(table_path(ws, deliver(ws, lines)))["note_th"][0]) == "2023-01-31"


def test_thai_digits_of_a_text_stay(tmp_path: Path) -> None:
    ws = project(tmp_path)
    assert pq.read_table(table_path(ws, deliver(ws, persons("1001", 1, note="ฉบับที่ ๒"))))["note_th"].to_pylist() == [
        "ฉบับที่ ๒"
    ]


def test_a_second_run_writes_nothing_and_says_so(tmp_path: Path) -> None:
    ws = project(tmp_path)
    first = deliver(ws, persons("1001", 3))
    before = files(ws)
    second = validate(ws, ws.dataset(NAME), PERIOD)
    assert (first.written, second.written) == (True, False)
    assert second.receipt == first.receipt
    assert files(ws) == before


def test_the_same_delivery_gives_the_same_bytes_in_another_home(tmp_path: Path) -> None:
    lines = persons("1001", 9) + persons("1002", 9)
    derive, classes = {"half": "amount_thb::INTEGER // 2"}, {"half": {"class": "open"}}
    runs = [deliver(project(tmp_path / home, derive=derive, classes=classes), lines) for home in ("one", "two")]
    one, two = ({name: file.sha256 for name, file in run.receipt.files.items()} for run in runs)
    assert one == two


def test_validation_needs_an_extract(tmp_path: Path) -> None:
    ws = project(tmp_path)
    with pytest.raises(ReceiptError, match="no receipt of extract"):
        validate(ws, ws.dataset(NAME), PERIOD)


def test_a_damaged_table_is_made_again(tmp_path: Path) -> None:
    ws = project(tmp_path)
    first = deliver(ws, persons("1001", 3))
    table_path(ws, first).write_bytes(b"damaged")
    again = validate(ws, ws.dataset(NAME), PERIOD)
    assert again.written
    assert again.receipt.id == first.receipt.id


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("corrections.yaml", "[]"),
        ("source.py", "def derive(period): return {}"),
        ("data/rates.csv", "rate\n1\n"),
    ],
)
def test_an_edited_rule_means_validating_again(tmp_path: Path, rule: str, text: str) -> None:
    ws = project(tmp_path)
    deliver(ws, persons("1001", 3))
    path = ws.project / "datasets" / NAME / rule
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReceiptError, match="rules of validate have changed"):
        ws.receipts.demand(ws.dataset(NAME), PERIOD, "validate")
    assert validate(ws, ws.dataset(NAME), PERIOD).written


def test_a_refused_delivery_leaves_no_older_one_looking_current(tmp_path: Path) -> None:
    """Yesterday's receipt is sound, but it is not for today's delivery."""
    ws = project(tmp_path)
    sound = deliver(ws, persons("1001", 3))
    with pytest.raises(InvalidData):
        deliver(ws, persons("1001", 3, amount="-1"))
    assert ws.receipts.current(NAME, PERIOD, "validate") == sound.receipt
    with pytest.raises(ReceiptError, match="earlier state of its input"):
        ws.receipts.demand(ws.dataset(NAME), PERIOD, "validate")


def test_a_refusal_keeps_the_whole_report_and_writes_nothing_else(tmp_path: Path) -> None:
    ws = project(tmp_path)
    source_file(ws).write_bytes(csv_of(persons("1001", 2) + persons("1002", 1500, amount="-1")))
    extract(ws, ws.dataset(NAME))
    before = files(ws)
    with pytest.raises(InvalidData) as refusal:
        validate(ws, ws.dataset(NAME), PERIOD)
    assert "'minimum: 0' (and 1,499 more errors)" in refusal.value.message
    assert (refusal.value.place.row, refusal.value.place.column) == (4, "amount_thb")
    (kept,) = refusals(ws)
    assert (kept["stage"], kept["row"], kept["table"]) == ("validate", 4, "visits")
    assert kept["report"]["error_count"] == 1500
    assert len(kept["report"]["errors"]) == 1000
    assert kept["report"]["errors"][1] == {
        "type": "constraint-error", "row": 5, "field": "amount_thb", "rule": "minimum: 0",
    }  # fmt: skip
    assert len(files(ws)) == len(before) + 1


def test_further_tables_have_their_rows_and_fill_in_the_report(tmp_path: Path) -> None:
    query = "SELECT district_code, nullif(count(*), 1) AS visit_count FROM visits GROUP BY ALL"
    ws = project(
        tmp_path,
        source=f"def derive(period):\n    return {{'districts': {query!r}}}\n",
        classes={"visit_count": {"class": "open"}},
        assertions={"rows": {"visits": {"min": 1}, "districts": {"min": 2, "max": 2}}, "fill": {"visit_count": 0.5}},
    )
    result = deliver(ws, persons("1001", 3) + persons("1002", 1))
    assert quality(result, "districts") == {"rows": 2, "fill": {"district_code": "1.0000", "visit_count": "0.5000"}}


def test_long_work_says_how_far_it_is(tmp_path: Path) -> None:
    ws = project(tmp_path)
    source_file(ws).write_bytes(csv_of(persons("1001", 500)))
    extract(ws, ws.dataset(NAME))
    said: list[tuple[str, int, int | None]] = []
    validate(ws, ws.dataset(NAME), PERIOD, on_progress=lambda *what: said.append(what))
    assert said == [("preparing visits", 500, 500), ("validating visits", 500, 500)]


def test_the_receipt_holds_no_cell(tmp_path: Path) -> None:
    ws = project(tmp_path)
    result = deliver(ws, persons("1001", 3, note="ลับสุดยอด-2210"))
    assert "ลับสุดยอด" not in json.dumps(result.receipt.model_dump(mode="json"), ensure_ascii=False)
