"""One headless Chromium (Debian's), and a fresh page of it that may speak only to this machine.

Anything a page asks for that is not on this machine fails the test that asked: the website
promises to make no outside request, and so does the Dagster interface when it is local.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def running() -> Iterator[Browser]:
    """Start the browser; end it with its event loop."""
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"{CHROMIUM} is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def fresh_page(browser: Browser, width: int = 1280) -> Iterator[Page]:
    """Open a page of that width and 900 high."""
    outside: list[str] = []

    def only_here(route: Route) -> None:
        if urlsplit(route.request.url).hostname in {None, "127.0.0.1", "localhost"}:
            route.fallback()
        else:
            outside.append(route.request.url)
            route.abort()

    context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
    context.route("**/*", only_here)
    yield context.new_page()
    context.close()
    assert outside == [], "the page asked for something outside this machine"
