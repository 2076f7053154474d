"""A run that is killed anywhere leaves nothing half-visible, and running again gives the
same bytes as a run that was never disturbed.

The child process is killed (SIGKILL, no clean-up) just before its n-th change of the file
system, for n over the whole run; writes made outside Python (Parquet) are met by killing
after a delay as well.
"""

import hashlib
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from pipelines.errors import StoreError
from pipelines.portals.static import StaticPortal
from pipelines.run import run
from pipelines.workspace import Workspace
from tests.killing import in_child
from tests.toy import NAME, source_file, write_project


def test_killed_before_any_change_of_the_file_system(tmp_path: Path) -> None:
    undisturbed = write_project(tmp_path / "undisturbed")
    code, changes = in_child(partial(_whole_way, undisturbed))
    assert code == 0
    expected = _public(undisturbed)
    assert changes > 40
    assert set(expected) >= {"notes.csv", "visits_by_district.csv", "datapackage.json", "changelog.json"}
    for step in range(1, changes + 1):
        ws = write_project(tmp_path / f"killed-{step}")
        assert in_child(partial(_whole_way, ws), kill_at=step).code == -signal.SIGKILL
        _assert_nothing_half_visible(ws, expected)
        assert in_child(partial(_whole_way, ws)).code == 0
        assert _public(ws) == expected, f"killed before change {step} of {changes}"


def test_killed_at_any_moment(tmp_path: Path) -> None:
    undisturbed = write_project(tmp_path / "undisturbed")
    began = time.monotonic()
    assert in_child(partial(_whole_way, undisturbed)).code == 0
    lasted = time.monotonic() - began
    expected = _public(undisturbed)
    moments = random.Random(2566)
    for attempt in range(12):
        ws = write_project(tmp_path / f"killed-{attempt}")
        in_child(partial(_whole_way, ws), kill_after=moments.uniform(0, lasted))
        _assert_nothing_half_visible(ws, expected)
        assert in_child(partial(_whole_way, ws)).code == 0
        assert _public(ws) == expected


def test_killed_while_an_update_replaces_a_live_release(tmp_path: Path) -> None:
    """Readers see the old release whole or the new one whole, at every moment of the kill."""
    changes = 0
    for step in range(1, 400, 9):
        ws = write_project(tmp_path / f"update-{step}")
        assert in_child(partial(_whole_way, ws)).code == 0
        old = _public(ws)
        source = source_file(ws)
        source.write_bytes(source.read_bytes().replace(b"1001-001", b"1001-900"))
        ended = in_child(partial(_whole_way, ws), kill_at=step).code
        seen = _public(ws)
        assert in_child(partial(_whole_way, ws)).code == 0
        new = _public(ws)
        assert new["notes.csv"] != old["notes.csv"]
        assert seen in (old, new)
        if ended == 0:
            changes = step
            break
    assert changes > 40, "the whole of an update was walked through"


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")


@needs_root
@pytest.mark.parametrize("kilobytes", [16, 48, 80, 120])
def test_a_full_disk_is_a_clear_refusal_with_nothing_half_visible(tmp_path: Path, kilobytes: int) -> None:
    ws = write_project(tmp_path)
    with _disk(ws.home, f"size={kilobytes}k"):
        assert "space" in _refused(ws).message
        assert _public(ws) == {}


@needs_root
def test_a_store_that_became_unwritable_is_a_clear_refusal_and_readers_notice_nothing(tmp_path: Path) -> None:
    ws = write_project(tmp_path)
    with _disk(ws.home, "size=20m"):
        _whole_way(ws)
        before = _public(ws)
        source = source_file(ws)
        source.write_bytes(source.read_bytes().replace(b"1001-001", b"1001-900"))
        _mount(ws.home, "remount,ro")
        _refused(ws)
        assert _public(ws) == before
        _mount(ws.home, "remount,rw")
        _whole_way(ws)
        assert _public(ws) != before


@needs_root
def test_a_store_that_was_never_writable_is_a_clear_refusal(tmp_path: Path) -> None:
    ws = write_project(tmp_path)
    with _disk(ws.home, "ro"):
        _refused(ws)
        assert list(Path(ws.home).iterdir()) == []


def _refused(ws: Workspace) -> StoreError:
    with pytest.raises(StoreError) as refusal:
        _whole_way(ws)
    assert "OPENDATA_HOME" in refusal.value.remedy
    return refusal.value


def _whole_way(ws: Workspace) -> None:
    run(ws, ws.dataset(NAME), period=None, location=None, portal=StaticPortal(ws))


def _public(ws: Workspace) -> dict[str, str]:
    """What a citizen can download of the latest release: name -> sha256; {} for nothing."""
    site = Path(ws.home, "site", NAME, "latest")
    files = [path for path in site.rglob("*") if path.is_file()] if site.exists() else []
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _assert_nothing_half_visible(ws: Workspace, expected: dict[str, str]) -> None:
    assert _public(ws) in ({}, expected)
    home = Path(ws.home)
    for receipt in (home / "receipts").rglob("*.json") if home.exists() else []:
        assert receipt.read_bytes().endswith(b"}"), f"half a receipt: {receipt}"


@contextmanager
def _disk(folder: str, options: str) -> Iterator[None]:
    """Have a disk of its own in a folder."""
    Path(folder).mkdir()
    _mount(folder, options)
    try:
        yield
    finally:
        # Lazily: the refusal in hand may still hold a file of it open.
        assert os.system(f"umount --lazy {folder}") == 0  # noqa: S605


def _mount(folder: str, options: str) -> None:
    assert os.system(f"mount -t tmpfs -o {options} tmpfs {folder}") == 0  # noqa: S605
