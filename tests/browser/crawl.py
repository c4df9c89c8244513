"""Every page of every side: what links lead to, and what only a journey leads to."""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Error, Page

from herstel.demo_people import DEMO_PEOPLE
from tests.browser.chrome import become, device
from tests.browser.journeys import AFTER, BEFORE, SEEDS, Journey, Walker
from tests.browser.place import Place

NEW, NOBODY = "nieuw", "niemand"
# Who shows others something comes after them: a participant's journeys end with closing everything.
PARTICIPANTS = ["deelnemer2", "deelnemer"]
PERSONAS = [NEW, *(person.slug for person in DEMO_PEOPLE if person.slug not in PARTICIPANTS), *PARTICIPANTS, NOBODY]
INSTANCES, MOST = 3, 6  # pages of one kind: for one persona, and for all together
# Not pages: files, what signs out, machinery, and the demo's own door.
SKIP = re.compile(
    r"^/(static/|kalender/|beeld/|metrics|health/|uit/|uitloggen/|favicon)|\.(svg|ics|pdf)$|/download/|/voortgang/"
)


@dataclass
class Seen:
    """One page as it stands in the browser."""

    persona: str
    pattern: str  # the address with its changing parts left out
    state: str  # "" or what a journey made of it
    url: str
    status: int

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.persona, self.pattern, self.state) if part)


def pattern_of(url: str) -> str:
    """/doelen/k7m2q9xw/ → doelen/<slug:slug>/; questions in the address count, their answers do not."""
    parts = urlsplit(url)
    try:
        route = str(resolve(parts.path).route)
    except Resolver404:
        route = parts.path.strip("/") or "?"
    if "<slug:page>" in route:  # every question of a flow is a page of its own
        route = route.replace("<slug:page>", parts.path.rstrip("/").split("/")[-1])
    keys = sorted(key for key, _value in parse_qsl(parts.query) if key != "next")
    return (route or "/") + ("?" + "&".join(keys) if keys else "")


@dataclass
class Crawl:
    browser: Browser
    place: Place
    watch: Callable[[Page], None] = lambda page: None
    stuck: list[str] = field(default_factory=list)
    counts: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def pages(self, personas: list[str] | None = None) -> Iterator[tuple[Seen, Page]]:
        """Each page, loaded and quiet; what is done with it must not follow its links."""
        for persona in personas or PERSONAS:
            context = device(self.browser, self.place)
            page = context.new_page()
            self.watch(page)
            walker = Walker(page, self.place, persona)
            try:
                if persona not in (NOBODY, NEW):
                    become(context, persona)
                yield from self._by_journeys(walker, BEFORE.get(persona, []))
                yield from self._by_links(persona, page)
                yield from self._by_journeys(walker, AFTER.get(persona, []))
            finally:
                context.close()

    def _by_journeys(self, walker: Walker, journeys: list[Journey]) -> Iterator[tuple[Seen, Page]]:
        """One that gets stuck is told of, and the next one begins."""
        for journey in journeys:
            states = journey(walker)
            while True:
                try:
                    state = next(states)
                except StopIteration:
                    break
                except (Error, AssertionError) as error:
                    words = str(error).strip().splitlines()
                    self.stuck.append(
                        f"{walker.persona} {journey.__name__} at {walker.page.url}: {words[0]} {words[-1]}"
                    )
                    break
                walker.page.wait_for_load_state()  # a tap may have led on, and the page is still coming
                yield self._seen(walker.persona, walker.page, state), walker.page

    def _by_links(self, persona: str, page: Page) -> Iterator[tuple[Seen, Page]]:
        waiting = deque(SEEDS.get(persona, ["/rol/"]))
        done: set[str] = set()
        while waiting:
            url = waiting.popleft()
            if url in done or SKIP.search(urlsplit(url).path) or self._enough(persona, url):
                continue
            done.add(url)
            answer = page.goto(url)
            landed = urlsplit(page.url)
            done.add(landed.path + (f"?{landed.query}" if landed.query else ""))
            seen = self._seen(persona, page, "", answer.status if answer else 0)
            waiting.extend(linked(page))
            if landed.path != urlsplit(url).path and self._enough(persona, page.url):
                continue  # led to a page that was seen often enough
            self.counts[persona, seen.pattern] += 1
            self.counts["", seen.pattern] += 1
            yield seen, page

    def _enough(self, persona: str, url: str) -> bool:
        pattern = pattern_of(url)
        return self.counts[persona, pattern] >= INSTANCES or self.counts["", pattern] >= MOST

    def _seen(self, persona: str, page: Page, state: str, status: int = 200) -> Seen:
        return Seen(persona, pattern_of(page.url), state, page.url.removeprefix(self.place.url), status)


def linked(page: Page) -> list[str]:
    origin = urlsplit(page.url).netloc
    # By the attribute: the links of the map are SVG, whose `href` is an object.
    found = page.eval_on_selector_all("a[href]", "all => all.map(a => new URL(a.getAttribute('href'), location).href)")
    parts = [urlsplit(href) for href in found]
    return [p.path + (f"?{p.query}" if p.query else "") for p in parts if p.netloc == origin]
