"""The website of files in a real browser, from disk and from a server, on a desk and on a phone."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from pipelines.portals.entries import SiteEntry
from pipelines.portals.site import render
from tests.site_sample import BUDGET, EGP, ELDERLY, LAND, entries, place_files

pytestmark = pytest.mark.browser

#: What has the focus: text, class, outline; null once it has left the page's end.
FOCUSED = """() => {
    const it = document.activeElement, shown = getComputedStyle(it);
    const seen = [it.innerText.slice(0, 20), it.className, shown.outlineStyle, shown.outlineWidth];
    return it === document.body ? null : seen;
}"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Say nothing."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> list[SiteEntry]:
    return entries(tmp_path_factory.mktemp("releases"))


@pytest.fixture(scope="module")
def folder(published: list[SiteEntry], tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = tmp_path_factory.mktemp("site")
    render(published, site)
    place_files(published, site)
    return site


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _search(page: Page, text: str) -> list[str]:
    page.get_by_role("searchbox").fill(text)
    return [str(card.get_attribute("data-dataset")) for card in page.locator("[data-dataset]:visible").all()]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ผู้สูงอายุ", [ELDERLY]),  # in the middle of an unspaced title
        ("ท้องถิ่น", [ELDERLY]),  # at its end
        ("ที่ดิน", [LAND]),
        ("จัดซื้อ", [EGP]),
        ("อปท.", [ELDERLY]),  # an abbreviation stands for the name
        ("กทม", [BUDGET]),
        ("กรุงเทพฯ", [BUDGET]),
        ("land tax", [LAND]),
        ("LAND", [LAND]),
        ("๒๕๖๕ งบประมาณ", [BUDGET]),  # Thai digits, two words
        ("2565 งบประมาณ", [BUDGET]),
        ("จำนวนเงิน", [ELDERLY]),  # the title of a column
        ("จํานวนเงิน", [ELDERLY]),  # sara am as two characters
        ("age_band", []),  # names of columns are for programs; their titles are searched
        ("Age group", [ELDERLY]),  # English finds too on the Thai page
        ("สพม", []),  # พม is an abbreviation only where it stands alone
        ("ที่ดน", []),  # vowels are not folded away
    ],
)
def test_a_citizen_finds_a_dataset_by_a_word_inside_unspaced_thai(
    page: Page, folder: Path, query: str, found: list[str]
) -> None:
    page.goto((folder / "index.html").as_uri())
    assert _search(page, query) == found


