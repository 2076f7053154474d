"""Keeps why a delivery was refused: the refusal itself, never the data."""

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
