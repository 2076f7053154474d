"""Deliveries and rules that validation must refuse: each names its place and a remedy, and no
cell of the delivery is in the error, the quarantine, a receipt or a log."""

import traceback
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import DatasetError, InvalidData, OpendataError, ReconciliationError
from tests.toy import CANARY_ID, NAME, PERIOD, persons
from tests.validating import BLOCKS, SUBTOTALS, deliver, project, refusals

CANARY = "ลับสุดยอด-CANARY-6031"
CANARY_FIGURE = "83310725"
SOUND = persons("1001", 3, note=CANARY)
OPEN = {"amount_thb": {"class": "open"}}
ENTRY = {
    "period": PERIOD,
    "table": "visits",
    "reason": {"th": "ผิด", "en": "wrong"},
    "reported": "2026-11-01",
}
CELL = {**ENTRY, "kind": "cell", "match": {"visit_code": "1001-001"}, "column": "note_th", "replace": "x"}


def line(**cells: str) -> str:
    sound = {"code": "1001-900", "year": PERIOD, "id": CANARY_ID, "district": "1001", "note": CANARY, "amount": "5"}
    return ",".join((sound | cells).values())


Case = tuple[list[str], dict[str, Any], type[OpendataError], str, tuple[int | None, str | None]]

CASES: dict[str, Case] = {
    "text where a number is due": (
        [*SOUND, line(amount=CANARY)], {}, InvalidData, "type: number", (5, "amount_thb")),
    "a figure with a decimal comma": (
        [*SOUND, line(amount='"83310725,5"')], {}, InvalidData, "part thousands", (5, "amount_thb")),
    "a figure in brackets": (
        [*SOUND, line(amount=f"({CANARY_FIGURE})")], {}, InvalidData, "type: number", (5, "amount_thb")),
    "a figure too long to keep": (
        [*SOUND, line(amount=f"{CANARY_FIGURE}{'0' * 40}")], {}, InvalidData, "digits before", (5, "amount_thb")),
    "a figure finer than satang": (
        [*SOUND, line(amount=f"{CANARY_FIGURE}.001")], {}, InvalidData, "2 digits behind", (5, "amount_thb")),
    "a figure that cannot be compared": (
        [*SOUND, line(amount="sNaN")], {}, InvalidData, "cannot be compared", (5, None)),
    "a negative amount": (
        [*SOUND, line(amount=f"-{CANARY_FIGURE}")], {}, InvalidData, "minimum: 0", (5, "amount_thb")),
    "a year of the wrong era": (
        [*SOUND, line(year="2023")], {}, InvalidData, "minimum: 2500", (5, "fiscal_year_be")),
    "a year that is no number": (
        [*SOUND, line(year="๒๕๖๖ก")], {}, InvalidData, "type: integer", (5, "fiscal_year_be")),
    "a code of the wrong form": (
        [*SOUND, line(district=CANARY_FIGURE)], {}, InvalidData, "pattern: [0-9]{4}", (5, "district_code")),
    "a key twice": (
        [*SOUND, line(), line()], {}, InvalidData, "'unique'", (6, "visit_code")),
    "a required cell empty": (
        [*SOUND, line(id="")], {}, InvalidData, "'required'", (5, "national_id")),
    "a required cell of white space": (
        [*SOUND, line(id=" \u00a0 ")], {}, InvalidData, "'required'", (5, "national_id")),
    "fewer rows than can be": (
        SOUND, {"assertions": {"rows": {"visits": {"min": 9}}}}, InvalidData, "3 rows where 9", (None, None)),
    "a column that is hardly filled": (
        [*SOUND, line(amount="-")], {"assertions": {"rows": {"visits": {}}, "fill": {"amount_thb": 1}}},
        InvalidData, "empty in 1 of 4 rows", (None, "amount_thb")),
    "a column that is hardly filled and says what that means": (
        [*SOUND, line(amount="-")],
        {"assertions": {"rows": {"visits": {}}, "fill": {"amount_thb": 1}, "means": {"amount_thb": "no money"}}},
        InvalidData, "no money (empty in 1 of 4 rows", (None, "amount_thb")),
    "a subtotal that does not add up": (
        [*BLOCKS[:3], f"รวม,,,,,{CANARY_FIGURE}"], {"subtotals": [SUBTOTALS]},
        ReconciliationError, "not what its rows add up to", (5, "amount_thb")),
    "a missing subtotal": (
        BLOCKS[:3] + BLOCKS[4:], {"subtotals": [SUBTOTALS]}, InvalidData, "changes its group", (5, None)),
    "a figure in a subtotal that is text": (
        [*BLOCKS[:3], f"รวม,,,,,{CANARY}"], {"subtotals": [SUBTOTALS]}, InvalidData, "text where", (5, "amount_thb")),
    "an acknowledged fault that changed": (
        [*BLOCKS[:3], f"รวม,,,,,{CANARY_FIGURE}"],
        {"subtotals": [SUBTOTALS], "classes": OPEN, "corrections": [
            {**ENTRY, "kind": "discrepancy", "row": 5, "column": "amount_thb", "stated": "1", "computed": "30.30"}]},
        ReconciliationError, "has changed", (5, "amount_thb")),
    "an acknowledged fault that is gone": (
        SOUND, {"classes": OPEN, "corrections": [
            {**ENTRY, "kind": "discrepancy", "row": 9, "column": "amount_thb", "stated": "1", "computed": "2"}]},
        InvalidData, "not met", (9, "amount_thb")),
    "a stale correction": (
        SOUND, {"corrections": [{**CELL, "found": "ไม่มี"}]}, InvalidData, "matches 0", (None, "note_th")),
    "a correction on a personal column": (
        SOUND, {"corrections": [{**CELL, "column": "national_id", "found": CANARY_ID}]},
        DatasetError, "not an open column", (None, "0")),
    "a derived column without a privacy class": (
        SOUND, {"derive": {"shout": "upper(note_th)"}}, DatasetError, "no privacy class", (None, "shout")),
    "a derivation that fails on a cell": (
        SOUND, {"derive": {"shout": "note_th::INTEGER"}}, InvalidData, "fails on the data", (None, "derive.visits")),
    "a derivation that names nothing": (
        SOUND, {"derive": {"shout": "nowhere"}}, DatasetError, "may not use", (None, "derive.visits.shout")),
    "a new table that fails on a cell": (
        SOUND, {"source": "def derive(period):\n    return {'t': 'SELECT note_th::DATE AS d FROM visits'}\n"},
        InvalidData, "fails on the data", (None, "source.py: t")),
    "an assertion about nothing": (
        SOUND, {"assertions": {"rows": {"visits": {}}, "fill": {"amount": 1}}},
        DatasetError, "no validated table or column", (None, "assertions.fill")),
    "a table without bounds": (
        SOUND, {"assertions": {"rows": {}}}, DatasetError, "no bounds", (None, "assertions.rows")),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_with_its_place_and_nothing_is_told(
    case: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    lines, changes, expected, said, (row, column) = CASES[case]
    ws = project(tmp_path, **changes)
    with pytest.raises(OpendataError) as refusal:
        deliver(ws, lines)
    error = refusal.value
    assert isinstance(error, expected), str(error)
    assert said in error.message
    assert error.remedy
    assert (error.place.dataset, error.place.period) == (NAME, PERIOD)
    assert column is None or error.place.column == column
    assert row is None or error.place.row == row
    (kept,) = refusals(ws)
    assert kept["message"] == error.message
    assert not (Path(ws.home) / "snapshots/valid").exists()
    assert_untold(
        Path(ws.home), str(error), "".join(traceback.format_exception(error)), caplog.text, *capfd.readouterr()
    )


def assert_untold(home: Path, *texts: str) -> None:
    """No canary is in any of the texts, nor in any file but the snapshot of the delivery."""
    written = [path.read_bytes() for path in home.rglob("*") if path.is_file() and "raw" not in path.parts]
    everything = b"".join([*written, *map(str.encode, texts)])
    for canary in (CANARY, "CANARY-6031", CANARY_ID, CANARY_FIGURE, "83,310,7"):
        assert canary.encode() not in everything


def test_a_mapped_column_without_a_field_is_refused(tmp_path: Path) -> None:
    """It would be left out in silence, and its privacy class never asked for."""
    ws = project(tmp_path)
    schema = ws.project / "schemas/welfare/visits.source.yaml"
    schema.write_text(schema.read_text(encoding="utf-8").replace("name: note_th", "name: remark_th"), encoding="utf-8")
    with pytest.raises(DatasetError, match="of this name") as refusal:
        deliver(ws, SOUND)
    assert (refusal.value.place.table, refusal.value.place.column) == ("visits", "note_th")
    assert_untold(Path(ws.home), str(refusal.value))
