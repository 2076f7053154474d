"""The four assets of a dataset. Each makes exactly one call of `pipelines`.

What an asset is called, who owns it and how it may be retried is decided here; what running
it means is in `steps`, what is shown of it in `metadata` and `checks`.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from pydantic import Field

from assets import checks
from assets.automation import condition
from assets.metadata import definition_metadata, description
from assets.nouns import DATASET_TAG, STAGE_OF, Noun, asset_key, job_name
from assets.partitions import partitions_of
from assets.resources import PortalResource, WorkspaceResource
from assets.steps import Event, carry_out
from pipelines.anonymise import anonymise
from pipelines.dataset_files import Dataset
from pipelines.extract import extract
from pipelines.progress import Progress
from pipelines.publish import publish
from pipelines.receipts import StageResult
from pipelines.stages import rules_sha256
from pipelines.validate import validate
from pipelines.workspace import Workspace

#: Only where the outside world takes part; `steps` says which refusals are worth another try.
RETRY = dg.RetryPolicy(max_retries=3, delay=10, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)


class SourceConfig(dg.Config):
    """What a run of `raw` may be told."""

    source: str | None = Field(
        default=None,
        description="Read this path or URL instead, with the same reader, for this run only. It is recorded"
        " with the run: give an address that is secret as env:NAME.",
    )
    sources: dict[str, str] = Field(
        default={},
        description="Where the source has several parts: the path or URL of each that is to be read, by its name.",
    )


def assets_of(dataset: Dataset) -> list[dg.AssetsDefinition]:
    """Return the assets of a dataset, in the order of the way."""
    return [_raw(dataset), _valid(dataset), _anonymised(dataset), _published(dataset)]


def whole_way(dataset: Dataset) -> UnresolvedAssetJobDefinition:
    """Return the job that takes one period of a dataset from its source to the portal."""
    title = dataset.spec.title
    return dg.define_asset_job(
        job_name(dataset),
        selection=dg.AssetSelection.key_prefixes([dataset.short_name]),
        description=f"{title.th} · {title.en}: the whole way of one period.",
        tags={DATASET_TAG: dataset.name},
    )


def _raw(dataset: Dataset) -> dg.AssetsDefinition:
    first = next(iter(dataset.spec.source.parts.values()))

    @dg.asset(**_options(dataset, "raw"), pool=source_pool(first.location or ""), retry_policy=RETRY)
    def raw(context: dg.AssetExecutionContext, config: SourceConfig, workspace: WorkspaceResource) -> Iterator[Event]:
        def work(ws: Workspace, period: str, listen: Progress) -> StageResult:
            return extract(ws, dataset, period=period, location=config.sources or config.source, on_progress=listen)

        yield from carry_out(context, workspace, dataset, "raw", work)

    return raw


def _valid(dataset: Dataset) -> dg.AssetsDefinition:
    @dg.asset(**_options(dataset, "valid"), deps=[asset_key(dataset, "raw")])
    def valid(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> Iterator[Event]:
        def work(ws: Workspace, period: str, listen: Progress) -> StageResult:
            return validate(ws, dataset, period, on_progress=listen)

        yield from carry_out(context, workspace, dataset, "valid", work)

    return valid


def _anonymised(dataset: Dataset) -> dg.AssetsDefinition:
    @dg.asset(**_options(dataset, "anonymised"), deps=[asset_key(dataset, "valid")])
    def anonymised(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> Iterator[Event]:
        def work(ws: Workspace, period: str, listen: Progress) -> StageResult:
            return anonymise(ws, dataset, period, on_progress=listen)

        yield from carry_out(context, workspace, dataset, "anonymised", work)

    return anonymised


def _published(dataset: Dataset) -> dg.AssetsDefinition:
    after = [asset_key(dataset, "anonymised")]

    @dg.asset(**_options(dataset, "published"), deps=after, pool="portal", retry_policy=RETRY)
    def published(
        context: dg.AssetExecutionContext, workspace: WorkspaceResource, open_portal: PortalResource
    ) -> Iterator[Event]:
        def work(ws: Workspace, period: str, listen: Progress) -> StageResult:
            return publish(ws, dataset, period, open_portal(ws), on_progress=listen)

        yield from carry_out(context, workspace, dataset, "published", work)

    return published


def source_pool(location: str) -> str:
    """Return the pool of a source: its host, the variable that holds it, or this machine."""
    if location.startswith("env:"):
        return f"source:{location}"
    return f"source:{urlsplit(location).hostname or 'file'}"


def _options(dataset: Dataset, noun: Noun) -> dict[str, Any]:
    spec = dataset.spec
    key = asset_key(dataset, noun)
    return {
        "key": key,
        "group_name": dataset.topic,
        "description": description(dataset, noun),
        "metadata": definition_metadata(dataset, noun),
        "kinds": {"raw": {*(part.reader for part in spec.source.parts.values()), "parquet"}, "valid": {"parquet"}}.get(
            noun, {"csv", "parquet"}
        ),
        "owners": [f"team:{spec.publisher.organisation}"],
        "tags": {"privacy": _privacy(dataset, noun)},
        "code_version": rules_sha256(dataset, STAGE_OF[noun])[:16],
        "partitions_def": partitions_of(spec.period),
        "check_specs": checks.specs(noun, key),
        "automation_condition": condition(spec, noun),
    }


def _privacy(dataset: Dataset, noun: Noun) -> str:
    closed = any(column.cls != "open" for column in dataset.spec.privacy.columns.values())
    return "personal" if noun in {"raw", "valid"} and closed else "none"
