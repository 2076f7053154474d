"""The whole way, to the end a citizen sees: a dataset is run, its page opened, its CSV taken."""

import csv
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pipelines.portals.static import StaticPortal
from pipelines.run import RunResult, run
from pipelines.workspace import Workspace
from tests.conftest import PROJECT

pytestmark = pytest.mark.browser
NAMES = [
    "budget/bma_strategy",
    "contracts/departments",
    "land_tax/assessments",
    "welfare/elderly_fund",
]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Say nothing."""


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(PROJECT, str(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def published(ws: Workspace) -> dict[str, RunResult]:
    """Every dataset, taken the whole way from its synthetic sample."""
    portal = StaticPortal(ws)
    return {name: run(ws, ws.dataset(name), period=None, location=None, portal=portal) for name in NAMES}


@pytest.fixture(scope="module")
def site(ws: Workspace, published: dict[str, RunResult]) -> Iterator[str]:
    assert published
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(Path(ws.home, "site"))))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("name", NAMES)
def test_from_the_first_page_to_the_csv_of_the_release(
    page: Page, site: str, ws: Workspace, published: dict[str, RunResult], name: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site}/index.html")
    page.locator(f'[data-dataset="{name}"]').get_by_role("link").first.click()
    expect(page.locator("h1")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="ดาวน์โหลด CSV").first.click()
    released = Path(published[name].files[0]["path"])
    assert download.value.path().read_bytes() == released.read_bytes()
    rows = list(csv.reader(released.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == published[name].files[0]["rows"] + 1
    charts = [chart for table in ws.dataset(name).spec.tables.values() for chart in table.charts]
    expect(page.locator("#charts figure")).to_have_count(len(charts))
    shown = page.locator("#preview tbody tr").first.inner_text()
    assert all(cell in shown for cell in rows[1][:1]), "the preview begins with the first row of the file"


def test_every_page_of_a_synthetic_sample_says_so_first(page: Page, site: str, published: dict[str, RunResult]) -> None:
    for name in published:
        page.goto(f"{site}/{name}/index.html")
        expect(page.get_by_role("note")).to_contain_text("ไม่ใช่ข้อมูลจริง")
