"""Says things in Thai or in English: texts, numbers, dates, periods, sizes.

The words themselves are data (`texts.yaml`, `catalogue_en.yaml`); this module only picks
and formats them. One `Wording` is one language; pages never ask which.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from pipelines.catalogue import Bilingual, vocabulary
from pipelines.periods import Period, PeriodKind
from pipelines.thai.years import BANGKOK, OFFSET

Code = Literal["th", "en"]
CODES: tuple[Code, Code] = ("th", "en")
KIBI = 1024


@cache
def _data(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))
    return loaded


@dataclass(frozen=True)
class Wording:
    """One language's way of saying things."""

    code: Code

    @property
    def page(self) -> str:
        """File name of a folder's page in this language."""
        return "index.html" if self.code == "th" else "index.en.html"

    @property
    def other(self) -> "Wording":
        """The other language."""
        return Wording("en" if self.code == "th" else "th")

    def say(self, key: str, **values: object) -> str:
        """Return the text of a key with `{places}` filled in; an unknown key is an error."""
        text: str = _data("texts.yaml")[key][self.code]
        return text.format(**values) if values else text

    def knows(self, key: str) -> bool:
        """Say whether there is a text of this key."""
        return key in _data("texts.yaml")

    def of(self, text: Bilingual) -> str:
        """Return a bilingual text in this language."""
        return text.th if self.code == "th" else text.en

    def catalogue_value(self, value: str) -> str:
        """Return a value of the government catalogue's closed lists; Thai is its own name."""
        return value if self.code == "th" else _data("catalogue_en.yaml").get(value, value)

    def licence(self, name: str) -> tuple[str, str]:
        """Return a licence's title and address."""
        found = vocabulary()["licences"][name]
        return found["title"][self.code], found["url"]

    def frequency(self, name: str) -> str:
        """Return how often a dataset is brought up to date."""
        title: str = vocabulary()["frequencies"][name]["title"][self.code]
        return title

    def topic(self, name: str) -> str:
        """Return what a topic of datasets is called."""
        title: str = vocabulary()["topics"][name]["title"][self.code]
        return title

    def number(self, value: float | Decimal, decimals: int | None = None) -> str:
        """Write a number with thousands separators; all the decimals
        that are not nought, or as many as told."""
        if decimals is None and value == int(value):
            decimals = 0
        return f"{value:,}" if decimals is None else f"{value:,.{decimals}f}"

    def size(self, count: int) -> str:
        """Write a number of bytes as people read it: `12 KB`, `3.4 MB`."""
        if count < KIBI:
            return f"{count:,} {self.say('unit.byte')}"
        if count < KIBI**2:
            return f"{count / KIBI:,.0f} KB"
        return f"{count / KIBI**2:,.1f} MB"

    def day(self, day: date) -> str:
        """Write a calendar day in full: `24 พฤศจิกายน 2569`, `24 November 2026`."""
        return f"{day.day} {self._month(day.month)} {self._year(day.year)}"

    def moment(self, moment: datetime) -> str:
        """Write the day a moment falls on in Bangkok."""
        return self.day(moment.astimezone(BANGKOK).date())

    def period(self, kind: PeriodKind, label: str) -> str:
        """Name a period: `ปีงบประมาณ พ.ศ. 2565`, `October 2022`."""
        period = Period(kind, label)
        if kind == "month":
            return f"{self._month(period.start.month)} {self._year(period.start.year)}"
        return self.say(
            f"period.{kind}", label=label, common=period.end.year if kind == "fiscal_year" else _common(label)
        )

    def period_days(self, kind: PeriodKind, label: str) -> str:
        """Say which days a period covers, both ends included."""
        period = Period(kind, label)
        return self.say("period.days", start=self.day(period.start), end=self.day(period.end - timedelta(days=1)))

    def field_title(self, field: dict[str, Any]) -> str:
        """Return a column's title in this language."""
        titles: dict[str, str] = field.get("titles", {})
        return titles.get(self.code) or str(field.get("title") or field["name"])

    def _month(self, number: int) -> str:
        name: str = _data("texts.yaml")["months"][self.code][number - 1]
        return name

    def _year(self, common: int) -> str:
        return str(common + OFFSET if self.code == "th" else common)


def _common(label: str) -> int:
    return int(label) - OFFSET
