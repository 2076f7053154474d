"""Staging, approving, rolling back and withdrawing, cut off at any of their writes: done again they end as they
should, and in between nobody is given what waits, what was withdrawn, or half of anything.
"""

from pathlib import Path

import pytest

from pipelines.errors import OpendataError
from tests.portal.acts import THIRD, Act, Acts, acts_at, gone_for_good, one_or_the_other, unseen
from tests.portal.desk import SECOND
from tests.portal.every_write import strike_each_twice
from tests.portal.prober import Package
from tests.portal.proxy import Fault
from tests.portals import RealPortal
from tests.toy import NAME, PERIOD

KINDS = {"package_create", "package_revise", "datastore_delete", "resource_delete", "package_delete"}


@pytest.fixture
def acts(empty: RealPortal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Acts:
    return acts_at(empty, tmp_path, monkeypatch)


def outlast(acts: Acts, act: Act) -> set[str]:
    """Act with every write cut off before and after CKAN acted, or answered by an error; return the kinds of writes."""
    with acts.between() as running:
        strike_each_twice(running, "cut_before", "cut_after", "error_after")
        act()
    actions = {call.action for call in running.writes}
    assert {call.action for call in running.writes if call.kind == "cut_before"} == actions
    assert {call.action for call in running.writes if call.kind in {"cut_after", "error_after"}} == actions
    return actions


def test_whatever_passes_by_itself_is_outlasted_by_every_act(acts: Acts) -> None:
    acts.deliver(SECOND)
    acts.stage()
    acts.deliver(THIRD)
    with unseen(acts), one_or_the_other(acts):
        assert outlast(acts, acts.stage) == KINDS
    assert acts.at.ckan().waiting(NAME) == {PERIOD: acts.third}
    with one_or_the_other(acts):
        outlast(acts, acts.approve)
    acts.demand_live(acts.third)
    with one_or_the_other(acts):
        outlast(acts, acts.roll_back)
    acts.demand_live(acts.first)
    with gone_for_good(acts):
        assert outlast(acts, acts.withdraw) == KINDS


def refused_at_every_write(acts: Acts, act: Act, met: set[str], between: Act = lambda: None) -> None:
    """Act again and again, with a token that expires each time at the next write, until it does not any more.

    See `at_every_write`; and what was removed is not erased again, that is three writes less."""
    nth, looked = 1, acts.looks()
    while (struck := acts.struck(act, Fault("unauthorised_from", nth))).error:
        met.add(struck.writes[nth - 1])
        between()
        assert nth < 60, "it comes to no end"
        looks, removed = acts.looks(), struck.writes[: nth - 1].count("resource_delete")
        nth, looked = nth - 3 * removed + (bool(removed) or looks == looked), looks
    assert len(struck.writes) < nth


def is_whole(waits: Package | None) -> bool:
    return waits is not None and len(waits["resources"]) == 3


def test_refused_at_any_write_each_act_is_done_by_doing_it_again(acts: Acts) -> None:
    met: set[str] = set()

    def what_is_half_there_is_not_approved() -> None:
        if not is_whole(acts.waiting()):
            with pytest.raises(OpendataError):
                acts.approve()

    acts.deliver(THIRD)
    with unseen(acts), one_or_the_other(acts):
        refused_at_every_write(acts, acts.stage, met, what_is_half_there_is_not_approved)
    with one_or_the_other(acts):
        refused_at_every_write(acts, acts.approve, met)
    assert met > KINDS
    acts.demand_live(acts.third)
    with one_or_the_other(acts):
        refused_at_every_write(acts, acts.roll_back, met)
    acts.demand_live(acts.first)


def test_a_withdrawal_refused_at_any_write_gives_nothing_back_and_is_done_again(acts: Acts) -> None:
    files = len(acts.at.shown()["resources"])
    erasing = [
        Fault("unauthorised_from", nth) for nth in range(1, 2 * files + 2)
    ]  # it begins anew each time, once hidden
    removing = [Fault("unauthorised_from", nth, "resource_delete") for nth in (2, files - 1)]
    steps = ("package_revise", "package_create", "package_revise", "package_delete")  # aside, the tombstone, shown
    ending = [Fault("unauthorised_from", 1, action) for action in steps]
    with gone_for_good(acts):
        struck = [acts.struck(acts.withdraw, fault) for fault in (*erasing, *removing, *ending)]
        assert all(one.error for one in struck)
        acts.withdraw()
    assert {one.writes[-1] for one in struck} == KINDS
