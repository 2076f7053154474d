"""A CKAN portal: plan, apply, verify, with the rights of an editor.

What a dataset must look like, how it is switched and checked is in the `ckan_` modules beside it; how a call is
carried in `ckan_remote`.
"""

import json
from collections.abc import Sequence
from functools import cached_property
from typing import Literal

from pipelines.dataset_files import Dataset
from pipelines.errors import Place, PortalError
from pipelines.portals import Change, Tombstone
from pipelines.portals.ckan_answers import ForbiddenError, MissingError
from pipelines.portals.ckan_calls import Calls
from pipelines.portals.ckan_check import Marks
from pipelines.portals.ckan_metadata import package_name
from pipelines.portals.ckan_package import WITHDRAWN, Package
from pipelines.portals.ckan_publication import Publication
from pipelines.portals.ckan_remote import Remote
from pipelines.portals.ckan_staging import Staging
from pipelines.portals.ckan_withdrawal import Withdrawal
from pipelines.portals.settings import PortalSettings
from pipelines.progress import Progress, silent
from pipelines.release import Release
from pipelines.workspace import Workspace


class CkanPortal:
    """One organisation on a CKAN."""

    keeps_private = True

    def __init__(self, ws: Workspace, settings: PortalSettings, *, approver: bool = False) -> None:
        self.name = settings.name
        self._ws, self._settings = ws, settings
        address = settings.url()
        self._editor_calls = Calls(Remote(address, settings.key(approver=approver)))
        self._anyone = Calls(Remote(address, None))

    @property
    def writes(self) -> int:
        """How many write calls were made through it."""
        return self._editor_calls.writes

    def user(self) -> str:
        """Return who the token is; see `Portal`."""
        try:
            return str(self._editor_calls.read("user_show")["name"])
        except (MissingError, ForbiddenError):
            raise PortalError(
                f"the portal {self.name} does not know the token: it is wrong or expired, or no CKAN is at its address",
                remedy=f"make a new token of an editor of {self._settings.organisation} and set its variable, or "
                "correct the address",
            ) from None

    def live(self, dataset: str) -> dict[str, str]:
        """Return period -> id of the release that is live."""
        held = self._package(dataset).held()
        return held.live if held else {}

    def released(self, dataset: str) -> list[str]:
        """Return the id of every release whose dated files are there, or were where all is being withdrawn; see
        `Portal`."""
        held = self._package(dataset).held()
        if held is None:
            return []
        return list(dict.fromkeys([*held.released, *(held.named.values() if held.is_going else ())]))

    def plan(self, dataset: Dataset, release: Release) -> Sequence[Change]:
        """Return what `apply` would change; see `Portal`."""
        return self._publication(dataset).plan(release)

    def apply(
        self, dataset: Dataset, release: Release, action: Literal["publish", "rollback"],
        on_progress: Progress = silent,
    ) -> None:  # fmt: skip
        """Make a release live; see `Portal`."""
        with self._ws.store.lock(f"portal/{self.name}/{dataset.name}"):
            self._publication(dataset).apply(release, action, on_progress)
            if action == "publish":  # what waits still may follow an earlier release that came back
                self._staging(dataset.name).end(release.period)

    def verify(self, dataset: Dataset, release: Release) -> None:
        """Read back what anyone is given; see `Portal`."""
        publication = self._publication(dataset)
        held = publication.package.held()
        if held is None or held.live.get(release.period) != release.id:
            raise PortalError(
                "another release is live",
                place=Place(dataset=dataset.name, period=release.period),
                remedy="publish again",
            )
        publication.demand(self._anyone, publication.target(held, publication.entries(held), release))
        publication.marks.keep()

    def audit(self, dataset: Dataset, releases: Sequence[Release]) -> Sequence[Change]:
        """Return what differs from what was published; see `Portal`."""
        exposed = self._staging(dataset.name).exposed()
        waits = [Change("withdraw", name, "it waits, and everybody can see it") for name in exposed]
        return [*waits, *self._publication(dataset).audit(releases)]

    def waiting(self, dataset: str) -> dict[str, str]:
        """Return period -> id of the release that waits; see `Portal`."""
        return self._staging(dataset).waiting()

    def stage(self, dataset: Dataset, release: Release) -> None:
        """Bring a release there, unseen; see `Portal`."""
        with self._ws.store.lock(f"portal/{self.name}/{dataset.name}"):
            self._staging(dataset.name).stage(self._publication(dataset), release)

    def staged_by(self, dataset: str, release: str) -> str:
        """Return who staged a release; see `Portal`."""
        return self._staging(dataset).staged_by(release)

    def withdraw(self, dataset: str, tombstone: Tombstone, release: str | None) -> Sequence[str]:
        """Remove it, prove that it is gone, leave the tombstone; see `Portal`."""
        with self._ws.store.lock(f"portal/{self.name}/{dataset}"):
            record = f"portals/{self.name}/{dataset}.withdrawal.json"
            package = self._package(dataset)
            withdrawal = Withdrawal(self._ws, package, self._anyone, record)
            if release is None:
                withdrawal.hide()  # before anything else can fail
            ended = self._staging(dataset).withdraw(release)
            purge = [f"dataset {one}, in which a release waited: `ckan dataset purge {one}`" for one in ended]
            if package.held() is None and not self._ws.store.exists(record):  # nobody was given any of it
                return purge
            done = withdrawal.of_release(tombstone, release) if release else withdrawal.of_dataset(tombstone)
            return [*done, *purge]

    def withdrawn(self, dataset: str) -> Sequence[Tombstone]:
        """Return the tombstones that stand there; see `Portal`."""
        held = self._package(dataset).held()
        told = json.loads(held.extras.get(WITHDRAWN, "[]")) if held else []
        return [Tombstone.of(stone) for stone in told]

    @cached_property
    def _editor(self) -> Calls:
        """The editor's calls, once it is known that they are an editor's: with a token that is not known
        CKAN answers what it answers anyone, and never says so."""
        user = self.user()
        mine = self._editor_calls.read("organization_list_for_user", permission="create_dataset")
        if self._settings.organisation not in {organisation["name"] for organisation in mine}:
            raise PortalError(
                f"the user {user} is no editor of the organisation {self._settings.organisation}",
                remedy="have its administrator make the user an editor, or name another organisation",
            )
        return self._editor_calls

    def _package(self, dataset: str) -> Package:
        return Package(
            self._editor, self._settings.prefix + package_name(dataset), dataset, self._settings.organisation
        )

    def _staging(self, dataset: str) -> Staging:
        return Staging(self._ws, self._package(dataset))

    def _publication(self, dataset: Dataset) -> Publication:
        marks = Marks(self._ws, f"portals/{self.name}/{dataset.name}.json")
        return Publication(self._ws, self._settings, dataset, self._package(dataset.name), self._anyone, marks)
