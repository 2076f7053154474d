"""The last gate: the exact bytes of a file to be released, scanned for personal data."""

from pathlib import Path
from typing import Any

from pipelines.dataset_files import Dataset
from pipelines.disclosure.scan import scan_file
from pipelines.errors import Place, PrivacyError
from pipelines.store import sha256_of


def demand_clean(dataset: Dataset, table: str, path: Path) -> dict[str, Any]:
    """Scan the exact bytes of a file to be released; returns what was scanned.

    Raises:
        PrivacyError: personal data was found that the dataset does not declare a false find.
    """
    columns = dataset.spec.privacy.columns
    result = scan_file(path)
    for finding in result.findings:
        allowed = columns[finding.column].allow if finding.column in columns else {}
        if finding.kind not in allowed:
            raise PrivacyError(
                f"what looks like personal data ({finding.kind}) stands in {finding.count:,} cells",
                place=Place(dataset=dataset.name, table=table, row=finding.rows[0], column=finding.column),
                remedy="take it out at the source or the column out of the table; "
                "where the find is false, say so with a reason under privacy.columns.<column>.allow",
            )
    return {"sha256": sha256_of(path), "rows": result.rows, "findings": 0}
