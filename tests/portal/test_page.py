"""The pages of a CKAN portal, in Thai, wide and narrow: what stands there, in which order, and the download."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import browsing
from tests.portal.catalogue import Catalogue

pytestmark = pytest.mark.browser
CONTRACTS, FUND = "contracts/contracts", "welfare/elderly_fund"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsing.running() as browser:
        yield browser


@pytest.fixture(params=[1280, 390])
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    with browsing.fresh_page(chromium, request.param) as page:
        yield page


def top(part: Locator) -> float:
    box = part.bounding_box()
    assert box
    return box["y"]


def test_a_page_names_the_dataset_and_its_files_the_newest_first(page: Page, dga: Catalogue) -> None:
    shown = dga.shown(CONTRACTS)
    page.goto(f"{dga.portal.address}/dataset/{shown['name']}")
    expect(page.locator("html")).to_have_attribute("lang", "th")
    expect(page.get_by_role("heading", level=1, name=shown["title"]).last).to_be_visible()
    links = page.locator(".resource-item a.heading")
    expect(links).to_have_count(len(shown["resources"]))
    for link, resource in zip(links.all(), shown["resources"], strict=True):
        expect(link).to_be_visible()
        assert (link.get_attribute("href") or "").endswith(resource["id"])
    assert shown["resources"][0]["pipeline_key"] == "latest/contracts.csv"
    names = [link.inner_text() for link in links.all()]
    assert len(set(names)) == len(names), "names are told apart even where a list cuts them"


@pytest.mark.parametrize("path", ["dataset/{name}", "dataset/{name}/resource/{resource}"])
def test_a_page_shows_no_field_that_says_nothing(page: Page, dga: Catalogue, path: str) -> None:
    shown = dga.shown(FUND)
    resource = shown["resources"][0]["id"]
    page.goto(f"{dga.portal.address}/{path.format(name=shown['name'], resource=resource)}")
    cells = page.locator("table.table-condensed tbody tr:has(th):not(.toggle-more) td")
    texts = [cell.text_content() or "" for cell in cells.all()]
    assert len(texts) >= 5
    assert [number for number, text in enumerate(texts) if not text.strip()] == []
    if "resource" not in path:
        expect(page.locator("table.table-condensed")).to_contain_text(dga.ws.dataset(FUND).spec.title.en)


def test_a_table_is_shown_with_its_thai_labels(page: Page, dga: Catalogue) -> None:
    shown = dga.shown(FUND)
    page.goto(f"{dga.portal.address}/dataset/{shown['name']}")
    page.locator(".resource-item a.heading").first.click()
    table = page.frame_locator("iframe").first
    for field in dga.described(FUND)["fund_by_province"]["schema"]["fields"]:
        assert re.search("[ก-๙]", field["titles"]["th"])
        expect(table.locator("thead").first).to_contain_text(field["titles"]["th"])
    rows = table.locator("#dtprv tbody tr")
    expect(rows).to_have_count(20)
    expect(rows.first).to_contain_text("กรุงเทพมหานคร")


def test_the_button_downloads_the_file_of_the_release(page: Page, dga: Catalogue) -> None:
    shown = dga.shown(FUND)
    page.goto(f"{dga.portal.address}/dataset/{shown['name']}/resource/{shown['resources'][0]['id']}")
    button = page.get_by_role("link", name="ดาวน์โหลด").first
    expect(button).to_be_visible()
    aside = page.locator("aside.secondary")
    assert top(page.locator("section.module-resource")) < top(aside), "the data come first, on a telephone too"
    with page.expect_download() as download:
        button.click()
    assert download.value.path().read_bytes() == dga.released(FUND, "fund_by_province.csv")
    assert download.value.suggested_filename == "fund_by_province.csv"


def test_the_list_beside_a_file_says_of_each_what_it_is(page: Page, dga: Catalogue) -> None:
    """It shows some twenty characters of a name, and of a long Thai word nothing where a blank goes before it."""
    shown = dga.shown(CONTRACTS)
    page.goto(f"{dga.portal.address}/dataset/{shown['name']}/resource/{shown['resources'][0]['id']}")
    names = page.locator("aside.secondary .resources li.nav-item a").all_inner_texts()
    assert len(names) == len(shown["resources"])
    period = dga.runs[CONTRACTS].period
    assert [
        name for name in names if len(re.findall("[ก-๙]", name)) < 8 and not name.startswith(f"{period}\xa0·\xa0ทั้งชุด")
    ] == []
