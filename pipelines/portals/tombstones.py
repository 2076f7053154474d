"""What was withdrawn from a portal stays away until a person acknowledges that in dataset.yaml."""

from collections.abc import Iterable
from datetime import datetime

from pipelines.dataset_files import Dataset
from pipelines.errors import Place, PrivacyError
from pipelines.portals import Tombstone
from pipelines.thai.years import BANGKOK


def in_force(tombstones: Iterable[Tombstone], dataset: Dataset, now: datetime) -> list[Tombstone]:
    """Return those that `published_again_from` does not lift: a moment after the withdrawal, that has come."""
    again = dataset.spec.published_again_from
    return [tombstone for tombstone in tombstones if again is None or not moment_of(tombstone) < again <= now]


def demand_not_withdrawn(
    tombstones: Iterable[Tombstone], dataset: Dataset, release: str | None, portal: str, now: datetime
) -> None:
    """Raises `PrivacyError` where the dataset, or this release of it, was withdrawn and nobody has acknowledged
    that since."""
    for tombstone in in_force(tombstones, dataset, now):
        if tombstone.scope == "dataset" or release in tombstone.releases:
            moment = moment_of(tombstone)
            raise PrivacyError(
                f"the {tombstone.scope} was withdrawn from {portal} on {moment:%Y-%m-%d}",
                place=Place(dataset=dataset.name),
                remedy="where the reason is gone, say in dataset.yaml from when it is published again: "
                f"`published_again_from`, a day after that or a moment after {moment.isoformat()}",
            )


def moment_of(tombstone: Tombstone) -> datetime:
    """Return when it was withdrawn, in Bangkok; raises `ValueError` where it does not say."""
    return datetime.fromisoformat(tombstone.withdrawn_at).astimezone(BANGKOK)
