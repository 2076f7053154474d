"""Dagster keeps its event log for ever and shows it to every operator: whatever goes wrong
with a delivery, no cell of it may get there, nor into the logs of the process."""

import shutil
from pathlib import Path

import dagster as dg
import pytest

from assets.definitions import build_definitions
from pipelines.workspace import Workspace
from tests.assets.conftest import Bench
from tests.toy import CANARY_ID, HEADER, PERIOD, csv_of, persons, source_file

ROOT = Path(__file__).parents[2]
CANARY = "ลับสุดยอด-CANARY-8842"
SOUND = persons("1001", 9, note=CANARY)


def _line(**cells: str) -> str:
    sound = {"code": "1001-900", "year": PERIOD, "id": CANARY_ID, "district": "1001", "note": CANARY, "amount": "5"}
    return ",".join((sound | cells).values())


#: What is wrong -> the delivery, and the check that must have failed ("" where nothing did).
DELIVERIES: dict[str, tuple[bytes, str]] = {
    "nothing": (csv_of(persons("1001", 9) + persons("1002", 7)), ""),
    "a number that is none": (csv_of([*SOUND, _line(amount=CANARY)]), "rows_valid"),
    "a code that is none": (csv_of([*SOUND, _line(district=CANARY)]), "rows_valid"),
    "the same key twice": (csv_of([*SOUND, _line(code=CANARY), _line(code=CANARY)]), "rows_valid"),
    "a cell too many": (csv_of([*SOUND, _line() + f",{CANARY}"]), "source_accepted"),
    "a column nobody knows": (
        csv_of([f"{line},{CANARY}" for line in SOUND]).replace(HEADER.encode(), f"{HEADER},ใหม่".encode()),
        "columns_mapped",
    ),
    "another year": (csv_of([*SOUND, _line(year="2560")]).replace(b",2566,", b",2565,"), "source_accepted"),
    "an id among the notes": (csv_of([*SOUND, _line(note=f"{CANARY} 8990000000016")]), "nobody_recognisable"),
    "half a letter": (csv_of(SOUND)[:-40] + b"\xe0\xb8", "source_accepted"),
}


@pytest.mark.parametrize("what", DELIVERIES)
def test_nothing_that_dagster_writes_holds_a_cell(
    toy: Workspace, tmp_path: Path, capfd: pytest.CaptureFixture[str], what: str
) -> None:
    delivery, check = DELIVERIES[what]
    source_file(toy).write_bytes(delivery)
    home = tmp_path / "dagster"
    home.mkdir()
    shutil.copy(ROOT / "deploy/dagster.embedded.yaml", home / "dagster.yaml")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        result = Bench(build_definitions(toy), instance).run()
    broken = [e.check_name for e in result.get_asset_check_evaluations() if not e.passed]
    assert (result.success, broken) == ((True, []) if not check else (False, [check]))
    written = {str(path): path.read_bytes() for path in home.rglob("*") if path.is_file()}
    assert any(b"STEP_START" in content for content in written.values()), "the event log is what is searched"
    output = "".join(capfd.readouterr())
    assert "RUN_START" in output, "so is what the process printed"
    for name, content in {**written, "the process": output.encode()}.items():
        found = [value for value in (CANARY, CANARY_ID) for form in _forms(value) if form in content]
        assert not found, f"a cell stands in {name}"


def _forms(value: str) -> list[bytes]:
    """Return how a value may be written: as it is, or escaped as JSON and Python do."""
    return [value.encode(), ascii(value).strip("'").encode(), ascii(value).strip("'").replace("\\", "\\\\").encode()]
