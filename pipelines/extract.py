"""Extract: a source -> an immutable snapshot of what was found.

Keeps the bytes as they came and every declared table as strings with the row numbers of
the source. Interprets nothing but the file's format and its header; what a cell means is
for `validate`. The dataset's own sample takes the place of real data only where someone names it.
"""

import contextlib
import json
import time
from datetime import UTC, datetime
from pathlib import Path

from pipelines import quarantine
from pipelines.dataset_files import Dataset
from pipelines.errors import OpendataError, SourceError
from pipelines.fetch.order import Location
from pipelines.intake import Taken, take
from pipelines.progress import Progress, silent
from pipelines.receipts import StageResult, new_receipt
from pipelines.stages import rules_sha256
from pipelines.store import address_of
from pipelines.workspace import Workspace


def extract(
    ws: Workspace,
    dataset: Dataset,
    *,
    period: str | None = None,
    location: Location = None,
    on_progress: Progress = silent,
) -> StageResult:
    """Take a delivery in and leave its receipt; unchanged bytes under unchanged rules write
    nothing. `location`: read there instead, or for each part of the source that is named.

    Raises:
        SourceError, HeaderError: it cannot be fetched or read for certain, or it is the dataset's
            own sample, not named by the caller, and the period's last snapshot is of real data.
        UsageError: the period is not one of the dataset's.
        StoreError: it cannot be kept.
    """
    began = time.monotonic()
    known = period
    try:
        with ws.store.scratch() as folder:
            taken = take(ws, dataset, period, location, folder, on_progress)
            known = taken.period
            return _keep(ws, dataset, taken, folder, began, named=bool(location))
    except OpendataError as error:
        error.at(dataset=dataset.name, period=known)
        quarantine.record(ws, dataset.name, known, "extract", error)
        raise


def stated_by_source(ws: Workspace, dataset: Dataset, location: Location = None) -> str:
    """Return the period that a source says it is for, keeping nothing; raises as `extract`."""
    with ws.store.scratch() as folder:
        return take(ws, dataset, None, location, folder, silent).period


def _keep(ws: Workspace, dataset: Dataset, taken: Taken, folder: Path, began: float, *, named: bool) -> StageResult:
    sha, rules = taken.origin["sha256"], rules_sha256(dataset, "extract")
    with ws.store.lock(f"{dataset.name}/{taken.period}"):
        if done := ws.receipts.done(dataset, taken.period, "extract", sha):
            return StageResult(done, written=False, seconds=time.monotonic() - began, notices=taken.notices)
        if taken.origin["synthetic"] and not named:
            _demand_nothing_real(ws, dataset, taken)
        built = folder / "built"
        kept = {**taken.origin, "retrieved_at": datetime.now(UTC).isoformat()}
        (built / "origin.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")
        address = address_of({"source": sha, "rules": rules})
        files = ws.store.adopt(built, f"snapshots/raw/{dataset.name}/{taken.period}", address)
        receipt = new_receipt(
            dataset, taken.period, "extract", previous=None, input_sha256=sha, files=files,
            rows=taken.rows, details={"origin": taken.origin} | ({"files": taken.files} if taken.files else {}),
        )  # fmt: skip
        return StageResult(
            ws.receipts.write(receipt), written=True, seconds=time.monotonic() - began, notices=taken.notices
        )


def _demand_nothing_real(ws: Workspace, dataset: Dataset, taken: Taken) -> None:
    """Refuse the sample where the last snapshot is of other, real data. Asked of the snapshots:
    receipts may be lost or sealed with another key."""
    kept = f"snapshots/raw/{dataset.name}/{taken.period}"
    origins = []
    for address in ws.store.names(kept):
        if ws.store.exists(f"{kept}/{address}/origin.json"):
            with contextlib.suppress(ValueError):  # half of a file on a store without renames: not current
                origins.append(json.loads(ws.store.read_bytes(f"{kept}/{address}/origin.json")))
    last = max(origins, key=lambda origin: str(origin["retrieved_at"]), default=None)
    if last and not last["synthetic"] and last["sha256"] != taken.origin["sha256"]:
        raise SourceError(
            "the dataset's own sample would take the place of real data",
            remedy="name what to read with --source: the real delivery again, or the sample if that is meant",
        )
