"""What a portal shows of one dataset: the releases that are live and those that were.

Filled by the portal from the store, read by the pages; it knows neither.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.dataset_files import Dataset


@dataclass(frozen=True)
class SiteEntry:
    """One dataset on the website of files."""

    dataset: Dataset
    live: dict[str, str]
    """Period label -> id of the release that is live for it."""
    history: list[dict[str, Any]]
    """What was published when, the newest last: `release`, `period`, `published_at` (ISO),
    `action` and `files` (`path`, `sha256`, `rows`, `bytes`)."""
    releases: dict[str, Path]
    """Release id -> folder with its files (`<table>.csv`, `.parquet`, `datapackage.json`,
    `dictionary.csv`, `quality.json`, `privacy.json`, `changelog.json`)."""
    published_at: datetime
    """When the newest live release was published."""
