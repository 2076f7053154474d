"""One publication on a CKAN: a release goes live and is proved, or all is as it was before.

Knows the order of things and what an outcome means. How each step is done is in `ckan_switch`,
what must be there in `ckan_target`, what is there in `ckan_check`.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pipelines.dataset_files import Dataset
from pipelines.errors import OpendataError, Place, PortalError
from pipelines.portals import Change
from pipelines.portals.ckan_answers import ForbiddenError
from pipelines.portals.ckan_calls import Calls
from pipelines.portals.ckan_check import Check, Marks
from pipelines.portals.ckan_history import WITHDRAWN_AT, Action, Entries, history, stone_of, stones_of, with_release
from pipelines.portals.ckan_lease import Lease, OvertakenError, leased, publisher_of
from pipelines.portals.ckan_package import (
    COMING,
    HOLDER,
    KEY,
    RELEASE,
    WITHDRAWN,
    Held,
    MovedError,
    Package,
    listed,
)
from pipelines.portals.ckan_switch import Switch
from pipelines.portals.ckan_target import CHANGELOG, Target, target_of
from pipelines.portals.ckan_withdrawal import text_of_tombstone
from pipelines.portals.settings import PortalSettings
from pipelines.portals.tombstones import demand_not_withdrawn
from pipelines.progress import Progress
from pipelines.release import Release
from pipelines.workspace import Workspace

TRIES = 3
STATE = (
    f"Publishing again goes on where this was cut off; until then the dataset says {COMING}, and its tables may "
    "be of another release than its files"
)


@dataclass(frozen=True)
class Publication:
    """One dataset on one portal, as its editor and as anyone."""

    ws: Workspace
    settings: PortalSettings
    dataset: Dataset
    package: Package
    anyone: Calls
    marks: Marks

    @property
    def editor(self) -> Calls:
        """The calls of the editor whose token it is."""
        return self.package.calls

    def entries(self, held: Held | None, announced: Collection[str] | None = None, coming: str = "") -> Entries:
        """Return what its changelog tells; see `history`. Of one that is not leased what is announced need not
        be told."""
        if held is None:
            return []
        said = {held.extras[COMING]} if COMING in held.extras else ()
        return history(self.editor, held, said if announced is None else announced, coming)

    def target(self, held: Held | None, entries: Entries, release: Release) -> Target:
        """Return what the dataset must look like with a release live for its period."""
        return self._of_live(held, entries, {**(held.named if held else {}), release.period: release.id}, release)

    def _before(self, held: Held, entries: Entries, coming: Release) -> Target | None:
        """Return what it must look like as it is live now; None where nothing is."""
        return self._of_live(held, entries, held.live, coming) if held.live else None

    def _of_live(
        self, held: Held | None, entries: Entries, live: dict[str, str], coming: Release | None = None
    ) -> Target:
        """Return what it must look like with these releases live, by period; `coming` is the one that is being
        published: it may be new, and what an earlier attempt has left of it does not make it live."""
        there = [entry[RELEASE] for entry in entries if WITHDRAWN_AT not in entry]
        ids = dict.fromkeys([*there, *sorted(live.values())])
        known = {one: found for one in ids if (found := self._known(one))}
        if coming and coming.id in ids:
            known[coming.id] = coming
        # Files that a receipt proves were public are kept, whatever became of the changelog.
        proved = [one for one in (held.released if held else []) if self._known(one, self.settings.name)]
        told = [*(entry[RELEASE] for entry in entries), *proved]
        target = target_of(self.ws, self.dataset, self.settings, live, known, told)
        return target.also({WITHDRAWN: held.extras[WITHDRAWN]}) if held and WITHDRAWN in held.extras else target

    def plan(self, release: Release) -> list[Change]:
        """Return what `apply` would change; see `Portal.plan`."""
        held, name = self.package.held(), self.package.name
        target = self.target(held, self.entries(held, coming=release.id), release)
        if held is None:
            keys = [one.key for one in target.resources]
            return [Change("create", key, f"release {release.id} is the first") for key in (name, *keys, CHANGELOG)]
        held.demand_stays()
        found = Check(self.ws, self.editor, self.marks).differences(held, target)
        if held.private:
            found.append(Change("update", name, "is private, and becomes public"))
        self.marks.keep()
        return found or [Change("none", name, f"release {release.id} is live")]

    def audit(self, releases: Sequence[Release]) -> list[Change]:
        """Return what differs from what was published; see `Portal.audit`."""
        held, name = self.package.held(), self.package.name
        wanted = {release.period: release.id for release in releases}
        if held is None or held.private:
            gone = "it is not there" if held is None else "it is private: nobody is given it"
            return [Change("create" if held is None else "update", name, gone)] if wanted else []
        live = {period: (held.live.get(period), wanted.get(period)) for period in sorted({*held.live, *wanted})}
        found = [
            Change("update", name, f"of {period} {there or 'nothing'} is live instead of {should or 'nothing'}")
            for period, (there, should) in live.items()
            if there != should
        ]
        found += [
            Change("withdraw", str(r["name"]), "others have put it there") for r in held.strange if not r.get(KEY)
        ]
        entries = self.entries(held)
        is_withdrawn = {entry[RELEASE]: WITHDRAWN_AT in entry for entry in entries}  # the last one says it
        still = "was withdrawn, and its files are there still: withdraw it once more"
        found += [Change("withdraw", one, still) for one in held.released if is_withdrawn.get(one)]
        if wanted:
            found += Check(self.ws, self.anyone, self.marks).differences(held, self._of_live(held, entries, wanted))
        self.marks.keep()
        return found

    def apply(self, release: Release, action: Action, on_progress: Progress) -> None:
        """Make a release live; see `Portal.apply`."""
        began, lease = self.package.held(), Lease(self.package, publisher_of(self.ws), release.id)
        for attempt in range(1, TRIES + 1):
            try:
                self._apply(release, action, began, lease, on_progress)
            except MovedError as moved:
                if attempt == TRIES:
                    raise PortalError(
                        f"the dataset was changed on the portal at the same time, {TRIES} times",
                        place=Place(dataset=self.dataset.name, period=release.period),
                        remedy=f"see who else changes it; {moved.remedy}. {STATE}",
                    ) from None
            else:
                break
        self.marks.keep()

    def _apply(self, release: Release, action: Action, began: Held | None, lease: Lease, tell: Progress) -> None:
        held = self.package.held() or self._create(release, lease)
        # What is refused is refused before anything is written.
        self._before(held, self.entries(held, coming=release.id), release)
        held = lease.take(held)
        try:
            self._demand_not_withdrawn(held, release)
            entries = self.entries(held, lease.announced, release.id)
            before, target = self._before(held, entries, release), self.target(held, entries, release)
        except OpendataError:
            with suppress(OpendataError):  # else it ends by itself
                lease.give_back()
            raise
        switch = Switch(self.ws, self.settings, self.package, lease, self.marks, tell)
        try:
            self._bring(switch, held, target, before, with_release(entries, release, action), entries)
        except (MovedError, OvertakenError):
            raise
        except OpendataError as error:
            try:
                held = lease.resume(target.extras)
                if before is None:
                    self._hide(held, target, began)
                else:
                    switch.bring(held, before, target, entries)
                    self.demand(self.anyone, before)
            except OpendataError as second:
                raise PortalError(
                    f"publishing failed ({error.message}), and the portal could not be brought back: {second.message}",
                    place=Place(dataset=self.dataset.name, period=release.period),
                    remedy=second.remedy if isinstance(second, OvertakenError) else f"{second.remedy}. {STATE}",
                ) from None
            raise

    def _bring(
        self, switch: Switch, held: Held, target: Target, before: Target | None, coming: Entries, entries: Entries
    ) -> None:
        """Go from what was live to what is coming; what nobody saw is shown when it is proved."""
        was_public = not held.private
        if held.is_tombstone and was_public:  # what comes in its place is not public yet
            held, was_public = self.package.revise(held, {"private": True}, done=lambda now: now.private), False
        if before:
            held = switch.told(held, before, entries)
        held = switch.bring(held, target if was_public else leased(target, held), before, coming)
        if not was_public:  # else it is whoever withdraws it that has hidden it since
            self.demand(self.editor, leased(target, held))
            shown = {"private": False, "extras": listed(target.extras)}
            self.package.revise(held, shown, done=lambda now: not now.private and now.extras == target.extras)
        self.demand(self.anyone, target)

    def _demand_not_withdrawn(self, held: Held, release: Release) -> None:
        """What was withdrawn since publishing began, from wherever, is obeyed as what was before."""
        demand_not_withdrawn(stones_of(held), self.dataset, release.id, self.settings.name, datetime.now(UTC))

    def _create(self, release: Release, lease: Lease) -> Held:
        target = self.target(None, [], release)
        return self.package.create(target.own_fields, {KEY: self.package.key, **lease.extras})

    def _hide(self, held: Held, target: Target, began: Held | None) -> None:
        """Have nobody see what nobody saw before; where a tombstone was, it stands there again."""
        was = began.extras if began else {}
        kept = {*was} - {COMING, HOLDER} if began and began.named else {WITHDRAWN} & {*was}
        extras = {KEY: self.package.key} | {name: was[name] for name in kept}
        fields: dict[str, Any] = {"private": True}
        if stone := stone_of(began):
            held = self.package.remove(held, [*held.resources.values()])
            text = text_of_tombstone(stone, target.own_fields["title"])
            fields = target.own_fields | {"title": text["name"], "notes": text["description"], "private": False}

        def done(now: Held) -> bool:
            return now.private == fields["private"] and now.extras == extras

        self.package.revise(held, fields | {"extras": listed(extras)}, done=done)

    def demand(self, calls: Calls, target: Target) -> None:
        """Read all of it back; raises `PortalError` on any difference."""
        try:
            held = Package(calls, self.package.name, self.package.key, self.package.organisation).demand()
        except ForbiddenError:
            if calls is self.editor:
                raise
            raise PortalError(
                "the portal gives the dataset to nobody", remedy="see there who has hidden it, and why"
            ) from None
        if differences := Check(self.ws, calls, self.marks).differences(held, target):
            first, count = differences[0], len(differences)
            raise PortalError(
                f"the portal does not serve what it was given: {count} differences, the first: {first.reason}",
                place=Place(dataset=self.dataset.name, file=first.object),
                remedy="publish again; if it happens again, find out who else writes to the portal",
            )

    def _known(self, release: str, portal: str | None = None) -> Release | None:
        period = release.rpartition("-")[0]
        receipt = self.ws.receipts.published(self.dataset.name, period, release, portal=portal, announced=not portal)
        return Release.of(receipt) if receipt else None
