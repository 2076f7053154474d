"""What a release says about itself: the Data Package descriptor and the data dictionary."""

import csv
import io
from pathlib import Path
from typing import Any

from pipelines.catalogue import vocabulary
from pipelines.dataset_files import Dataset
from pipelines.receipts import Receipt
from pipelines.store import sha256_of
from pipelines.tabular import cell

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
DICTIONARY = ("table", "column", "type", "unit", "title_th", "title_en", "description_th", "description_en",
              "constraints", "privacy_class")  # fmt: skip


def datapackage(dataset: Dataset, anonymised: Receipt, built: Path, *, synthetic: bool) -> dict[str, Any]:
    """Return the Data Package (version 2) of the tables in the folder `built`."""
    spec = dataset.spec
    licence = vocabulary()["licences"][spec.licence]
    return {
        "$schema": PROFILE,
        "name": dataset.short_name.replace("_", "-"),
        "title": spec.title.th,
        "titles": spec.title.model_dump(),
        "description": spec.description.th,
        "descriptions": spec.description.model_dump(),
        "period": {"kind": spec.period.kind, "label": anonymised.period},
        "synthetic": synthetic,
        "keywords": list(spec.catalogue.keywords),
        "licenses": [{"name": spec.licence.upper(), "title": licence["title"]["en"], "path": licence["url"]}],
        "contributors": [{"title": spec.publisher.name.th, "email": spec.publisher.email, "roles": ["publisher"]}],
        "sources": [{"title": spec.catalogue.data_source.th}],
        "resources": [
            _resource(dataset, table, built / f"{table}.{kind}", kind)
            for table in spec.tables
            for kind in ("csv", "parquet")
        ],
    }


def _resource(dataset: Dataset, table: str, path: Path, kind: str) -> dict[str, Any]:
    spec = dataset.spec.tables[table]
    forms: dict[str, dict[str, Any]] = {
        "csv": {
            "mediatype": "text/csv",
            "encoding": "utf-8-sig",
            "dialect": {"delimiter": ",", "lineTerminator": "\r\n"},
        },
        "parquet": {"mediatype": "application/vnd.apache.parquet"},
    }
    return {
        "name": f"{table}-{kind}".replace("_", "-"),
        "type": "table",
        "path": path.name,
        "format": kind,
        "title": spec.title.th,
        "titles": spec.title.model_dump(),
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256_of(path)}",
        "schema": dataset.public_fields(table),
        **forms[kind],
    }


def dictionary(dataset: Dataset) -> bytes:
    """Return the data dictionary as a public CSV: one line a column of each table."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(DICTIONARY)
    for table in dataset.spec.tables:
        for field in dataset.public_fields(table)["fields"]:
            titles, descriptions = field.get("titles", {}), field.get("descriptions", {})
            rules = "; ".join(f"{name}: {rule}" for name, rule in sorted(field.get("constraints", {}).items()))
            known = dataset.spec.privacy.columns.get(field["name"])
            row = (table, field["name"], field["type"], field.get("unit"), titles.get("th"), titles.get("en"),
                   descriptions.get("th"), descriptions.get("en"), rules, known.cls if known else "open")  # fmt: skip
            writer.writerow([cell(value) for value in row])
    return text.getvalue().encode("utf-8-sig")
