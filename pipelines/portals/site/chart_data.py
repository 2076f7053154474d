"""What a chart shows: the greatest (or least) values of a released table, added up by its bars.

Reads the release's Parquet through DuckDB, so that memory is bounded whatever the table's
size; gives plain numbers, never a picture. A bar whose cells are all hidden has no value
(never zero), and one of which some cells are hidden says so: its true value is greater.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.table_spec import Chart, Microdata, Statistics

TOTAL = "_T"


@dataclass(frozen=True)
class Part:
    """One stretch of a bar: its name (None where bars are not split, "" where the cell that
    names it is empty) and its value."""

    name: str | None
    value: float | None
    hidden: bool = False
    """Whether any cell of it is hidden."""


@dataclass(frozen=True)
class Bar:
    """One bar: its label ("" where the cell that names it is empty) and its parts."""

    label: str
    parts: tuple[Part, ...]

    @property
    def value(self) -> float | None:
        """The whole bar; None where nothing of it is public."""
        known = [part.value for part in self.parts if part.value is not None]
        return sum(known) if known else None

    @property
    def hidden(self) -> bool:
        """Whether any cell of it is hidden."""
        return any(part.hidden for part in self.parts)


@dataclass(frozen=True)
class ChartData:
    """The bars in order, and how many more there are that are not shown."""

    bars: tuple[Bar, ...]
    left_out: int

    @property
    def part_sums(self) -> dict[str, float]:
        """What each part comes to in all bars, by name in order; empty where bars are not split."""
        sums: dict[str, float] = {}
        for part in (part for bar in self.bars for part in bar.parts):
            if part.name is not None:
                sums[part.name] = sums.get(part.name, 0.0) + (part.value or 0.0)
        return dict(sorted(sums.items()))


def chart_data(parquet: Path, table: Microdata | Statistics, chart: Chart) -> ChartData:
    """Add up `chart.x` by `chart.y` (and `chart.colour`) and keep the `chart.top` that come first."""
    bar_key = _dimension(table, chart.y)
    label = f"any_value({_name(chart.y)})" if bar_key != chart.y else f"{_name(bar_key)}"
    part = f"coalesce(CAST({_name(chart.colour)} AS varchar), '')" if chart.colour else "NULL"
    is_hidden = f"{_name(chart.x)} IS NULL AND obs_status = 'C'" if isinstance(table, Statistics) else "false"
    grouped = f"""
        SELECT CAST({_name(bar_key)} AS varchar) AS bar, CAST({label} AS varchar) AS label,
               {part} AS part, CAST(sum({_name(chart.x)}) AS double) AS value, count(*) FILTER ({is_hidden}) AS hidden
        FROM read_parquet(?) WHERE {_cells(table, chart)}
        GROUP BY ALL
    """  # noqa: S608 - the names are checked identifiers of dataset.yaml, quoted; the path is a parameter
    order = "ASC" if chart.first == "least" else "DESC"
    ranked = f"""
        WITH cells AS ({grouped}),
        bars AS (SELECT bar, row_number() OVER (ORDER BY sum(value) {order} NULLS LAST, bar) AS rank
                 FROM cells GROUP BY bar)
        SELECT rank, label, part, value, hidden > 0, (SELECT count(*) FROM bars) AS bar_count
        FROM cells JOIN bars ON cells.bar IS NOT DISTINCT FROM bars.bar WHERE rank <= ? ORDER BY rank, part
    """  # noqa: S608 - likewise
    with duckdb.connect(config={"threads": 1}) as connection:
        rows = connection.execute(ranked, [str(parquet), chart.top]).fetchall()
    bars: dict[int, tuple[str, list[Part]]] = {}
    for rank, name, part_name, value, some_hidden, _ in rows:
        bars.setdefault(rank, (name or "", []))[1].append(Part(part_name, value, some_hidden))
    return ChartData(
        bars=tuple(Bar(name, tuple(parts)) for name, parts in bars.values()),
        left_out=(rows[0][5] - len(bars)) if rows else 0,
    )


def _cells(table: Microdata | Statistics, chart: Chart) -> str:
    """Choose rows so that nothing is counted twice: of a dimension that is drawn its parts,
    of one that is not its total row, where it has one."""
    if isinstance(table, Microdata):
        return "true"
    drawn = {_dimension(table, column) for column in (chart.y, chart.colour) if column}
    wanted = [f"{_name(d)} {'<>' if d in drawn else '='} '{TOTAL}'" for d in table.totals]
    return " AND ".join(wanted) or "true"


def _dimension(table: Microdata | Statistics, column: str) -> str:
    return table.labels.get(column, column) if isinstance(table, Statistics) else column


def _name(column: str) -> str:
    return f'"{column}"'
