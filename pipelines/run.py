"""The whole way of one dataset: extract, validate, anonymise, publish, one after another.

Adds nothing to the stages but their order: each still demands the receipt of the one
before, so a run that was cut off anywhere is resumed by running it again.
"""

from dataclasses import dataclass
from typing import Any

from pipelines.anonymise import anonymise
from pipelines.dataset_files import Dataset
from pipelines.extract import extract
from pipelines.fetch.order import Location
from pipelines.portals import Portal
from pipelines.progress import Progress, silent
from pipelines.publish import publish
from pipelines.receipts import StageResult
from pipelines.stages import Stage
from pipelines.validate import validate
from pipelines.workspace import Workspace


@dataclass(frozen=True)
class RunResult:
    """What a run came to."""

    dataset: str
    period: str
    release: str
    stages: dict[Stage, StageResult]
    files: tuple[dict[str, Any], ...]
    """The published CSVs: table, path, rows, sha256."""

    @property
    def written(self) -> bool:
        """Whether any stage had anything to do."""
        return any(result.written for result in self.stages.values())

    def as_dict(self) -> dict[str, Any]:
        """Return the machine-readable form of the command line."""
        return {
            "dataset": self.dataset,
            "period": self.period,
            "release": self.release,
            "stages": {stage: result.as_dict() for stage, result in self.stages.items()},
            "files": list(self.files),
        }


def run(
    ws: Workspace,
    dataset: Dataset,
    *,
    period: str | None,
    location: Location,
    portal: Portal,
    on_progress: Progress = silent,
) -> RunResult:
    """Take a dataset the whole way; raises the refusal of the stage that refuses."""
    raw = extract(ws, dataset, period=period, location=location, on_progress=on_progress)
    label = raw.receipt.period
    valid = validate(ws, dataset, label, on_progress=on_progress)
    anonymised = anonymise(ws, dataset, label, on_progress=on_progress)
    published = publish(ws, dataset, label, portal, on_progress=on_progress)
    return RunResult(
        dataset=dataset.name,
        period=label,
        release=str(published.receipt.details["release"]),
        stages={"extract": raw, "validate": valid, "anonymise": anonymised, "publish": published},
        files=tuple(released_tables(ws, dataset, published)),
    )


def released_tables(ws: Workspace, dataset: Dataset, published: StageResult) -> list[dict[str, Any]]:
    """Return for each published table its CSV in the store: path, rows, sha256."""
    proofs = published.receipt.files
    return [
        {
            "table": table,
            "path": f"{ws.store.root}/{proofs[f'{table}.csv'].path}",
            "rows": proofs[f"{table}.csv"].rows,
            "sha256": proofs[f"{table}.csv"].sha256,
        }
        for table in dataset.spec.tables
    ]
