"""Takes every dataset the whole way, one Dagster run each, recorded where the UI finds it.

This is what `make run` does: the job of each dataset, for the period that its source says
it is for. Exit code 1 where a run fails; the others go on.
"""

import sys
from pathlib import Path

import dagster as dg

from assets.definitions import defs
from assets.nouns import job_name
from assets.partitions import key_of
from pipelines.dataset_files import Dataset
from pipelines.errors import OpendataError
from pipelines.extract import stated_by_source
from pipelines.periods import Period
from pipelines.workspace import Workspace

#: The console shows outcomes; the UI has every event.
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def main() -> int:
    """Run every dataset's job; prints where the results are."""
    ws = Workspace.from_environment()
    failed = 0
    with dg.DagsterInstance.get() as instance:
        for name in ws.names():
            failed += not _run(ws, ws.dataset(name), instance)
    site = Path(ws.store.root, "site")
    sys.stdout.write(f"\nThe website: file://{site}/index.html\n")
    for table in sorted(site.glob("*/*/latest/*.csv")):
        if table.name != "dictionary.csv":
            sys.stdout.write(f"  {table}\n")
    return 1 if failed else 0


def _run(ws: Workspace, dataset: Dataset, instance: dg.DagsterInstance) -> bool:
    try:
        period = Period.parse(dataset.spec.period.kind, stated_by_source(ws, dataset))
    except OpendataError as refusal:
        sys.stdout.write(f"{dataset.name}: refused {refusal}\n")
        return False
    job = defs.resolve_job_def(job_name(dataset))
    result = job.execute_in_process(
        partition_key=key_of(period), instance=instance, raise_on_error=False, run_config=QUIET
    )
    outcome = "published" if result.success else "failed: see the run in the Dagster UI (`make ui`)"
    sys.stdout.write(f"{dataset.name} {period.label}: {outcome}\n")
    return bool(result.success)


if __name__ == "__main__":
    sys.exit(main())
