"""What every page must be: accessible, neutral, calm for the eye of others, and alone on the network."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Page, Request, Response

from herstel.demo_people import DEMO_PEOPLE
from tests.browser.crawl import Seen, pattern_of
from tests.browser.shots import dress
from tests.sampling import DEEP

LOOK = (Path(__file__).parent / "look.js").read_text().split("\n", 1)[1]  # without its first line, a comment
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# On a desk, in dark and in rustig the same document stands there: only what depends on colour, or on what is shown,
# can differ.
OF_THE_LOOK = [
    *("color-contrast", "link-in-text-block", "target-size", "heading-order", "empty-heading", "page-has-heading-one"),
    *("aria-hidden-focus", "scrollable-region-focusable", "link-name", "button-name", "label", "region"),
]
NARROW = 320
CALM_SHELLS = ("guest", "participant", "member")
WIDTHS = (360, 1280)
# Words, and links with buttons, in `main`.
MOST_ON_PAGE, MOST_IN_FLOW = (170, 13), (120, 13)
# Longer by their nature, and why.
FULLER = {
    "mensen/": "a row for each person",
    "mensen/papier/": "a row for each person",
    "delen/": "a row for each person",
    "delen/wie-keek/": "the whole list is the whole list",
    "mensen/<slug:slug>/uitnodigen/zien/": "beside each tick stands what it opens (check 44)",
    "delen/onderzoek/<slug:slug>/": "the text of the study, as a committee approved it",
    "demo/": "no page of the house",
}
# Who reads over a shoulder, or in a browser's history, learns nothing (ux.md §1.1).
NAMES = {person.name.split()[-1 if person.name.startswith("Dr.") else 0] for person in DEMO_PEOPLE} | {"Robin", "Henk"}
CLINICAL = re.compile(
    r"\b(herstel|ggz|verslav|psych|pati[eë]nt|cli[eë]nt|diagnos|behandel|medicat|crisis|stoornis|zorg|steungroep)", re.I
)
TITLE = re.compile(r"^\S.* – Kring$")
GONE_ON_PURPOSE = {404, 409, 410}


@dataclass
class Findings:
    """Complaints, each once, with the pages on which it stands."""

    by_complaint: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, complaint: str, where: str) -> None:
        if where not in self.by_complaint[complaint]:
            self.by_complaint[complaint].append(where)

    def __bool__(self) -> bool:
        return bool(self.by_complaint)

    def __str__(self) -> str:
        lines = []
        for complaint, where in sorted(self.by_complaint.items()):
            more = f" and {len(where) - 4} more" if len(where) > 4 else ""
            lines.append(f"{complaint}\n    on {'; '.join(where[:4])}{more}")
        return "\n".join(lines)


@dataclass
class Inspector:
    """Looks at one page after the other in one tab."""

    origin: str
    findings: Findings = field(default_factory=Findings)
    shapes: set[tuple[int, int]] = field(default_factory=set)
    heard: list[str] = field(default_factory=list)
    foreign: set[str] = field(default_factory=set)
    pages: int = 0
    audits: int = 0
    kinds: set[tuple[str, str]] = field(default_factory=set)  # of page, and what a journey made of it
    parts: dict[bool, set[str]] = field(default_factory=lambda: {True: set(), False: set()})  # seen on a telephone?
    looks: dict[tuple[str, str], dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    # --- listening ---
    def watch(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.heard.append(f"script error: {error}"))
        page.on("request", self._notice)
        page.on("response", self._weigh)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not self._is_own_status(message):
            self.heard.append(f"console: {message.text[:200]}")

    def _is_own_status(self, message: ConsoleMessage) -> bool:
        """Chromium calls the page itself a resource that failed to load when it answers 404, 409 or 410."""
        found = re.search(r"status of (\d+)", message.text)
        path = urlsplit(message.location.get("url", "")).path
        return bool(found) and int(found[1]) in GONE_ON_PURPOSE and not path.startswith("/static/")  # type: ignore[index]

    def _weigh(self, answer: Response) -> None:
        """Also what a form answered, on the way to the page that is looked at."""
        if answer.status >= 500:
            self.heard.append(f"answers {answer.status}: {answer.request.method} {pattern_of(answer.url)}")

    def _notice(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.foreign.add(parts.netloc)

    # --- looking ---
    def inspect(self, seen: Seen, page: Page) -> None:
        self.pages += 1
        self._tell_what_was_heard(seen)
        if seen.status >= 400 and seen.status not in GONE_ON_PURPOSE:
            self.findings.add(f"answers {seen.status}", f"{seen.name} {seen.url}")
            return
        page.set_viewport_size({"width": NARROW, "height": 640})
        found = page.evaluate(LOOK)
        if found["width"] > NARROW:
            told = f"reflow: {found['width']} px wide at {NARROW} px: {short(', '.join(found['widest']))}"
            self.findings.add(told, seen.name)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 740 if width < 700 else 900})
            self._measure(seen, page, width)
        self._tell_what_was_heard(seen)

    def _tell_what_was_heard(self, seen: Seen) -> None:
        for words in self.heard:
            self.findings.add(words, seen.name)
        for host in self.foreign:
            self.findings.add(f"request to {host}", seen.name)
        self.heard.clear()
        self.foreign.clear()

    def _measure(self, seen: Seen, page: Page, width: int) -> None:
        found = page.evaluate(LOOK)
        where = f"{seen.name} ({width})"
        if found["h1"] != 1:
            self.findings.add(f"{found['h1']} × h1", seen.name)
        if len(found["primary"]) > 1:
            self.findings.add(f"{len(found['primary'])} main buttons: {', '.join(found['primary'])}", seen.name)
        for small in found["small"]:
            self.findings.add(f"target under 44 px: {re.sub(r'“.*”', lambda m: short(m[0]), small)}", where)
        self._title(seen, found["title"])
        if width < 700:
            for component, look in found["looks"].items():
                self.looks[found["shell"], component].setdefault(look, seen.name)
        for icon in found["wordless"]:
            self.findings.add(f"an icon without a word: {icon}", where)
        if found["shell"] in CALM_SHELLS and width < 700:
            self._fullness(seen, found)
        if (found["shape"], width) not in self.shapes or DEEP:
            self.shapes.add((found["shape"], width))
            self._audit(page, where, self._looks_to_audit(seen, found["parts"], telephone=width < 700))

    def _looks_to_audit(self, seen: Seen, parts: list[str], *, telephone: bool) -> dict[str, dict[str, Any]]:
        """mode → what axe is asked. By all rules: each kind of page in each of its states, on a telephone. By the rules
        of the look, in the other colours and on a desk: wherever a part stands that was not audited there yet.
        """
        known = self.parts[telephone]
        new = bool(set(parts) - known) or DEEP
        known.update(parts)
        if not telephone:
            return {"light": by_tags() if DEEP else by_rules()} if new else {}
        kind = (seen.pattern, seen.state)
        first = kind not in self.kinds
        self.kinds.add(kind)
        return ({"light": by_tags()} if new or first else {}) | (
            {"dark": by_rules(), "rustig": by_rules()} if new else {}
        )

    def _fullness(self, seen: Seen, found: dict[str, Any]) -> None:
        """Little on a page (ux.md §4, checks 4 and 5)."""
        words, controls = MOST_IN_FLOW if found["flow"] else MOST_ON_PAGE
        if (found["words"] > words or found["controls"] > controls) and seen.pattern not in FULLER:
            told = f"{found['words']} words, {found['controls']} links and buttons"
            self.findings.add(f"a full page: {told}", seen.name)

    def compare_looks(self) -> None:
        """Alike looks alike on every page of a side (check 37)."""
        for (shell, component), pages in self.looks.items():
            first, *others = pages.items()
            for look, where in others:
                differs = [
                    f"{a} ≠ {b}" for a, b in zip(first[0].split(" | "), look.split(" | "), strict=True) if a != b
                ]
                self.findings.add(
                    f"{component} ({shell}) looks otherwise: {', '.join(differs)}", f"{first[1]}; {where}"
                )

    def _title(self, seen: Seen, title: str) -> None:
        if not TITLE.match(title):
            self.findings.add(f"title without “– Kring”: {title!r}", seen.name)
        personal = [name for name in NAMES if re.search(rf"\b{name}\b", title)]
        if personal or CLINICAL.search(title):
            self.findings.add(f"title that tells something: {title!r}", seen.name)

    def _audit(self, page: Page, where: str, looks: dict[str, dict[str, Any]]) -> None:
        if looks and not page.evaluate("() => 'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        for mode, options in looks.items():
            # The style sheets are the same for every page, so the rule that reads them is asked once.
            options["preload"] = self.audits == 0
            dress(page, mode)
            self.audits += 1
            for violation in page.evaluate("options => axe.run(document, options)", options)["violations"]:
                for node in violation["nodes"][:3]:
                    told = f"axe {violation['id']} ({mode}): {node['target'][0]} {short(node['html'])}"
                    self.findings.add(told, where)
        dress(page, "light")


def by_tags() -> dict[str, Any]:
    only = {"type": "tag", "values": TAGS}
    extra = {"target-size": {"enabled": True}}
    return {"runOnly": only, "rules": extra, "resultTypes": ["violations"]}


def by_rules() -> dict[str, Any]:
    return {"runOnly": {"type": "rule", "values": OF_THE_LOOK}, "resultTypes": ["violations"]}


def short(text: str) -> str:
    return re.sub(r"\s+", " ", text)[:110]
