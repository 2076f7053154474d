"""The OCDS release package of a release that is about contracts, made of its published tables."""

import datetime as dt
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.catalogue import vocabulary
from pipelines.dataset_files import Dataset
from pipelines.errors import DatasetError
from pipelines.periods import Period
from pipelines.release.ocds import Package, Publication, write_package

PACKAGE = "ocds-release-package.json"
BANGKOK = dt.timezone(dt.timedelta(hours=7))
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
