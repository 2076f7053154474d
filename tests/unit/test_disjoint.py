"""What two parts of a source may not both hand in is refused by its codes, and never by a person's number."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from pipelines.dataset import DatasetSpec
from pipelines.errors import DatasetError, InvalidData
from pipelines.extract import extract
from pipelines.validate import validate
from pipelines.workspace import Workspace
from tests import toy
from tests.unit.test_several_sources import database, project


def with_disjoint(tmp_path: Path, disjoint: dict[str, list[str]], districts: str = "9001") -> Workspace:
    """Two parts: visits of the districts 1001, 1002 and 1003, and a register of those named."""
    ws = project(tmp_path)
    path = ws.project / "datasets" / toy.NAME / "dataset.yaml"
    definition = yaml.safe_load(path.read_text("utf-8"))
    definition["assertions"]["disjoint"] = disjoint
    toy._dump(path, definition)
    rows: list[tuple[str, ...]] = [
        (f"9001-{n}", "2566", f"09001{n:08}", code, "ปกติ", "100") for n, code in enumerate(districts.split())
    ]
    (path.parent / "sample/synthetic.sqlite").unlink()
    database(path.parent / "sample/synthetic.sqlite", rows)
    return ws


def validated(ws: Workspace) -> Any:
    extract(ws, ws.dataset(toy.NAME), period="2566")
    return validate(ws, ws.dataset(toy.NAME), "2566")


def test_codes_in_both_are_named_and_others_are_not(tmp_path: Path) -> None:
    ws = with_disjoint(tmp_path, {"district_code": ["register", "visits"]}, "1002 9001 1001")
    with pytest.raises(InvalidData, match=r"^both register and visits have 1001, 1002\n") as refusal:
        validated(ws)
    assert (refusal.value.place.table, refusal.value.place.column) == ("visits", "district_code")


def test_codes_of_one_alone_are_taken(tmp_path: Path) -> None:
    assert validated(with_disjoint(tmp_path, {"district_code": ["register", "visits"]})).written


def test_a_column_that_a_table_does_not_have_is_a_fault_of_the_definition(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"nowhere\.district_code"):
        validated(with_disjoint(tmp_path, {"district_code": ["register", "nowhere"]}))


@pytest.mark.parametrize("column", ["national_id", "unclassed"])
def test_numbers_of_persons_are_never_named(tmp_path: Path, column: str) -> None:
    definition = project(tmp_path).dataset(toy.NAME).spec.model_dump(mode="json", by_alias=True)
    definition["assertions"]["disjoint"] = {column: ["register", "visits"]}
    with pytest.raises(ValidationError, match="may not be named in a refusal"):
        DatasetSpec.model_validate(definition)
