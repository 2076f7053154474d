"""What of the published tables comes, goes or becomes another thing, and whether that is meant.

What comes is no break: programs of others go on. What goes, or has another type or another key,
is one, and must be acknowledged in `schema_changes` of the dataset before it is published.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipelines.dataset_files import Dataset
from pipelines.errors import DatasetError, Place
from pipelines.publication_spec import SchemaChange
from pipelines.release.changelog import columns_of, keys_of
from pipelines.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Differences:
    """Parts of the tables, as `table`, `table.column` and `table.key`, in their order."""

    added: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()


def differences(ws: Workspace, dataset: Dataset, built: Path, previous: str | None) -> Differences:
    """Compare the tables in the folder `built` with those of the release that is live; without one
    nothing differs.

    Raises:
        StoreError: the previous release is not in the store.
    """
    if previous is None:
        return Differences()
    before, tables = keys_of(ws, dataset, previous), dataset.spec.tables
    added = [table for table in tables if table not in before]
    broken = [table for table in before if table not in tables]
    for table, spec in tables.items():
        if table in before:
            with ws.store.local(f"releases/{dataset.name}/{previous}/{table}.parquet") as old:
                columns = columns_of(old, built / f"{table}.parquet")
            added += [f"{table}.{name}" for name in columns["added"]]
            broken += [f"{table}.{name}" for name in [*columns["removed"], *columns["changed"]]]
            broken += [f"{table}.key"] if before[table] != list(spec.key) else []
    return Differences(tuple(sorted(added)), tuple(sorted(broken)))


def demand_acknowledged(dataset: Dataset, broken: Sequence[str], today: date) -> None:
    """Raises `DatasetError` naming every break that no entry of `schema_changes` names whose day
    has come."""
    meant = {part for change in dataset.spec.schema_changes if change.on <= today for part in change.breaks}
    if unmeant := [part for part in broken if part not in meant]:
        raise DatasetError(
            f"programs that read the published tables would break: {', '.join(unmeant)} "
            "would go, or have another type or key",
            place=Place(dataset=dataset.name, column="schema_changes"),
            remedy="keep them; or, where it is meant, name them under `schema_changes` in dataset.yaml "
            "(`on` a day that has come, `breaks`, a `note` for users)",
        )


def meant_by(dataset: Dataset, broken: Sequence[str]) -> list[SchemaChange]:
    """Return the entries of `schema_changes` that are about these breaks, in their order."""
    return [change for change in dataset.spec.schema_changes if set(change.breaks) & set(broken)]
