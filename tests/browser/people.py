"""The people of the main job, each with a phone of their own."""

from collections.abc import Callable
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
    complaints: list[str] = field(default_factory=list)

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
        """The page holds these words. If not, that is remembered and the walk goes on, so that one run tells all."""
        for text in texts:
            self._mind(lambda text=text: walking.says(self.page, text), f"does not say {text!r}")  # type: ignore[misc]

    def says_not(self, *texts: str) -> None:
        for text in texts:
            self._mind(lambda text=text: walking.says_not(self.page, text), f"says {text!r}")  # type: ignore[misc]

    def _mind(self, look: Callable[[], None], what: str) -> None:
        try:
            look()
        except AssertionError:
            words = " ".join(self.main().inner_text().split())[:400]
            self.complaints.append(f"{self.name} at {walking.path_of(self.page)}: the page {what}. It says: {words}")

    def main(self) -> Locator:
        return self.page.locator("main")

    def begin(self) -> None:
        """At Begin, where taps are counted from (ux.md §2.13)."""
        self.goto("/begin/")
        self.taps = 0

    def took(self, most: int, what: str) -> None:
        if self.taps > most:
            self.complaints.append(f"{what} took {self.taps} taps from Begin; ux.md allows {most}")

    def an_hour_later(self) -> None:
        """What opens something wider asks for a code again."""
        key = next(cookie["value"] for cookie in self.page.context.cookies() if cookie["name"] == "kring")
        self.place.make_stale(key)

    def step_up(self) -> None:
        walking.step_up(self.page, self.place, self.address)

    def status_of(self, path: str) -> int:
        """How the server answers this person, without showing it."""
        return self.page.context.request.get(path, max_redirects=0).status

    def mails(self) -> str:
        return "\n".join(f"{subject}\n{text}" for subject, text in self.place.mails(self.address))


@dataclass
class House:
    """Everybody in the main job, and what they hand to one another."""

    browser: Browser
    place: Place
    found: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def newcomer(self, name: str, address: str) -> Somebody:
        page = device(self.browser, self.place, PHONE).new_page()
        return Somebody(name, address, self.place, page, complaints=self.complaints)

    def demo(self, slug: str, name: str, address: str) -> Somebody:
        """Somebody of the demo, signed in with a second factor."""
        somebody = self.newcomer(name, address)
        become(somebody.page.context, slug)
        return somebody
