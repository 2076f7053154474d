"""What every asset promises, as Dagster asset checks: counts and column names, never values.

A stage either keeps all its promises or refuses, so on success every check passes and on a
refusal the one it broke fails. The guard itself is not here: a stage demands the receipt of
the stage before, whatever Dagster thinks of its checks.
"""

from collections.abc import Callable
from dataclasses import dataclass

import dagster as dg

from assets.metadata import Value, refusal_metadata, rows_by_table
from assets.nouns import Noun
from pipelines.dataset_files import Dataset
from pipelines.errors import HeaderError, OpendataError, PortalError, ReconciliationError, Refusal
from pipelines.receipts import Receipt

Counted = dict[str, Value]


def _rows(_dataset: Dataset, receipt: Receipt) -> Counted:
    return {f"rows of {table}": rows for table, rows in rows_by_table(receipt).items()}


def _columns(dataset: Dataset, _receipt: Receipt) -> Counted:
    tables = dataset.spec.source.tables.items()
    mapped: Counted = {f"mapped columns of {name}": len(table.columns) for name, table in tables}
    return mapped | {f"ignored columns of {name}": len(table.ignore) for name, table in tables}


def _subtotals(dataset: Dataset, receipt: Receipt) -> Counted:
    found = {table: receipt.details["quality"]["tables"][table]["subtotals"] for table in dataset.spec.source.tables}
    return {
        f"{kind} subtotals of {table}": count if isinstance(count, int) else len(count)
        for table, kinds in found.items()
        for kind, count in kinds.items()
    }


def _hidden(dataset: Dataset, receipt: Receipt) -> Counted:
    privacy = receipt.details["privacy"]
    tables = {table: privacy["tables"][table] for table in dataset.spec.tables}
    hidden: Counted = {f"hidden cells of {name}": t["hidden"] for name, t in tables.items()}
    return hidden | {"findings of the scan": sum(scan["findings"] for scan in privacy["scan"].values())}


def _files(_dataset: Dataset, receipt: Receipt) -> Counted:
    return {"files": len(receipt.files), "bytes": sum(proof.bytes for proof in receipt.files.values())}


@dataclass(frozen=True, slots=True)
class Promise:
    """One check: its name, what it says, what is counted when it is kept, and the refusal
    that means it is broken."""

    name: str
    says: str
    counted: Callable[[Dataset, Receipt], Counted]
    broken_by: type[Refusal] | None = None


#: The first promise of each is broken by every refusal that no other one is for.
PROMISES: dict[Noun, tuple[Promise, ...]] = {
    "raw": (
        Promise("source_accepted", "The source was read whole, and it is for this period.", _rows),
        Promise("columns_mapped", "Every column is mapped or ignored by name.", _columns, HeaderError),
    ),
    "valid": (
        Promise("rows_valid", "Every row holds to the schema, and the dataset's assertions hold.", _rows),
        Promise("subtotals_reconciled", "Stated totals are what their rows sum to.", _subtotals, ReconciliationError),
    ),
    "anonymised": (
        Promise("nobody_recognisable", "No personal data is found, every cell of few persons is hidden.", _hidden),
    ),
    "published": (
        Promise("release_complete", "The release is whole and nothing forbids publishing it.", _rows),
        Promise("portal_serves_release", "The portal serves these bytes: they were read back.", _files, PortalError),
    ),
}


def specs(noun: Noun, key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """Return the checks of an asset. All are blocking."""
    return [dg.AssetCheckSpec(p.name, asset=key, description=p.says, blocking=True) for p in PROMISES[noun]]


def kept(noun: Noun, dataset: Dataset, receipt: Receipt) -> list[dg.AssetCheckResult]:
    """Return the results of a stage that was done, each with what was counted."""
    return [
        dg.AssetCheckResult(passed=True, check_name=p.name, metadata=p.counted(dataset, receipt))
        for p in PROMISES[noun]
    ]


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
