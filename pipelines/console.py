"""What the command line shows: progress on stderr, results on stdout, refusals in words.

`--json` prints one object on stdout and nothing else there. Nothing here decides anything.
"""

import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipelines import progress
from pipelines.errors import OpendataError

if TYPE_CHECKING:
    from pipelines.receipts import StageResult
    from pipelines.run import RunResult

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: dict[str, Any]) -> None:
    """Print one object for machines."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


def print_table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print a table for people, its title alone where it has no rows. Names and ids are never cut
    short: texts make room for them."""
    if not rows:
        out.print(title, markup=False)
        return
    table = Table(title=title or None, title_justify="left")
    for number, column in enumerate(columns):
        cells = [row[number] for row in rows]
        whole = max((len(cell) for cell in [column, *cells]), default=0)
        one_word = not any(" " in cell for cell in cells)
        table.add_column(column, overflow="fold", min_width=whole if one_word else None)
    for row in rows:
        table.add_row(*row)
    out.print(table)


@contextmanager
def reporting(as_json: bool) -> Iterator[None]:  # noqa: FBT001 - the one switch there is
    """Turn what goes wrong inside into words (or one JSON object) and an exit code.

    A fault of ours shows where it happened but not its message: messages of libraries may
    quote the data. `OPENDATA_DEBUG=1` shows them."""
    try:
        yield
    except OpendataError as error:
        _refuse(error.as_dict(), str(error), as_json)
        raise typer.Exit(error.exit_code) from None
    except typer.Exit:
        raise
    except Exception as error:  # the last line of defence: a library's message may hold a cell
        if os.environ.get("OPENDATA_DEBUG"):
            raise
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}:{last.lineno}"
        remedy = "this is a fault of the program: report it; OPENDATA_DEBUG=1 shows the whole of it (and maybe data)"
        message = f"{type(error).__name__} at {place}"
        _refuse({"kind": "internal", "message": message, "remedy": remedy}, f"{message}\n  remedy: {remedy}", as_json)
        raise typer.Exit(1) from None


def _refuse(fields: dict[str, Any], text: str, as_json: bool) -> None:  # noqa: FBT001
    if as_json:
        print_json({"error": fields})
    else:
        err.print("[red]refused[/red]", end=" ")
        err.print(text, markup=False)


@contextmanager
def showing_progress(as_json: bool) -> Iterator[progress.Progress]:  # noqa: FBT001
    """Give a progress listener: bars on a terminal, silence elsewhere."""
    if as_json or not err.is_terminal:
        yield progress.silent
        return
    bars = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f}"),
        TimeElapsedColumn(), console=err, transient=True,
    )  # fmt: skip
    tasks: dict[str, TaskID] = {}

    def listen(what: str, done: int, total: int | None) -> None:
        if what not in tasks:
            tasks[what] = bars.add_task(what, total=total)
        bars.update(tasks[what], completed=done, total=total)

    with bars:
        yield listen


def show_stage(result: "StageResult", *, as_json: bool) -> None:
    """Print what one stage came to."""
    receipt = result.receipt
    if as_json:
        files = {name: proof.model_dump() for name, proof in receipt.files.items()}
        print_json(
            {
                "dataset": receipt.dataset,
                "period": receipt.period,
                "stage": receipt.stage,
                **result.as_dict(),
                "files": files,
            }
        )
        return
    what = "done" if result.written else "unchanged, nothing written"
    out.print(f"{receipt.dataset} {receipt.period} {receipt.stage}: {what} ({result.seconds:.1f} s)")
    for notice in result.notices:
        out.print(f"  note: {notice}", markup=False)


def show_run(result: "RunResult") -> None:
    """Print what a run came to, and where the files are."""
    for stage in result.stages.values():
        show_stage(stage, as_json=False)
    out.print(f"{result.dataset} {result.period}: release {result.release}")
    for file in result.files:
        out.print(f"  {file['table']}: {file['rows']:,} rows  {file['path']}", markup=False)
