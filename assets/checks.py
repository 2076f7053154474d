"""What every asset promises, as Dagster asset checks: counts and column names, never values.

A stage either keeps all its promises or refuses, so on success every check passes and on a
refusal the one it broke fails. The guard itself is not here: a stage demands the receipt of
the stage before, whatever Dagster thinks of its checks.
"""

from dataclasses import dataclass

import dagster as dg

from assets.metadata import Value, refusal_metadata
from assets.nouns import Noun
from pipelines.errors import HeaderError, OpendataError, PortalError, ReconciliationError, Refusal


@dataclass(frozen=True, slots=True)
class Promise:
    """One check: its name, what it says, and the refusal that means it is broken."""

    name: str
    says: str
    broken_by: type[Refusal] | None = None


#: The first promise of each is broken by every refusal that no other one is for.
PROMISES: dict[Noun, tuple[Promise, ...]] = {
    "raw": (
        Promise("source_accepted", "The source was read whole, and it is for this period."),
        Promise("columns_mapped", "Every column of the source is mapped or ignored by name.", HeaderError),
    ),
    "valid": (
        Promise("rows_valid", "Every row holds to the schema, and the dataset's assertions hold."),
        Promise("subtotals_reconciled", "Stated totals are what their rows add up to.", ReconciliationError),
    ),
    "anonymised": (
        Promise("nobody_recognisable", "No personal data was found and every cell of few persons is hidden."),
    ),
    "published": (
        Promise("release_complete", "The release is whole and nothing forbids publishing it."),
        Promise("portal_serves_release", "What the portal serves was read back: same bytes, same rows.", PortalError),
    ),
}


def specs(noun: Noun, key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """Return the checks of an asset. All are blocking."""
    return [dg.AssetCheckSpec(p.name, asset=key, description=p.says, blocking=True) for p in PROMISES[noun]]


def kept(noun: Noun, counted: dict[str, Value]) -> list[dg.AssetCheckResult]:
    """Return the results of a stage that was done, each with what was counted."""
    return [dg.AssetCheckResult(passed=True, check_name=p.name, metadata=counted) for p in PROMISES[noun]]


def broken(noun: Noun, key: dg.AssetKey, refusal: OpendataError) -> dg.AssetCheckResult:
    """Return the failed check of a refusal: which promise, where, and what to do."""
    first, *others = PROMISES[noun]
    promise = next((p for p in others if p.broken_by and isinstance(refusal, p.broken_by)), first)
    return dg.AssetCheckResult(
        passed=False,
        check_name=promise.name,
        asset_key=key,
        description=str(refusal),
        metadata=refusal_metadata(noun, refusal),
    )
