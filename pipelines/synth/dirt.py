"""The dirt of real registers: how much of which kind (`data/dirt.csv`), and what it does to a text.

`usual` dirt is what the datasets take and count right; `heavy` dirt must make them refuse, and
whoever it is written to is left out of the truth.
"""

from collections.abc import Callable

import numpy as np

from pipelines.synth.draw import Bools, table
from pipelines.synth.wanted import Level

THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
_WORDS = {"600": "หกร้อย", "700": "เจ็ดร้อย", "800": "แปดร้อย", "1000": "หนึ่งพัน"}


def shares(of: str, level: Level) -> dict[str, float]:
    """Return the share of each kind of dirt at a level, 0 for what belongs to a heavier one."""
    return {row["dirt"]: float(row["share"]) if row["level"] in ("usual", level) else 0.0
            for row in table("dirt") if row["of"] == of}  # fmt: skip


def one_kind_each(random: np.random.Generator, count: int, kinds: dict[str, float]) -> dict[str, Bools]:
    """Choose who gets which kind; nobody gets two."""
    drawn, found, low = random.random(count), {}, 0.0
    for kind, share in kinds.items():
        found[kind] = (drawn >= low) & (drawn < low + share)
        low += share
    return found


def thai_digits(text: str, _: float = 0) -> str:
    """Write the digits as Thai ones."""
    return text.translate(THAI)


def grouped_id(text: str, mark: str = "-") -> str:
    """Write an identity number in its groups: 1-2345-67890-12-3."""
    return mark.join((text[0], text[1:5], text[5:10], text[10:12], text[12]))


def typo(text: str, random: float) -> str:
    """Lose a character, double one, or change one with its neighbour."""
    at, way = divmod(int(random * 3 * (len(text) - 1)), 3)
    first, second, rest = text[at], text[at + 1], text[at + 2 :]
    return text[:at] + (first + rest, first + first + second + rest, second + first + rest)[way]


#: Kind of heavy dirt -> column, and what happens to its text.
SPOILING: dict[str, tuple[str, Callable[[str, float], str]]] = {
    "id_digit_lost": ("national_id", lambda text, _: text[:-1]),
    "id_as_figure": ("national_id", lambda text, _: f"{text[0]}.{text[1:6]}E+12"),
    "place_unknown": ("subdistrict_code", lambda text, _: text[:2] + "9999"),
    "amount_in_words": ("monthly_amount_thb", lambda text, _: _WORDS.get(text, "ตามสิทธิ")),
}
