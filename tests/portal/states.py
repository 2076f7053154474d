"""Says which observations of a prober are of no state that a portal may be in.

Judges after the event and reads nothing itself. The states are those before and after a
publication, or the one that is to stay: each look must be explained by one of them. Trouble of
the portal (no answer, 5xx) is counted, not held against the publisher.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.portal.prober import Observation, Resource, Rows, View, is_trouble


@dataclass(frozen=True)
class State:
    """What a portal may show: of these resources, by `pipeline_key`, these bytes and these rows."""

    release: str
    files: Mapping[str, str]
    """sha256 of every file."""
    tables: Mapping[str, Rows]
    public: bool


@dataclass(frozen=True)
class Violation:
    """An observation that no state explains."""

    kind: str
    """`foreign_file`, `foreign_table`: of no release, or half of one; `foreign_resource`; `mixed`: file or table
    of another release than is shown; `mixed_package`; `vanished`; `visible_too_early`."""
    observation: Observation = field(repr=False)
    place: str
    when: float


@dataclass
class Verdict:
    """What came of all observations."""

    violations: list[Violation] = field(default_factory=list)
    announced: int = 0
    """How many looks met two releases while the package said so, before and after."""
    trouble: int = 0

    @property
    def kinds(self) -> set[str]:
        return {violation.kind for violation in self.violations}


def judge(observations: Iterable[Observation], states: Sequence[State]) -> Verdict:
    """Return what the states do not explain, in the order in which it was seen."""
    verdict = Verdict()
    may_be_seen = [state for state in states if state.public]
    was_seen = len(may_be_seen) == len(states)
    for seen in observations:
        # While Solr starts the search is a conflict (409), by CKAN's own words.
        if is_trouble(seen.status) or (seen.what == "search" and seen.status != 200):
            verdict.trouble += 1
            continue
        match seen.what:
            case "package":
                kinds = _package(seen.before, may_be_seen)
                kinds += ["vanished"] if was_seen and seen.before.is_hidden else []
                was_seen |= seen.before.is_visible
            case "search":
                kinds = _package(seen.found, may_be_seen) if seen.found else []
                kinds += ["vanished"] if not seen.found and _is_steady(seen) else []
            case _:
                kinds = _content(seen, may_be_seen)
        if kinds == ["announced"]:
            verdict.announced += 1
            continue
        place = f"{seen.what} {seen.resource.key if seen.resource else ''}".strip()
        verdict.violations += [Violation(kind, seen, place, seen.when) for kind in kinds]
    return verdict


def _package(view: View, states: Sequence[State]) -> list[str]:
    """Judge the resources of a package: the current ones are those of one release, all others of any."""
    if not view.is_visible:
        return []
    if not states:
        return ["visible_too_early"]
    current = [resource for resource in view.resources if _is_current(resource.key)]
    others = [resource for resource in view.resources if not _is_current(resource.key)]
    kinds = []
    if not any(_is_whole(current, state) for state in states):
        kinds.append("mixed_package")
    if any(resource.sha256 not in _files(resource, states) for resource in others):
        kinds.append("foreign_resource")
    return kinds


def _is_current(key: str) -> bool:
    return key.startswith(("latest/", "changelog"))


def _is_whole(current: Sequence[Resource], state: State) -> bool:
    """Whether these are a release's current resources, each once, with their tables."""
    wanted = {(key, sha256, state.release) for key, sha256 in state.files.items() if _is_current(key)}
    shown = [(resource.key, resource.sha256, resource.release) for resource in current]
    tables = {key for key in state.tables if _is_current(key)}
    return Counter(shown) == Counter(wanted) and tables <= {r.key for r in current if r.has_table}


def _content(seen: Observation, states: Sequence[State]) -> list[str]:
    """Judge a file or a table; `announced` alone is no violation."""
    resource = seen.resource
    assert resource
    if seen.status != 200:
        return ["vanished"] if _is_steady(seen) else []
    if not states or (seen.before.is_hidden and seen.after.is_hidden):
        return ["visible_too_early"]
    shown = [r for r in (seen.before.find(resource.id), seen.after.find(resource.id)) if r]
    if seen.what == "file":
        is_whole = seen.sha256 in _files(resource, states)
        is_as_shown = not shown or seen.sha256 in {r.sha256 for r in shown}
        is_explained = is_whole
    else:
        releases = {state.release for state in states if state.tables.get(resource.key) == seen.rows}
        is_whole = bool(releases)
        is_as_shown = not shown or bool(releases & {r.release for r in shown})
        is_explained = is_whole or _is_between(seen, resource.key, states)
    if is_whole and is_as_shown:
        return []
    if is_explained and _is_announced(seen, states):
        return ["announced"]
    return ["mixed" if is_whole else f"foreign_{seen.what}"]


def _files(resource: Resource, states: Sequence[State]) -> set[str]:
    return {state.files[resource.key] for state in states if resource.key in state.files}


def _is_steady(seen: Observation) -> bool:
    """Whether what was not there is shown before and after."""
    if not (seen.before.is_visible and seen.after.is_visible):
        return False
    if seen.resource is None:
        return True
    shown = [view.find(seen.resource.id) for view in (seen.before, seen.after)]
    return all(r and (seen.what == "file" or r.has_table) for r in shown)


def _is_announced(seen: Observation, states: Sequence[State]) -> bool:
    coming = seen.before.being_replaced
    return coming == seen.after.being_replaced and coming in {state.release for state in states}


def _is_between(seen: Observation, key: str, states: Sequence[State]) -> bool:
    """Whether a table is on its way from a release to the announced one: each row is of one of them,
    and what both have is there."""
    rows = Counter(seen.rows)
    new = [Counter(s.tables[key]) for s in states if key in s.tables and s.release == seen.before.being_replaced]
    old = [Counter(s.tables[key]) for s in states if key in s.tables and s.release != seen.before.being_replaced]
    return any((a & b) <= rows <= (a | b) for a in old for b in new)
