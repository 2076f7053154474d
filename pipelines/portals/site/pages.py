"""The two kinds of page: the catalogue and a dataset, each in Thai and in English.

Gathers what a page says and hands it to a template. Templates escape everything; the only
markup that comes in ready is the charts'.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from pipelines.catalogue import Bilingual
from pipelines.periods import Period
from pipelines.portals import Tombstone
from pipelines.portals.entries import SiteEntry
from pipelines.portals.site import reports, search, tables
from pipelines.portals.site.dcat import CatalogueGraph
from pipelines.portals.site.figures import Figure, figure
from pipelines.portals.site.metadata import metadata
from pipelines.portals.site.released import (
    ReleasedTable,
    is_synthetic,
    periods,
    released_files,
    released_tables,
    report,
)
from pipelines.portals.site.wording import CODES, Wording

ROOT_FROM_DATASET = "../../"


@cache
def environment() -> jinja2.Environment:
    """Return the templates: everything is escaped, an unknown name is an error."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}
    made.tests["thai"] = lambda text: re.search(r"[ก-๙]", str(text)) is not None
    made.globals["languages"] = [Wording(code) for code in CODES]
    return made


def index_page(entries: list[SiteEntry], wording: Wording) -> str:
    """Return the catalogue's page: every live dataset, by topic."""
    live = [entry for entry in entries if entry.live]
    topics = [
        {"name": topic, "cards": [_card(entry, wording) for entry in live if entry.dataset.topic == topic]}
        for topic in sorted({entry.dataset.topic for entry in live})
    ]
    template = environment().get_template("index.html")
    return template.render(w=wording, root="", topics=topics, index=search.index(live))


def dataset_page(entry: SiteEntry, wording: Wording) -> str:
    """Return a dataset's page."""
    template = environment().get_template("dataset.html")
    return template.render(w=wording, root=ROOT_FROM_DATASET, d=_dataset(entry, wording))


def withdrawn_page(tombstone: Tombstone, title: Bilingual | None, wording: Wording) -> str:
    """Return the page of a dataset that was withdrawn; its title where it is known still."""
    template = environment().get_template("withdrawn.html")
    moment = wording.moment(datetime.fromisoformat(tombstone.withdrawn_at))
    name = wording.of(title) if title else tombstone.dataset
    return template.render(w=wording, root=ROOT_FROM_DATASET, title=name, tombstone=tombstone, day=moment)


def _card(entry: SiteEntry, wording: Wording) -> dict[str, Any]:
    spec = entry.dataset.spec
    return {
        "name": entry.dataset.name,
        "title": wording.of(spec.title),
        "description": wording.of(spec.description),
        "publisher": wording.of(spec.publisher.name),
        "period": wording.period(spec.period.kind, periods(entry)[0]),
        "published": wording.moment(entry.published_at),
        "synthetic": is_synthetic(entry),
    }


@dataclass(frozen=True)
class Fact:
    """One line of a dataset's short description."""

    name: str
    text: str
    link: str | None = None
    note: str | None = None


def _dataset(entry: SiteEntry, wording: Wording) -> dict[str, Any]:
    spec = entry.dataset.spec
    view = {
        "title": wording.of(spec.title),
        "description": wording.of(spec.description),
        "topic": entry.dataset.topic,
        "synthetic": is_synthetic(entry),
        "facts": _facts(entry, wording),
        "history": tables.history(entry, wording),
        "metadata": metadata(entry, wording),
        "linked_data": [],
        "live": bool(entry.live),
        "changes": [],
        "sections": ["history", "metadata"],
    }
    return view | _newest(entry, wording) if entry.live else view


def _newest(entry: SiteEntry, wording: Wording) -> dict[str, Any]:
    """What the page says of the newest period's release."""
    spec, period = entry.dataset.spec, periods(entry)[0]
    release = entry.live[period]
    released = released_tables(entry, release)
    figures = _figures(released, wording)
    parts = ["downloads", *(["charts"] if figures else []), "preview", "dictionary", "quality", "privacy"]
    return {
        "sections": [*parts, "history", "metadata"],
        "period": wording.period(spec.period.kind, period),
        "release": release,
        "downloads": released,
        "files": tables.files(entry, release, wording),
        "other_periods": tables.other_periods(entry, wording),
        "figures": figures,
        "previews": [tables.preview(table, wording) for table in released],
        "dictionaries": [tables.dictionary(table, wording) for table in released],
        "quality": reports.quality(report(entry, release, "quality"), entry.dataset, released, wording),
        "privacy": reports.privacy(report(entry, release, "privacy"), entry.dataset, released, wording),
        "changes": reports.changes(report(entry, release, "changelog"), released, wording),
        "linked_data": [_dcat(entry), _schema_org(entry, wording)],
    }


def _facts(entry: SiteEntry, wording: Wording) -> list[Fact]:
    spec = entry.dataset.spec
    kind = spec.period.kind
    licence, address = wording.licence(spec.licence)
    facts = [
        Fact(wording.say("dataset.publisher"), wording.of(spec.publisher.name)),
        Fact(
            wording.say("dataset.contact"),
            wording.of(spec.publisher.contact_unit),
            link=f"mailto:{spec.publisher.email}",
            note=spec.publisher.email,
        ),
        Fact(wording.say("dataset.licence"), licence, link=address),
        Fact(wording.say("dataset.frequency"), wording.frequency(spec.update_frequency)),
    ]
    for period in periods(entry)[:1]:
        named, days = wording.period(kind, period), wording.period_days(kind, period)
        facts.append(Fact(wording.say("dataset.period"), named, note=days))
        facts.append(Fact(wording.say("dataset.published"), wording.moment(entry.published_at)))
    return facts


def _figures(released: list[ReleasedTable], wording: Wording) -> list[Figure]:
    return [
        figure(table, table.definition, chart, ident=f"chart-{table.name}-{number}", wording=wording)
        for table in released
        if table.definition and table.csv.rows != 0
        for number, chart in enumerate(table.definition.charts, start=1)
    ]


def _dcat(entry: SiteEntry) -> dict[str, Any]:
    graph = CatalogueGraph()
    graph.dataset(entry)
    return graph.json_ld(root=ROOT_FROM_DATASET)


def _schema_org(entry: SiteEntry, wording: Wording) -> dict[str, Any]:
    """Return the description that search engines for data sets read (schema.org)."""
    spec, period = entry.dataset.spec, periods(entry)[0]
    covered = Period(spec.period.kind, period)
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": wording.of(spec.title),
        "alternateName": wording.other.of(spec.title),
        "description": wording.of(spec.description),
        "keywords": list(spec.catalogue.keywords),
        "inLanguage": wording.code,
        "isAccessibleForFree": True,
        "license": wording.licence(spec.licence)[1],
        "creator": {"@type": "Organization", "name": wording.of(spec.publisher.name), "email": spec.publisher.email},
        "dateModified": entry.published_at.isoformat(),
        "temporalCoverage": f"{covered.start.isoformat()}/{(covered.end - timedelta(days=1)).isoformat()}",
        "spatialCoverage": "Thailand",
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": file.format, "contentUrl": file.latest_address}
            for file in released_files(entry, entry.live[period])
            if file.table
        ],
    }
