"""Measures each reader beside pandas' reader on the same file, and a large register from PostgreSQL.

`python benchmarks/readers.py [ROWS [REGISTER_ROWS]]` (default 100,000 and none). One line a reader:
rows a second and peak memory of a process of its own that turns the source into Parquet of text,
then pandas doing the same with everything as text. pandas does less: it accepts whatever comes,
knows no row numbers, and lets damaged text and lost cells pass. Web services, another CKAN and a
drop of files are in `brought.py`. With REGISTER_ROWS a synthetic register of payments is written as
Parquet and into a real PostgreSQL (Debian's), and read from there by `opendata extract`.
"""

import os
import sys
import tempfile
from pathlib import Path

from benchmarks import brought
from benchmarks.measuring import BIN, Measured, measure

ROWS = 100_000
SHEET_ROWS = 20_000
NAMES = ("national_id", "first_name_th", "last_name_th", "sex_th", "birth_date", "subdistrict_code",
         "monthly_amount_thb", "status_th")  # fmt: skip
OURS = """
import sys
from pathlib import Path
import pyarrow.parquet as pq
from pipelines.delivery import Delivery
from pipelines.readers import read
from pipelines.readers.raw import schema_of
from pipelines.source_spec import FileSource
names = {names!r}
tables = {{"t": {{"columns": dict(zip(names, names))}}}}
source = FileSource.model_validate({{"reader": {reader!r}, "location": "x", "tables": tables}})
(table,) = read(Delivery(Path(sys.argv[1])), source).tables
with pq.ParquetWriter(sys.argv[2], schema_of(table.columns)) as writer:
    for batch in table.batches:
        writer.write_batch(batch)
"""
PANDAS = {
    "csv": "pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)",
    "xlsx": "pandas.read_excel(sys.argv[1], dtype=str, keep_default_na=False, engine='calamine')",
    "html": f"pandas.read_html(sys.argv[1], header=0, converters=dict.fromkeys({NAMES!r}, str), encoding='cp874')[0]",
    "json": "pandas.read_json(sys.argv[1], dtype=False)",
}


def beside_pandas(kind: str, reader: str, rows: int, folder: Path) -> None:
    """Print what we and pandas take for one kind of file."""
    file, out = folder / f"source.{kind}", folder / "out.parquet"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    ours = measure(kind, [sys.executable, "-c", OURS.format(names=NAMES, reader=reader), file, out], environment)
    code = f"import sys, pandas\n{PANDAS[kind]}.to_parquet(sys.argv[2])"
    pandas = measure(f"pandas {kind}", [sys.executable, "-c", code, file, out], environment)
    print(line(ours, pandas, rows), flush=True)


def line(ours: Measured, pandas: Measured, rows: int) -> str:
    """Return both side by side."""
    return f"{rate(ours, rows)}   {rate(pandas, rows)}   {ours.seconds / pandas.seconds:5.2f} × its time"


def rate(measured: Measured, rows: int) -> str:
    """Return rows a second and memory."""
    return f"{measured.name:12} {rows / measured.seconds:10,.0f} rows/s {measured.mebibytes:6.0f} MiB"


def register(rows: int, folder: Path) -> None:
    """Put a register into PostgreSQL, read it, and read it again unchanged."""
    from tests import postgres  # noqa: PLC0415 - large, and of this part alone

    with postgres.running() as address:
        environment = os.environ | {"OPENDATA_HOME": str(folder / "home"), "REGISTER_URL": address}
        name, period = "welfare/elderly_allowance", "2023-10"
        synth: list[str | Path] = [BIN / "opendata", "synth", name, "--rows", str(rows), "--period", period, "--out"]
        print(rate(measure("synth file", [*synth, folder / "register.parquet"], environment), rows))
        print(rate(measure("synth", [*synth, address], environment), rows))
        extract: list[str | Path] = [
            BIN / "opendata",
            "extract",
            name,
            "--period",
            period,
            "--source",
            "env:REGISTER_URL",
        ]
        print(rate(measure("sql", extract, environment), rows))
        print(rate(measure("sql again", extract, environment), rows))
        code = (
            "import sys, pandas, sqlalchemy\n"
            "c = sqlalchemy.create_engine(sys.argv[1]).connect().execution_options(stream_results=True)\n"
            "query = sqlalchemy.text('SELECT * FROM allowance_payments')\n"
            "for n, part in enumerate(pandas.read_sql(query, c, chunksize=20000)):\n"
            "    part.astype(str).to_parquet(f'{sys.argv[2]}/{n}.parquet')"
        )
        parts = folder / "parts"
        parts.mkdir()
        print(rate(measure("pandas sql", [sys.executable, "-c", code, address, parts], environment), rows))


def main(rows: int, register_rows: int) -> None:
    """Print one line a reader."""
    in_files = f"{SHEET_ROWS:,} in sheets, HTML and the files of a drop"
    print(f"{rows:,} rows ({in_files}), {len(NAMES)} columns, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        make: list[str | Path] = [
            sys.executable,
            Path(__file__).with_name("sources.py"),
            folder,
            str(rows),
            str(SHEET_ROWS),
        ]
        measure("sources", make, dict(os.environ))
        beside_pandas("csv", "csv", rows, Path(folder))
        beside_pandas("json", "json", rows, Path(folder))
        beside_pandas("xlsx", "excel", SHEET_ROWS, Path(folder))
        beside_pandas("html", "excel", SHEET_ROWS, Path(folder))
        for ours, pandas in brought.measured(Path(folder)):
            print(line(ours, pandas, SHEET_ROWS if ours.name == "files" else rows), flush=True)
        if register_rows:
            register(register_rows, Path(folder))


if __name__ == "__main__":
    main(*(int(sys.argv[n]) if len(sys.argv) > n else default for n, default in ((1, ROWS), (2, 0))))
