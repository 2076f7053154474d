"""Writes synthetic releases to disk, file by file as the release stage does, for tests of the website."""

import csv
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.dataset_files import Dataset
from pipelines.receipts import Receipt
from pipelines.release.description import datapackage, dictionary


def write_release(folder: Path, dataset: Dataset, rows: list[tuple[Any, ...]], synthetic: bool) -> Path:  # noqa: FBT001
    folder.mkdir(parents=True)
    (table,) = dataset.spec.tables
    columns = list(zip(*rows, strict=True))
    arrow = pa.table(dict(zip(dataset.spec.tables[table].columns, columns, strict=True)))
    pq.write_table(arrow, folder / f"{table}.parquet")
    with (folder / f"{table}.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([arrow.column_names, *rows])
    (folder / "dictionary.csv").write_bytes(dictionary(dataset))
    reports = _reports(dataset, table, len(rows))
    reports["datapackage"] = datapackage(dataset, _receipt(dataset, folder.name), folder, synthetic=synthetic)
    for name, content in reports.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def _reports(dataset: Dataset, table: str, rows: int) -> dict[str, Any]:
    """The reports as the stages write them: one fault of the source acknowledged, one mended."""
    spec = dataset.spec.tables[table]
    reason = {"th": "หน่วยงานรับทราบแล้ว", "en": "the agency has been told"}
    faults = [{"row": 12, "column": column, "reason": reason} for column in ("national_id", "x")]
    quality = {
        "engine": "frictionless",
        "rows_read": rows + 36,
        "rows": rows,
        "subtotals": {"exact": 34, "rounding": 1, "acknowledged": faults},
        "tidied": {"x": 41},
        "corrections": [{"reason": reason, "count": 3}],
        "fill": {"x": "1.0000", spec.columns[1]: "0.9750"},
    }
    personal = dataset.name == "welfare/elderly"
    treated = {"class": "direct", "treatment": "not published"}
    banded = {"class": "quasi", "treatment": "generalised to age_band/ten_years"}
    privacy = {
        "model": {"k": 5, "l": 2, "alpha": 0.8},
        "columns": {"national_id": treated, "age_band": banded} if personal else {},
        "tables": {
            table: {
                "kind": spec.kind,
                "rows": rows,
                "protected": personal,
                "smallest_group": None,
                "hidden": 7 if personal else 0,
                "without_sums": 2 if personal else 0,
                "recovered": 0,
                "narrowest": 9.0 if personal else None,
            }
        },
        "scan": {f"{table}.csv": {}, f"{table}.parquet": {}},
    }
    return {
        "quality": {"tables": {spec.source: quality}},
        "privacy": privacy,
        "changelog": {"previous": None, "tables": {}},
    }


def _receipt(dataset: Dataset, release: str) -> Receipt:
    return Receipt(
        stage="anonymise",
        dataset=dataset.name,
        period=release.rpartition("-")[0],
        previous=None,
        input_sha256="",
        rules_sha256="",
        files={},
        written_at=datetime(2026, 11, 24, 3, 0, tzinfo=UTC),
    )


def listed_files(folder: Path) -> list[dict[str, Any]]:
    return [
        {
            "path": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "bytes": path.stat().st_size,
            "rows": pq.read_metadata(folder / f"{path.stem}.parquet").num_rows
            if path.stem + ".parquet" in {p.name for p in folder.iterdir()}
            else None,
        }
        for path in sorted(folder.iterdir())
    ]
