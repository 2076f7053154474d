"""When assets run by themselves: the source by the clock, the rest when its input changed.

A source is asked more often than it is renewed, because nobody announces the day: a delivery
that is unchanged costs one fetch and ends there, because its data version is unchanged too.
Only the running period is asked for; earlier ones are backfilled by hand.
"""

from typing import Any

import dagster as dg

from assets.nouns import Noun
from assets.partitions import TIMEZONE
from pipelines.dataset import DatasetSpec

#: Update frequency -> when the source is asked, Bangkok time. `never` is run by hand.
_CRON = {
    "month": "0 3 * * 1",
    "quarter": "0 3 1 * *",
    "half-year": "0 3 1 * *",
    "year": "0 3 1 * *",
}


def condition(spec: DatasetSpec, noun: Noun) -> dg.AutomationCondition[Any] | None:
    """Return when an asset runs by itself; None where only people start it."""
    if noun != "raw":
        return _when_input_changed()
    cron = _CRON.get(spec.update_frequency)
    return dg.AutomationCondition.on_cron(cron, cron_timezone=TIMEZONE) if cron else None


def sensors(topics: list[str], status: dg.DefaultSensorStatus) -> list[dg.AutomationConditionSensorDefinition]:
    """Return one sensor a topic, so that a topic can be halted without the others."""
    return [
        dg.AutomationConditionSensorDefinition(
            f"automation_{topic}",
            target=dg.AssetSelection.groups(topic),
            default_status=status,
            description=f"Runs the assets of {topic} when their source is due or their input changed.",
        )
        for topic in topics
    ]


def _when_input_changed() -> dg.AutomationCondition[Any]:
    """`eager`, but for an input that is new rather than merely written again, or for new
    rules; and never on an input that failed a blocking check."""
    changed = dg.AutomationCondition.any_deps_match(
        dg.AutomationCondition.data_version_changed() & ~dg.AutomationCondition.executed_with_root_target()
    ).with_label("input changed")
    rules = dg.AutomationCondition.code_version_changed().with_label("rules changed")
    eager = dg.AutomationCondition.eager().replace("any_deps_updated", changed | rules)
    return (eager & dg.AutomationCondition.all_deps_blocking_checks_passed()).with_label(
        "eager, on new data or rules, where all blocking checks of the input passed"
    )
