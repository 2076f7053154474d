"""Generalisation hierarchies: reviewed data files beside this one, checked when used.

A hierarchy says for each level how a value is written there. On the values that are really
in the data it must be *total* (every value has a place on every level) and *nested* (each
level follows from the one below), else the anonymised table would lie about its groups.
"""

from functools import cache
from importlib.resources import files

import duckdb
import yaml

from pipelines.errors import DatasetError, Place, PrivacyError


@cache
def levels_of(hierarchy: str) -> dict[str, str]:
    """Return level -> DuckDB expression over `value`, finest first."""
    path = files("pipelines.disclosure.hierarchies").joinpath(f"{hierarchy}.yaml")
    if "/" in hierarchy or not path.is_file():
        raise DatasetError(f"there is no hierarchy {hierarchy!r}", remedy=f"use one of: {', '.join(known())}")
    levels: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))["levels"]
    return levels


def known() -> list[str]:
    """Return the names of all hierarchies."""
    folder = files("pipelines.disclosure.hierarchies")
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def expression(generalise: str, column: str) -> str:
    """Return the SQL that writes a column at the declared level (`place/district`)."""
    hierarchy, _, level = generalise.partition("/")
    levels = levels_of(hierarchy)
    if level not in levels:
        raise DatasetError(
            f"the hierarchy {hierarchy} has no level {level!r}", place=Place(column=column),
            remedy=f"use one of: {', '.join(levels)}",
        )  # fmt: skip
    return _over(levels[level], column)


def demand_sound(database: duckdb.DuckDBPyConnection, view: str, column: str, generalise: str) -> None:
    """Raise `PrivacyError` where the hierarchy is not total or not nested on a column."""
    hierarchy = generalise.partition("/")[0]
    levels = list(levels_of(hierarchy).values())
    place = Place(table=view, column=column)
    written = ", ".join(f"{_over(sql, column)} AS l{number}" for number, sql in enumerate(levels))
    values = f'SELECT DISTINCT {written} FROM "{view}" WHERE "{column}" IS NOT NULL'  # noqa: S608
    checks = [f"count(*) FILTER (l{number} IS NULL)" for number in range(len(levels))]
    (missing,) = database.sql(f"SELECT {', '.join(checks)} FROM ({values})").fetchall()  # noqa: S608
    if sum(missing):
        raise PrivacyError(
            f"{max(missing):,} values have no place in the hierarchy {hierarchy}", place=place,
            remedy="correct them at the source, or widen the hierarchy after review",
        )  # fmt: skip
    for low, high in zip(range(len(levels)), range(1, len(levels)), strict=False):
        split = f"SELECT l{low} FROM ({values}) GROUP BY l{low} HAVING count(DISTINCT l{high}) > 1"  # noqa: S608
        if database.sql(split).fetchall():
            raise PrivacyError(
                f"level {high + 1} of the hierarchy {hierarchy} does not follow from level {low + 1}",
                place=place, remedy="mend the hierarchy",
            )  # fmt: skip


def _over(sql: str, column: str) -> str:
    return f'(SELECT {sql} FROM (SELECT "{column}" AS value))'  # noqa: S608 - reviewed expressions
