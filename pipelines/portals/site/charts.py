"""Draws a chart as SVG: labelled bars, in two widths, one for desks and one for phones.

Altair describes the picture, vl-convert draws it without a browser. Labels stand above
their bars, so that long Thai names are never cut. Text stays text, without a colour of its
own: the page sets it in its own font, which places sara am rightly, and in its own ink, so
that a dark page needs no second picture. Equal data gives equal bytes.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

import altair as alt
import fontpkg
import vl_convert

from pipelines.portals.site.chart_data import Bar, ChartData
from pipelines.portals.site.wording import Wording

FONT = "Noto Sans Thai"
WIDTHS = {"wide": 680, "narrow": 310}
MILLION = 1_000_000
TEN = 10
#: Pixels: a line of text, a bar, the space below it, a letter of a label, one of a figure.
LINE, BAR, GAP, LETTER, DIGIT = 21, 15, 13, 8, 9
#: Told apart on light and on dark ground, by people who see no red or no green too.
COLOURS = ("#3a7ca5", "#d98a29", "#5f9f6e", "#a4629e", "#8a7a5c", "#c25b56", "#9aa03c", "#8f979c")
#: Words that often begin a new word inside unspaced Thai, and leading vowels, which begin a syllable.
_BREAKS = re.compile(r"(?=\s)|(?=การ|ความ|และ|หรือ|ของ|ตาม|เพื่อ|โดย|จาก|สำหรับ|อย่าง|ประ)|(?=[เแโใไ])")
_MARKS = re.compile(r"[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]")


@dataclass(frozen=True)
class Scale:
    """How the figures of a chart are written: all in one unit, with equally many decimals."""

    divisor: int = 1
    decimals: int = 0
    unit: str = ""

    @classmethod
    def of(cls, column: str, data: ChartData, wording: Wording) -> "Scale":
        """Choose by the column's unit suffix; great sums of money are told in millions."""
        suffix = column.rsplit("_", 1)[-1]
        values = [abs(part.value) for bar in data.bars for part in bar.parts if part.value]
        if suffix == "thb" and max(values, default=0.0) >= MILLION:
            return cls(MILLION, _decimals(values, MILLION), wording.say("unit.million_thb"))
        unit = wording.say(f"unit.{suffix}") if wording.knows(f"unit.{suffix}") else ""
        return cls(1, _decimals(values, 1), unit)

    def write(self, value: float, wording: Wording) -> str:
        """Write a figure."""
        return wording.number(value / self.divisor, self.decimals)


def _decimals(values: list[float], divisor: int) -> int:
    """As many as the smallest figure needs to say something, but no more than two."""
    if all((value / divisor).is_integer() for value in values):
        return 0
    return 1 if min(values) / divisor >= TEN else 2


def said(bar: Bar, scale: Scale, wording: Wording) -> str:
    """Write what stands after a bar: its value, or that it is hidden or not known."""
    if bar.value is None:
        return wording.say("chart.hidden" if bar.hidden else "chart.missing")
    written = scale.write(bar.value, wording)
    return wording.say("chart.at_least", value=written) if bar.hidden else written


def named(label: str, wording: Wording) -> str:
    """Write the name of a bar or a part, also of one whose name is an empty cell."""
    return label or wording.say("chart.unnamed")


def colours(data: ChartData) -> dict[str, str]:
    """Give each part its colour, in order of names; where there are more parts than colours
    the smallest share the last one."""
    sums = data.part_sums
    own = sorted(sums, key=lambda name: -sums[name])[: len(COLOURS) - (len(sums) > len(COLOURS))]
    given = dict(zip((name for name in sums if name in own), COLOURS, strict=False))
    return {name: given.get(name, COLOURS[-1]) for name in sums}


def drawings(data: ChartData, scale: Scale, wording: Wording) -> dict[str, str]:
    """Draw the bars; returns an SVG element for each of `WIDTHS`."""
    vl_convert.register_font_directory(str(fontpkg.path(FONT).parent))
    return {name: _svg(data, scale, wording, width) for name, width in WIDTHS.items()}


