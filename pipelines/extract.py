"""Extract: a source -> an immutable snapshot of what was found.

Keeps the bytes as they came and every declared table as strings with the row numbers of
the source. Interprets nothing but the file's format and its header; what a cell means is
for `validate`.
"""

import json
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq

from pipelines import quarantine
from pipelines.dataset_files import Dataset
from pipelines.errors import OpendataError
from pipelines.fetch import fetch, locate, public_name
from pipelines.progress import Progress, silent
from pipelines.readers import RawTable, Reading, read
from pipelines.readers.raw import schema_of
from pipelines.receipts import StageResult, new_receipt
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
        SourceError, HeaderError: it cannot be fetched or read for certain.
        UsageError: the period is not one of the dataset's.
        StoreError: it cannot be kept.
    """
    began = time.monotonic()
    known = period
    try:
        with ws.store.scratch() as folder:
            source = folder / "source.bin"
            address = locate(dataset, location)
            fetch(address, source, dataset.spec.source.max_bytes, on_progress)
            sha = sha256_of(source)
            built = folder / "built"
            built.mkdir()
            reading = read(source, dataset.spec.source)
            rows = {f"{t.name}.parquet": _write(t, built / f"{t.name}.parquet", on_progress) for t in reading.tables}
            tables = {path.stem: path for path in built.glob("*.parquet")}
            agreed, notices = stated_period(dataset.spec.period, period, address, reading.titles, tables)
            known = agreed.label
            return _keep(ws, dataset, known, folder, _origin(dataset, address, sha, source, reading, rows), notices, began)
    except OpendataError as error:
        error.at(dataset=dataset.name, period=known)
        quarantine.record(ws, dataset.name, known, "extract", error)
        raise


def _write(table: RawTable, path: Path, on_progress: Progress) -> int:
    done = 0
    with pq.ParquetWriter(path, schema_of(table.columns), compression="zstd") as writer:
        for batch in table.batches:
            writer.write_batch(batch)
            done += batch.num_rows
            on_progress(f"reading {table.name}", done, None)
    return done


def _origin(
    dataset: Dataset, address: str, sha: str, source: Path, reading: Reading, rows: dict[str, int]
) -> dict[str, object]:
    inside = "://" not in address and Path(address).resolve().is_relative_to(dataset.folder.resolve())
    return {
        "location": public_name(address),
        "synthetic": inside,
        "sha256": sha,
        "bytes": source.stat().st_size,
        "encoding": reading.encoding,
        "rows": rows,
    }


def _keep(
    ws: Workspace,
    dataset: Dataset,
    period: str,
    folder: Path,
    origin: dict[str, object],
    notices: tuple[str, ...],
    began: float,
) -> StageResult:
    sha, rules = str(origin["sha256"]), rules_sha256(dataset, "extract")
    with ws.store.lock(f"{dataset.name}/{period}"):
        current = ws.receipts.current(dataset.name, period, "extract")
        if current and current.is_for(sha, rules) and ws.receipts.intact(current):
            return StageResult(current, written=False, seconds=time.monotonic() - began, notices=notices)
        built = folder / "built"
        shutil.move(folder / "source.bin", built / "source.bin")
        kept = {**origin, "retrieved_at": datetime.now(UTC).isoformat()}
        (built / "origin.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")
        address = address_of({"source": sha, "rules": rules})
        files = ws.store.adopt(built, f"snapshots/raw/{dataset.name}/{period}", address)
        rows = origin["rows"]
        receipt = new_receipt(
            dataset, period, "extract", previous=None, input_sha256=sha, files=files,
            rows=rows if isinstance(rows, dict) else {}, details={"origin": origin},
        )  # fmt: skip
        return StageResult(ws.receipts.write(receipt), written=True, seconds=time.monotonic() - began, notices=notices)
