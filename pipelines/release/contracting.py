"""The OCDS release package of a release that is about contracts, made of its published tables."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.catalogue import vocabulary
from pipelines.dataset_files import Dataset
from pipelines.errors import DatasetError
from pipelines.periods import Period
from pipelines.release.ocds import Package, Publication, write_package

PACKAGE = "ocds-release-package.json"
BANGKOK = dt.timezone(dt.timedelta(hours=7))
BATCH_LINES = 10_000
DATES = {"tenders": ("announce_date",), "contracts": ("contract_date",)}


def write(dataset: Dataset, period: str, folder: Path) -> Package | None:
    """Write the package into the folder of a release; None for a dataset that has none.

    Its moment of publication is the last day that the data tells of: two makings of one release
    have equal bytes.

    Raises:
        DatasetError: the dataset names no tables of its own.
        InvalidData, PrivacyError: as `ocds.write_package`.
    """
    spec = dataset.spec.ocds
    if spec is None:
        return None
    if gone := {spec.tenders, spec.contracts} - set(dataset.spec.tables):
        raise DatasetError(f"ocds names a table that is not published: {min(gone)}", remedy="mend ocds in dataset.yaml")
    tables = {"tenders": folder / f"{spec.tenders}.parquet", "contracts": folder / f"{spec.contracts}.parquet"}
    first = Period.parse(dataset.spec.period.kind, period).start
    days = [pc.max(pq.read_table(tables[name], columns=[day])[day]).as_py() for name, of in DATES.items() for day in of]
    last = max([day for day in days if day], default=first)
    host = dataset.spec.publisher.email.rpartition("@")[2]
    publication = Publication(
        prefix=spec.prefix,
        publisher_name=dataset.spec.publisher.name.th,
        uri=f"tag:{host},{first}:{dataset.name}/{period}",
        licence_url=vocabulary()["licences"][dataset.spec.licence]["url"],
        published=dt.datetime.combine(last, dt.time(), BANGKOK),
    )
    return write_package(tables["tenders"], tables["contracts"], folder / PACKAGE, publication)


def texts(package: Path) -> Iterator[dict[str, list[str]]]:
    """Give all that a package says in words, by the names of its members, some releases at a time."""
    with package.open(encoding="utf-8") as file:
        while lines := list(islice(file, BATCH_LINES)):
            found: dict[str, list[str]] = defaultdict(list)
            for line in lines:
                _gather("", _read(line), found)
            yield found


def _read(line: str) -> Any:  # noqa: ANN401 - any JSON
    """Read the line of one release, or the first one, which is what is said of all."""
    bare = line.strip().removesuffix(",")
    return json.loads(f"{bare}]}}" if bare.endswith("[") else bare) if bare != "]}" else None


def _gather(name: str, value: Any, found: dict[str, list[str]]) -> None:  # noqa: ANN401 - any JSON
    match value:
        case dict():
            for key, inner in value.items():
                _gather(key, inner, found)
        case list():
            for inner in value:
                _gather(name, inner, found)
        case str():
            found[name].append(value)
