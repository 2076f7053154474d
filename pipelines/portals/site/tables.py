"""The tables of a dataset's page: preview, dictionary, files, history and metadata.

Each is built as plain text cells; the templates alone make HTML of them. A preview reads
no more than the rows it shows.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow.parquet as pq

from pipelines.portals.entries import SiteEntry
from pipelines.portals.site.released import ReleasedFile, ReleasedTable, periods, released_files, released_tables
from pipelines.portals.site.wording import Wording
from pipelines.table_spec import Statistics

PREVIEW_ROWS = 20
#: What `obs_status` says of a row whose measures are hidden.
HIDDEN = "C"
#: Letters of a cell beyond which it is set in several lines.
LONG = 40
#: Columns with these endings hold quantities; other whole numbers (years, codes) are not grouped.
QUANTITIES = ("thb", "rai", "sqwa", "pct", "count")


@dataclass(frozen=True)
class Cell:
    """One cell or heading: its text, and how it is shown."""

    text: str
    number: bool = False
    code: bool = False
    muted: bool = False
    link: str | None = None
    note: str | None = None

    @property
    def classes(self) -> str:
        """Names for the style sheet."""
        long = len(self.text) > LONG and not self.code
        return " ".join(n for n, on in (("number", self.number), ("muted", self.muted), ("long", long)) if on)


@dataclass(frozen=True)
class Table:
    """A table of a page. `row_heads`: the first cell of a row names it."""

    id: str
    caption: str
    head: list[Cell]
    rows: list[list[Cell]]
    row_heads: bool = True
    wide: bool = False


def quantity(column: str) -> bool:
    """Say whether a column holds amounts, by its unit suffix."""
    return column.rsplit("_", 1)[-1] in QUANTITIES


def preview(table: ReleasedTable, wording: Wording) -> Table:
    """Show a released table's first rows."""
    with pq.ParquetFile(table.path) as file:
        batch = next(file.iter_batches(batch_size=PREVIEW_ROWS), None)
        total = file.metadata.num_rows
    records: list[dict[str, Any]] = batch.to_pylist() if batch is not None else []

    def cell(record: dict[str, Any], name: str) -> Cell:
        value = record[name]
        if value is None:
            hidden = name not in table.key and record.get("obs_status") == HIDDEN
            return Cell(wording.say("chart.hidden" if hidden else "preview.empty"), muted=True, number=quantity(name))
        return Cell(wording.number(value) if quantity(name) else str(value), number=quantity(name))

    return Table(
        id=f"preview-{table.name}",
        caption=wording.say(
            "preview.caption", table=wording.of(table.title), shown=len(records), total=wording.number(total)
        ),
        head=[Cell(wording.field_title(f), number=quantity(f["name"]), note=f["name"]) for f in table.fields],
        rows=[[cell(record, field["name"]) for field in table.fields] for record in records],
        row_heads=False,
        wide=True,
    )


def dictionary(table: ReleasedTable, wording: Wording) -> Table:
    """Explain a released table's columns."""
    rows = []
    for field in table.fields:
        note = field.get("descriptions", {}).get(wording.code)
        rules = "; ".join(_rules(field, table, wording))
        meaning = Cell(wording.field_title(field), note=note)
        rows.append([Cell(field["name"], code=True), meaning, Cell(wording.say(f"type.{field['type']}")), Cell(rules)])
    return Table(
        id=f"dictionary-{table.name}",
        caption=wording.of(table.title),
        head=[Cell(wording.say(f"dictionary.{name}")) for name in ("column", "meaning", "type", "rule")],
        rows=rows,
    )


def _rules(field: dict[str, Any], table: ReleasedTable, wording: Wording) -> list[str]:
    limits = field.get("constraints", {})
    is_key = field["name"] in table.key
    said = [wording.say("dictionary.key")] if is_key else []
    said += [wording.say("dictionary.required")] if limits.get("required") and not is_key else []
    if isinstance(table.definition, Statistics) and field["name"] in table.definition.totals:
        said.append(wording.say("dictionary.total"))
    if field["name"] == "obs_status":
        return [*said, wording.say("dictionary.status")]
    if "enum" in limits:
        said.append(wording.say("dictionary.one_of", values=", ".join(map(str, limits["enum"]))))
    if "minimum" in limits:
        said.append(wording.say("dictionary.from", least=limits["minimum"]))
    if "maximum" in limits:
        said.append(wording.say("dictionary.to", most=limits["maximum"]))
    return said


def files(entry: SiteEntry, release: str, wording: Wording) -> Table:
    """List a release's files with size and checksum."""

    def row(file: ReleasedFile) -> list[Cell]:
        what = wording.say(f"file.{file.format}" if file.table else f"file.{file.name}")
        size = Cell(wording.size(file.bytes), number=True)
        return [Cell(file.name, link=file.address), Cell(what), size, Cell(file.sha256, code=True)]

    head = [
        Cell(wording.say(f"downloads.{name}"), number=name == "size") for name in ("file", "what", "size", "sha256")
    ]
    rows = [row(file) for file in released_files(entry, release)]
    return Table(id="files", caption=wording.say("downloads.files"), head=head, rows=rows, wide=True)


def other_periods(entry: SiteEntry, wording: Wording) -> Table | None:
    """List the files of the periods before the newest; None where there are none."""
    rows = []
    for period in periods(entry)[1:]:
        named = Cell(wording.period(entry.dataset.spec.period.kind, period))
        for table in released_tables(entry, entry.live[period]):
            for file in (table.csv, table.parquet):
                title = Cell(f"{wording.of(table.title)} ({file.format})", link=file.address)
                rows.append([named, title, Cell(wording.size(file.bytes), number=True)])
    head = [
        Cell(wording.say("dataset.period")),
        Cell(wording.say("downloads.file")),
        Cell(wording.say("downloads.size"), number=True),
    ]
    return Table(id="other-periods", caption=wording.say("downloads.others"), head=head, rows=rows) if rows else None


def history(entry: SiteEntry, wording: Wording) -> Table:
    """List what was published when, the newest first."""
    rows = []
    for event in reversed(entry.history):
        live = entry.live.get(event["period"]) == event["release"]
        rows.append(
            [
                Cell(wording.moment(datetime.fromisoformat(event["published_at"]))),
                Cell(wording.period(entry.dataset.spec.period.kind, event["period"])),
                Cell(wording.say(f"action.{event['action']}")),
                Cell(event["release"], code=True),
                Cell(wording.say("history.live") if live else "–"),
            ]
        )
    names = ("history.when", "history.period", "history.action", "history.release", "history.state")
    head = [Cell(wording.say(name)) for name in names]
    return Table(id="releases", caption=wording.say("history.caption"), head=head, rows=rows)
