"""Extract: a source -> an immutable snapshot of what was found.

Keeps the bytes as they came and every declared table as strings with the row numbers of
the source. Interprets nothing but the file's format and its header; what a cell means is
for `validate`. The dataset's own sample is known by its bytes, and takes the place of real
data only where someone names it.
"""

import contextlib
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines import quarantine
from pipelines.dataset_files import Dataset
from pipelines.errors import OpendataError, SourceError
from pipelines.fates import files_read
from pipelines.fetch import Order, fetch
from pipelines.fetch.order import locate, public_name
from pipelines.progress import Progress, silent
from pipelines.readers import RawTable, read
from pipelines.readers.raw import schema_of
from pipelines.receipts import StageResult, new_receipt
from pipelines.source_spec import FolderSource
from pipelines.stages import rules_sha256
from pipelines.statement import stated_period
from pipelines.store import address_of, sha256_of
from pipelines.workspace import Workspace


def extract(
    ws: Workspace,
    dataset: Dataset,
    *,
    period: str | None = None,
    location: str | None = None,
    on_progress: Progress = silent,
) -> StageResult:
    """Take a delivery in and leave its receipt; unchanged bytes under unchanged rules write
    nothing.

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
            taken = _take(ws, dataset, period, location, folder, on_progress)
            known = taken.period
            return _keep(ws, dataset, taken, folder, began, named=bool(location))
    except OpendataError as error:
        error.at(dataset=dataset.name, period=known)
        quarantine.record(ws, dataset.name, known, "extract", error)
        raise


def stated_by_source(ws: Workspace, dataset: Dataset, location: str | None = None) -> str:
    """Return the period that a source says it is for, keeping nothing; raises as `extract`."""
    with ws.store.scratch() as folder:
        return _take(ws, dataset, None, location, folder, silent).period


@dataclass(frozen=True)
class _Taken:
    """A delivery read into a scratch folder (`source.bin`, `built/<table>.parquet`)."""

    period: str
    notices: tuple[str, ...]
    origin: dict[str, Any]
    rows: dict[str, int]
    files: dict[str, Any] | None
    """Of a drop of files how many were taken, and which were refused, why."""


def _take(
    ws: Workspace, dataset: Dataset, period: str | None, location: str | None, folder: Path, on_progress: Progress
) -> _Taken:
    source, built = dataset.spec.source, folder / "built"
    built.mkdir()
    address = locate(dataset, location)
    with ws.store.cache(dataset.name) as cache:
        delivery = fetch(Order(dataset, address, folder, cache, period, on_progress))
        reading = read(delivery, source)
        rows = {f"{t.name}.parquet": _write(t, built / f"{t.name}.parquet", on_progress) for t in reading.tables}
    files = files_read(reading.fates, source) if isinstance(source, FolderSource) else None
    tables = {path.stem: path for path in built.glob("*.parquet")}
    agreed, notices = stated_period(dataset.spec.period, period, address, reading.titles, tables)
    origin = {
        "location": public_name(address),
        "synthetic": _is_sample(dataset, address, delivery.path),
        "sha256": sha256_of(delivery.path),
        "bytes": delivery.path.stat().st_size,
        "encoding": reading.encoding,
        **delivery.facts,
    }
    return _Taken(agreed.label, notices, origin, rows, files)


def _is_sample(dataset: Dataset, address: str, source: Path) -> bool:
    """Say whether a delivery is the dataset's own sample: it lies in the folder of the dataset, or
    has the bytes of a file there, whatever it was called."""
    if "://" not in address and Path(address).resolve().is_relative_to(dataset.folder.resolve()):
        return True
    size = source.stat().st_size
    own = [path for path in dataset.folder.rglob("*") if path.is_file() and path.stat().st_size == size]
    return bool(own) and sha256_of(source) in map(sha256_of, own)


def _write(table: RawTable, path: Path, on_progress: Progress) -> int:
    done = 0
    with pq.ParquetWriter(path, schema_of(table.columns), compression="zstd") as writer:
        for batch in table.batches:
            writer.write_batch(batch)
            done += batch.num_rows
            on_progress(f"reading {table.name}", done, None)
    return done


def _keep(ws: Workspace, dataset: Dataset, taken: _Taken, folder: Path, began: float, *, named: bool) -> StageResult:
    sha, rules = taken.origin["sha256"], rules_sha256(dataset, "extract")
    with ws.store.lock(f"{dataset.name}/{taken.period}"):
        if done := ws.receipts.done(dataset, taken.period, "extract", sha):
            return StageResult(done, written=False, seconds=time.monotonic() - began, notices=taken.notices)
        if taken.origin["synthetic"] and not named:
            _demand_nothing_real(ws, dataset, taken)
        built = folder / "built"
        (folder / "source.bin").rename(built / "source.bin")
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


def _demand_nothing_real(ws: Workspace, dataset: Dataset, taken: _Taken) -> None:
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
