"""Commands of `opendata` about single files: is it valid, is there personal data in it, make one."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.console import print_json, print_table, reporting, showing_progress
from pipelines.errors import Place, UsageError
from pipelines.synth.wanted import Level, Wanted

files = typer.Typer()

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]


@files.command("scan", epilog="Example: `opendata scan upload.csv`")
def scan_for_personal_data(
    file: Annotated[Path, typer.Argument(help="A CSV, Parquet or text file.", exists=True, dir_okay=False)],
    *,
    as_json: Json = False,
) -> None:
    """Look for personal data in a file; exit code 1 where there is any. Shows no values."""
    from pipelines.disclosure.scan import scan_file

    with reporting(as_json):
        result = scan_file(file)
        if as_json:
            print_json(result.as_dict())
        else:
            rows = [[f.column, f.kind, f"{f.count:,}", ", ".join(map(str, f.rows))] for f in result.findings]
            print_table(f"{result.rows:,} rows, {len(rows)} findings", ["column", "kind", "count", "first rows"], rows)
        raise typer.Exit(1 if result.findings else 0)


@files.command(
    "validate-table", epilog="Example: `opendata validate-table table.csv --schema budget/bma_strategy.public`"
)
def validate_table(
    file: Annotated[Path, typer.Argument(help="A CSV, Parquet or Excel file.", exists=True, dir_okay=False)],
    *,
    schema: Annotated[
        str, typer.Option("--schema", help="A schema's name below schemas/, or a file.", show_default=False)
    ],
    as_json: Json = False,
) -> None:
    """Check a file against a Table Schema; exit code 1 where it breaks it. Shows no values."""
    from pipelines.validation import check_file
    from pipelines.workspace import Workspace

    with reporting(as_json):
        report = check_file(file, _schema(Workspace.from_environment().project, schema))
        if as_json:
            print_json(report.as_dict())
        else:
            rows = [[str(e.row or ""), e.field or "", e.type, e.rule] for e in report.errors]
            verdict = "valid" if report.valid else f"{report.error_count:,} errors"
            print_table(f"{report.rows:,} rows, {verdict}", ["row", "field", "error", "rule"], rows)
        raise typer.Exit(0 if report.valid else 1)


@files.command(
    "synth",
    epilog="Example: `opendata synth welfare/elderly_allowance --rows 1000000 --period 2023-10 --out register.sqlite`",
)
def synthesise_source(  # noqa: PLR0913 - the options of a command
    dataset: Annotated[str, typer.Argument(help="The dataset, as TOPIC/NAME.", show_default=False)],
    *,
    rows: Annotated[
        int, typer.Option("--rows", min=1, help="How many records, parcels or projects.", show_default=False)
    ],
    period: Annotated[str, typer.Option("--period", help="The period they are of.", show_default=False)],
    out_path: Annotated[
        str,
        typer.Option(
            "--out",
            help="A .csv, .parquet, .sqlite, .xlsx or .json, a postgresql address, or a folder.",
            show_default=False,
        ),
    ],
    provinces: Annotated[list[str] | None, typer.Option("--province", help="Only this province (two digits).")] = None,
    count: Annotated[int, typer.Option("--files", min=1, help="Of a drop: how many files.")] = 300,
    damaged: Annotated[int, typer.Option("--damaged", min=0, max=15, help="Of a drop: how many are damaged.")] = 0,
    part: Annotated[
        str | None, typer.Option("--part", help="Which of the dataset's sources; else the first of --out's form.")
    ] = None,
    dirt: Annotated[
        Level, typer.Option("--dirt", help="`usual`, which the dataset takes, or `heavy`, which it must refuse.")
    ] = "usual",
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same register.")] = 1,
    as_json: Json = False,
) -> None:
    """Make a synthetic source of any size: invented persons, real places, the dirt of real registers.

    What its published figures must come to is written beside it as OUT.truth.csv, and how much
    dirt is in it as OUT.dirt.csv."""
    from pipelines.periods import Period
    from pipelines.synth.registers import synthesise
    from pipelines.workspace import Workspace

    with reporting(as_json), showing_progress(as_json) as listen:
        found = Workspace.from_environment().dataset(dataset)
        label = Period.parse(found.spec.period.kind, period).label
        wanted = Wanted(rows, label, seed, tuple(provinces or ()), count, damaged, dirt, part)
        truth = synthesise(found, wanted, out_path, listen)
        if as_json:
            print_json({"dataset": dataset, "period": label, "rows": rows, **truth.totals()})
        else:
            print_table(f"{rows:,} rows", ["what they come to", ""], [[k, str(v)] for k, v in truth.totals().items()])


def _schema(project: Path, name: str) -> dict[str, Any]:
    import yaml

    path = project / "schemas" / f"{name}.yaml"
    path = path if path.is_file() else Path(name)
    if not path.is_file():
        raise UsageError(f"there is no schema {name!r}", remedy="name one below schemas/ without .yaml, or a file")
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        raise UsageError("the schema is not an object", place=Place(file=str(path)), remedy="give a Table Schema")
    return loaded
