"""Whatever is called, changed, deleted or forged, in whatever order: what is public was
accepted by validation and by disclosure control, for these very bytes.

The machine below plays a careless and a hostile operator. After every step it reads the
website as a citizen would and holds it against its own account of what may be there.
"""

import contextlib
import copy
import csv
import hashlib
import io
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pipelines.anonymise import anonymise
from pipelines.errors import Refusal
from pipelines.extract import extract
from pipelines.portals.static import StaticPortal
from pipelines.publish import publish
from pipelines.publishing.rollback import rollback
from pipelines.stages import STAGES, Stage
from pipelines.validate import validate
from tests.toy import CANARY_ID, DEFINITION, NAME, PERIOD, csv_of, persons, source_file, write_project

K, STRICTER = 5, 8
SOUND: dict[str, list[str]] = {
    "small": persons("1001", 9) + persons("1002", 7) + persons("1003", 2),
    "grown": persons("1001", 11) + persons("1002", 7) + persons("1003", 3),
    "other": persons("1004", 8) + persons("1005", 6, note="เยี่ยมซ้ำ"),
}
UNSOUND: dict[str, list[str]] = {
    "no number": [*persons("1001", 9), *persons("1002", 7, amount="มาก")],
    "no such district": [*persons("1001", 9), *persons("99", 7)],
    "an id in the notes": [*persons("1001", 9), *persons("1002", 7, note=f"เลขบัตร{CANARY_ID}")],
    "an id with dashes": [*persons("1001", 9), *persons("1002", 7, note="8-9900-00000-01-6")],
}


