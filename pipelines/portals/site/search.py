"""What the catalogue's search box looks through: the words of each dataset, and aliases.

Only gathers text. Folding (Thai digits, sara am, case) and finding are done in the page, by
`assets/search.js`, and nowhere else.
"""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipelines.portals.entries import SiteEntry
from pipelines.portals.site.released import periods, released_tables
from pipelines.portals.site.wording import CODES, Wording


@cache
def aliases() -> list[dict[str, list[str]]]:
    """Return the reviewed groups of names."""
    loaded: list[dict[str, list[str]]] = yaml.safe_load(
        Path(__file__).with_name("search_aliases.yaml").read_text(encoding="utf-8")
    )
    return loaded


def index(entries: list[SiteEntry]) -> dict[str, Any]:
    """Return what the page embeds: `datasets` (name -> text) and `aliases`."""
    return {"datasets": {entry.dataset.name: _text(entry) for entry in entries}, "aliases": aliases()}


def _text(entry: SiteEntry) -> str:
    """Everything worth finding a dataset by, in both languages, one thing a line."""
    dataset, spec = entry.dataset, entry.dataset.spec
    released = released_tables(entry, entry.live[periods(entry)[0]])
    lines = [dataset.name, *spec.catalogue.keywords]
    for wording in (Wording(code) for code in CODES):
        texts = [spec.title, spec.description, spec.publisher.name, spec.publisher.contact_unit]
        texts += [table.title for table in released]
        lines += [wording.of(text) for text in texts]
        lines += [wording.topic(dataset.topic)]
        lines += [wording.period(spec.period.kind, period) for period in sorted(entry.live)]
        lines += [wording.field_title(field) for table in released for field in table.fields]
    return "\n".join(dict.fromkeys(lines))
