"""What a release says about itself: the Data Package descriptor, the data dictionary, and how
good the data is, as far as that tells of no person."""

import csv
import io
from pathlib import Path
from typing import Any

from pipelines.catalogue import vocabulary
from pipelines.dataset_files import Dataset
from pipelines.receipts import Receipt
from pipelines.release.contracting import PACKAGE
from pipelines.store import sha256_of
from pipelines.table_spec import Microdata, Statistics
from pipelines.tabular import cell

DESCRIPTOR = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
PARQUET = "application/vnd.apache.parquet"
OCDS = {"name": "ocds-release-package", "format": "json", "mediatype": "application/json",
        "title": "OCDS 1.1.5 release package"}  # fmt: skip
#: Class of a column that is worked out of others, such as a count.
COMPUTED = "computed"
#: Parts of the quality report that are figures by column.
BY_COLUMN = ("fill", "tidied", "assumed_days", "look_ups")
#: Parts of it that are numbers of rows.
ROWS = ("rows", "rows_read")
DICTIONARY = ("table", "column", "type", "unit", "title_th", "title_en", "description_th", "description_en",
              "constraints", "privacy_class")  # fmt: skip


def datapackage(dataset: Dataset, anonymised: Receipt, built: Path, *, synthetic: bool) -> dict[str, Any]:
    """Return the Data Package (version 2) of the tables in the folder `built`, but for its
    `version`, which is made of all files together."""
    spec = dataset.spec
    licence = vocabulary()["licences"][spec.licence]
    publisher = {"title": spec.publisher.name.th, "titles": spec.publisher.name.model_dump(), "roles": ["publisher"]}
    unit = spec.publisher.contact_unit
    contact = {"title": unit.th, "titles": unit.model_dump(), "email": spec.publisher.email, "roles": ["contact"]}
    source = spec.catalogue.data_source
    return {
        "$schema": PROFILE,
        "name": _slug(dataset.name),
        "title": spec.title.th,
        "titles": spec.title.model_dump(),
        "description": spec.description.th,
        "descriptions": spec.description.model_dump(),
        "period": {"kind": spec.period.kind, "label": anonymised.period},
        "synthetic": synthetic,
        "keywords": list(spec.catalogue.keywords),
        "licenses": [{"name": spec.licence.upper(), "title": licence["title"]["en"], "path": licence["url"]}],
        "contributors": [publisher, contact],
        "sources": [{"title": source.th, "titles": source.model_dump()}],
        "resources": [
            *(resource for table in spec.tables for resource in _resources(dataset, table, built)),
            *([OCDS | _file(built / PACKAGE)] if spec.ocds else []),
        ],
    }


def _resources(dataset: Dataset, table: str, built: Path) -> list[dict[str, Any]]:
    """Describe a table's two files: the CSV with its schema, and the same as Parquet."""
    spec = dataset.spec.tables[table]
    text = {
        "name": _slug(table),
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8-sig",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n"},
        "schema": dataset.public_fields(table),
    }
    # A plain file: frictionless reads the whole numbers of a Parquet table with gaps as
    # floats and finds them wrong, so neither a type nor the short name of the format is given.
    parquet = {"name": f"{_slug(table)}-parquet", "format": "vnd.apache.parquet", "mediatype": PARQUET}
    titles = {"title": spec.title.th, "titles": spec.title.model_dump()}
    return [text | titles | _file(built / f"{table}.csv"), parquet | titles | _file(built / f"{table}.parquet")]


def _file(path: Path) -> dict[str, Any]:
    return {"path": path.name, "bytes": path.stat().st_size, "hash": f"sha256:{sha256_of(path)}"}


def _slug(name: str) -> str:
    return name.replace("/", "-").replace("_", "-")


def quality(dataset: Dataset, found: dict[str, Any]) -> dict[str, Any]:
    """Return the public part of validation's quality report; the whole of it is in the receipt.

    Figures by column are those of columns whose cells are published one by one, and of open ones:
    how often another is filled may be the number of persons in a cell that is hidden. How many rows
    a table of few persons has may be a total that is hidden. Tables made on the way from which
    nothing is published are not spoken of."""
    made_of = {table.source for table in dataset.spec.tables.values()}
    tables = {}
    for name, table in found["tables"].items():
        if name in dataset.spec.source.tables or name in made_of:
            told = _told(dataset, name)
            tables[name] = {
                part: found for part, found in table.items() if part not in ROWS or not _few(dataset, table)
            }
            tables[name] |= {
                part: {column: figure for column, figure in table[part].items() if column in told}
                for part in BY_COLUMN
                if part in table
            }
    public = {**found, "tables": tables}
    if "files" in found:  # why a file was refused may tell how many persons are in it
        public["files"] = {part: _unexplained(files) for part, files in found["files"].items()}
    return public


def _few(dataset: Dataset, table: dict[str, Any]) -> bool:
    """Say whether the rows of a validated table are of fewer persons than may be told."""
    privacy = dataset.spec.privacy
    personal = not privacy.no_persons and any(column.cls != "open" for column in privacy.columns.values())
    of_persons = privacy.unit in table["fill"] if privacy.unit else personal
    return of_persons and 0 < table["rows"] < privacy.model.k


def _unexplained(files: dict[str, Any]) -> dict[str, Any]:
    return files | {"refused": [{key: fate[key] for key in ("file", "refused_by")} for fate in files["refused"]]}


def _told(dataset: Dataset, source: str) -> set[str]:
    """Return the columns of a validated table that figures may be published of."""
    classes = dataset.spec.privacy.columns
    told: set[str] = set()
    for table in dataset.spec.tables.values():
        if table.source != source:
            continue
        if isinstance(table, Microdata) and not table.shown_by:
            told |= set(table.columns)
        elif isinstance(table, Statistics):  # whose cells records `shown_by` it are of
            read = {*table.dimensions, *table.labels, *(m.sum for m in table.measures.values() if m.sum)}
            told |= {column for column in read if column in classes and classes[column].cls == "open"}
    return told


def dictionary(dataset: Dataset) -> bytes:
    """Return the data dictionary as a public CSV: one line a column of each table."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(DICTIONARY)
    for table in dataset.spec.tables:
        for field in dataset.public_fields(table)["fields"]:
            titles, descriptions = field.get("titles", {}), field.get("descriptions", {})
            rules = "; ".join(f"{name}: {_rule(rule)}" for name, rule in sorted(field.get("constraints", {}).items()))
            known = dataset.spec.privacy.columns.get(field["name"])
            row = (table, field["name"], field["type"], field.get("unit"), titles.get("th"), titles.get("en"),
                   descriptions.get("th"), descriptions.get("en"), rules, known.cls if known else COMPUTED)  # fmt: skip
            writer.writerow([cell(value) for value in row])
    return text.getvalue().encode("utf-8-sig")


def _rule(rule: Any) -> str:  # noqa: ANN401 - the value of any constraint
    return ", ".join(cell(value) for value in rule) if isinstance(rule, list) else cell(rule)
