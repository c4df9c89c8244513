"""What a cheap phone and a shared device may count on: little to fetch, no script needed, nothing left behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, Route

from tests.browser import walking
from tests.browser.chrome import DESK, PHONE, become, device
from tests.browser.journeys import in_days
from tests.browser.people import Somebody
from tests.browser.place import Place, wait_for

pytestmark = pytest.mark.browser

FIRST, LATER = 120_000, 40_000  # bytes over the wire (ux.md §3.10)
SHIFT = 0.02
WEATHER = "https://www.knmi.nl/"
LATER_PAGES = [
    "/doelen/",
    "/mensen/",
    "/agenda/",
    "/delen/",
    "/delen/wie-keek/",
    "/hoe-gaat-het/",
    "/instellingen/",
    "/hulp/",
]


# --- bytes ----------------------------------------------------------------------------------------------------------
@dataclass
class Meter:
    """Counts what comes over the wire, headers included; what the cache gave is free."""

    bytes_of: dict[str, int] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)

    def attach(self, page: Page) -> None:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on(
            "Network.requestWillBeSent", lambda event: self.urls.update({event["requestId"]: event["request"]["url"]})
        )
        session.on("Network.loadingFinished", self._finished)
        session.on("Network.requestServedFromCache", lambda event: self.urls.pop(event["requestId"], None))

    def _finished(self, event: dict[str, Any]) -> None:
        url = self.urls.get(event["requestId"])
        if url and not url.startswith("data:"):
            self.bytes_of[url] = self.bytes_of.get(url, 0) + int(event["encodedDataLength"])

    def take(self) -> dict[str, int]:
        taken, self.bytes_of = self.bytes_of, {}
        return taken


def weigh(page: Page, meter: Meter, path: str) -> dict[str, int]:
    page.goto(path, wait_until="networkidle")
    parts = meter.take()
    print(f"{sum(parts.values()):>7} bytes {path}")
    return parts


def heaviest(parts: dict[str, int]) -> str:
    rows = sorted(parts.items(), key=lambda part: -part[1])
    return "\n".join(f"{size:>7} {urlsplit(url).path}" for url, size in rows)


def test_the_welcome_page_is_light(browser: Browser, place: Place) -> None:
    with phone(browser, place) as context:
        page, meter = context.new_page(), Meter()
        meter.attach(page)
        parts = weigh(page, meter, "/")
        assert sum(parts.values()) > 10_000, "nothing was measured"
        assert sum(parts.values()) <= FIRST, heaviest(parts)
        parts = weigh(page, meter, "/inloggen/")
        assert sum(parts.values()) <= LATER, heaviest(parts)


def test_begin_is_light_and_later_pages_lighter(browser: Browser, place: Place) -> None:
    with phone(browser, place, "deelnemer") as context:
        page, meter = context.new_page(), Meter()
        meter.attach(page)
        parts = weigh(page, meter, "/begin/")
        assert sum(parts.values()) <= FIRST, heaviest(parts)
        heavy = {path: parts for path in LATER_PAGES if sum((parts := weigh(page, meter, path)).values()) > LATER}
        assert not heavy, "\n".join(f"{path}\n{heaviest(parts)}" for path, parts in heavy.items())


def test_files_come_compressed_and_are_kept(browser: Browser, place: Place) -> None:
    """Named by content, so that a phone fetches each once."""
    with phone(browser, place) as context:
        page = context.new_page()
        answers: list[Response] = []
        page.on("response", lambda answer: answers.append(answer))
        page.goto("/", wait_until="networkidle")
        files = [answer for answer in answers if "/static/" in answer.url]
        assert files
        for answer in files:
            assert "immutable" in (answer.header_value("cache-control") or ""), answer.url
            if answer.url.endswith((".css", ".js", ".svg")):
                assert answer.header_value("content-encoding") in ("br", "gzip"), answer.url


# --- without scripts ------------------------------------------------------------------------------------------------
@contextmanager
def phone(browser: Browser, place: Place, slug: str = "", *, javascript: bool = True) -> Iterator[BrowserContext]:
    context = device(browser, place, javascript=javascript)
    try:
        if slug:
            become(context, slug)
        yield context
    finally:
        context.close()


@contextmanager
def without_scripts(browser: Browser, place: Place, slug: str = "", address: str = "") -> Iterator[Somebody]:
    with phone(browser, place, slug, javascript=False) as context:
        somebody = Somebody("Noor", address, place, context.new_page())
        yield somebody
        assert not somebody.complaints, "\n".join(somebody.complaints)


def test_signing_in_and_a_goal_without_scripts(browser: Browser, place: Place) -> None:
    with without_scripts(browser, place, address="noor@zonder.voorbeeld.nl") as noor:
        walking.sign_in(noor.page, place, noor.address)
        noor.at("Hoe wil je heten?")
        noor.fill("Hoe wil je heten?", "Noor")
        for heading in ("Hoe wil je je scherm?", "Snel weg van het scherm"):
            noor.go_on()
            noor.at(heading)
        noor.go_on()
        noor.goto("/begin/")
        noor.at("Welkom, Noor")
        noor.row("Bedenk wat je wilt")
        noor.fill("Wat wil je graag?", "Een moestuin")
        noor.tap("Verder")
        noor.tap("Overslaan")
        noor.tap("Overslaan")
        noor.tap("Weet ik nog niet")
        noor.choose("Niemand, ik doe het zelf")
        noor.tap("Verder")
        noor.choose("Alleen ik")
        noor.tap("Verder")
        noor.at("Klopt dit?")
        noor.tap("Bewaar je doel")
        noor.at("Een moestuin")
        noor.says("Alleen jij ziet dit doel")


def test_stopping_halfway_without_scripts(browser: Browser, place: Place) -> None:
    """ "Bewaar en stop" needs no autosave."""
    with without_scripts(browser, place, "deelnemer2") as lotte:
        lotte.goto("/doelen/nieuw/")
        lotte.fill("Wat wil je graag?", "Met de trein naar zee")
        lotte.tap("Bewaar en stop")
        lotte.goto("/doelen/nieuw/")
        assert lotte.page.locator("[name=words]").input_value() == "Met de trein naar zee"


def test_sharing_without_scripts(browser: Browser, place: Place) -> None:
    with without_scripts(browser, place, "deelnemer2") as lotte:
        lotte.goto("/delen/")
        lotte.row("Fatima")
        lotte.main().get_by_label("Wie je mensen zijn").uncheck()
        lotte.tap("Bekijk wat Fatima dan ziet")
        lotte.at("Dit ziet Fatima")
        lotte.goto("/delen/")
        lotte.row("Fatima")
        lotte.main().get_by_label("Wie je mensen zijn").uncheck()
        lotte.tap("Bewaar")
        lotte.says("Bewaard. Fatima ziet nu:")
        lotte.choose("Wie je mensen zijn")
        lotte.tap("Bewaar")
        lotte.at("Weet je het zeker?")
        lotte.tap("Ja")
        lotte.says("Bewaard. Fatima ziet nu:")


def test_a_meeting_and_its_report_without_scripts(browser: Browser, place: Place) -> None:
    with without_scripts(browser, place, "deelnemer2") as lotte:
        lotte.goto("/agenda/nieuw/")
        lotte.choose("Gewone bijeenkomst")
        lotte.tap("Verder")
        lotte.fill("Dag", in_days(40))
        lotte.tap("Verder")
        lotte.tap("Verder")
        lotte.choose("Fatima")
        for heading in ("Waar wil je het over hebben?", "Wat maakt het fijn voor jou?", "Klopt dit?"):
            lotte.tap("Verder")
            lotte.at(heading)
        lotte.go_on()
        lotte.at("De bijeenkomst staat in je agenda")
        meeting = walking.path_of(lotte.page).removesuffix("gepland/")
        _report(lotte, meeting)


def _report(lotte: Somebody, meeting: str) -> None:
    slug = meeting.strip("/").split("/")[-1]
    lotte.place.sql("update meetings_meeting set at = now() - interval '3 days' where slug = %s", slug)
    lotte.goto(meeting)
    lotte.tap("Schrijf het verslag")
    lotte.at("Wie was erbij?")
    while walking.h1(lotte.page) != "Wat spraken jullie af?":
        lotte.tap("Verder")
    lotte.page.locator("[name=what_1]").fill("Belt de woningbouw nog een keer")
    lotte.page.locator("[name=who_1]").select_option(label="Fatima")
    lotte.tap("Nog een afspraak")
    lotte.page.locator("[name=what_2]").fill("Zoekt de papieren")
    lotte.page.locator("[name=who_2]").select_option(label="Ik")
    while walking.h1(lotte.page) != "Klopt dit?":
        lotte.tap("Verder")
    lotte.tap("Bewaar het verslag")
    lotte.says("Klaar. Het verslag is bewaard.", "Belt de woningbouw nog een keer", "Zoekt de papieren")


# --- leaving --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_leaving_quickly_leaves_nothing(browser: Browser, place: Place, javascript: bool) -> None:
    """ "Snel sluiten" signs out at the server, goes on to the weather, and the back button shows nothing."""
    with phone(browser, place, "deelnemer", javascript=javascript) as context:
        context.route(f"{WEATHER}**", weather)
        page = context.new_page()
        page.goto("/begin/")
        page.goto("/mensen/")
        assert "Ans" in page.locator("main").inner_text()
        with page.expect_request(lambda request: request.url.startswith(WEATHER)):
            page.get_by_role("button", name="Snel sluiten").click()
        page.wait_for_timeout(
            500
        )  # without scripts the weather is a redirect, which tests cannot answer: an error page
        wait_for(lambda: _is_signed_out(context), "the session to end", 5)
        for _step in range(2):
            page.go_back(wait_until="commit")
            page.wait_for_load_state()
            told = page.locator("body").inner_text()
            assert "Ans" not in told, f"{page.url} shows: {told[:200]}"
            assert "Jan" not in told, f"{page.url} shows: {told[:200]}"


def weather(route: Route) -> None:
    route.fulfill(body="<!doctype html><title>KNMI</title><p>Het weer", content_type="text/html")


def _is_signed_out(context: BrowserContext) -> bool:
    answer = context.request.get("/mensen/", max_redirects=0)
    return answer.status == 302 and "/inloggen/" in answer.headers["location"]


def test_leaving_quickly_ends_the_session_itself(browser: Browser, place: Place) -> None:
    """A copied cookie opens nothing any more: the session is gone at the server, not only in the browser."""
    with phone(browser, place, "buurman") as context, phone(browser, place) as thief:
        context.route(f"{WEATHER}**", weather)
        page = context.new_page()
        page.goto("/ik-steun/")
        kept = context.cookies()
        page.get_by_role("button", name="Snel sluiten").click()
        page.wait_for_url(f"{WEATHER}**")
        thief.add_cookies(kept)  # type: ignore[arg-type]
        wait_for(lambda: _is_signed_out(thief), "the session to end", 5)


# --- standing still -------------------------------------------------------------------------------------------------
WATCH_SHIFTS = """
    window.shifted = 0
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shifted += entry.value })
        .observe({ type: "layout-shift", buffered: true })
