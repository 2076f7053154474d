"""A portal in memory that can keep a release unseen, as CKAN does: for tests of approval and release times.

It holds no bytes: what it "serves" are the releases it was given, with their hashes.
"""

from collections.abc import Sequence
from typing import Literal

from pipelines.dataset_files import Dataset
from pipelines.errors import Place, PortalError
from pipelines.portals import Change, Tombstone
from pipelines.progress import Progress, silent
from pipelines.release import Release


class Memory:
    """What a portal holds, whoever opens it."""

    def __init__(self) -> None:
        self.live: dict[str, Release] = {}
        self.waiting: dict[str, Release] = {}
        self.released: list[str] = []
        self.tombstones: list[Tombstone] = []
        self.staged_by = ""
        self.staged = 0


class HoldingPortal:
    """One user's way to it; all releases are of one dataset."""

    keeps_private = True

    def __init__(self, memory: Memory, user: str = "publisher", name: str = "agency") -> None:
        self.memory, self._user, self.name = memory, user, name

    def live(self, dataset: str) -> dict[str, str]:
        return {period: release.id for period, release in self.memory.live.items() if release.dataset == dataset}

    def released(self, dataset: str) -> list[str]:
        assert dataset
        return self.memory.released

    def plan(self, dataset: Dataset, release: Release) -> Sequence[Change]:
        now = self.live(dataset.name).get(release.period)
        return [Change("none" if now == release.id else "update", dataset.name, f"release {now} is live")]

    def apply(
        self, dataset: Dataset, release: Release, action: Literal["publish", "rollback"],
        on_progress: Progress = silent,  # noqa: ARG002
    ) -> None:  # fmt: skip
        assert action in {"publish", "rollback"}
        if self.waiting(dataset.name).get(release.period) == release.id:
            del self.memory.waiting[release.period]
        self.memory.live[release.period] = release
        self.memory.released.append(release.id)
        self.verify(dataset, release)

    def verify(self, dataset: Dataset, release: Release) -> None:
        if self.live(dataset.name).get(release.period) != release.id:
            raise PortalError("another release is live", place=Place(), remedy="publish again")

    def audit(self, dataset: Dataset, releases: Sequence[Release]) -> Sequence[Change]:
        wanted = {release.period: release.id for release in releases}
        live = self.live(dataset.name)
        periods = sorted({*wanted, *live})
        return [
            Change("update", f"{dataset.name} {p}", "differs") for p in periods if wanted.get(p) != live.get(p)
        ] or [Change("none", dataset.name, "all is as it should be")]

    def waiting(self, dataset: str) -> dict[str, str]:
        return {period: release.id for period, release in self.memory.waiting.items() if release.dataset == dataset}

    def stage(self, dataset: Dataset, release: Release) -> None:
        assert dataset.name == release.dataset
        self.memory.waiting[release.period] = release
        self.memory.staged_by = self._user
        self.memory.staged += 1

    def user(self) -> str:
        return self._user

    def staged_by(self, dataset: str, release: str) -> str:
        return self.memory.staged_by if release in self.waiting(dataset).values() else ""

    def withdraw(self, dataset: str, tombstone: Tombstone, release: str | None) -> Sequence[str]:
        if release is None:
            self.memory.live, self.memory.waiting, self.memory.released = {}, {}, []
        self.memory.tombstones.append(tombstone)
        return [f"purge {dataset}"]

    def withdrawn(self, dataset: str) -> Sequence[Tombstone]:
        return [tombstone for tombstone in self.memory.tombstones if tombstone.dataset == dataset]
