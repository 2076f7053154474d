"""Commands of `opendata` about what is on a portal already or waits there: audit, approve, roll back,
withdraw; and the options that all commands with a portal share."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli_files import Json
from pipelines.console import out, print_json, print_table, reporting, show_stage, showing_progress
from pipelines.errors import OpendataError, UsageError

if TYPE_CHECKING:
    from pipelines.portals import Change, Portal
    from pipelines.workspace import Workspace

on_portal = typer.Typer()

DatasetName = Annotated[str, typer.Argument(help="The dataset, as TOPIC/NAME.", show_default=False)]
PortalOption = Annotated[
    str,
    typer.Option(
        "--portal",
        envvar="OPENDATA_PORTAL",
        help="Which portal: `site`, the website of files, or one of deploy/portals.yaml.",
    ),
]


@on_portal.command("audit", epilog="Example: `opendata audit budget/bma_strategy --json`")
def audit_datasets(
    datasets: Annotated[list[str] | None, typer.Argument(help="Default: every dataset.")] = None,
    *,
    portal: PortalOption = "site",
    as_json: Json = False,
) -> None:
    """Compare what the portal serves with what was published; exit code 1 where anything differs."""
    with reporting(as_json):
        ws = workspace()
        names = datasets or ws.names()
        found = _audited(ws, names, opened(ws, portal), as_json=as_json)
        if as_json:
            print_json({"changes": [{"dataset": name, **change.as_dict()} for name, change in found]})
        else:
            summary = f"{len(names)} datasets on {portal} audited, {len(found)} differences"
            rows = [[name, c.action, c.object, c.reason] for name, c in found]
            print_table(summary, ["dataset", "to do", "object", "reason"], rows)
        raise typer.Exit(1 if found else 0)


def _audited(ws: "Workspace", names: list[str], target: "Portal", *, as_json: bool) -> "list[tuple[str, Change]]":
    """Return each difference with its dataset."""
    from pipelines.portals import Change
    from pipelines.publishing.audit import audit

    found: list[tuple[str, Change]] = []
    with showing_progress(as_json) as listen:
        for number, name in enumerate(names):
            listen("auditing", number, len(names))
            try:
                with about(name, None):
                    found += [(name, change) for change in audit(ws, ws.dataset(name), target)]
            except OpendataError as error:
                if len(names) == 1:
                    raise
                found.append((name, Change("update", "dataset", f"cannot be told: {error.message}")))  # others are
    return found


@on_portal.command("approve", epilog="Example: `opendata approve 2565-0123456789ab --by data-owner --portal agency`")
def approve_release(
    release: Annotated[str, typer.Argument(help="The release that waits.", show_default=False)],
    *,
    by: Annotated[str, typer.Option("--by", help="The role that approves, never a name.", show_default=False)],
    dataset: Annotated[str | None, typer.Option("--dataset", help="Where several have a release of that id.")] = None,
    portal: PortalOption = "site",
    as_json: Json = False,
) -> None:
    """Make a release that waits on the portal public, as another user than the one that brought it there."""
    from pipelines.publishing.approval import approve, dataset_of

    with reporting(as_json):
        ws = workspace()
        target = opened(ws, portal, approver=True)
        name = dataset or dataset_of(ws, target, release)
        with about(name, None):
            show_stage(approve(ws, ws.dataset(name), release, target, by), as_json=as_json)


@on_portal.command("rollback", epilog="Example: `opendata rollback budget/bma_strategy --to 2565-0123456789ab`")
def rollback_dataset(
    dataset: DatasetName,
    *,
    to: Annotated[str, typer.Option("--to", help="The release to make live again.", show_default=False)],
    portal: PortalOption = "site",
    as_json: Json = False,
) -> None:
    """Make an earlier release live again, verified."""
    from pipelines.publishing.rollback import rollback

    with reporting(as_json), about(dataset, None):
        ws = workspace()
        result = rollback(ws, ws.dataset(dataset), to, opened(ws, portal))
        show_stage(result, as_json=as_json)


@on_portal.command("withdraw", epilog='Example: `opendata withdraw welfare/elderly_fund --reason "names were found"`')
def withdraw_dataset(
    dataset: DatasetName,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, in words for the public.", show_default=False)],
    release: Annotated[str | None, typer.Option("--release", help="Only this release, which is not live.")] = None,
    portal: PortalOption = "site",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Take a dataset, or one release of it, out of public, and say there that it was withdrawn."""
    from pipelines.publishing.withdrawal import withdraw

    with reporting(as_json), about(dataset, None):
        what = f"release {release} of {dataset}" if release else f"all of {dataset}"
        if not yes:
            _confirm(f"Take {what} off {portal}, for good, and say so in public?", as_json=as_json)
        ws = workspace()
        done = withdraw(ws, dataset, opened(ws, portal), reason, release)
        if as_json:
            print_json(done.as_dict())
            return
        out.print(f"{what} is withdrawn from {portal}: {', '.join(done.tombstone.releases)}", markup=False)
        for left in done.to_erase:
            out.print(f"  an administrator must still erase: {left}", markup=False)


@contextmanager
def about(dataset: str, period: str | None) -> Iterator[None]:
    """Name the dataset and the period in a refusal that does not know them."""
    try:
        yield
    except OpendataError as error:
        raise error.at(dataset=dataset, period=period) from None


def workspace() -> "Workspace":
    """Return the workspace of the environment."""
    from pipelines.workspace import Workspace

    return Workspace.from_environment()


def opened(ws: "Workspace", name: str, *, approver: bool = False) -> "Portal":
    """Open a portal by its name."""
    from pipelines.portals.opening import open_portal

    return open_portal(ws, name, approver=approver)


def _confirm(question: str, *, as_json: bool) -> None:
    if as_json or not _is_terminal():
        raise UsageError("nobody is here to confirm it", remedy="give --yes where it is meant")
    if not typer.confirm(question, err=True):
        raise UsageError("not confirmed: nothing was changed", remedy="confirm it, or give --yes")


def _is_terminal() -> bool:
    return sys.stdin.isatty()
