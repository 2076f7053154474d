"""A release describes itself truly, is the same whenever it is made, and tools of others read it.

The data is the synthetic toy dataset's; `golden_release/` holds what the release says of it.
"""

import csv
import hashlib
import io
import json
import re
import stat
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from frictionless import validate

from pipelines.errors import DatasetError, ReceiptError
from pipelines.portals.static import StaticPortal
from pipelines.release import Proof, drafted, keep
from pipelines.run import run
from pipelines.validation.package import check_package
from pipelines.workspace import Workspace
from tests.toy import DEFINITION, NAME, PERIOD, write_project

GOLDEN = Path(__file__).parent / "golden_release"
#: Parquet's bytes are those of the library's version, the release's id follows them.
VARYING = re.compile(rb'(?<="hash": "sha256:)[0-9a-f]{64}|(?<="bytes": )[0-9]+|(?<="version": ")[^"]+')


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = write_project(tmp_path_factory.mktemp("release"))
    whole_way(workspace)
    return workspace


def whole_way(ws: Workspace) -> str:
    return run(ws, ws.dataset(NAME), period=None, location=None, portal=StaticPortal(ws)).release


def folder_of(ws: Workspace) -> Path:
    (folder,) = Path(ws.home, "releases", NAME).iterdir()
    return folder


def described(ws: Workspace) -> dict[str, Any]:
    descriptor: dict[str, Any] = json.loads((folder_of(ws) / "datapackage.json").read_bytes())
    return descriptor


@pytest.mark.parametrize("name", ["datapackage.json", "dictionary.csv", "changelog.json", "visits_by_district.csv"])
def test_the_release_says_what_the_golden_one_says(ws: Workspace, name: str) -> None:
    made, golden = (folder / name for folder in (folder_of(ws), GOLDEN))
    assert VARYING.sub(b"", made.read_bytes()) == VARYING.sub(b"", golden.read_bytes())


def test_two_makings_on_two_machines_give_the_same_bytes(ws: Workspace, tmp_path: Path) -> None:
    again = write_project(tmp_path / "elsewhere")
    whole_way(again)
    first, second = (
        {path.name: path.read_bytes() for path in folder_of(workspace).iterdir()} for workspace in (ws, again)
    )
    assert first == second
    assert folder_of(again).name == folder_of(ws).name


def test_no_file_tells_a_time_or_a_place_of_the_machine(ws: Workspace) -> None:
    for path in folder_of(ws).iterdir():
        data = path.read_bytes()
        assert ws.home.encode() not in data
        assert str(ws.project).encode() not in data
        assert not re.search(rb"20\d\d-\d\d-\d\dT\d\d:", data), path.name


def test_frictionless_finds_the_whole_package_valid(ws: Workspace) -> None:
    report = validate(str(folder_of(ws) / "datapackage.json"))
    assert report.valid, report.flatten(["type", "fieldName"])
    assert len(report.tasks) == 4
    assert check_package(folder_of(ws)).valid


def test_size_and_hash_of_every_file_are_those_stated(ws: Workspace) -> None:
    for resource in described(ws)["resources"]:
        data = (folder_of(ws) / resource["path"]).read_bytes()
        assert resource["bytes"] == len(data)
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_the_id_is_the_version_and_another_text_gives_another(ws: Workspace, tmp_path: Path) -> None:
    assert described(ws)["version"] == folder_of(ws).name
    other = write_project(tmp_path, DEFINITION | {"licence": "odc-by-1.0"})
    whole_way(other)
    assert folder_of(other).name != folder_of(ws).name
    csv_names = ("notes.csv", "visits_by_district.csv")
    assert all((folder_of(other) / n).read_bytes() == (folder_of(ws) / n).read_bytes() for n in csv_names)


def test_a_sample_is_called_synthetic_and_a_delivery_is_not(ws: Workspace, tmp_path: Path) -> None:
    other = write_project(tmp_path / "other")
    delivery = tmp_path / "delivery.csv"
    sample = other.project / "datasets" / NAME / "sample/synthetic.csv"
    delivery.write_bytes(sample.read_bytes() + b"1002-900,2566,0100200000900,1002,,\r\n")
    run(other, other.dataset(NAME), period=None, location=str(delivery), portal=StaticPortal(other))
    assert (described(ws)["synthetic"], described(other)["synthetic"]) == (True, False)


def test_the_dictionary_opens_in_a_spreadsheet_and_has_every_public_column(ws: Workspace) -> None:
    data = (folder_of(ws) / "dictionary.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\n" not in data.replace(b"\r\n", b"")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    tables = ws.dataset(NAME).spec.tables
    assert [(row["table"], row["column"]) for row in rows] == [(t, c) for t in tables for c in tables[t].columns]
    assert {row["column"]: row["privacy_class"] for row in rows}["person_count"] == "computed"
    assert all(row["title_th"] and row["title_en"] for row in rows)


def test_rows_are_counted_for_every_table(ws: Workspace) -> None:
    receipt = ws.receipts.current(NAME, PERIOD, "publish", "site")
    assert receipt is not None
    for name, proof in receipt.files.items():
        if name.endswith(".parquet"):
            assert proof.rows == pq.read_metadata(folder_of(ws) / name).num_rows
            assert receipt.files[name.replace(".parquet", ".csv")].rows == proof.rows


def test_nobody_writes_into_a_release_by_mistake(ws: Workspace) -> None:
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder_of(ws).iterdir()} == {0o444}


def proof_of(ws: Workspace) -> Proof:
    return Proof(*ws.receipts.chain(ws.dataset(NAME), PERIOD, "anonymise"))


def test_a_draft_leaves_nothing_unless_it_is_kept(ws: Workspace, tmp_path: Path) -> None:
    other = write_project(tmp_path)
    whole_way(other)
    before = sorted(Path(other.home).rglob("*"))
    with drafted(other, other.dataset(NAME), proof_of(other)) as draft:
        assert draft.release.id == folder_of(ws).name
        assert "changelog.json" not in {path.name for path in draft.folder.iterdir()}
    assert sorted(Path(other.home).rglob("*")) == before


def test_a_file_changed_while_the_release_is_made_stops_it(tmp_path: Path) -> None:
    ws = write_project(tmp_path)
    whole_way(ws)
    with drafted(ws, ws.dataset(NAME), proof_of(ws)) as draft:
        with (draft.folder / "notes.csv").open("ab") as file:
            file.write(b"one more,row\r\n")
        with pytest.raises(ReceiptError, match="changed while it was being made"):
            keep(ws, draft, b"{}")


def test_a_text_that_makes_no_valid_package_is_refused_before_anything_is_public(tmp_path: Path) -> None:
    publisher = DEFINITION["publisher"]
    assert isinstance(publisher, dict)
    ws = write_project(tmp_path, DEFINITION | {"publisher": publisher | {"email": "unit@a..th"}})
    with pytest.raises(DatasetError, match="no valid Data Package"):
        whole_way(ws)
    assert not Path(ws.home, "site").exists()
    assert not Path(ws.home, "releases", NAME).exists()


@pytest.mark.parametrize("harm", ["altered", "lost"])
def test_a_package_whose_file_is_another_is_found(ws: Workspace, tmp_path: Path, harm: str) -> None:
    for path in folder_of(ws).iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    data = (tmp_path / "notes.csv").read_bytes()
    (tmp_path / "notes.csv").unlink() if harm == "lost" else (tmp_path / "notes.csv").write_bytes(data[:-1] + b"x")
    report = check_package(tmp_path)
    assert [(error.type, error.field) for error in report.errors] == [("hash-count", "notes")]
