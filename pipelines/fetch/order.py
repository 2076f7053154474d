"""What to bring: a dataset's source, from where, for which period, and where to put it."""

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.dataset_files import Dataset
from pipelines.errors import SourceError, UsageError
from pipelines.periods import Period
from pipelines.progress import Progress, silent
from pipelines.source_spec import Source

WHOLE = "source.bin"


@dataclass(frozen=True)
class Order:
    """One delivery to be brought."""

    dataset: Dataset
    address: str
    folder: Path
    """An empty local folder; the delivery's file becomes `source.bin` in it."""
    cache: Path
    """A private local folder that stays: what a run that was cut off had already."""
    period: str | None = None
    """The period asked for, where one was."""
    on_progress: Progress = silent

    @property
    def source(self) -> Source:
        return self.dataset.spec.source

    @property
    def whole(self) -> Path:
        """Where the delivery's file goes."""
        return self.folder / WHOLE

    @property
    def is_local(self) -> bool:
        """Whether the address is a path."""
        return "://" not in self.address

    def demanded_period(self) -> str:
        """Return the period asked for, or today's where a delivery is the state on the day it is
        fetched; raises `UsageError` where the source cannot be asked without one."""
        rule = self.dataset.spec.period
        if self.period is None and "retrieval" in rule.stated_by:
            return Period.containing(rule.kind, datetime.now(UTC)).label
        if self.period is None:
            raise UsageError("the source is asked for one period", remedy="name it with --period")
        return self.period


def locate(dataset: Dataset, location: str | None) -> str:
    """Return the path or URL to read: the caller's, or the dataset's own."""
    declared = location or dataset.spec.source.location
    if declared.startswith("env:"):
        return secret(declared.removeprefix("env:"), "the source's address")
    if location or "://" in declared:
        return declared
    path = (dataset.folder / declared).resolve()
    if not path.is_relative_to(dataset.folder.resolve()):
        raise SourceError("source.location leads out of the dataset's folder", remedy="give a path below it, or a URL")
    return str(path)


def secret(name: str, what: str) -> str:
    """Return a variable of the environment; raises `SourceError` naming it where it is not set."""
    if not (value := os.environ.get(name)):
        raise SourceError(f"the environment has no {name}", remedy=f"set {name} to {what}")
    return value


def public_name(location: str) -> str | None:
    """Return the file's name, where it is fit to be shown: without query, credentials or
    long numbers (which may identify a person)."""
    name = location.partition("?")[0].rstrip("/").rpartition("/")[2]
    return None if not name or re.search(r"[0-9๐-๙]{6}", name) or "@" in name else name
