"""The quality, privacy and change reports of a release, in words a citizen understands.

Reads the release's JSON reports and says each finding as one sentence. Figures are said as
they stand in the report and never worked out anew, but for adding up.
"""

from typing import Any

from pipelines.catalogue import Bilingual
from pipelines.dataset_files import Dataset
from pipelines.portals.site.released import ReleasedTable
from pipelines.portals.site.wording import Wording


def quality(report: dict[str, Any], dataset: Dataset, released: list[ReleasedTable], wording: Wording) -> list[str]:
    """Say what was checked in the source, what was mended and what was left out."""
    public = {field["name"]: wording.field_title(field) for table in released for field in table.fields}
    titles = _titles(dataset, wording) | public
    said = [wording.say("quality.absent", part=name) for name in report.get("source", {}).get("absent", ())]
    said += [_files(part, files, wording) for part, files in report.get("files", {}).items()]
    for table in report["tables"].values():
        if "rows_read" in table:
            said += _source(table, titles, wording)
        said += _gaps(table, public, wording)
    return said


def _source(table: dict[str, Any], titles: dict[str, str], wording: Wording) -> list[str]:
    """What validation found in one table of the source."""
    count = wording.number
    subtotals = table["subtotals"]
    said = [wording.say("quality.rows", read=count(table["rows_read"]), rows=count(table["rows"]))]
    if subtotals["exact"]:
        said.append(wording.say("quality.subtotals", count=count(subtotals["exact"])))
    if subtotals["rounding"]:
        said.append(wording.say("quality.rounding", count=count(subtotals["rounding"])))
    faults: dict[tuple[int, str], list[str]] = {}
    for fault in subtotals["acknowledged"]:
        column = titles.get(fault["column"], fault["column"])
        faults.setdefault((fault["row"], fault["reason"][wording.code]), []).append(f"“{column}”")
    said += [
        wording.say("quality.acknowledged", row=count(row), columns=", ".join(columns), reason=reason)
        for (row, reason), columns in faults.items()
    ]
    said += [
        wording.say("quality.corrected", count=count(mended["count"]), reason=mended["reason"][wording.code])
        for mended in table["corrections"]
    ]
    if table["tidied"]:
        said.append(wording.say("quality.tidied", count=count(sum(table["tidied"].values()))))
    if days := sum(table.get("assumed_days", {}).values()):
        said.append(wording.say("quality.days", count=count(days)))
    for column, found in table.get("look_ups", {}).items():
        for what in ("repaired", "missed"):
            if found[what]:
                title = titles.get(column, column)
                said.append(wording.say(f"quality.{what}", column=title, count=count(found[what])))
    return said


def _files(part: str, files: dict[str, Any], wording: Wording) -> str:
    """Of a drop of files which are not in the figures."""
    read, refused = wording.number(files["read"]), [fate["file"] for fate in files["refused"]]
    named = f"{part}: " if part else ""
    if not refused:
        return named + wording.say("quality.drop", read=read)
    count = wording.number(len(refused))
    return named + wording.say("quality.refused", read=read, count=count, files=", ".join(refused))


def _titles(dataset: Dataset, wording: Wording) -> dict[str, str]:
    """Titles of the columns before and after anonymisation, as defined today."""
    schemas = [*dataset.source_schemas.values(), dataset.public_schema]
    return {field["name"]: wording.field_title(field) for schema in schemas for field in schema["fields"]}


def _gaps(table: dict[str, Any], titles: dict[str, str], wording: Wording) -> list[str]:
    """Which published columns have empty cells."""
    return [
        wording.say("quality.gap", column=titles[column], share=f"{100 * (1 - float(share)):.2f}")
        for column, share in table["fill"].items()
        if column in titles and float(share) < 1
    ]


def privacy(report: dict[str, Any], dataset: Dataset, released: list[ReleasedTable], wording: Wording) -> list[str]:
    """Say what was removed, what was hidden, by which thresholds, and how that was tried."""
    said = _columns(report["columns"], dataset, wording)
    if not said and not any(table["protected"] for table in report["tables"].values()):
        said.append(wording.say("privacy.nobody"))
    names = {table.name: wording.of(table.title) for table in released}
    for table in released:
        said += _records(names, table.name, report["tables"][table.name], wording)
        said += _table(wording.of(table.title), report["tables"][table.name], report["model"], wording)
        for column, count in report["tables"][table.name].get("withheld", {}).items():
            if count:
                title = _titles(dataset, wording).get(column, column)
                said.append(wording.say("privacy.withheld", column=title, count=wording.number(count)))
    return [*said, wording.say("privacy.scanned", count=wording.number(len(report["scan"])))]


def _columns(columns: dict[str, dict[str, str]], dataset: Dataset, wording: Wording) -> list[str]:
    """What became of the columns that are about persons; open columns are not spoken of."""
    titles = _titles(dataset, wording)
    became: dict[str, list[str]] = {}
    for name, column in columns.items():
        if column["class"] != "open" and column["treatment"] != "published":
            what = "removed" if column["class"] == "direct" else column["treatment"].partition(" to ")[0]
            became.setdefault(what, []).append(titles.get(name, name))
    keys = {
        "removed": "privacy.removed",
        "generalised": "privacy.generalised",
        "aggregated": "privacy.aggregated",
        "not published": "privacy.unpublished",
    }
    return [wording.say(key, columns=", ".join(became[what])) for what, key in keys.items() if what in became]


def _records(names: dict[str, str], name: str, table: dict[str, Any], wording: Wording) -> list[str]:
    """Of records that another table shows: by which, and which of its cells have none all the same."""
    if not (by := table.get("shown_by")):
        return []
    said = [wording.say("privacy.shown_by", table=names[name], by=names.get(by, by))]
    if table["too_uniform"]:
        said.append(wording.say("privacy.too_uniform", table=names[name], count=wording.number(table["too_uniform"])))
    return said


def _table(title: str, table: dict[str, Any], model: dict[str, Any], wording: Wording) -> list[str]:
    """How one published table protects the persons in it."""
    if not table["protected"]:
        return [wording.say("privacy.impersonal", table=title)]
    if table["kind"] == "microdata" and table["smallest_group"] is None:
        return []  # there are no records
    if table["kind"] == "microdata":
        smallest = wording.number(table["smallest_group"])
        return [wording.say("privacy.groups", table=title, k=model["k"], smallest=smallest)]
    if table.get("no_rows"):
        return [wording.say("privacy.no_rows", table=title, k=model["k"])]
    said = [
        wording.say(f"privacy.{what}", table=title, k=model["k"], count=wording.number(table[what]))
        for what in ("hidden", "without_sums")
        if table[what]
    ]
    if not said:
        return [wording.say("privacy.nothing_small", table=title, k=model["k"])]
    if table["narrowest"] is not None:
        said.append(wording.say("privacy.attacked", table=title, width=wording.number(table["narrowest"])))
    return said


def changes(report: dict[str, Any], released: list[ReleasedTable], wording: Wording) -> list[str]:
    """Say what is new against the release before."""
    if report["previous"] is None:
        return [wording.say("changes.first")]
    said = [wording.of(Bilingual(**change["note"])) for change in report.get("schema_changes", [])]
    for table in released:
        found = report["tables"][table.name]
        title = wording.of(table.title)
        counts = {what: wording.number(found[what]) for what in ("added", "changed", "removed")}
        said.append(wording.say("changes.rows", table=title, previous=report["previous"], **counts))
        for what, columns in found["columns"].items():
            if columns:
                said.append(wording.say(f"changes.columns_{what}", table=title, columns=", ".join(columns)))
    return said