class Operator(RuleBasedStateMachine):
    """Drives the four verbs over one dataset."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.ws = write_project(self.folder)
        self.portal = StaticPortal(self.ws)
        self.published: list[str] = []
        self.k, self.most = K, 1000
        self.call_all()

    def teardown(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @rule(content=st.sampled_from([*SOUND, *SOUND, *UNSOUND]))
    def deliver(self, content: str) -> None:
        source_file(self.ws).write_bytes(csv_of({**SOUND, **UNSOUND}[content]))

    @rule(k=st.sampled_from([K, STRICTER]), most=st.sampled_from([1000, 1000, 3]))
    def edit_rules(self, k: int, most: int) -> None:
        self.k, self.most = k, most
        definition: dict[str, Any] = copy.deepcopy(DEFINITION)
        definition["privacy"]["model"]["k"] = k
        definition["assertions"]["rows"]["visits"]["max"] = most
        write_project_definition(self.ws.project, definition)

    @rule(stage=st.sampled_from(STAGES))
    def call(self, stage: Stage) -> None:
        self._try(stage)

    @rule()
    def call_all(self) -> None:
        for stage in STAGES:
            self._try(stage)

    @rule(stage=st.sampled_from(STAGES))
    def delete_receipt(self, stage: Stage) -> None:
        self._receipt(stage).unlink(missing_ok=True)

    @rule(stage=st.sampled_from(STAGES), field=st.sampled_from(["previous", "input_sha256", "rules_sha256", "files"]))
    def forge_receipt(self, stage: Stage, field: str) -> None:
        """Edit a receipt so that it fits whatever lies there now, as a forger would."""
        path = self._receipt(stage)
        if not path.exists():
            return
        receipt = json.loads(path.read_bytes())
        if field == "files":
            for proof in receipt["files"].values():
                file = Path(self.ws.home, proof["path"])
                proof["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else "0" * 64
        else:
            receipt[field] = "0" * 64
        path.write_text(json.dumps(receipt))

    @rule(stage=st.sampled_from(STAGES), data=st.data())
    def replay_receipt(self, stage: Stage, data: st.DataObject) -> None:
        """Put an earlier genuine receipt back as the latest."""
        earlier = sorted(self._receipt(stage).parent.glob(f"history/{stage}-*.json"))
        if earlier:
            shutil.copy(data.draw(st.sampled_from(earlier)), self._receipt(stage))

    @rule()
    def falsify(self) -> None:
        """Change a figure in the tables to be released so that nothing in them looks wrong, and
        the receipt with them."""
        for file in Path(self.ws.home, "snapshots", "anonymised").rglob("*.csv"):
            file.chmod(0o644)
            file.write_bytes(file.read_bytes().replace(b"1001-001", b"1001-099").replace(b",9,", b",8,"))
        self.forge_receipt("anonymise", "files")

    @rule(stage=st.sampled_from(["valid", "anonymised"]))
    def alter_tables(self, stage: str) -> None:
        """Append a person to every stored table of a stage, receipts untouched."""
        for file in Path(self.ws.home, "snapshots", stage).rglob("*.*"):
            if file.is_file():
                file.chmod(0o644)
                file.write_bytes(file.read_bytes() + f"9999-999,{CANARY_ID}\r\n".encode())

    @rule(data=st.data())
    def roll_back(self, data: st.DataObject) -> None:
        if self.published:
            release = data.draw(st.sampled_from(self.published))
            with contextlib.suppress(Refusal):
                rollback(self.ws, self.ws.dataset(NAME), release, self.portal)

    @invariant()
    def only_proven_bytes_are_public(self) -> None:
        latest = Path(self.ws.home, "site", NAME, "latest")
        if not latest.exists():
            return
        notes = _rows(latest / "notes.csv")
        cells = _rows(latest / "visits_by_district.csv")
        delivered = [lines for lines in SOUND.values() if _notes_of(lines) == notes]
        assert delivered, "the public notes are not those of any sound delivery"
        assert any(_cells_fit(cells, lines) for lines in delivered), "the public counts are not of that delivery"
        assert self._has_proof(latest / "notes.csv")
        assert self._has_proof(latest / "visits_by_district.csv")

    def _try(self, stage: Stage) -> None:
        dataset = self.ws.dataset(NAME)
        try:
            match stage:
                case "extract":
                    extract(self.ws, dataset)
                case "validate":
                    validate(self.ws, dataset, PERIOD)
                case "anonymise":
                    anonymise(self.ws, dataset, PERIOD)
                case "publish":
                    result = publish(self.ws, dataset, PERIOD, self.portal)
                    self.published.append(str(result.receipt.details["release"]))
                    self._assert_published_by_the_rules_of_now()
        except Refusal:
            return

    def _assert_published_by_the_rules_of_now(self) -> None:
        """What was just published is of the delivery taken in last, under the rules as they stand."""
        taken = json.loads(self._receipt("extract").read_bytes())["input_sha256"]
        (lines,) = (lines for lines in SOUND.values() if hashlib.sha256(csv_of(lines)).hexdigest() == taken)
        latest = Path(self.ws.home, "site", NAME, "latest")
        assert _rows(latest / "notes.csv") == _notes_of(lines)
        assert len(lines) <= self.most
        shown = [cell for cell in _rows(latest / "visits_by_district.csv") if cell["obs_status"] == "A"]
        assert all(int(cell["person_count"]) >= self.k for cell in shown)

    def _receipt(self, stage: Stage) -> Path:
        name = "publish-site" if stage == "publish" else stage
        return Path(self.ws.home, "receipts", NAME, PERIOD, f"{name}.json")

    def _has_proof(self, file: Path) -> bool:
        """Look for a privacy receipt of these bytes whose validation receipt is there too."""
        history = Path(self.ws.home, "receipts", NAME, PERIOD, "history")
        sha = hashlib.sha256(file.read_bytes()).hexdigest()
        private = [json.loads(p.read_bytes()) for p in history.glob("anonymise-*.json")]
        valid_ids = {p.stem.removeprefix("validate-") for p in history.glob("validate-*.json")}
        return any(
            receipt["files"][file.name]["sha256"] == sha and receipt["previous"][:16] in valid_ids
            for receipt in private
        )


def write_project_definition(project: Path, definition: dict[str, Any]) -> None:
    path = project / "datasets" / NAME / "dataset.yaml"
    path.write_text(json.dumps(definition, ensure_ascii=False), encoding="utf-8")


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def _notes_of(lines: list[str]) -> list[dict[str, str]]:
    records = csv.reader(lines)
    return sorted(({"visit_code": r[0], "note_th": r[4]} for r in records), key=lambda row: row["visit_code"])


def _cells_fit(cells: list[dict[str, str]], lines: list[str]) -> bool:
    """Every shown count is true and at least k; no district is missing, nor the total."""
    true: dict[str, int] = {"_T": len(lines)}
    for record in csv.reader(lines):
        true[record[3]] = true.get(record[3], 0) + 1
    if {cell["district_code"] for cell in cells} != set(true):
        return False
    shown, hidden = ([cell for cell in cells if cell["obs_status"] == status] for status in "AC")
    truthful = all(int(c["person_count"]) == true[c["district_code"]] >= K for c in shown)
    return truthful and all(c["person_count"] == c["amount_thb"] == "" for c in hidden)


TestOperator = Operator.TestCase
TestOperator.settings = settings(
    max_examples=50, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


HISTORIES: dict[str, list[Callable[[Operator], None]]] = {
    "a falsified table with a receipt to fit": [Operator.falsify],
    "stricter rules": [lambda it: it.edit_rules(STRICTER, 1000)],
    "stricter rules, validated anew": [lambda it: it.edit_rules(STRICTER, 1000), lambda it: it.call("validate")],
    "a new delivery that was taken in": [lambda it: it.deliver("grown"), lambda it: it.call("extract")],
    "a delivery that was refused": [
        lambda it: it.deliver("an id in the notes"),
        *(lambda it, stage=stage: it.call(stage) for stage in ("extract", "validate", "anonymise")),
    ],
    "altered tables": [lambda it: it.alter_tables("anonymised"), lambda it: it.alter_tables("valid")],
    "no receipt of validation": [lambda it: it.delete_receipt("validate")],
}


@pytest.mark.parametrize("history", HISTORIES)
def test_nothing_new_is_public_after(history: str) -> None:
    """The short ways to publish what is not proved, each of which one guard alone may stop."""
    operator = Operator()
    operator.begin()
    before = operator.published[:]
    try:
        for step in HISTORIES[history]:
            step(operator)
        operator.call("publish")
        operator.only_proven_bytes_are_public()
        assert operator.published == before
    finally:
        operator.teardown()
