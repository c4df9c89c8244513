"""No network, no battery, signed out halfway: what one needs on a bad day is there, what was typed is there, and
"Snel sluiten" leaves nothing behind. Only on a device of one's own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import walking
from tests.browser.chrome import become, device
from tests.browser.place import Place

pytestmark = pytest.mark.browser

NAMES = "async () => (await caches.keys()).sort().map(name => name.split('-')[0])"
CARD_KEPT = """async () => { for (const name of await caches.keys()) if (name.startsWith('eigen-'))
    if (await (await caches.open(name)).match('/plan/kaart/')) return true; return false }"""
READY = "async () => { await navigator.serviceWorker.ready; return true }"
# Everything that this browser keeps of us, as one text.
LEFT = """async () => {
    let text = JSON.stringify([{...localStorage}, {...sessionStorage}])
    for (const name of await caches.keys()) for (const key of await (await caches.open(name)).keys())
        text += await (await (await caches.open(name)).match(key)).clone().text()
    const names = (await indexedDB.databases()).map(each => each.name)
    const rows = names.includes("kring") ? await new Promise(resolve => {
        const open = indexedDB.open("kring"); open.onsuccess = () => {
            const all = open.result.transaction("concepten").objectStore("concepten").getAll()
            all.onsuccess = () => { open.result.close(); resolve(all.result) } } }) : []
    for (const row of rows) text += new TextDecoder("latin1").decode(row.data)
    return {text, drafts: rows.length}
}"""


@pytest.fixture
def phone(browser: Browser, place: Place) -> Iterator[BrowserContext]:
    context = device(browser, place)
    become(context, "deelnemer")
    yield context
    context.close()


def session_of(context: BrowserContext) -> str:
    return next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "kring")


def with_card(page: Page) -> None:
    page.goto("/plan/kaart/maken/")
    walking.fill(page, "Zo zie je het aan mij", "Ik praat niet meer")
    walking.go_on(page)
    page.wait_for_function(CARD_KEPT)


def test_the_card_and_the_numbers_open_without_network(phone: BrowserContext) -> None:
    page = phone.new_page()
    with_card(page)
    page.locator("[data-zonder-net]").wait_for()
    page.evaluate(READY)
    phone.set_offline(True)
    page.goto("/plan/kaart/")
    walking.says(page, "Ik praat niet meer")
    page.goto("/hulp/")
    walking.says(page, "Bel 112")
    page.goto("/doelen/")
    walking.at(page, "Je hebt nu geen internet")
    walking.says(page, "Bel 112")
    assert "tel:112" in page.content()
    phone.set_offline(False)


def test_quick_exit_leaves_nothing(phone: BrowserContext) -> None:
    page = phone.new_page()
    with_card(page)
    page.goto("/verhaal/nieuw/")
    walking.fill(page, "Schrijf het op", "Wat niemand mag lezen")
    page.wait_for_function(f"async () => (await ({LEFT})()).drafts === 1")
    page.route("https://www.knmi.nl/**", lambda route: route.fulfill(body="het weer"))
    page.locator("#snel-sluiten").click()
    page.wait_for_url("https://www.knmi.nl/")
    page.goto("/hulp/veilig/")
    left = page.evaluate(LEFT)
    assert left["drafts"] == 0
    assert "Ik praat niet meer" not in left["text"]
    assert not page.evaluate(CARD_KEPT)
    page.go_back()
    page.go_back()
    assert "Ik praat niet meer" not in page.content()


def test_what_was_typed_survives_a_session_that_ended(phone: BrowserContext, place: Place) -> None:
    """Locked meanwhile: who takes the telephone finds no words; who signs in again gets them back."""
    page = phone.new_page()
    page.goto("/verhaal/nieuw/")
    walking.fill(page, "Schrijf het op", "Een lang verhaal")
    page.wait_for_function(f"async () => (await ({LEFT})()).drafts === 1")
    assert "Een lang verhaal" not in page.evaluate(LEFT)["text"]
    place.end_session(session_of(phone))
    walking.fill(page, "Hoe heet dit stuk?", "Ik")
    walking.go_on(page)  # not signed in any more: the way to the code
    assert "/inloggen/" in page.url
    become(phone, "deelnemer")
    page.goto("/verhaal/nieuw/")
    walking.says(page, "Je schreef hier eerder iets")
    walking.tap(page, "Zet het terug")
    assert page.locator("[name=words]").input_value() == "Een lang verhaal"
    assert page.locator("[name=title]").input_value() == "Ik"
    walking.go_on(page)
    walking.at(page, "Ik")
    page.goto("/verhaal/nieuw/")
    page.wait_for_timeout(500)
    walking.says_not(page, "Je schreef hier eerder iets")


def test_the_network_goes_while_sending(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto("/begin/")
    page.evaluate(READY)
    page.goto("/verhaal/nieuw/")
    walking.fill(page, "Hoe heet dit stuk?", "Onderweg")
    walking.fill(page, "Schrijf het op", "In de trein")
    phone.set_offline(True)
    walking.go_on(page)
    walking.at(page, "Je hebt nu geen internet")
    phone.set_offline(False)
    page.goto("/verhaal/nieuw/")
    walking.says(page, "Je schreef hier eerder iets")
    walking.tap(page, "Zet het terug")
    assert page.locator("[name=words]").input_value() == "In de trein"


def test_somebody_else_on_this_device_gets_nothing(phone: BrowserContext) -> None:
    page = phone.new_page()
    with_card(page)
    page.goto("/verhaal/nieuw/")
    walking.fill(page, "Schrijf het op", "Van Jan")
    page.wait_for_function(f"async () => (await ({LEFT})()).drafts === 1")
    become(phone, "deelnemer2")
    page.goto("/verhaal/nieuw/")
    page.wait_for_function(f"async () => !(await ({CARD_KEPT})())")
    walking.says_not(page, "Je schreef hier eerder iets")


def test_a_device_of_others_keeps_nothing(browser: Browser, place: Place) -> None:
    """A library, a neighbour's telephone: no worker, no words, no card."""
    context = device(browser, place)
    try:
        become(context, "deelnemer")
        place.session_says(session_of(context), own_device=False)
        page = context.new_page()
        page.goto("/plan/kaart/")
        page.goto("/verhaal/nieuw/")
        walking.fill(page, "Schrijf het op", "Van Jan")
        page.wait_for_timeout(1500)
        assert page.evaluate(LEFT)["drafts"] == 0
        assert page.evaluate(NAMES) == []
        assert page.evaluate("async () => (await navigator.serviceWorker.getRegistrations()).length") == 0
    finally:
        context.close()


