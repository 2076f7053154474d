"""Published records: k, l and alpha are demanded of persons, never trimmed to fit."""

from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import PrivacyError
from pipelines.workspace import Workspace
from tests.publishing import define, prepared, public, publish_now
from tests.toy import NAME, PERIOD, csv_of, source_file, write_project

SICK, WELL = "ป่วย", "ปกติ"


def line(person: int, district: str, note: str, visit: int = 1) -> str:
    return f"{district}-{person:03}-{visit},{PERIOD},0{district}{person:08},{district},{note},5"


def project(folder: Path, lines: list[str], *columns: str, **model: object) -> Workspace:
    """The toy project, publishing records: the note is sensitive, the district may tell."""

    def change(definition: dict[str, Any]) -> None:
        definition["privacy"]["columns"]["note_th"] = {"class": "sensitive"}
        definition["privacy"]["model"] = {"k": 5, **model}
        definition["tables"]["notes"]["columns"] = ["visit_code", *columns]

    ws = write_project(folder)
    define(ws, change)
    source_file(ws).write_bytes(csv_of(lines))
    return ws


def group(district: str, notes: list[str]) -> list[str]:
    return [line(person, district, note) for person, note in enumerate(notes, start=1)]


BIG = group("1002", [WELL] * 6 + [SICK] * 4)


def test_groups_of_k_persons_with_mixed_values_are_published(tmp_path: Path) -> None:
    ws = project(tmp_path, [*BIG, *group("1001", [WELL] * 4 + [SICK])], "district_code", "note_th")
    prepared(ws)
    publish_now(ws)
    assert public(ws, "notes.csv").decode("utf-8-sig").count("\r\n") == 16


@pytest.mark.parametrize(
    ("small", "said"),
    [
        (group("1001", [WELL, WELL, SICK, SICK]), "1 groups of persons who look alike are smaller than k = 5"),
        # four persons in ten rows are four persons
        ([line(p, "1001", [WELL, SICK][p % 2], v) for p in range(4) for v in range(3)], "smaller than k = 5"),
        (group("1001", [SICK] * 9), "can be guessed"),
        # nobody is well: one person who was asked twice makes no second value for the others
        (group("1001", [SICK] * 9 + [WELL]), "can be guessed"),
        # ten rows of each, but all persons of the group are sick
        (group("1001", [SICK] * 9) + [line(1, "1001", WELL, v) for v in range(2, 12)], "can be guessed"),
    ],
    ids=["few persons", "few persons, many rows", "all alike", "nearly all alike", "one person's many rows"],
)
def test_a_group_that_tells_is_refused_with_the_number_of_groups(tmp_path: Path, small: list[str], said: str) -> None:
    ws = project(tmp_path, [*BIG, *small], "district_code", "note_th")
    with pytest.raises(PrivacyError, match=said) as refusal:
        prepared(ws)
    assert SICK not in str(refusal.value)
    assert not Path(ws.home, "site").exists()


def test_a_missing_value_is_a_value_that_may_tell(tmp_path: Path) -> None:
    ws = project(tmp_path, [*BIG, *group("1001", [""] * 9 + [WELL])], "district_code", "note_th")
    with pytest.raises(PrivacyError, match="can be guessed"):
        prepared(ws)


def test_a_sensitive_column_alone_is_one_group(tmp_path: Path) -> None:
    prepared(project(tmp_path / "mixed", BIG, "note_th"))
    with pytest.raises(PrivacyError, match="can be guessed"):
        prepared(project(tmp_path / "alike", group("1001", [SICK] * 9), "note_th"))


def test_thresholds_are_the_dataset_s_own(tmp_path: Path) -> None:
    mixed = group("1001", [WELL] * 5 + [SICK] * 5)
    prepared(project(tmp_path / "plain", mixed, "district_code", "note_th", k=10))
    with pytest.raises(PrivacyError, match="k = 11"):
        prepared(project(tmp_path / "k", mixed, "district_code", "note_th", k=11))
    with pytest.raises(PrivacyError, match="l = 3"):
        prepared(project(tmp_path / "l", mixed, "district_code", "note_th", l=3))
    with pytest.raises(PrivacyError, match=r"alpha = 0\.4"):
        prepared(project(tmp_path / "alpha", mixed, "district_code", "note_th", alpha=0.4))


def test_where_a_generalisation_brings_groups_together_they_are_large_enough(tmp_path: Path) -> None:
    lines = group("1001", [WELL, WELL, SICK]) + group("1002", [SICK, WELL, SICK])
    ws = project(tmp_path, lines, "district_code")
    with pytest.raises(PrivacyError, match="2 groups"):
        prepared(ws)
    path = ws.project / "datasets" / NAME / "dataset.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            '"district_code": {"class": "quasi"}',
            '"district_code": {"class": "quasi", "generalise": "place/province"}',
        ),
        encoding="utf-8",
    )
    prepared(ws)
    publish_now(ws)
    told = public(ws, "notes.csv").decode("utf-8-sig")
    assert ",10\r\n" in told
    assert ",1001\r\n" not in told
