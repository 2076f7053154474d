"""A chart as a page shows it: two drawings, a legend, notes, and the same figures as a table.

The table is the chart for those who cannot see it, so it says all that is drawn.
"""

from dataclasses import dataclass

from markupsafe import Markup

from pipelines.portals.site.chart_data import Bar, ChartData, chart_data
from pipelines.portals.site.charts import COLOURS, Scale, colours, drawings, named, said
from pipelines.portals.site.released import ReleasedTable
from pipelines.portals.site.tables import Cell, Table
from pipelines.portals.site.wording import Wording
from pipelines.table_spec import Chart, Microdata, Statistics


@dataclass(frozen=True)
class LegendItem:
    """One colour and what it stands for."""

    colour: str
    name: str


@dataclass(frozen=True)
class Figure:
    """All that the page says of one chart."""

    id: str
    title: str
    shown: str
    unit: str
    summary: str
    wide: Markup
    narrow: Markup
    legend: list[LegendItem]
    notes: list[str]
    table: Table


def figure(
    table: ReleasedTable, definition: Microdata | Statistics, chart: Chart, *, ident: str, wording: Wording
) -> Figure:
    """Draw one chart of a released table."""
    data = chart_data(table.path, definition, chart)
    scale = Scale.of(chart.x, data, wording)
    drawn = drawings(data, scale, wording)
    titles = {field["name"]: wording.field_title(field) for field in table.fields}
    return Figure(
        id=ident,
        title=wording.of(chart.title),
        shown=titles[chart.x],
        unit=scale.unit,
        summary=_summary(data, scale, chart, wording),
        wide=Markup(drawn["wide"]),  # noqa: S704 - drawn by vl-convert, which escapes the text in it
        narrow=Markup(drawn["narrow"]),  # noqa: S704 - likewise
        legend=_legend(data, wording),
        notes=_notes(data, wording),
        table=_table(data, scale, Cell(titles[chart.y]), f"{ident}-table", wording.of(chart.title), wording),
    )


def _summary(data: ChartData, scale: Scale, chart: Chart, wording: Wording) -> str:
    if not data.bars or data.bars[0].value is None:
        return wording.say("chart.nothing")
    first = data.bars[0]
    value = f"{said(first, scale, wording)} {scale.unit}".rstrip()
    key = "chart.summary_least" if chart.first == "least" else "chart.summary"
    return wording.say(key, bars=len(data.bars), label=named(first.label, wording), value=value)


def _legend(data: ChartData, wording: Wording) -> list[LegendItem]:
    given = colours(data)
    shared = len(given) > len(COLOURS)
    items = {colour: LegendItem(colour, named(name, wording)) for name, colour in reversed(given.items())}
    if shared:
        items[COLOURS[-1]] = LegendItem(COLOURS[-1], wording.say("chart.other"))
    return [items[colour] for colour in dict.fromkeys(given.values())]


def _notes(data: ChartData, wording: Wording) -> list[str]:
    notes = []
    if data.left_out:
        notes.append(wording.say("chart.left_out", shown=len(data.bars), left=wording.number(data.left_out)))
    if any(bar.hidden for bar in data.bars):
        notes.append(wording.say("chart.hidden_note"))
    return notes


def _table(data: ChartData, scale: Scale, heading: Cell, ident: str, caption: str, wording: Wording) -> Table:
    names = list(data.part_sums)
    unit = f"{wording.say('chart.value')} ({scale.unit})" if scale.unit else wording.say("chart.value")
    head = [heading, *(Cell(named(name, wording), number=True) for name in names), Cell(unit, number=True)]

    def parts(bar: Bar) -> list[Cell]:
        known = {part.name: Bar(bar.label, (part,)) for part in bar.parts}
        absent = Cell("–", number=True, muted=True)
        return [_figure(known[name], scale, wording) if name in known else absent for name in names]

    rows = [[Cell(named(bar.label, wording)), *parts(bar), _figure(bar, scale, wording)] for bar in data.bars]
    return Table(id=ident, caption=caption, head=head, rows=rows)


def _figure(bar: Bar, scale: Scale, wording: Wording) -> Cell:
    return Cell(said(bar, scale, wording), number=True, muted=bar.value is None)