def test_it_can_be_installed(phone: BrowserContext) -> None:
    """What a browser asks of an app: a manifest with a name, and icons that are there."""
    page = phone.new_page()
    page.goto("/begin/")
    session = phone.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert not manifest["errors"]
    assert '"name": "Kring"' in manifest["data"]
    wrong = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {each["errorId"] for each in wrong} <= {"in-incognito"}  # which every test is


def test_a_message_shows_the_sentence_and_no_more(phone: BrowserContext, place: Place) -> None:
    """What the worker makes of a push; asking a real push service needs the internet, which tests have not."""
    phone.grant_permissions(["notifications"], origin=place.url)
    page = phone.new_page()
    page.goto("/instellingen/berichten/")
    page.evaluate(READY)
    session = phone.new_cdp_session(page)
    told: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: told.extend(each["registrationId"] for each in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    page.wait_for_timeout(500)
    push = {
        "origin": place.url,
        "registrationId": told[0],
        "data": '{"tekst": "Er staat iets voor je klaar in Kring."}',
    }
    session.send("ServiceWorker.deliverPushMessage", push)
    shown = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
        .map(one => [one.title, one.body, one.data])"""
    page.wait_for_function(f"async () => (await ({shown})()).length === 1")
    assert page.evaluate(shown) == [["Kring", "Er staat iets voor je klaar in Kring.", None]]
