"""Is this folder a Data Package, and are its files those that it describes?

The rows are not read again here: `check_file` did that, on the same bytes.
"""

import hashlib
from pathlib import Path

from frictionless import FrictionlessException, Package

from pipelines.validation.engine import ENGINE
from pipelines.validation.report import CellError, Report


def check_package(folder: Path) -> Report:
    """Check `datapackage.json` in a folder, and size and hash (sha256) of every file in it.

    `field` names the resource; `rows` is always 0.
    """
    try:
        package = Package.from_descriptor(str(folder / "datapackage.json"))
    except FrictionlessException as error:
        reasons = error.reasons or [error.error]
        return _report([CellError(reason.type, None, None, "the descriptor is valid") for reason in reasons])
    return _report([CellError("hash-count", None, r.name, "the file is the described one") for r in package.resources
                    if not _is_there(folder / str(r.path), r.bytes, r.hash)])  # fmt: skip


def _is_there(path: Path, size: int | None, stated: str | None) -> bool:
    if not path.is_file() or path.stat().st_size != size:
        return False
    with path.open("rb") as file:
        return stated == f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _report(errors: list[CellError]) -> Report:
    return Report(not errors, ENGINE, 0, tuple(errors), len(errors))
