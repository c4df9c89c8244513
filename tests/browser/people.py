"""The people of the main job, each with a phone of their own."""

from dataclasses import dataclass, field

from playwright.sync_api import Browser, Locator, Page

from tests.browser import walking
from tests.browser.chrome import PHONE, become, device
from tests.browser.place import Place


@dataclass
class Somebody:
    """One person: the mail address, the phone, and how many taps it took so far."""

    name: str
    address: str
    place: Place
    page: Page
    taps: int = 0

    def goto(self, path: str) -> None:
        self.page.goto(path)

    def tap(self, name: str) -> None:
        self.taps += 1
        walking.tap(self.page, name)

    def row(self, name: str) -> None:
        self.taps += 1
        walking.row(self.page, name)

    def menu(self, name: str) -> None:
        self.taps += 1
        walking.menu(self.page, name)

    def go_on(self) -> None:
        self.taps += 1
        walking.go_on(self.page)

    def choose(self, *labels: str) -> None:
        walking.choose(self.page, *labels)

    def fill(self, label: str, text: str) -> None:
        walking.fill(self.page, label, text)

    def at(self, heading: str) -> None:
        walking.at(self.page, heading)

    def says(self, *texts: str) -> None:
        for text in texts:
            walking.says(self.page, text)

    def says_not(self, *texts: str) -> None:
        for text in texts:
            walking.says_not(self.page, text)

    def main(self) -> Locator:
        return self.page.locator("main")

    def begin(self) -> None:
        """At Begin, where taps are counted from (ux.md §2.13)."""
        self.goto("/begin/")
        self.taps = 0

    def took(self, most: int, what: str) -> None:
        assert self.taps <= most, f"{what} took {self.taps} taps from Begin; ux.md allows {most}"

    def an_hour_later(self) -> None:
        """What opens something wider asks for a code again."""
        key = next(cookie["value"] for cookie in self.page.context.cookies() if cookie["name"] == "kring")
        self.place.make_stale(key)

    def step_up(self) -> None:
        walking.step_up(self.page, self.place, self.address)

    def status_of(self, path: str) -> int:
        """How the server answers this person, without showing it."""
        return self.page.context.request.get(path).status

    def mails(self) -> str:
        return "\n".join(f"{subject}\n{text}" for subject, text in self.place.mails(self.address))


@dataclass
class House:
    """Everybody in the main job, and what they hand to one another."""

    browser: Browser
    place: Place
    found: dict[str, str] = field(default_factory=dict)

    def newcomer(self, name: str, address: str) -> Somebody:
        return Somebody(name, address, self.place, device(self.browser, self.place, PHONE).new_page())

    def demo(self, slug: str, name: str, address: str) -> Somebody:
        """Somebody of the demo, signed in with a second factor."""
        somebody = self.newcomer(name, address)
        become(somebody.page.context, slug)
        return somebody
