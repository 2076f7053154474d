"""Runs one stage inside an asset and tells Dagster what came of it.

Done: a materialisation whose data version is the receipt's identity, so equal work is equal
to Dagster too. Refused: the broken check and a failure that is not tried again, unless it is
one that passes by itself (the network, the portal, the store). What a library raises is
reported by its type and place only: its message may quote the data, and the event log is
for ever.
"""

import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg

from assets import checks
from assets.metadata import materialisation_metadata, refusal_metadata
from assets.nouns import Noun, asset_key
from assets.partitions import period_of
from pipelines.dataset_files import Dataset
from pipelines.errors import OpendataError, PortalError, StoreError, UnreachableError
from pipelines.progress import Progress
from pipelines.receipts import StageResult
from pipelines.workspace import Workspace

Event = dg.AssetCheckResult | dg.MaterializeResult[None]
Work = Callable[[Workspace, str, Progress], StageResult]

#: Refusals that are not about the data: worth another try, where the asset has a retry policy.
PASSES_BY_ITSELF = (UnreachableError, PortalError, StoreError)
SECONDS_BETWEEN_REPORTS = 30


class Fault(OpendataError):  # noqa: N818 - a fault of the program is no error of the data
    """Something the stages do not know: a fault of the program."""

    kind = "internal"


def carry_out(
    context: dg.AssetExecutionContext, ws: Workspace, dataset: Dataset, noun: Noun, work: Work
) -> Iterator[Event]:
    """Run a stage for the partition at hand and yield what Dagster is to record.

    Raises `dagster.Failure` where the stage refuses."""
    period = period_of(dataset.spec.period.kind, context.partition_key).label
    outcome = _attempt(lambda: work(ws, period, _reporting(context)))
    if isinstance(outcome, OpendataError):
        refusal = outcome.at(dataset=dataset.name, period=period)
        again = isinstance(refusal, PASSES_BY_ITSELF)
        if not again:
            yield checks.broken(noun, asset_key(dataset, noun), refusal)
        raise dg.Failure(str(refusal), metadata=refusal_metadata(noun, refusal), allow_retries=again)
    for notice in outcome.notices:
        context.log.warning(notice)
    yield dg.MaterializeResult(
        metadata=materialisation_metadata(ws, dataset, outcome),
        check_results=checks.kept(noun, dataset, outcome.receipt),
        data_version=dg.DataVersion(outcome.receipt.id),
    )


def _attempt(work: Callable[[], StageResult]) -> StageResult | OpendataError:
    """Return what the work came to, a refusal included: what is raised later then has no
    exception behind it that Dagster would write down."""
    try:
        return work()
    except OpendataError as refusal:
        return refusal
    except Exception as fault:  # noqa: BLE001 - the last line of defence: its message may hold a cell
        last = traceback.extract_tb(fault.__traceback__)[-1]
        return Fault(
            f"{type(fault).__name__} at {Path(last.filename).name}:{last.lineno}",
            remedy="this is a fault of the program: report it",
        )


def _reporting(context: dg.AssetExecutionContext) -> Progress:
    """Return a listener that logs now and then: every line is kept for ever."""
    last = time.monotonic()

    def listen(what: str, done: int, total: int | None) -> None:
        nonlocal last
        if time.monotonic() - last >= SECONDS_BETWEEN_REPORTS:
            last = time.monotonic()
            context.log.info("%s: %s of %s", what, f"{done:,}", f"{total:,}" if total else "an unknown number")

    return listen
