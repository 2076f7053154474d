"""A synthetic dataset with any source, for the tests of fetching and reading."""

import copy
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.workspace import Workspace
from tests import toy

NAME = toy.NAME


def project(folder: Path, source: dict[str, Any], **changes: Any) -> Workspace:
    """Write the toy with another source; only extraction is asked of it."""
    definition = copy.deepcopy(toy.DEFINITION)
    definition["source"] = {"location": "sample/synthetic.csv"} | source
    schemas = dict.fromkeys(source["tables"], "welfare/visits.source")
    definition["schemas"] = {"source": schemas, "public": "welfare/visits.public"}
    definition["period"] = {"kind": "fiscal_year", "first": "2560", "stated_by": {}}
    return toy.write_project(folder, definition | changes)


def rows(ws: Workspace, period: str = "2566") -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every raw table of the current snapshot."""
    receipt = ws.receipts.current(NAME, period, "extract")
    assert receipt is not None
    return {
        name.removesuffix(".parquet"): pq.read_table(Path(ws.home, proof.path)).to_pylist()
        for name, proof in receipt.files.items()
        if name.endswith(".parquet")
    }
