"""What hands and eyes need: the keyboard, larger letters, wider spacing, an error that says where, and stillness."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import walking
from tests.browser.chrome import become, device
from tests.browser.place import Place
from tests.browser.shots import dress

pytestmark = pytest.mark.browser

PAGES = [
    "/begin/",
    "/doelen/",
    "/mensen/",
    "/agenda/",
    "/delen/",
    "/delen/wie-keek/",
    "/hoe-gaat-het/",
    "/instellingen/",
]
MOST_TABS = 80
# WCAG 1.4.12, to the letter.
SPACING = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
             p { margin-bottom: 2em !important }"""

# The content policy forbids a style element; a sheet that a script adopts is the browser's own, like a reader's.
DRESS = "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet] }"

FOCUSED = """() => {
    const element = document.activeElement
    if (!element || element === document.body) return null
    const box = (element.closest("label") || element).getBoundingClientRect()
    const look = getComputedStyle(element.matches("input[type=radio], input[type=checkbox]")
        ? element.closest("label") || element : element)
    const [x, y] = [box.x + box.width / 2, box.y + Math.min(box.height / 2, 20)]
    const top = document.elementFromPoint(x, y)
    const order = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
    return {
        name: `${element.tagName} ${(element.innerText || element.name || "").trim().slice(0, 30)}`,
        place: order.indexOf(element),
        inView: box.top >= 0 && box.bottom <= innerHeight + 1,
        covered: top !== null && !element.contains(top) && !top.contains(element) && top.closest("nav") !== null
            && !element.closest("nav"),
        outline: look.outlineStyle !== "none" ? parseFloat(look.outlineWidth) : 0,
    }
}"""
CUT = """() => [...document.querySelectorAll("main *")].filter((element) =>
    element.children.length === 0 && element.textContent.trim() && !element.closest(".vh, .tw, svg")
    && /hidden|clip/.test(getComputedStyle(element).overflow)
    && (element.scrollHeight > element.clientHeight + 1 || element.scrollWidth > element.clientWidth + 1)
).map((element) => element.textContent.trim().slice(0, 40))"""


@pytest.fixture
def page(browser: Browser, place: Place) -> Iterator[Page]:
    context = device(browser, place)
    become(context, "deelnemer")
    yield context.new_page()
    context.close()


def tab_through(page: Page) -> list[dict[str, Any]]:
    stops = []
    for _press in range(MOST_TABS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None:
            return stops
        stops.append(stop)
    raise AssertionError(f"no end to the tabs on {page.url}: {[stop['name'] for stop in stops[-5:]]}")


@pytest.mark.parametrize("path", ["/begin/", "/mensen/", "/hoe-gaat-het/", "/delen/"])
def test_the_keyboard_goes_everywhere_in_order(page: Page, path: str) -> None:
    """Every stop can be seen, is in the order of reading, comes once, and stands clear of the bar at the bottom."""
    page.goto(path)
    stops = tab_through(page)
    places = [stop["place"] for stop in stops]
    assert len(stops) > 5
    assert places == sorted(set(places)), [stop["name"] for stop in stops]
    assert not [stop["name"] for stop in stops if not stop["inView"]]
    assert not [stop["name"] for stop in stops if stop["covered"]]
    assert not [stop["name"] for stop in stops if stop["outline"] < 3]


def test_the_skip_link_comes_first_and_skips(page: Page) -> None:
    page.goto("/begin/")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "inhoud"


def test_the_map_is_for_eyes_only(page: Page) -> None:
    """The list beside it carries everything, so readers and the keyboard do not meet anybody twice."""
    page.goto("/mensen/")
    maps = page.locator("main [aria-hidden=true] a, main [aria-hidden=true] button")
    assert all(link.get_attribute("tabindex") == "-1" for link in maps.all())
    listed = " ".join(page.locator(".lcol").inner_text().split())
    for name in ("Ans", "Willem", "Mo", "Sara", "Henk", "Fatima", "Boef", "Bram"):
        assert name in listed


def test_an_error_says_where(page: Page) -> None:
    """On top what is the matter, with the focus on it; at the field the same words; what was typed stays."""
    page.goto("/mensen/nieuw/wie/")
    walking.fill(page, "Naam", "")
    walking.fill(page, "Wat is deze persoon van jou?", "buurvrouw")
    walking.go_on(page)
    focused = page.evaluate("() => document.activeElement.closest('[role=alert], .errors, .notice')?.innerText ?? ''")
    assert "Vul een naam in" in focused
    field = page.locator("[name=called]")
    described = [
        page.locator(f"[id='{key}']").inner_text() for key in (field.get_attribute("aria-describedby") or "").split()
    ]
    assert field.get_attribute("aria-invalid") == "true"
    assert any("Vul een naam in" in words for words in described)
    assert page.locator("[name=relation]").input_value() == "buurvrouw"


def test_wider_spacing_cuts_nothing(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    wrong = {}
    for path in PAGES:
        page.goto(path)
        page.evaluate(DRESS, SPACING)
        wrong[path] = (page.evaluate("() => document.scrollingElement.scrollWidth"), page.evaluate(CUT))
    assert not {path: found for path, found in wrong.items() if found[0] > 320 or found[1]}


def test_the_largest_letters_fit_a_small_phone(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    wide = {}
    for path in PAGES:
        page.goto(path)
        page.evaluate("() => document.documentElement.setAttribute('data-letters', 'extra')")
        before = page.evaluate("() => document.scrollingElement.scrollWidth")
        if before > 320:
            wide[path] = before
    assert not wide


def test_calm_shows_no_decoration_and_loses_no_words(page: Page) -> None:
    page.goto("/begin/")
    pictures = page.locator(".sier")
    assert [one for one in pictures.all() if one.is_visible()]
    headings = page.locator("main h2").all_inner_texts()
    dress(page, "rustig")
    assert not [one for one in pictures.all() if one.is_visible()]
    still_there = [text for text in page.locator("main h2").all_inner_texts() if text]
    assert len(still_there) >= min(3, len(headings))


def test_a_hard_day_shows_three_things(browser: Browser, place: Place) -> None:
    """However much waits: the first three, which are the most useful. The rest is in the menu."""
    context = device(browser, place)
    try:
        become(context, "deelnemer2")
        page = context.new_page()
        page.goto("/begin/")
        blocks = page.locator("main .content > section")
        assert len([one for one in blocks.all() if one.is_visible()]) > 3
        dress(page, "rustig")
        assert len([one for one in blocks.all() if one.is_visible()]) == 3
    finally:
        context.close()


def test_nothing_moves(browser: Browser, place: Place) -> None:
    """Also for who did not ask their device for less motion."""
    context = device(browser, place, still=False)
    try:
        become(context, "deelnemer")
        page = context.new_page()
        moving = {}
        for path in PAGES:
            page.goto(path)
            moving[path] = page.evaluate("() => document.getAnimations().length")
            assert not page.locator("video, audio, marquee, dialog[open]").count()
        assert not any(moving.values()), moving
    finally:
        context.close()


def test_what_stands_on_every_page_stands_in_one_place(page: Page) -> None:
    """ "Snel sluiten" is never looked for, and help is the same number of steps from the end."""
    places = {}
    for path in PAGES:
        page.goto(path)
        box = page.locator("#snel-sluiten").bounding_box()
        assert box is not None
        places[path] = (round(box["x"]), round(box["y"]))
        assert page.locator("main").get_by_role("link", name="Nu hulp nodig?").count() == 1, path
    assert len(set(places.values())) == 1, places
