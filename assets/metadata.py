"""What Dagster shows of an asset: texts, columns and, of each run, counts and addresses.

Metadata stays in the event log for ever, so it holds what receipts hold (counts, column
names, hashes, paths) and nothing of the data: no rows, no values.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import dagster as dg

from assets import markdown
from assets.nouns import STAGE_OF, Noun
from assets.partitions import key_of
from pipelines.dataset_files import Dataset
from pipelines.errors import OpendataError
from pipelines.periods import Period
from pipelines.receipts import Receipt, StageResult
from pipelines.stages import STAGES
from pipelines.workspace import Workspace

Value = str | int | float | bool | dg.MetadataValue[Any]

CHANGES = "changelog.json"
_MADE: dict[Noun, str] = {
    "raw": "As found: the bytes of the source, and its cells as text.",
    "valid": "Typed exactly as the source schema says; corrections made, totals checked and left out.",
    "anonymised": "What may leave the house: chosen columns, no direct identifiers, small cells hidden.",
    "published": "The release that the portal serves, read back and compared.",
}
_PERIOD = {"fiscal_year": "fiscal year", "tax_year": "tax year", "month": "month"}


def description(dataset: Dataset, noun: Noun) -> str:
    """Return the text of an asset's page, in Thai and in English."""
    spec = dataset.spec
    first = Period.parse(spec.period.kind, spec.period.first)
    paragraphs = (
        f"**{spec.title.th}** · {spec.title.en}",
        _MADE[noun],
        spec.description.th,
        spec.description.en,
        f"One partition is one {_PERIOD[first.kind]}, named by its first month: {key_of(first)} is {first.label}.",
    )
    return "\n\n".join(paragraphs)


def definition_metadata(dataset: Dataset, noun: Noun) -> dict[str, Value]:
    """Return what is known of an asset before it ever ran: its columns, with Thai titles."""
    schemas = {table: _table_schema(fields) for table, fields in _fields(dataset, noun).items()}
    if len(schemas) == 1:
        return {"dagster/column_schema": next(iter(schemas.values()))}
    return {f"columns of {table}": schema for table, schema in schemas.items()}


def materialisation_metadata(ws: Workspace, dataset: Dataset, result: StageResult) -> dict[str, Value]:
    """Return what one run made: counts, hashes, where it lies, and the stage's report."""
    receipt = result.receipt
    shown: dict[str, Value] = {
        "period": _period_text(dataset, receipt.period),
        "dagster/row_count": sum(rows_by_table(receipt).values()),
        "dagster/uri": ws.store.fs.unstrip_protocol(f"{ws.store.root}/{_folder(receipt)}"),
        "written": result.written,
        "seconds": round(result.seconds, 3),
        "receipt": receipt.id,
        "input_sha256": receipt.input_sha256,
        "files": dg.MetadataValue.md(_files(receipt)),
        "chart: rows": dg.MetadataValue.md(markdown.bars(_rows_so_far(ws, receipt))),
    }
    if CHANGES in receipt.files:
        shown["changes"] = dg.MetadataValue.md(_changes(ws, receipt))
    return shown | {f"report: {name}": _report(value) for name, value in receipt.details.items()}


def rows_by_table(receipt: Receipt) -> dict[str, int]:
    """Return the row count of every table a stage wrote."""
    return {name.rpartition(".")[0]: p.rows for name, p in receipt.files.items() if p.rows is not None}


def refusal_metadata(noun: Noun, refusal: OpendataError) -> dict[str, Value]:
    """Return a refusal's stage, kind, place and remedy; what is unknown is left out."""
    known = {name: value for name, value in refusal.as_dict().items() if value is not None}
    return {"stage": STAGE_OF[noun], **known}


def _fields(dataset: Dataset, noun: Noun) -> dict[str, list[dict[str, Any]]]:
    """Return for each table of a stage the Table Schema fields of its columns."""
    match noun:
        case "raw":
            return {
                table: [{"name": name, "type": "string", "title": column.header} for name, column in t.mapped().items()]
                for table, t in dataset.spec.source.tables.items()
            }
        case "valid":
            return {table: schema["fields"] for table, schema in dataset.source_schemas.items()}
        case _:
            return {table: dataset.public_fields(table)["fields"] for table in dataset.spec.tables}


def _table_schema(fields: list[dict[str, Any]]) -> dg.TableSchemaMetadataValue:
    return dg.MetadataValue.table_schema(dg.TableSchema([_column(field) for field in fields]))


def _column(field: dict[str, Any]) -> dg.TableColumn:
    rules = field.get("constraints", {})
    others = [f"{name}: {rule}" for name, rule in rules.items() if name not in {"required", "unique"}]
    titles = (field.get("title"), field.get("titles", {}).get("en"))
    return dg.TableColumn(
        field["name"],
        field.get("type", "string"),
        description=" · ".join(title for title in titles if title),
        constraints=dg.TableColumnConstraints(
            nullable=not rules.get("required", False), unique=rules.get("unique", False), other=others
        ),
    )


def _report(value: Any) -> Value:  # noqa: ANN401 - a receipt's detail is any JSON
    if isinstance(value, dict):
        return dg.MetadataValue.md(markdown.of_report(value))
    return value if isinstance(value, str | int | float) else dg.MetadataValue.json(value)


def _rows_so_far(ws: Workspace, receipt: Receipt) -> dict[str, int]:
    """Return the rows of every table of every stage up to this one."""
    stages = STAGES[: STAGES.index(receipt.stage)]
    before = [ws.receipts.current(receipt.dataset, receipt.period, stage) for stage in stages]
    return {
        f"{each.stage}: {table}": rows
        for each in (*before, receipt)
        if each
        for table, rows in rows_by_table(each).items()
    }


def _changes(ws: Workspace, receipt: Receipt) -> str:
    """Return how many rows came, changed and went against the release before; no keys."""
    log = json.loads(ws.store.read_bytes(receipt.files[CHANGES].path))
    if not log["previous"]:
        return "This is the first release of the period."
    rows = [{"table": table, **_figures(found)} for table, found in log["tables"].items()]
    return f"Against release {log['previous']}:\n\n{markdown.of_report({'rows': rows})}"


def _figures(found: Mapping[str, Any]) -> dict[str, int]:
    return {name: value for name, value in found.items() if isinstance(value, int)}


def _files(receipt: Receipt) -> str:
    rows = [(name, proof.rows, proof.bytes, f"`{proof.sha256}`") for name, proof in sorted(receipt.files.items())]
    return markdown.table(("file", "rows", "bytes", "sha256"), rows)


def _folder(receipt: Receipt) -> str:
    return min(proof.path for proof in receipt.files.values()).rpartition("/")[0]


def _period_text(dataset: Dataset, label: str) -> str:
    period = Period.parse(dataset.spec.period.kind, label)
    return f"{label} ({_PERIOD[period.kind]}: {period.start} to {period.end - timedelta(days=1)})"
