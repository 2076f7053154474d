"""The quality, privacy and change reports of a release, in words a citizen understands.

Reads the release's JSON reports and says each finding as one sentence. Figures are said as
they stand in the report and never worked out anew, but for adding up.
"""

from typing import Any

from pipelines.portals.entries import SiteEntry
from pipelines.portals.site.wording import Wording


def quality(report: dict[str, Any], entry: SiteEntry, wording: Wording) -> list[str]:
    """Say what was checked in the source, what was mended and what was left out."""
    said: list[str] = []
    for table in report["tables"].values():
        if "rows_read" in table:
            said += _source(table, wording)
        said += _gaps(table, entry, wording)
    return said


def _source(table: dict[str, Any], wording: Wording) -> list[str]:
    """What validation found in one table of the source."""
    count = wording.number
    subtotals = table["subtotals"]
    said = [wording.say("quality.rows", read=count(table["rows_read"]), rows=count(table["rows"]))]
    if subtotals["exact"]:
        said.append(wording.say("quality.subtotals", count=count(subtotals["exact"])))
    if subtotals["rounding"]:
        said.append(wording.say("quality.rounding", count=count(subtotals["rounding"])))
    for fault in subtotals["acknowledged"]:
        said.append(wording.say("quality.acknowledged", row=count(fault["row"]), reason=_in(fault["reason"], wording)))
    for mended in table["corrections"]:
        said.append(wording.say("quality.corrected", count=count(mended["count"]), reason=_in(mended["reason"], wording)))
    if table["tidied"]:
        said.append(wording.say("quality.tidied", count=count(sum(table["tidied"].values()))))
    return said


def _gaps(table: dict[str, Any], entry: SiteEntry, wording: Wording) -> list[str]:
    """Which published columns have empty cells."""
    titles = {field["name"]: wording.field_title(field) for field in entry.dataset.public_schema["fields"]}
    return [
        wording.say("quality.gap", column=titles[column], share=f"{100 * (1 - float(share)):.2f}")
        for column, share in table["fill"].items()
        if column in titles and float(share) < 1
    ]


def _in(text: dict[str, str], wording: Wording) -> str:
    return text[wording.code]
