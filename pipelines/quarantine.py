"""Keeps, where only the maintainer reads, why a delivery was refused and what to look at.

A refusal holds no data. Listings of values that look-ups did not know do: the folder is
readable by this user only and is never published.
"""

import contextlib
import hashlib
import json
from typing import Any

from pipelines.errors import OpendataError
from pipelines.stages import Stage
from pipelines.workspace import Workspace


def record(ws: Workspace, dataset: str, period: str | None, stage: Stage, error: OpendataError, **more: Any) -> None:  # noqa: ANN401
    """Write a refusal to `quarantine/<dataset>/<period>/<stage>-<hash>.json`.

    Where even that cannot be written the refusal itself is still what the caller raises."""
    data = json.dumps({"stage": stage, **error.as_dict(), **more}, ensure_ascii=False, indent=1).encode()
    name = f"{stage}-{hashlib.sha256(data).hexdigest()[:16]}.json"
    with contextlib.suppress(OpendataError):
        ws.store.write_bytes(f"quarantine/{dataset}/{period or 'unknown'}/{name}", data)


def keep(ws: Workspace, dataset: str, period: str, name: str, data: bytes | None) -> None:
    """Write a private listing to `quarantine/<dataset>/<period>/<name>`, or with None remove the
    one of an earlier run: it would be taken for today's."""
    path = f"quarantine/{dataset}/{period}/{name}"
    if data is not None:
        ws.store.write_bytes(path, data)
    elif ws.store.exists(path):
        ws.store.remove(path)
