"""Times a command as a process of its own: seconds and peak memory as the kernel counts them.

Imports nothing large: a child's peak is never less than what its parent had when it was made.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BIN = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Measured:
    """What one process took."""

    name: str
    seconds: float
    mebibytes: float

    def line(self, beside: "Measured | None" = None) -> str:
        ratio = f"{self.seconds / beside.seconds:8.2f} × the time of {beside.name}" if beside else ""
        return f"{self.name:24} {self.seconds:8.1f} s {self.mebibytes:8.0f} MiB {ratio}"


def measure(name: str, words: Sequence[str | Path], environment: dict[str, str]) -> Measured:
    """Run one command and return its seconds and peak memory; stops all where it fails."""
    began = time.monotonic()
    process = subprocess.Popen([str(word) for word in words], env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{name} failed with exit code {process.returncode}")
    return Measured(name, time.monotonic() - began, _mebibytes(used))


def _mebibytes(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
