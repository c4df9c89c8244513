"""Telling with a voice, a photo or a finger, on a telephone; and on one that does none of it."""

import io
import os
from collections.abc import Iterator
from functools import cache

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import walking
from tests.browser.chrome import become, device
from tests.browser.place import Place

pytestmark = pytest.mark.browser
MB = 1024 * 1024
LASTS = """async () => { const sound = document.querySelector("main audio"); sound.load(); sound.preload = "auto"
    if (!(sound.duration > 0)) await new Promise((done, no) => { sound.onloadedmetadata = done; sound.onerror = no })
    return sound.duration }"""


@pytest.fixture
def phone(browser: Browser, place: Place) -> Iterator[BrowserContext]:
    context = device(browser, place)
    become(context, "deelnemer")
    context.grant_permissions(["microphone"], origin=place.url)
    yield context
    context.close()


def telling(phone: BrowserContext, title: str) -> Page:
    page = phone.new_page()
    page.goto("/verhaal/nieuw/")
    walking.fill(page, "Hoe heet dit stuk?", title)
    return page


def test_a_voice(phone: BrowserContext) -> None:
    """Recorded, listened to, kept, and played again; nothing went anywhere before "Bewaar"."""
    page = telling(phone, "Met mijn stem")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    walking.tap(page, "Neem op")
    walking.says(page, "We nemen op")
    page.wait_for_timeout(2500)
    walking.tap(page, "Stop de opname")
    walking.says(page, "Luister terug")
    assert not sent
    assert page.locator("[data-weg]").first.is_visible()
    walking.go_on(page)
    walking.at(page, "Met mijn stem")
    assert 1.5 < page.evaluate(LASTS) < 4


def test_a_voice_thrown_away(phone: BrowserContext) -> None:
    page = telling(phone, "Toch niet")
    walking.tap(page, "Neem op")
    page.wait_for_timeout(1200)
    walking.tap(page, "Stop de opname")
    walking.tap(page, "Gooi de opname weg")
    walking.go_on(page)
    walking.says(page, "Schrijf iets, vertel iets, of kies een foto.")


@cache
def noise() -> bytes:
    """A photo of 30 MB, as a good camera makes it."""
    drawn = io.BytesIO()
    Image.frombytes("RGB", (5600, 4200), os.urandom(5600 * 4200 * 3)).save(drawn, "JPEG", quality=96)
    return drawn.getvalue()


def test_a_photo_of_30_mb(phone: BrowserContext) -> None:
    """Made small on the telephone: what goes over the line is a fraction of it."""
    photo = noise()
    assert len(photo) > 29_000_000
    page = telling(phone, "Mijn foto")
    walking.fill(page, "Schrijf het op", "Kijk")
    page.locator("input[name=image]").set_input_files({"name": "x.jpg", "mimeType": "image/jpeg", "buffer": photo})
    page.wait_for_function("() => document.querySelector('[name=image]').files[0]?.name === 'foto.jpg'")
    assert page.evaluate("() => document.querySelector('[name=image]').files[0].size") < 4 * MB
    walking.go_on(page)
    walking.at(page, "Mijn foto")
    box = page.evaluate(
        "() => { const p = document.querySelector('main img'); return [p.naturalWidth, p.naturalHeight] }"
    )
    assert max(box) <= 1600


def test_without_javascript(browser: Browser, place: Place) -> None:
    """A file field is there for each; too big is a sentence, and the words are still there."""
    context = device(browser, place, javascript=False)
    try:
        become(context, "deelnemer")
        page = telling(context, "Zonder")
        walking.fill(page, "Schrijf het op", "Wat ik schreef")
        assert not page.locator("[data-begin]").is_visible()
        page.locator("input[name=image]").set_input_files(
            {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": noise()}
        )
        walking.go_on(page)
        walking.says(page, "Kies een foto van minder dan 10 MB")
        assert page.locator("[name=words]").input_value() == "Wat ik schreef"
        walking.go_on(page)
        walking.at(page, "Zonder")
    finally:
        context.close()


def test_one_dot(phone: BrowserContext) -> None:
    """A drawing of one dot is a drawing."""
    page = telling(phone, "Een stip")
    page.locator("summary").click()
    page.locator("canvas").click(position={"x": 60, "y": 60})
    page.wait_for_function("() => document.querySelector('[name=image]').files.length === 1")
    walking.go_on(page)
    walking.at(page, "Een stip")
    assert page.locator("main img").count() == 1
