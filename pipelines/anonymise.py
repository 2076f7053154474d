"""Anonymise: validated tables -> the very bytes that may leave the house, or a refusal.

What is written here is what will be released: the CSV and the Parquet of every published
table, checked against the public schema and scanned for personal data. Publication is
opt-in, column by column.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import quarantine
from pipelines.dataset_files import Dataset
from pipelines.disclosure import protect
from pipelines.disclosure.clean import demand_clean
from pipelines.errors import DatasetError, InvalidData, OpendataError, Place, PrivacyError, StoreError
from pipelines.progress import Progress, silent
from pipelines.receipts import Receipt, StageResult, new_receipt
from pipelines.tabular import write_csv, write_parquet
from pipelines.validation import arrow_schema, check_file, remedy_for
from pipelines.workspace import Workspace


def anonymise(ws: Workspace, dataset: Dataset, period: str, *, on_progress: Progress = silent) -> StageResult:
    """Make the tables to be released and leave the privacy receipt.

    Raises:
        ReceiptError: there is no proof of validation under today's rules.
        PrivacyError: something in them could identify a person.
        InvalidData: they are not what the public schema says, or cannot be treated as declared.
        DatasetError: they cannot be made of the columns that there are.
    """
    began = time.monotonic()
    with ws.store.lock(f"{dataset.name}/{period}"):
        valid = ws.receipts.demand(dataset, period, "validate")
        if done := ws.receipts.done(dataset, period, "anonymise", valid.id):
            return StageResult(done, written=False, seconds=time.monotonic() - began)
        try:
            receipt = _anonymised(ws, dataset, period, valid, on_progress)
        except OpendataError as error:
            error.at(dataset=dataset.name, period=period)
            quarantine.record(ws, dataset.name, period, "anonymise", error)
            raise
        return StageResult(receipt, written=True, seconds=time.monotonic() - began)


def _anonymised(ws: Workspace, dataset: Dataset, period: str, valid: Receipt, on_progress: Progress) -> Receipt:
    with ws.store.scratch() as folder, ExitStack() as stack:
        tables = {
            name.removesuffix(".parquet"): stack.enter_context(ws.store.local(proof.path))
            for name, proof in valid.files.items()
        }
        protected, built = folder / "protected", folder / "built"
        protected.mkdir()
        built.mkdir()
        with _refusing(Place()):
            report = protect(tables, dataset, protected)
        rows: dict[str, int] = {}
        scans: dict[str, Any] = {}
        for number, table in enumerate(dataset.spec.tables, start=1):
            on_progress("anonymising", number, len(dataset.spec.tables))
            written = _write_public(dataset, table, protected / f"{table}.parquet", built)
            for path in written:
                rows[path.name] = pq.read_metadata(written[0]).num_rows
                scans[path.name] = demand_clean(dataset, table, path)
        files = ws.store.adopt(built, f"snapshots/anonymised/{dataset.name}/{period}")
        details = {"privacy": {**report.as_dict(), "scan": scans}}
        return ws.receipts.write(
            new_receipt(
                dataset,
                period,
                "anonymise",
                previous=valid,
                input_sha256=valid.id,
                files=files,
                rows=rows,
                details=details,
            )
        )


def _write_public(dataset: Dataset, table: str, protected: Path, built: Path) -> tuple[Path, Path]:
    """Write one table as it will be released and check it against the public schema."""
    fields = dataset.public_fields(table)
    parquet, text = built / f"{table}.parquet", built / f"{table}.csv"
    schema = arrow_schema(fields)
    file = pq.ParquetFile(protected)
    if file.schema_arrow.names != schema.names:
        raise PrivacyError(
            "the table has other columns than are declared public", remedy="this is a fault of the program"
        )
    other = [name for name in schema.names if file.schema_arrow.field(name).type != schema.field(name).type]
    with _refusing(Place(table=table, column=other[0] if len(other) == 1 else None)):
        write_parquet(file.iter_batches(), schema, parquet)
    write_csv(parquet, text)
    report = check_file(text, fields)
    if not report.valid:
        first = report.errors[0]
        raise InvalidData(
            f"the table is not what its public schema says: {first.type}, {first.rule}",
            place=Place(table=table, row=first.row, column=first.field),
            remedy=remedy_for(first.rule, "correct the public schema, the derivation or the data"),
        )
    return parquet, text


@contextmanager
def _refusing(place: Place) -> Iterator[None]:
    """Turn what the engines raise into a refusal; their messages may quote cells."""
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException):
        remedy = "free space and run again"
        raise StoreError("there is not enough memory and scratch space", place=place, remedy=remedy) from None
    except (duckdb.BinderException, duckdb.CatalogException):
        remedy = "`opendata check` names a column that is missing; else compare the column's type with its `generalise`"
        raise DatasetError("a table cannot be made of these columns", place=place, remedy=remedy) from None
    except (duckdb.Error, pa.ArrowException):
        raise InvalidData(
            "a cell is not what its hierarchy or its type in the public schema needs",
            place=place,
            remedy="compare the columns' types in the source schema with privacy.columns.<column>.generalise and with "
            "the public schema, which may lack digits behind the point",
        ) from None