"""


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_jumps_while_a_page_loads(browser: Browser, place: Place, size: dict[str, int]) -> None:
    """Not even on the first visit, when the font comes in while one is reading."""
    jumped = {}
    for path in ("/", "/inloggen/", "/begin/", "/doelen/", "/mensen/", "/agenda/", "/delen/"):
        context = device(browser, place, size)  # a new one each time: nothing in its cache
        try:
            context.add_init_script(WATCH_SHIFTS)
            if path not in ("/", "/inloggen/"):
                become(context, "deelnemer")
            page = context.new_page()
            page.goto(path, wait_until="networkidle")
            shifted = page.evaluate("() => new Promise(r => setTimeout(() => r(window.shifted), 300))")
            if shifted >= SHIFT:
                jumped[path] = round(shifted, 3)
        finally:
            context.close()
    assert not jumped, jumped


def test_the_first_paint_waits_for_no_script(browser: Browser, place: Place) -> None:
    """Scripts that never come: the page is there, and can be read and sent."""
    context = device(browser, place)
    try:
        become(context, "deelnemer")
        page = context.new_page()
        page.route("**/static/js/**", lambda route: None)
        page.goto("/begin/", wait_until="commit")
        page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length === 1")
        assert page.get_by_role("heading", level=1).is_visible()
        assert page.evaluate("() => document.readyState") != "complete"
    finally:
        context.close()
