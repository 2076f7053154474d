"""Portals: where releases become public, and the one way to deal with any of them.

Plan, apply, verify: a portal is asked what it holds (never our memory of it), told what it
should hold, and read back. Which release may be given to it is decided before, in `publish`;
how its state is read and switched is each portal's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pipelines.progress import Progress, silent

if TYPE_CHECKING:  # who only loads a table waits for none of these
    from pipelines.dataset_files import Dataset
    from pipelines.release import Release


@dataclass(frozen=True, slots=True)
class Change:
    """One thing publishing would do, or did."""

    action: Literal["create", "update", "none", "withdraw"]
    object: str
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """Return the machine-readable form."""
        return {"action": self.action, "object": self.object, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What stays in public of what was withdrawn: what it was, when and why; nothing of the data."""

    dataset: str
    releases: tuple[str, ...]
    """The ids of the releases that went."""
    scope: Literal["dataset", "release"]
    """Whether all of the dataset was withdrawn, or one release that was not live."""
    reason: str
    """For the public, in the words of whoever withdrew it."""
    withdrawn_at: str
    """ISO 8601, in UTC."""

    def as_dict(self) -> dict[str, Any]:
        """Return the machine-readable form, which `of` reads."""
        return asdict(self) | {"releases": list(self.releases)}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Tombstone":
        """Return the tombstone that `as_dict` told of; other keys are left alone."""
        known = {name: told[name] for name in ("dataset", "scope", "reason", "withdrawn_at")}
        return cls(releases=tuple(told["releases"]), **known)


class Portal(Protocol):
    """What publishing needs of a portal."""

    name: str
    keeps_private: bool
    """Whether a release can wait there unseen (`stage`) until it is made live."""

    def live(self, dataset: str) -> dict[str, str]:
        """Return period -> id of the release that is live."""
        ...

    def released(self, dataset: str) -> list[str]:
        """Return the id of every release that it lists as having been live, each once."""
        ...

    def plan(self, dataset: "Dataset", release: "Release") -> Sequence[Change]:
        """Return what `apply` would change, against what is served now: one change of action
        `none` where it is nothing. The release may still be a draft, without its changelog."""
        ...

    def apply(
        self, dataset: "Dataset", release: "Release", action: Literal["publish", "rollback"],
        on_progress: Progress = silent,
    ) -> None:  # fmt: skip
        """Make the release live for its period, in one step for a reader, and verify it: on a
        difference the portal is brought back and `PortalError` is raised."""
        ...

    def verify(self, dataset: "Dataset", release: "Release") -> None:
        """Read back all that the portal serves of a live release; raises `PortalError` on
        any difference."""
        ...

    def audit(self, dataset: "Dataset", releases: Sequence["Release"]) -> Sequence[Change]:
        """Return what differs between what was published and what is served, nothing where all is
        as it should be. `releases`: those that should be live, one a period, each of a genuine receipt.
        What is live and is not among them is a difference, too."""
        ...

    def waiting(self, dataset: str) -> dict[str, str]:
        """Return period -> id of the release that waits there, unseen by the public."""
        ...

    def stage(self, dataset: "Dataset", release: "Release") -> None:
        """Bring a release to the portal and verify it there, unseen by the public until `apply`; what
        is live stays. Done again it makes sure of the same. Raises `PortalError`."""
        ...

    def user(self) -> str:
        """Return who the portal takes us for; "" where it knows no users."""
        ...

    def staged_by(self, dataset: str, release: str) -> str:
        """Return the user who staged a release; "" where it does not wait or nobody is known. Raises
        `PortalError` where not all of it was brought there."""
        ...

    def withdraw(self, dataset: str, tombstone: Tombstone, release: str | None) -> Sequence[str]:
        """Remove everything of the dataset, or of one release that is not live, make sure that nobody
        is given it any more, and leave the tombstone in public. Returns what an administrator must
        still erase. Raises `PortalError`: something is served still, or nothing was changed."""
        ...

    def withdrawn(self, dataset: str) -> Sequence[Tombstone]:
        """Return the tombstones that stand there for a dataset, the newest last."""
        ...
