"""The store: what a reader may see while something is written, killed or refused."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.errors import StoreError
from pipelines.store import Store, address_of


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store(str(tmp_path / "home") if request.param == "local" else f"memory://{tmp_path.name}-home")


def test_what_is_written_is_read_back_with_its_hash(store: Store) -> None:
    written = store.write_bytes("receipts/a/b.json", b"one")
    assert store.read_bytes("receipts/a/b.json") == b"one"
    assert store.sha256("receipts/a/b.json") == written.sha256
    assert store.sha256("receipts/a/none.json") is None


def test_writing_again_replaces_and_leaves_no_scratch(store: Store) -> None:
    store.write_bytes("receipts/x", b"one")
    store.write_bytes("receipts/x", b"two")
    assert store.read_bytes("receipts/x") == b"two"
    assert store.names("scratch") == []


def test_a_folder_is_adopted_under_the_address_of_its_content(store: Store) -> None:
    with store.scratch() as folder:
        (folder / "a.csv").write_bytes(b"1")
        files = store.adopt(folder, "releases/t/n")
    assert [f.name for f in files] == ["a.csv"]
    assert files[0].path == f"releases/t/n/{address_of({'a.csv': files[0].sha256})}/a.csv"
    assert store.read_bytes(files[0].path) == b"1"


def test_adopting_equal_content_twice_writes_nothing_the_second_time(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "home"))
    stamps = []
    for _ in range(2):
        with store.scratch() as folder:
            (folder / "a.csv").write_bytes(b"1")
            files = store.adopt(folder, "releases/t/n")
        stamps.append(Path(store.root, files[0].path).stat().st_ino)
    assert stamps[0] == stamps[1]


def test_damaged_content_under_an_address_is_replaced_not_trusted(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "home"))
    for _ in range(2):
        with store.scratch() as folder:
            (folder / "a.csv").write_bytes(b"1")
            files = store.adopt(folder, "releases/t/n")
        path = Path(store.root, files[0].path)
        assert path.read_bytes() == b"1"
        path.write_bytes(b"damaged")


@pytest.mark.parametrize("path", ["../outside", "/etc/hostname", "a/../../b"])
def test_no_path_leads_out_of_the_store(store: Store, path: str) -> None:
    with pytest.raises(StoreError, match="outside"):
        store.write_bytes(path, b"x")


def test_private_folders_are_closed_to_other_users(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "home"))
    for name in ("snapshots", "receipts", "quarantine"):
        assert Path(store.root, name).stat().st_mode & 0o077 == 0


def test_what_a_dead_process_left_is_swept_and_a_living_one_is_not_disturbed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    store = Store(str(home))
    left = subprocess.run(
        [sys.executable, "-c", _LEAVE_SCRATCH, str(home)], capture_output=True, text=True, check=False
    ).stdout.strip()
    assert Path(left).is_dir()
    with store.scratch() as living:
        Store(str(home))
        assert living.is_dir()
    assert not Path(left).exists()


_LEAVE_SCRATCH = """
import os, sys
from pipelines.store import Store
with Store(sys.argv[1]).scratch() as folder:
    print(folder, flush=True)
    os.kill(os.getpid(), 9)
"""


def test_a_home_that_cannot_be_made_is_a_clear_refusal(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError) as refusal:
        Store(str(tmp_path / "file" / "home"))
    assert "OPENDATA_HOME" in refusal.value.remedy
