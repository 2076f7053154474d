"""Reports as Markdown, for the metadata of assets: the only form of a table Dagster's UI has
that holds text of any length.

Knows JSON and Markdown, nothing of any report. What a report may hold is the stages' affair.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

ROWS_SHOWN = 50
BAR_WIDTH = 30


def of_report(report: Mapping[str, Any]) -> str:
    """Return a JSON report: its single figures in one table, and each list of objects, or
    object of objects, in a table of its own."""
    entries = list(_flat(report))
    single = [(name, value) for name, value in entries if not isinstance(value, list)]
    lists = [(name, value) for name, value in entries if isinstance(value, list) and value]
    parts = [table(("what", "value"), single)] if single else []
    parts += [f"**{name}**\n\n{_of_list(items)}" for name, items in lists]
    return "\n\n".join(parts) or "nothing to report"


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table."""
    lines = [_line(columns), _line(["---"] * len(columns)), *(_line(row) for row in rows)]
    return "\n".join(lines)


def bars(figures: Mapping[str, int]) -> str:
    """Return a bar chart of counts, drawn with characters: a few bytes in a log kept for ever."""
    longest = max(figures.values(), default=0) or 1
    rows = [(name, "█" * max(round(BAR_WIDTH * n / longest), n > 0), n) for name, n in figures.items()]
    return table(("", "", "rows"), rows)


def _flat(report: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in report.items():
        if isinstance(value, Mapping) and _is_table(value):
            yield f"{prefix}{name}", [{"": key, **row} for key, row in value.items()]
        elif isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name} · ")
        else:
            yield f"{prefix}{name}", value


def _is_table(value: Mapping[str, Any]) -> bool:
    """Say whether an object is rows by name: objects of plain entries, all with the same names."""
    rows = [row for row in value.values() if isinstance(row, Mapping)]
    plain = not any(isinstance(entry, Mapping | list) for row in rows for entry in row.values())
    return bool(rows) and len(rows) == len(value) and plain and len({tuple(row) for row in rows}) == 1


def _of_list(items: Sequence[Any]) -> str:
    shown = items[:ROWS_SHOWN]
    if shown and all(isinstance(item, Mapping) for item in shown):
        columns = list(dict.fromkeys(name for item in shown for name in item))
        text = table(columns, [[item.get(name, "") for name in columns] for item in shown])
    else:
        text = ", ".join(_cell(item) for item in shown) or "none"
    more = len(items) - len(shown)
    return f"{text}\n\n… and {more:,} more" if more else text


def _line(cells: Sequence[object]) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_cell(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_cell, value))
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")
