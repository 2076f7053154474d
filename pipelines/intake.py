"""Takes a delivery in: every part of the source that is to be read, fetched and read into a scratch folder.

A source is one, or several parts that are read together; a part that a delivery may lack leaves
empty tables and is named. What a cell means is for `validate`; what is kept is for `extract`.
Guarantees: all of a delivery is for one period, and invented data never stands beside real data.
"""

import hashlib
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.dataset_files import Dataset
from pipelines.errors import OpendataError, Place, SourceError
from pipelines.fates import files_read
from pipelines.fetch import Order, fetch
from pipelines.fetch.order import WHOLE, Location, locate, public_name
from pipelines.progress import Progress
from pipelines.readers import RawTable, read
from pipelines.readers.raw import Reading, schema_of
from pipelines.source_spec import FolderSource
from pipelines.statement import Stated, stated_period
from pipelines.store import sha256_of
from pipelines.workspace import Workspace


@dataclass
class Taken:
    """A delivery in a scratch folder: `built/` has a Parquet of strings for each table, and the
    bytes of each part as found."""

    period: str = ""
    notices: tuple[str, ...] = ()
    origin: dict[str, Any] = field(default_factory=dict)
    """Where it is from. Of a source of several parts: `parts` has that of each, `absent` names
    those that were not read, `sha256` is of all of theirs."""
    rows: dict[str, int] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)
    """Of each part that is a drop of files how many were read, and which were refused, why."""


def take(
    ws: Workspace, dataset: Dataset, period: str | None, location: Location, folder: Path, on_progress: Progress
) -> Taken:
    """Bring and read every part that is to be read; raises as `extract` does."""
    source, built, taken = dataset.spec.source, folder / "built", Taken()
    built.mkdir()
    addresses = locate(dataset, location)
    origins: dict[str, dict[str, Any]] = {}
    stated: list[Stated] = []
    for name, address in addresses.items():
        place = folder / name
        place.mkdir(exist_ok=True)
        with ws.store.cache(f"{dataset.name}/{name}" if name else dataset.name) as cache:
            order = Order(dataset, source.parts[name], address, place, cache, period, on_progress)
            try:
                reading, origins[name] = _part(order, name, taken, built)
            except OpendataError as error:
                raise _of_part(error, name) from None
        stated.append(Stated(address, tuple(reading.titles)))
        order.whole.rename(built / _kept(name))
    absent = [name for name in source.parts if name not in addresses]
    for table in (table for name in absent for table in source.parts[name].tables):
        taken.rows[f"{table}.parquet"] = 0
        pq.write_table(schema_of(source.raw_columns(table)).empty_table(), built / f"{table}.parquet")
    _demand_one_kind(origins)
    tables = {path.stem: path for path in built.glob("*.parquet")}
    agreed, taken.notices = stated_period(dataset.spec.period, period, stated, tables)
    taken.notices += tuple(f"the part {name} of the source was not read" for name in absent)
    taken.period = agreed.label
    taken.origin = origins[""] if "" in origins else _together(origins, absent)
    return taken


def _part(order: Order, name: str, taken: Taken, built: Path) -> tuple[Reading, dict[str, Any]]:
    """Bring and read one part; returns what was read and where it is from."""
    delivery = fetch(order)
    reading = read(delivery, order.source)
    for table in reading.tables:
        taken.rows[f"{table.name}.parquet"] = _write(table, built / f"{table.name}.parquet", order.on_progress)
    if isinstance(order.source, FolderSource) and not delivery.is_single:
        taken.files[name] = files_read(reading.fates, order.source)
    return reading, {
        "location": public_name(order.address),
        "synthetic": _is_sample(order.dataset, order.address, delivery.path),
        "sha256": sha256_of(delivery.path),
        "bytes": delivery.path.stat().st_size,
        "encoding": reading.encoding,
        **delivery.facts,
    }


def _kept(part: str) -> str:
    return f"source.{part}.bin" if part else WHOLE


def _of_part(error: OpendataError, part: str) -> OpendataError:
    """Say in an error which part it is about."""
    if part:
        error.message = f"{part}: {error.message}"
    return error


def _together(origins: Mapping[str, dict[str, Any]], absent: list[str]) -> dict[str, Any]:
    """Return one origin for several parts."""
    lines = "".join(f"{name} {origin['sha256']}\n" for name, origin in sorted(origins.items()))
    encodings = {origin["encoding"] for origin in origins.values()}
    return {
        "location": None,
        "synthetic": any(origin["synthetic"] for origin in origins.values()),
        "sha256": hashlib.sha256(lines.encode()).hexdigest(),
        "bytes": sum(origin["bytes"] for origin in origins.values()),
        "encoding": encodings.pop() if len(encodings) == 1 else None,
        "parts": dict(origins),
        "absent": absent,
    }


def _demand_one_kind(origins: Mapping[str, dict[str, Any]]) -> None:
    """Refuse the dataset's own sample beside real data."""
    invented = [name for name, origin in origins.items() if origin["synthetic"]]
    if invented and len(invented) < len(origins):
        raise SourceError(
            f"{', '.join(invented)}: the dataset's own sample would be read beside real data",
            place=Place(column="source.parts"),
            remedy=f"name the real delivery too: --source {invented[0]}=LOCATION, or set its `location`",
        )


def _is_sample(dataset: Dataset, address: str, source: Path) -> bool:
    """Say whether a delivery is the dataset's own sample: it lies in the folder of the dataset, or it
    or a file of it has the bytes of a file there, whatever it was called."""
    if "://" not in address and Path(address).resolve().is_relative_to(dataset.folder.resolve()):
        return True
    sizes: dict[int, list[Path]] = {}
    for path in dataset.folder.rglob("*"):
        if path.is_file():
            sizes.setdefault(path.stat().st_size, []).append(path)
    files = [source, *([Path(address)] if Path(address).is_file() else [])]  # of a database other bytes are kept
    for file in files:
        if (own := sizes.get(file.stat().st_size)) and sha256_of(file) in map(sha256_of, own):
            return True
    return zipfile.is_zipfile(source) and _holds_one_of(source, sizes)


def _holds_one_of(archive: Path, sizes: Mapping[int, list[Path]]) -> bool:
    """Say whether a zip holds a file with the bytes of one of those files, given by size."""
    with zipfile.ZipFile(archive) as packed:
        return any(
            zlib.crc32(path.read_bytes()) == entry.CRC
            for entry in packed.infolist()
            for path in sizes.get(entry.file_size, ())
            if entry.file_size
        )


def _write(table: RawTable, path: Path, on_progress: Progress) -> int:
    done = 0
    with pq.ParquetWriter(path, schema_of(table.columns), compression="zstd") as writer:
        for batch in table.batches:
            writer.write_batch(batch)
            done += batch.num_rows
            on_progress(f"reading {table.name}", done, None)
    return done
