"""The embedded portal: a website of files, switched from one whole state to the next.

`site` is a link to a generation, a folder in `.site/`. Publishing builds the next generation
beside it, reads back every file of the release, and turns the link with one rename: page,
catalogue and data change together, and a reader never meets a mixture. The generation before
stays for readers in the middle of it; what a killed process leaves is swept by the next one.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pipelines.dataset_files import Dataset
from pipelines.errors import OpendataError, Place, PortalError
from pipelines.portals import Change, Tombstone
from pipelines.portals.static_generation import Generation
from pipelines.portals.static_withdrawal import build_without, demand_gone, tombstones
from pipelines.progress import Progress, silent
from pipelines.release import Release
from pipelines.workspace import Workspace

UNFINISHED = "unfinished"


class StaticPortal:
    """The website in a home on this machine's disk."""

    name = "site"
    keeps_private = False

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        if not ws.store.is_local:
            raise PortalError("the website of files needs a home on a disk", remedy="set OPENDATA_HOME to a path")
        self._home = Path(ws.store.root)
        self._link = self._home / "site"
        self._generations = self._home / ".site"

    def live(self, dataset: str) -> dict[str, str]:
        """Return period -> id of the release that is live."""
        live: dict[str, str] = self._served().record(dataset)["live"]
        return live

    def released(self, dataset: str) -> list[str]:
        """Return the id of every release in the history; see `Portal`."""
        return list(dict.fromkeys(event["release"] for event in self._served().record(dataset)["history"]))

    def plan(self, dataset: Dataset, release: Release) -> Sequence[Change]:
        """Return what `apply` would change; see `Portal`."""
        what = f"{dataset.name} {release.period}"
        with self._ws.store.guarded("read", "site"):
            served = self._served()
            now = served.record(dataset.name)["live"].get(release.period)
            if now is None:
                return [Change("create", what, f"release {release.id} is the first of this period")]
            if now != release.id:
                return [Change("update", what, f"release {release.id} takes the place of {now}")]
            return served.differences(release) or [Change("none", what, f"release {release.id} is live")]

    def apply(
        self, dataset: Dataset, release: Release, action: Literal["publish", "rollback"],
        on_progress: Progress = silent,  # noqa: ARG002 - it is over at once
    ) -> None:  # fmt: skip
        """Make a release live; see `Portal`."""
        with self._ws.store.lock("site"), self._ws.store.guarded("write", "site"):
            before = self._served()
            self._sweep()
            built = Generation(self._generations / UNFINISHED)
            try:
                built.build_from(before, self._home, dataset, release, action)
                _demand_equal(built, release)
                following = self._finish(built)
            except BaseException:  # whatever stops the building, an interrupt too: raised again
                self._sweep()
                raise
            self._turn(following)
            try:
                self.verify(dataset, release)
            except OpendataError:
                self._turn(before)
                raise
            self._sweep(but={before.public.name})

    def verify(self, dataset: Dataset, release: Release) -> None:
        """Read back what the website serves; see `Portal`."""
        with self._ws.store.guarded("read", "site"):
            if self.live(dataset.name).get(release.period) != release.id:
                raise PortalError(
                    "another release is live",
                    place=Place(dataset=dataset.name, period=release.period),
                    remedy="publish again",
                )
            _demand_equal(self._served(), release)

    def audit(self, dataset: Dataset, releases: Sequence[Release]) -> Sequence[Change]:
        """Compare every file of what should be live with what is served; see `Portal`."""
        with self._ws.store.guarded("read", "site"):
            served = self._served()
            live = served.record(dataset.name)["live"]
            wanted = {release.period: release for release in releases}
            strange = [
                Change("withdraw", f"{dataset.name} {period}", f"release {found} is live without a genuine receipt")
                for period, found in sorted(live.items())
                if period not in wanted
            ]
            return [*strange, *(change for _, release in sorted(wanted.items()) for change in _drift(served, release))]

    def waiting(self, dataset: str) -> dict[str, str]:  # noqa: ARG002 - the same whatever the dataset
        """Return nothing: all that is here is public."""
        return {}

    def stage(self, dataset: Dataset, release: Release) -> None:
        """Refuse: see `keeps_private`."""
        raise PortalError(
            "on the website of files nothing can wait unseen",
            place=Place(dataset=dataset.name, period=release.period),
            remedy="publish to a portal that keeps datasets private, or wait until it may be public",
        )

    def user(self) -> str:
        """Return "": files know no users."""
        return ""

    def staged_by(self, dataset: str, release: str) -> str:  # noqa: ARG002 - nothing waits here
        """Return "": nothing waits here."""
        return ""

    def withdraw(self, dataset: str, tombstone: Tombstone, release: str | None) -> Sequence[str]:
        """Serve everything but this, and take it off the disk below `.site/`; see `Portal`."""
        with self._ws.store.lock("site"), self._ws.store.guarded("write", "site"):
            before = self._served()
            self._sweep()
            built = Generation(self._generations / UNFINISHED)
            try:
                build_without(built, before, dataset, tombstone, release)
                following = self._finish(built)
            except BaseException:  # whatever stops the building, an interrupt too: raised again
                self._sweep()
                raise
            self._turn(following)
            self._sweep(but=set())
            demand_gone(self._generations, dataset, release)
        return []

    def withdrawn(self, dataset: str) -> Sequence[Tombstone]:
        """Return the tombstones beside the dataset's page; see `Portal`."""
        with self._ws.store.guarded("read", "site"):
            return tombstones(self._served(), dataset)

    def _served(self) -> Generation:
        """Return the generation that readers see now; one that is not there, if none is."""
        if not self._link.is_symlink():
            if self._link.exists():
                raise PortalError(
                    "`site` is not the link that this program makes",
                    place=Place(file="site"),
                    remedy="move it away, then publish again",
                )
            return Generation(self._generations / "none")
        return Generation(self._generations / self._link.readlink().name)

    def _finish(self, built: Generation) -> Generation:
        """Give a generation its number, its definitions first: then it is whole."""
        numbers = [int(path.stem) for path in self._generations.iterdir() if path.stem.isdigit()]
        following = Generation(self._generations / f"{max(numbers, default=0) + 1:06}")
        built.definitions.rename(following.definitions)
        built.public.rename(following.public)
        return following

    def _turn(self, target: Generation) -> None:
        """Point the website at a generation: the one step a reader sees."""
        if not target.public.exists():
            self._link.unlink()
            return
        link = self._generations / f"{UNFINISHED}.link"
        link.unlink(missing_ok=True)
        link.symlink_to(f"{self._generations.name}/{target.public.name}")
        link.replace(self._link)

    def _sweep(self, but: set[str] | None = None) -> None:
        """Remove what a killed process left, and given which earlier generations to keep,
        the others too."""
        keep = {self._served().public.name, *(but or set())}
        for path in self._generations.glob("*"):
            if path.stem == UNFINISHED or (but is not None and path.stem not in keep):
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() and not path.is_symlink() else path.unlink()


def _drift(served: Generation, release: Release) -> Sequence[Change]:
    live = served.record(release.dataset)["live"].get(release.period)
    if live == release.id:
        return served.differences(release)
    what = f"{release.dataset} {release.period}"
    if live is None:
        return [Change("create", what, f"release {release.id} is not served any more")]
    return [Change("update", what, f"release {live} is live instead of {release.id}")]


def _demand_equal(served: Generation, release: Release) -> None:
    if differences := served.differences(release):
        first = differences[0]
        raise PortalError(
            f"the website does not serve what was released: {len(differences)} files, the first {first.reason}",
            place=Place(dataset=release.dataset, period=release.period, file=first.object),
            remedy="publish again; if it happens again, look at the disk and at who writes into the home",
        )
