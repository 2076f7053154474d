"""Names of months: the reviewed spellings of `months.csv`, without dots and spaces. No other is known."""

import csv
from functools import cache
from importlib.resources import files


@cache
def months() -> dict[str, int]:
    """Return the month (1 to 12) of every reviewed spelling."""
    text = files("pipelines.thai").joinpath("months.csv").read_text(encoding="utf-8")
    return {_bare(row["spelling"]): int(row["month"]) for row in csv.DictReader(text.splitlines())}


def month_named(name: str) -> int:
    """Return the month (1 to 12) of a reviewed spelling; raises `ValueError` for any other."""
    if (month := months().get(_bare(name))) is None:
        raise ValueError("the month's name is not known")
    return month


def _bare(name: str) -> str:
    return name.replace(".", "").replace(" ", "").casefold()
