"""What somebody does on a page: read its heading, tap a button, fill in a form, sign in with a mailed code."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser.place import Place

# The one thing that a page is for.
PRIMARY = "main .btn:not(.sec):not(.danger)"


def h1(page: Page) -> str:
    return " ".join(page.locator("h1").inner_text().split())


def at(page: Page, heading: str) -> None:
    """The page with this heading is shown."""
    expect(page.locator("h1")).to_have_text(re.compile(f"^\\s*{re.escape(heading)}"))


def path_of(page: Page) -> str:
    return urlsplit(page.url).path


def tap(page: Page, name: str) -> None:
    """A button or link in the page itself, by its words."""
    found(page.locator("main"), name).click()


def found(where: Page | Locator, name: str) -> Locator:
    exact = re.compile(f"^\\s*{re.escape(name)}\\s*$")
    return where.get_by_role("button", name=exact).or_(where.get_by_role("link", name=exact)).first


def row(page: Page, name: str) -> None:
    """A row in a list: its words begin with this."""
    page.locator("main").get_by_role("link", name=re.compile(f"^\\s*{re.escape(name)}")).first.click()


def menu(page: Page, name: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=name).first.click()


def choose(page: Page, *labels: str) -> None:
    """Tick or pick the cards with these words."""
    for label in labels:
        page.locator("main").get_by_label(re.compile(f"^\\s*{re.escape(label)}")).first.check()


def fill(page: Page, label: str, text: str) -> None:
    page.locator("main").get_by_label(re.compile(f"^\\s*{re.escape(label)}")).first.fill(text)


def go_on(page: Page) -> None:
    """The one main button of the page."""
    page.locator(PRIMARY).first.click()


def says(page: Page, text: str) -> None:
    expect(page.locator("main")).to_contain_text(text)


def says_not(page: Page, text: str) -> None:
    expect(page.locator("main")).not_to_contain_text(text)


def sign_in(page: Page, place: Place, address: str, *, start: str = "/inloggen/") -> None:
    """With a code from the mail, on somebody's own phone."""
    place.mails(address)
    page.goto(start)
    fill(page, "Mailadres", address)
    tap(page, "Stuur de code")
    enter_code(page, place, address)


def enter_code(page: Page, place: Place, address: str) -> None:
    at(page, "Vul de code in")
    fill(page, "Code", place.code_for(address))
    choose(page, "Van mij")
    tap(page, "Ga verder")
    page.wait_for_url(lambda url: urlsplit(url).path != "/code/")


def step_up(page: Page, place: Place, address: str) -> None:
    """Something opens wider: one more code. What was sent before it goes on with one tap."""
    at(page, "Vul nog een keer een code in")
    fill(page, "Code", place.code_for(address))
    tap(page, "Ga verder")
    page.wait_for_url(lambda url: urlsplit(url).path != "/nog-een-keer/")
    if path_of(page).startswith("/nog-een-keer/verder/"):
        tap(page, "Ga verder")
