"""The website of files: pages, charts, search and the catalogue for machines.

`render` writes the pages and their assets; the data files beside them
(`<topic>/<name>/<release>/…` and `…/latest/…`) are the portal's to place. The pages work
from a file server and from a disk, ask nothing of any other place, and are the same bytes
for the same entries.

Addresses in the catalogue for machines are below `OPENDATA_SITE_URL` where that is set
(`https://data.example.go.th/`), else relative to the website's root.
"""

import json
import os
import shutil
from pathlib import Path

import fontpkg

from pipelines.catalogue import Bilingual
from pipelines.portals import Tombstone
from pipelines.portals.entries import SiteEntry
from pipelines.portals.site.charts import FONT
from pipelines.portals.site.dcat import CatalogueGraph
from pipelines.portals.site.pages import dataset_page, index_page, withdrawn_page
from pipelines.portals.site.wording import CODES, Wording

ASSETS = Path(__file__).parent / "assets"


def render(entries: list[SiteEntry], out: Path) -> None:
    """Write the website's pages, assets and catalogues into the folder `out`."""
    in_order = sorted(entries, key=lambda entry: entry.dataset.name)
    for wording in (Wording(code) for code in CODES):
        _write(out / wording.page, index_page(in_order, wording))
        for entry in in_order:
            _write(out / entry.dataset.name / wording.page, dataset_page(entry, wording))
    graph = CatalogueGraph.of_catalogue([entry for entry in in_order if entry.live], _base())
    _write(out / "catalog.ttl", graph.turtle())
    _write(out / "catalog.jsonld", json.dumps(graph.json_ld(), ensure_ascii=False, indent=1))
    _assets(out / "assets")


def render_withdrawn(tombstone: Tombstone, title: Bilingual | None, out: Path) -> None:
    """Write the page of a dataset that was withdrawn: when and why, and nothing of the data."""
    for wording in (Wording(code) for code in CODES):
        _write(out / tombstone.dataset / wording.page, withdrawn_page(tombstone, title, wording))


def _base() -> str:
    given = os.environ.get("OPENDATA_SITE_URL", "")
    return f"{given.rstrip('/')}/" if given else ""


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _assets(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for asset in sorted(ASSETS.iterdir()):
        shutil.copyfile(asset, folder / asset.name)
    font = fontpkg.path(FONT)
    shutil.copyfile(font, folder / "NotoSansThai.ttf")
    shutil.copyfile(font.parents[1] / "LICENSE", folder / "NotoSansThai-LICENSE.txt")
