"""Invented firms: names of stem and trade, in the forms that kinds of firms have."""

from functools import cache

import numpy as np

from pipelines.synth.draw import Weighted, table


def firm_names(random: np.random.Generator, count: int, form: str) -> list[str]:
    """Draw names of firms; `form` is `juristic`, `shop`, or a text with `{}` for the stem."""
    stems, trades = _drawn(random, count, "stem"), _drawn(random, count, "trade")
    forms = _drawn(random, count, form) if form in ("juristic", "shop") else [form] * count
    return [how.format(stem + trade) for how, stem, trade in zip(forms, stems, trades, strict=True)]


def stems(random: np.random.Generator, count: int) -> list[str]:
    """Draw the stems alone."""
    return _drawn(random, count, "stem")


def _drawn(random: np.random.Generator, count: int, place: str) -> list[str]:
    texts, weighted = _parts(place)
    return [texts[n] for n in weighted.draw(random, count).tolist()]


@cache
def _parts(place: str) -> tuple[list[str], Weighted]:
    rows = [row for row in table("juristic_names") if row["place"] == place]
    return [row["part_th"] for row in rows], Weighted.of([float(row["weight"]) for row in rows])
