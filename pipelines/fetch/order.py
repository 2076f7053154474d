"""What to bring: a dataset's source, from where, for which period, and where to put it."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.dataset_files import Dataset
from pipelines.errors import SourceError, UsageError
from pipelines.periods import Period
from pipelines.progress import Progress, silent
from pipelines.source_spec import OneSource

WHOLE = "source.bin"
#: Where to read instead of what the dataset says: one path or URL, or one for each of some parts.
Location = str | Mapping[str, str] | None


@dataclass(frozen=True)
class Order:
    """One delivery to be brought."""

    dataset: Dataset
    source: OneSource
    address: str
    folder: Path
    """An empty local folder; the delivery's file becomes `source.bin` in it."""
    cache: Path
    """A private local folder that stays: what a run that was cut off had already."""
    period: str | None = None
    """The period asked for, where one was."""
    on_progress: Progress = silent

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


def locations(dataset: Dataset, given: Sequence[str] | None) -> Location:
    """Return what the caller names, each as `LOCATION` or, where the source has several parts,
    `PART=LOCATION`; raises `UsageError` where it does not say which, or names one twice."""
    parts = dataset.spec.source.parts
    named: dict[str, str] = {}
    for text in given or ():
        name, separator, location = text.partition("=")
        known = bool(separator) and name in parts
        part = name if known else _only(parts)
        if part in named:
            remedy = f"name each part once: {', '.join(f'{n}=LOCATION' for n in parts if n) or 'one LOCATION'}"
            raise UsageError("two locations are given for one source", remedy=remedy)
        named[part] = location if known else text
    return named


def locate(dataset: Dataset, given: Location) -> dict[str, str]:
    """Return for each part of the source that is to be read its path or URL: the caller's, or its own.

    Raises:
        UsageError: the caller names a part that there is not.
        SourceError: a location leads out of the dataset's folder, or nothing is left to read.
    """
    source = dataset.spec.source
    named = {_only(source.parts): given} if isinstance(given, str) else dict(given or {})
    if unknown := set(named) - set(source.parts):
        raise UsageError(f"the source has no part {min(unknown)!r}", remedy=f"its parts: {', '.join(source.parts)}")
    found = {}
    for name, part in source.parts.items():
        if name in named:
            found[name] = _secret(named[name])
        elif part.location and not (named and name in source.optional):
            found[name] = _declared(dataset, part.location)
    if not found:
        raise SourceError("no source says where it is", remedy="name one: --source PART=LOCATION")
    return found


def _only(parts: Mapping[str, object]) -> str:
    """Return the name of the one part of a source; raises `UsageError` where it has several."""
    if len(parts) > 1:
        ways = " or ".join(f"{name}=LOCATION" for name in parts)
        raise UsageError("the source has several parts, and which one to read is not said", remedy=f"name it: {ways}")
    return next(iter(parts))


def _secret(location: str) -> str:
    if location.startswith("env:"):
        return secret(location.removeprefix("env:"), "the source's address")
    return location


def _declared(dataset: Dataset, location: str) -> str:
    if location.startswith("env:") or "://" in location:
        return _secret(location)
    path = (dataset.folder / location).resolve()
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