def test_how_many_were_found_is_announced_and_an_empty_result_says_so(page: Page, folder: Path) -> None:
    page.goto((folder / "index.html").as_uri())
    status = page.get_by_role("status")
    assert status.get_attribute("aria-live") == "polite"
    _search(page, "ผู้สูงอายุ")
    expect(status).to_have_text("พบ 1 จาก 4 ชุดข้อมูล")
    assert _search(page, "<b>ยานอวกาศ</b>") == []
    expect(status).to_have_text("ไม่พบชุดข้อมูลที่ตรงกับ “<b>ยานอวกาศ</b>”")
    page.get_by_role("button", name="ล้างคำค้น").click()
    expect(page.locator("[data-dataset]:visible")).to_have_count(4)
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_without_javascript_the_whole_catalogue_is_there_and_no_dead_search_box(
    chromium: Browser, folder: Path
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((folder / "index.html").as_uri())
    expect(page.locator("[data-dataset]:visible")).to_have_count(4)
    expect(page.locator("#search")).to_be_hidden()
    context.close()


def test_the_language_can_be_switched_and_stays_while_reading_on(page: Page, served: str) -> None:
    page.goto(served + "/")
    assert page.evaluate("document.documentElement.lang") == "th"
    page.get_by_role("link", name="English").click()
    assert page.evaluate("document.documentElement.lang") == "en"
    page.get_by_role("link", name="Bangkok development plan budget").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bangkok development plan budget")
    page.get_by_role("link", name="ไทย").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("งบประมาณตามแผนพัฒนากรุงเทพมหานคร")


def test_thai_words_on_an_english_page_are_marked_as_thai_for_screen_readers(page: Page, folder: Path) -> None:
    page.goto((folder / BUDGET / "index.en.html").as_uri())
    cell = page.locator("#preview td", has_text="มหานครสีเขียว").first
    expect(cell.locator("[lang=th]")).to_have_count(1)


@pytest.mark.parametrize("place", ["disk", "server"])
def test_the_csv_that_is_downloaded_has_the_bytes_of_the_release(
    page: Page, folder: Path, served: str, published: list[SiteEntry], place: str
) -> None:
    root = folder.as_uri() if place == "disk" else served
    page.goto(f"{root}/{BUDGET}/index.html")
    with page.expect_download() as download:
        page.get_by_role("link", name="ดาวน์โหลด CSV").click()
    (entry,) = [entry for entry in published if entry.dataset.name == BUDGET]
    released = entry.releases[entry.live["2565"]] / "lines.csv"
    assert download.value.path().read_bytes() == released.read_bytes()
    page.get_by_text("ไฟล์ทั้งหมด ขนาด และค่าตรวจสอบ").first.click()
    expect(page.locator("#downloads")).to_contain_text(hashlib.sha256(released.read_bytes()).hexdigest())


def test_every_address_of_the_website_leads_somewhere_in_it(page: Page, folder: Path) -> None:
    dead = []
    for html in sorted(folder.rglob("*.html")):
        page.goto(html.as_uri())
        for address in page.eval_on_selector_all("[href], [src]", "all => all.map(e => e.href || e.src)"):
            if address.startswith("file:"):
                target, _, fragment = address.removeprefix("file://").partition("#")
                inside = not fragment or f'id="{fragment}"' in Path(target).read_text(encoding="utf-8")
                if not Path(target).is_file() or not inside:
                    dead.append((html.name, address))
            else:
                assert address.startswith(("mailto:", "https://creativecommons.org/", "data:,"))
    assert dead == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("path", ["index.html", "index.en.html", f"{ELDERLY}/index.html", f"{BUDGET}/index.en.html"])
def test_axe_finds_no_serious_fault_and_the_page_does_not_scroll_sideways(
    page: Page, folder: Path, path: str, width: int, scheme: Any
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.goto((folder / path).as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    assert [(v["id"], v["impact"], [n["target"] for n in v["nodes"]]) for v in found] == []


def test_the_keyboard_reaches_everything_and_shows_where_it_is(page: Page, folder: Path) -> None:
    page.goto((folder / ELDERLY / "index.html").as_uri())
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    seen: list[list[str]] = []
    while focused := page.evaluate(FOCUSED):
        seen.append(focused)
        page.keyboard.press("Tab")
    assert [each for each in seen if each[2:] != ["solid", "3px"]] == []
    assert any("ดาวน์โหลด CSV" in text for text, *_ in seen)
    assert any(name == "scroll" for _, name, *_ in seen)


def test_thai_is_set_in_the_font_that_comes_with_the_website(page: Page, served: str) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{served}/{ELDERLY}/")
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px \"Noto Sans Thai\"', 'น้ำ'))")
    assert f"{served}/assets/NotoSansThai.ttf" in requests
    text = page.locator(".chart-wide svg text").first
    assert "Noto Sans Thai" in text.evaluate("e => getComputedStyle(e).fontFamily")


@pytest.mark.parametrize("width", [1280, 360])
def test_no_label_of_a_chart_is_cut_off(page: Page, folder: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for name in (ELDERLY, BUDGET, LAND):
        page.goto((folder / name / "index.html").as_uri())
        page.evaluate("document.fonts.ready")
        for text in page.locator(".chart svg text:visible").all():
            box = text.bounding_box()
            frame = text.locator("xpath=ancestor::figure").bounding_box()
            assert box
            assert frame
            assert box["x"] >= frame["x"]
            assert box["x"] + box["width"] <= frame["x"] + frame["width"], text.text_content()


def test_hidden_cells_are_shown_as_hidden_and_never_as_zero(page: Page, folder: Path) -> None:
    page.goto((folder / ELDERLY / "index.html").as_uri())
    figure = page.locator("figure").first
    figure.locator("summary").click()
    expect(figure.get_by_role("row", name="น่าน")).to_contain_text("ปกปิด")
    expect(figure).to_contain_text("ไม่ได้แปลว่าศูนย์")
    assert page.locator("#preview td.muted", has_text="ปกปิด").count() == 4


def test_a_synthetic_sample_is_called_so_before_anything_else(page: Page, folder: Path) -> None:
    page.goto((folder / ELDERLY / "index.html").as_uri())
    banner = page.get_by_role("note")
    expect(banner).to_contain_text("ไม่ใช่ข้อมูลจริง")
    page.goto((folder / BUDGET / "index.html").as_uri())
    expect(page.get_by_role("note")).to_have_count(0)
