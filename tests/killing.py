"""Work in a child process that is killed (SIGKILL, no clean-up) at a chosen moment: just
before its n-th change of the file system, or after a delay."""

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

CHANGES = {"os.rename", "os.mkdir", "os.link", "os.symlink", "os.remove", "os.rmdir", "os.chmod"}


class Ended(NamedTuple):
    """How a child ended."""

    code: int
    """0, or the negative number of the signal that killed it."""
    changes: int
    """How often it changed the file system; 0 where it was killed."""


def in_child(work: Callable[[], object], *, kill_at: int = 0, kill_after: float | None = None) -> Ended:
    """Do work in a forked process, to the end or killed."""
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
    return Ended(os.waitstatus_to_exitcode(status), int(told or 0))


def _be_child(work: Callable[[], object], writer: int, kill_at: int) -> None:
    changes = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal changes
        opening = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
        if opening or event in CHANGES:
            changes += 1
            if changes == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        sys.addaudithook(watch)
        work()
        code = 0
    except BaseException as error:  # noqa: BLE001 - a child must not run on into pytest
        os.write(2, f"child failed: {error!r}\n".encode())
    os.write(writer, str(changes).encode())
    os._exit(code)
