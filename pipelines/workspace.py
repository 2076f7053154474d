"""A workspace: one project folder (datasets, schemas) and one home (the store).

Every verb takes one; nothing else reads the environment for places.
"""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipelines import dataset_files
from pipelines.dataset_files import Dataset
from pipelines.errors import Place, ReceiptError
from pipelines.receipts import ReceiptBook
from pipelines.store import Store


@dataclass(frozen=True)
class Workspace:
    """Where definitions are read and results are kept."""

    project: Path
    home: str

    @classmethod
    def from_environment(cls) -> "Workspace":
        """Use `OPENDATA_PROJECT` (default: the folder above this package) and
        `OPENDATA_HOME` (default: `.opendata` in the project), a path or an fsspec URL."""
        project = Path(os.environ.get("OPENDATA_PROJECT") or Path(__file__).parents[1])
        return cls(project, os.environ.get("OPENDATA_HOME") or str(project / ".opendata"))

    @cached_property
    def store(self) -> Store:
        """The store, opened when first needed."""
        return Store(self.home)

    @cached_property
    def receipts(self) -> ReceiptBook:
        """The receipts of the store."""
        return ReceiptBook(self.store)

    def names(self) -> list[str]:
        """Return every dataset's name."""
        return dataset_files.names(self.project)

    def dataset(self, name: str) -> Dataset:
        """Load a dataset; raises `DatasetError`."""
        return dataset_files.load(self.project, name)

    def only_period(self, dataset: Dataset) -> str:
        """Return the period to go on with when none was named: the only one begun.

        Raises `ReceiptError` where there is none or more than one."""
        begun = self.receipts.periods(dataset.name)
        if len(begun) == 1:
            return begun[0]
        what = f"several periods were begun: {', '.join(begun)}" if begun else "nothing was extracted yet"
        remedy = "name one with --period" if begun else "run `opendata extract` first"
        raise ReceiptError(what, place=Place(dataset=dataset.name), remedy=remedy)