def broken(text: str, letters: int) -> list[str]:
    """Break a label into lines of at most `letters` (marks above and below take no room):
    at spaces and likely word starts, and where there are none, between letters."""
    lines, line = [], ""
    for piece in _BREAKS.split(" ".join(text.split())):
        if line and _letters(line + piece) > letters:
            lines.append(line)
            line = piece.lstrip()
        else:
            line += piece
        while _letters(line) > letters:
            cut = next(i for i in range(letters, len(line)) if not _MARKS.match(line[i]))
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line]


def _letters(text: str) -> int:
    return len(_MARKS.sub("", text))


@dataclass(frozen=True)
class _Placed:
    """Everything in its place from the top down, in pixels; along the bars in units of the data."""

    labels: list[dict[str, Any]]
    bars: list[dict[str, Any]]
    figures: list[dict[str, Any]]
    height: int


def _svg(data: ChartData, scale: Scale, wording: Wording, width: int) -> str:
    placed = _placed(data, scale, wording, width // LETTER)
    room = width - DIGIT * max((_letters(row["text"]) for row in placed.figures), default=0)
    ends = [0.0, *(row["end"] for row in placed.bars)]

    def along(field: str) -> alt.X:
        return alt.X(field).axis(None).scale(domain=[min(ends), max(ends) or 1.0], range=[0, room])

    down = alt.Y("y:Q").axis(None).scale(domain=[0, placed.height], range=[0, placed.height])
    labels = alt.Chart(alt.InlineData(values=placed.labels)).mark_text()
    bars = alt.Chart(alt.InlineData(values=placed.bars)).mark_rect()
    figures = alt.Chart(alt.InlineData(values=placed.figures)).mark_text(dx=6)
    picture = (
        alt.layer(
            labels.encode(x=alt.value(0), y=down, text="text:N"),
            bars.encode(x=along("start:Q"), x2="end:Q", y=down, y2="bottom:Q", fill=alt.Fill("colour:N").scale(None)),
            figures.encode(x=along("end:Q"), y=down, text="text:N"),
        )
        .properties(width=width, height=placed.height, padding=0)
        .configure(aria=False)
        .configure_view(stroke=None)
        .configure_text(font=FONT, fontSize=14, baseline="middle", align="left")
    )
    clear = {"background": None}  # the ground is the page's
    return _for_page(vl_convert.vegalite_to_svg(picture.to_dict() | clear))


def _placed(data: ChartData, scale: Scale, wording: Wording, letters: int) -> _Placed:
    placed = _Placed([], [], [], 0)
    colour = colours(data)
    y = 0
    for bar in data.bars:
        lines = broken(named(bar.label, wording), letters)
        placed.labels.extend({"text": line, "y": y + LINE * i + LINE // 2} for i, line in enumerate(lines))
        y += LINE * len(lines)
        end = 0.0
        for part in sorted(bar.parts, key=lambda part: part.name or ""):
            if part.value is not None:
                row = {"start": end, "end": end + part.value, "y": y, "bottom": y + BAR}
                placed.bars.append(row | {"colour": colour.get(part.name or "", COLOURS[0])})
                end += part.value
        placed.figures.append({"end": end, "y": y + BAR // 2, "text": said(bar, scale, wording)})
        y += BAR + GAP
    return replace(placed, height=y)


def _for_page(svg: str) -> str:
    """Let the page scale the drawing, set its ink, and leave its meaning to the figure around it."""
    opening = '<svg xmlns="http://www.w3.org/2000/svg" aria-hidden="true" focusable="false" '
    svg = re.sub(r"^<svg [^>]*?(?=viewBox)", opening, svg, count=1)
    return re.sub(r' font-family="[^"]*" font-size="14px" fill="black"', ' font-size="14" fill="currentColor"', svg)
