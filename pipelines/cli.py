"""The `opendata` command: one subcommand for each thing a person does with a dataset.

Exit codes: 0 done · 1 refused, with the reason · 2 wrong usage. Each command imports what it
needs by itself: help and wrong usage are answered at once.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli_files import Json, files
from pipelines.cli_portal import DatasetName, PortalOption, about, on_portal, opened, workspace
from pipelines.console import out, print_json, print_table, reporting, show_run, show_stage, showing_progress
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from pipelines.receipts import StageResult
    from pipelines.run import RunResult

app = typer.Typer(
    help="Thai public data as open CSVs: extract, validate, anonymise, publish.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="markdown",
)

app.add_typer(files)
app.add_typer(on_portal)

Datasets = Annotated[list[str], typer.Argument(help="Datasets as TOPIC/NAME.", show_default=False)]
PeriodOption = Annotated[str | None, typer.Option("--period", help="2565 for years (B.E.), 2022-10 for months.")]
SourceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--source",
        help="Read this path or URL instead, with the same reader; PART=LOCATION where the source has several parts.",
    ),
]


@app.command("list", epilog="Example: `opendata list`")
def list_datasets(*, portal: PortalOption = "site", as_json: Json = False) -> None:
    """Show every dataset and what of it is public."""
    with reporting(as_json):
        ws = workspace()
        target = opened(ws, portal)
        found = [(ws.dataset(name).spec, name, target.live(name)) for name in ws.names()]
        if as_json:
            listed = [
                {"dataset": name, "title": spec.title.model_dump(), "period": spec.period.kind, "live": live}
                for spec, name, live in found
            ]
            print_json({"datasets": listed})
            return
        rows = [[name, spec.title.th, spec.period.kind, ", ".join(live.values()) or "-"] for spec, name, live in found]
        print_table("", ["dataset", "title", "period", "live release"], rows)


@app.command("run", epilog="Example: `opendata run welfare/elderly_fund --source fund-2556.xlsx --period 2556`")
def run_datasets(
    datasets: Datasets,
    *,
    period: PeriodOption = None,
    source: SourceOption = None,
    portal: PortalOption = "site",
    as_json: Json = False,
) -> None:
    """Take datasets the whole way, from source to published and verified release."""
    from pipelines.fetch.order import locations
    from pipelines.run import run

    with reporting(as_json):
        if source and len(datasets) > 1:
            raise UsageError("--source goes with one dataset", remedy="run the datasets one at a time")
        ws = workspace()
        results: list[RunResult] = []
        for name in datasets:
            with about(name, period), showing_progress(as_json) as listen:
                dataset = ws.dataset(name)
                target = opened(ws, portal)
                results.append(
                    run(
                        ws,
                        dataset,
                        period=period,
                        location=locations(dataset, source),
                        portal=target,
                        on_progress=listen,
                    )
                )
            if not as_json:
                show_run(results[-1])
        if as_json:
            print_json(results[0].as_dict() if len(results) == 1 else {"runs": [r.as_dict() for r in results]})


@app.command("extract", epilog="Example: `opendata extract contracts/departments --period 2026-11`")
def extract_dataset(
    dataset: DatasetName, *, period: PeriodOption = None, source: SourceOption = None, as_json: Json = False
) -> None:
    """Fetch the source and keep it as found, with every column accounted for."""
    from pipelines.extract import extract
    from pipelines.fetch.order import locations

    with reporting(as_json), about(dataset, period), showing_progress(as_json) as listen:
        ws = workspace()
        spec = ws.dataset(dataset)
        result = extract(ws, spec, period=period, location=locations(spec, source), on_progress=listen)
        show_stage(result, as_json=as_json)


@app.command("validate", epilog="Example: `opendata validate budget/bma_strategy`")
def validate_dataset(dataset: DatasetName, *, period: PeriodOption = None, as_json: Json = False) -> None:
    """Turn the snapshot into a typed table as the schema says, or refuse."""
    from pipelines.validate import validate

    _stage(validate, dataset, period, as_json=as_json)


@app.command("anonymise", epilog="Example: `opendata anonymise land_tax/assessments --period 2569`")
def anonymise_dataset(dataset: DatasetName, *, period: PeriodOption = None, as_json: Json = False) -> None:
    """Make the tables that may leave the house, or refuse."""
    from pipelines.anonymise import anonymise

    _stage(anonymise, dataset, period, as_json=as_json)


@app.command("publish", epilog="Example: `opendata publish welfare/elderly_fund --period 2556`")
def publish_dataset(
    dataset: DatasetName, *, period: PeriodOption = None, portal: PortalOption = "site", as_json: Json = False
) -> None:
    """Make the release and bring the portal to it, verified."""
    from pipelines.publish import publish

    with reporting(as_json), about(dataset, period), showing_progress(as_json) as listen:
        ws = workspace()
        spec = ws.dataset(dataset)
        chosen = period or ws.only_period(spec)
        result = publish(ws, spec, chosen, opened(ws, portal), on_progress=listen)
        show_stage(result, as_json=as_json)


@app.command("plan", epilog="Example: `opendata plan budget/bma_strategy --json`")
def plan_dataset(
    dataset: DatasetName, *, period: PeriodOption = None, portal: PortalOption = "site", as_json: Json = False
) -> None:
    """Show what publishing would change on the portal, and change nothing."""
    from pipelines.publish import plan

    with reporting(as_json), about(dataset, period):
        ws = workspace()
        spec = ws.dataset(dataset)
        changes = plan(ws, spec, period or ws.only_period(spec), opened(ws, portal))
        if as_json:
            print_json({"changes": [change.as_dict() for change in changes]})
        else:
            print_table("", ["action", "object", "reason"], [[c.action, c.object, c.reason] for c in changes])


@app.command("check", epilog="Example: `opendata check`")
def check_datasets(
    datasets: Annotated[list[str] | None, typer.Argument(help="Default: every dataset.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Lint dataset folders: definition, schemas, privacy classes, names, sample."""
    from pipelines.dataset_check import check, check_all

    with reporting(as_json):
        ws = workspace()
        problems = [p for name in datasets for p in check(ws, name)] if datasets else check_all(ws)
        if as_json:
            print_json({"problems": [problem.as_dict() for problem in problems]})
        else:
            for problem in problems:
                out.print(str(problem), markup=False)
            checked = datasets or ws.names()
            out.print(f"{len(checked)} datasets checked, {len(problems)} problems")
        raise typer.Exit(1 if problems else 0)


def main() -> None:
    """Run the command."""
    app()


def _stage(verb: Callable[..., "StageResult"], dataset: str, period: str | None, *, as_json: bool) -> None:
    """Run a stage that needs the stage before it and nothing else."""
    with reporting(as_json), about(dataset, period), showing_progress(as_json) as listen:
        ws = workspace()
        spec = ws.dataset(dataset)
        show_stage(verb(ws, spec, period or ws.only_period(spec), on_progress=listen), as_json=as_json)
