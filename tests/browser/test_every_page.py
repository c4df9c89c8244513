"""Every page of every side, looked at by a machine: see checks.py for what it must be."""

import time

import pytest
from playwright.sync_api import Browser

from tests.browser.checks import Inspector
from tests.browser.crawl import Crawl
from tests.browser.place import Place

pytestmark = pytest.mark.browser
FEWEST_PAGES, FEWEST_PATTERNS = 200, 80  # fewer means that the crawl lost its way, and proves nothing


def test_every_page(browser: Browser, place: Place) -> None:
    inspector = Inspector(place.url)
    crawl = Crawl(browser, place, inspector.watch)
    patterns = set()
    began = time.monotonic()
    for seen, page in crawl.pages():
        patterns.add(seen.pattern)
        inspector.inspect(seen, page)
    for stuck in crawl.stuck:
        inspector.findings.add("a journey got stuck", stuck)
    seconds = time.monotonic() - began
    print(f"\n{inspector.pages} pages of {len(patterns)} kinds, {inspector.audits} audits, {seconds:.0f} s")
    assert not inspector.findings, f"\n{inspector.findings}"
    assert inspector.pages >= FEWEST_PAGES, inspector.pages
    assert len(patterns) >= FEWEST_PATTERNS, sorted(patterns)
