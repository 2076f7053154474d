"""What may be public now, and whether the bytes of a release are clean.

Asked immediately before anything becomes public, whoever asks and by whichever way.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.dataset_files import Dataset
from pipelines.disclosure.clean import demand_clean
from pipelines.disclosure.scan import Finding, scan_file, scan_texts
from pipelines.errors import Place, PrivacyError
from pipelines.portals import Portal
from pipelines.release import CHANGELOG, Release
from pipelines.release.contracting import PACKAGE, texts
from pipelines.thai.years import BANGKOK
from pipelines.workspace import Workspace

PUBLIC = "ข้อมูลสาธารณะ"
#: Digits that mean nothing: by chance one hash in a hundred holds what reads as a telephone number.
HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a release may not be public yet."""

    why: str
    remedy: str
    """Where it waits on the portal; `{release}` is to be filled in."""
    elsewhere: str
    """Where the portal cannot keep it unseen."""


def now() -> datetime:
    """Return the time in Bangkok, by which days begin here."""
    return datetime.now(BANGKOK)


def hold(dataset: Dataset) -> Hold | None:
    """Return why a release of the dataset may not be public yet; None where it may."""
    spec = dataset.spec
    approve = "let another user than the one that brought it there run `opendata approve {release} --by ROLE`"
    if too_early(dataset):
        moment = f"{spec.release_at:%Y-%m-%d %H:%M}"
        return Hold(
            f"its `release_at` is {moment} (Bangkok time)",
            f"when it is time, {approve}" if spec.approval else f"publish again at {moment} (Bangkok time) or later",
            f"publish at {moment} (Bangkok time) or later, or change `release_at`",
        )
    if spec.approval:
        elsewhere = "publish to a portal that keeps datasets private, or take `approval` out of dataset.yaml"
        return Hold("it becomes public by an approval", approve, elsewhere)
    return None


def too_early(dataset: Dataset) -> bool:
    """Say whether `release_at` is ahead."""
    return dataset.spec.release_at is not None and now() < dataset.spec.release_at


def demand_holdable(dataset: Dataset, portal: Portal) -> None:
    """Raises `PrivacyError` where a release may not be public yet and cannot wait on the portal."""
    held = hold(dataset)
    if held and not portal.keeps_private:
        raise PrivacyError(
            f"the dataset may not be public yet: {held.why}; on {portal.name} nothing can wait unseen",
            place=Place(dataset=dataset.name),
            remedy=held.elsewhere,
        )


def demand_time(dataset: Dataset) -> None:
    """Raises `PrivacyError` where `release_at` is ahead."""
    if too_early(dataset) and (held := hold(dataset)):
        raise PrivacyError(
            f"the dataset may not be public yet: {held.why}", place=Place(dataset=dataset.name), remedy=held.elsewhere
        )


def demand_public(dataset: Dataset) -> None:
    """Raises `PrivacyError` where the data is not classed as public, or what the dataset says of
    changes, which is public too, holds what looks like personal data."""
    if dataset.spec.catalogue.data_category != PUBLIC:
        raise PrivacyError(
            "the dataset is not classed as public data",
            place=Place(dataset=dataset.name, column="catalogue.data_category"),
            remedy=f"only what the agency has classed as {PUBLIC} is published",
        )
    notes = [text for change in dataset.spec.schema_changes for text in (change.note.th, change.note.en)]
    demand_words_clean({"schema_changes": notes}, Place(dataset=dataset.name))


def demand_words_clean(words: dict[str, list[str]], place: Place) -> None:
    """Raises `PrivacyError` where what looks like personal data stands in words meant for the public."""
    _demand_none(scan_texts([words]).findings, place)


def demand_clean_file(ws: Workspace, dataset: Dataset, release: Release, path: Path) -> None:
    """Scan a file of the release. The changelog's keys were, when it was written.

    Raises:
        PrivacyError: what looks like personal data stands in it.
    """
    if path.name in release.rows:
        demand_clean(dataset, path.stem, path)
    elif path.name == PACKAGE:
        _demand_none(scan_texts(texts(path)).findings, Place(dataset=dataset.name, file=path.name))
    elif path.name != CHANGELOG:
        _demand_none(_in_words(ws, dataset, release, path), Place(dataset=dataset.name, file=path.name))


def _demand_none(findings: Iterable[Finding], place: Place) -> None:
    for finding in findings:
        raise PrivacyError(
            f"what looks like personal data ({finding.kind}) stands in a description",
            place=Place(dataset=place.dataset, file=place.file, row=finding.rows[0]),
            remedy="take it out of the dataset's texts",
        )


def _in_words(ws: Workspace, dataset: Dataset, release: Release, path: Path) -> Iterable[Finding]:
    """Scan a description: its words, not the hashes, the release's id and the unit's address."""
    words = HASH.sub("", path.read_text(encoding="utf-8-sig"))
    for known in (release.id, dataset.spec.publisher.email):
        words = words.replace(known, "")
    with ws.store.scratch() as scratch:
        (scratch / path.name).write_text(words, encoding="utf-8", newline="")
        return scan_file(scratch / path.name).findings
