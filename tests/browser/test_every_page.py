"""Every page of every side, looked at by a machine: see checks.py for what it must be."""

import time

import pytest
from playwright.sync_api import Browser

from tests.browser.checks import Inspector
from tests.browser.chrome import device
from tests.browser.crawl import Crawl, Seen
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
    inspector.compare_looks()
    seconds = time.monotonic() - began
    print(f"\n{inspector.pages} pages of {len(patterns)} kinds, {inspector.audits} audits, {seconds:.0f} s")
    if inspector.findings:
        pytest.fail(str(inspector.findings), pytrace=False)
    assert inspector.pages >= FEWEST_PAGES, inspector.pages
    assert len(patterns) >= FEWEST_PATTERNS, sorted(patterns)


BAD_PAGE = """<!doctype html><html lang="nl"><title>Herstel van Jan</title><style>
 a.tiny { font-size: 10px } p.wide { width: 700px } p.pale { color: #ccc } </style>
 <body data-shell="guest"><main><h1>Een</h1><h1>Twee</h1><p class="wide pale">Bleek <a href="/x">in een zin</a>.</p>
 <p><a class="tiny" href="/y">y</a></p><button class="btn">Dit</button><button class="btn">Of dit</button>
 <p><a href="/z"><svg width="50" height="50"></svg></a></p><img src="http://elders.voorbeeld.nl/teken.png"><script>console.error("mis")</script></main></body></html>"""


def test_the_inspector_sees_what_is_wrong(browser: Browser, place: Place) -> None:
    """Teeth: a page with one of each fault gives each complaint, and only those."""
    inspector = Inspector(place.url)
    context = device(browser, place)
    try:
        page = context.new_page()
        inspector.watch(page)
        page.route("**/bad-page/", lambda route: route.fulfill(body=BAD_PAGE, content_type="text/html"))
        page.goto("/bad-page/")
        inspector.inspect(Seen("tand", "bad-page/", "", "/bad-page/", 200), page)
    finally:
        context.close()
    inspector.looks["guest", "btn"] = {"1px | red": "here", "1px | blue": "there"}
    inspector.compare_looks()
    told = str(inspector.findings)
    for words in (
        *(
            "2 × h1",
            "an icon without a word",
            "btn (guest) looks otherwise: red ≠ blue",
            "2 main buttons",
            "target under 44 px: <a.tiny>",
            "reflow: ",
            "title without",
            "that tells something",
        ),
        *("request to elders.voorbeeld.nl", "console: mis", "axe image-alt (light)", "axe color-contrast (light)"),
        *("axe color-contrast (dark)", "axe color-contrast (rustig)"),
    ):
        assert words in told, f"{words!r} is missing in:\n{told}"
    assert "<a> “in een zin”" not in told, "a link in a sentence is exempt from the size of targets"
