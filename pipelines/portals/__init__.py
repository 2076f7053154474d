"""Portals: where releases become public, and the one way to deal with any of them.

Plan, apply, verify: a portal is asked what it holds (never our memory of it), told what it
should hold, and read back. Which release may be given to it is decided before, in `publish`;
how its state is read and switched is each portal's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

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


class Portal(Protocol):
    """What publishing needs of a portal."""

    name: str

    def live(self, dataset: str) -> dict[str, str]:
        """Return period -> id of the release that is live."""
        ...

    def released(self, dataset: str) -> list[str]:
        """Return the id of every release that it lists as having been live, each once."""
        ...

    def plan(self, dataset: Dataset, release: Release) -> Sequence[Change]:
        """Return what `apply` would change, against what is served now: one change of action
        `none` where it is nothing. The release may still be a draft, without its changelog."""
        ...

    def apply(self, dataset: Dataset, release: Release, action: Literal["publish", "rollback"]) -> None:
        """Make the release live for its period, in one step for a reader, and verify it: on a
        difference the portal is brought back and `PortalError` is raised."""
        ...

    def verify(self, dataset: Dataset, release: Release) -> None:
        """Read back all that the portal serves of a live release; raises `PortalError` on
        any difference."""
        ...
