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
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from pipelines.portals.static import StaticPortal
from pipelines.run import run
from pipelines.workspace import Workspace
from tests.toy import NAME, source_file, write_project

CHANGES = {"os.rename", "os.mkdir", "os.link", "os.symlink", "os.remove", "os.rmdir", "os.chmod"}


def test_killed_before_any_change_of_the_file_system(tmp_path: Path) -> None:
    undisturbed = write_project(tmp_path / "undisturbed")
    changes = _in_child(partial(_whole_way, undisturbed), count_changes=True)
    expected = _public(undisturbed)
    assert changes > 40
    assert set(expected) >= {"notes.csv", "visits_by_district.csv", "datapackage.json", "changelog.json"}
    for step in range(1, changes + 1, 3):
        ws = write_project(tmp_path / f"killed-{step}")
        assert _in_child(partial(_whole_way, ws), kill_at=step) == -signal.SIGKILL
        _assert_nothing_half_visible(ws, expected)
        assert _in_child(partial(_whole_way, ws)) == 0
        assert _public(ws) == expected, f"killed before change {step} of {changes}"


def test_killed_at_any_moment(tmp_path: Path) -> None:
    undisturbed = write_project(tmp_path / "undisturbed")
    began = time.monotonic()
    assert _in_child(partial(_whole_way, undisturbed)) == 0
    lasted = time.monotonic() - began
    expected = _public(undisturbed)
    moments = random.Random(2566)
    for attempt in range(12):
        ws = write_project(tmp_path / f"killed-{attempt}")
        _in_child(partial(_whole_way, ws), kill_after=moments.uniform(0, lasted))
        _assert_nothing_half_visible(ws, expected)
        assert _in_child(partial(_whole_way, ws)) == 0
        assert _public(ws) == expected


def test_killed_while_an_update_replaces_a_live_release(tmp_path: Path) -> None:
    """Readers see the old release whole or the new one whole, at every moment of the kill."""
    changes = 0
    for step in range(1, 400, 9):
        ws = write_project(tmp_path / f"update-{step}")
        assert _in_child(partial(_whole_way, ws)) == 0
        old = _public(ws)
        source = source_file(ws)
        source.write_bytes(source.read_bytes().replace(b"1001-001", b"1001-900"))
        ended = _in_child(partial(_whole_way, ws), kill_at=step)
        seen = _public(ws)
        assert _in_child(partial(_whole_way, ws)) == 0
        new = _public(ws)
        assert new["notes.csv"] != old["notes.csv"]
        assert seen in (old, new)
        if ended == 0:
            changes = step
            break
    assert changes > 40, "the whole of an update was walked through"


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
@pytest.mark.parametrize("kilobytes", [16, 48, 80, 120])
def test_a_full_disk_is_a_clear_refusal_with_nothing_half_visible(tmp_path: Path, kilobytes: int) -> None:
    from pipelines.errors import StoreError  # noqa: PLC0415

    ws = write_project(tmp_path)
    Path(ws.home).mkdir()
    _mount(ws.home, f"size={kilobytes}k")
    try:
        with pytest.raises(StoreError) as refusal:
            _whole_way(ws)
        assert "space" in refusal.value.message
        assert "OPENDATA_HOME" in refusal.value.remedy
        assert _public(ws) == {}
    finally:
        # Lazily: the refusal in hand may still hold a file of it open.
        assert os.system(f"umount --lazy {ws.home}") == 0  # noqa: S605


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


def _in_child(
    work: Callable[[], None], *, kill_at: int = 0, kill_after: float | None = None, count_changes: bool = False
) -> int:
    """Do work in a forked process. Returns its exit code (-9 when killed), or with
    `count_changes` how often it changed the file system."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _be_child(work, writer, kill_at)
    os.close(writer)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if count_changes:
        assert code == 0
        return int(told)
    return code


def _be_child(work: Callable[[], None], writer: int, kill_at: int) -> None:
    seen = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        writing = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
        if writing or event in CHANGES:
            seen += 1
            if seen == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        sys.addaudithook(watch)
        work()
        code = 0
    except BaseException as error:  # noqa: BLE001 - a child must not run on into pytest
        os.write(2, f"child failed: {error!r}\n".encode())
    os.write(writer, str(seen).encode())
    os._exit(code)


def _mount(folder: str, options: str) -> None:
    assert os.system(f"mount -t tmpfs -o {options} tmpfs {folder}") == 0  # noqa: S605
