"""Looks at a portal's entry the way a page does: which release is the newest, what is in it.

What a release holds is read from the release itself (its Data Package), because today's
definition of the dataset may have moved on and the pages of others must not fail over it.
Addresses are relative to the dataset's folder of the website: `<release>/<file>` never
changes, `latest/<file>` is always of the newest period.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.catalogue import Bilingual
from pipelines.portals.entries import SiteEntry
from pipelines.table_spec import Microdata, Statistics

LATEST = "latest"


@dataclass(frozen=True)
class ReleasedFile:
    """One file of a release."""

    release: str
    name: str
    sha256: str
    bytes: int
    rows: int | None

    @property
    def address(self) -> str:
        """Where it is for ever, below the dataset's folder."""
        return f"{self.release}/{self.name}"

    @property
    def latest_address(self) -> str:
        """Where the newest file of this name is, below the dataset's folder."""
        return f"{LATEST}/{self.name}"

    @property
    def table(self) -> str | None:
        """The table whose data it is; None for reports and descriptions."""
        stem, _, ending = self.name.rpartition(".")
        return stem if ending == "parquet" or (ending == "csv" and stem != "dictionary") else None

    @property
    def format(self) -> str:
        """`csv`, `parquet` or `json`."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True)
class ReleasedTable:
    """One table of a release, as the release describes it."""

    name: str
    title: Bilingual
    fields: list[dict[str, Any]]
    key: list[str]
    csv: ReleasedFile
    parquet: ReleasedFile
    path: Path
    """The Parquet file on this machine."""
    definition: Microdata | Statistics | None
    """Today's definition of the table, where it still has these very columns."""

    @property
    def description(self) -> Bilingual | None:
        return self.definition.description if self.definition else None


def periods(entry: SiteEntry) -> list[str]:
    """Return the periods that are live, the newest first."""
    return sorted(entry.live, reverse=True)


def released_files(entry: SiteEntry, release: str) -> list[ReleasedFile]:
    """Return a release's files by name, as they were when it was last published."""
    listed = [event["files"] for event in entry.history if event["release"] == release and event["files"]]
    files = (
        ReleasedFile(release, str(f["path"]).rpartition("/")[2], f["sha256"], f["bytes"], f["rows"]) for f in listed[-1]
    )
    return sorted(files, key=lambda file: file.name)


def report(entry: SiteEntry, release: str, name: str) -> dict[str, Any]:
    """Return one of a release's JSON files (`quality`, `privacy`, `changelog`, `datapackage`)."""
    loaded: dict[str, Any] = json.loads((entry.releases[release] / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def released_tables(entry: SiteEntry, release: str) -> list[ReleasedTable]:
    """Return a release's tables in their order."""
    files = {file.name: file for file in released_files(entry, release)}
    tables = []
    for resource in report(entry, release, "datapackage")["resources"]:
        name, _, kind = str(resource["path"]).rpartition(".")
        if kind == "csv":
            fields = resource["schema"]["fields"]
            today = entry.dataset.spec.tables.get(name)
            same = today is not None and list(today.columns) == [field["name"] for field in fields]
            tables.append(
                ReleasedTable(
                    name=name,
                    title=Bilingual(**resource["titles"]),
                    fields=fields,
                    key=resource["schema"]["primaryKey"],
                    csv=files[f"{name}.csv"],
                    parquet=files[f"{name}.parquet"],
                    path=entry.releases[release] / f"{name}.parquet",
                    definition=today if same else None,
                )
            )
    return tables


def is_synthetic(entry: SiteEntry) -> bool:
    """Say whether the newest data is a made-up sample."""
    newest = [entry.live[period] for period in periods(entry)[:1]]
    return any(report(entry, release, "datapackage")["synthetic"] for release in newest)
