"""Pictures of every page, to look at: python -m tests.browser.shots FOLDER [--modes dark rustig] [--only deelnemer]."""

import argparse
import os
import re
from pathlib import Path

import django
from playwright.sync_api import Error, Page

MODES = {"light": {}, "dark": {"data-kleur": "donker"}, "rustig": {"data-rust": "aan"}}
WIDTHS = (360, 1280)
ATTRIBUTES = ("data-kleur", "data-rust")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.shots", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--modes", nargs="+", choices=MODES, default=["light"])
    parser.add_argument("--only", nargs="+", help="personas: deelnemer, zus, vnn, onderzoeker, nieuw, niemand …")
    parser.add_argument("--widths", nargs="+", type=int, default=list(WIDTHS))
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    shoot(options.folder, options.modes, options.widths, options.only)


def shoot(folder: Path, modes: list[str], widths: list[int], only: list[str] | None) -> None:
    from tests.browser.chrome import running_browser
    from tests.browser.crawl import Crawl
    from tests.browser.place import running_place

    folder.mkdir(parents=True, exist_ok=True)
    taken: dict[tuple[str, str], int] = {}
    with running_place() as place, running_browser() as browser:
        crawl = Crawl(browser, place)
        for seen, page in crawl.pages(only):
            key = (seen.persona, seen.pattern)
            taken[key] = taken.get(key, 0) + 1
            name = file_name(seen.persona, seen.pattern, seen.state, taken[key])
            print(f"{seen.status} {seen.url}  {name}", flush=True)
            picture(page, folder, name, modes, widths)
        print("\n".join(crawl.stuck) + (place.logs() if os.environ.get("LOGS") else ""))


def file_name(persona: str, pattern: str, state: str, number: int) -> str:
    words = re.sub(r"<\w+:(\w+)>", r"\1", f"{pattern.strip('/') or 'welkom'} {state}".strip())
    return f"{persona}--{re.sub(r'[^a-z0-9]+', '-', words.lower()).strip('-')}" + (f"-{number}" if number > 1 else "")


def picture(page: Page, folder: Path, name: str, modes: list[str], widths: list[int]) -> None:
    size = page.viewport_size
    for width in widths:
        for mode in modes:
            dress(page, mode)
            page.set_viewport_size({"width": width, "height": 740 if width < 700 else 900})
            # As tall as the page, so that the bar at the bottom stands at the bottom.
            tall = page.evaluate("() => Math.min(8000, Math.max(innerHeight, document.documentElement.scrollHeight))")
            page.set_viewport_size({"width": width, "height": tall})
            path = folder / f"{name}-{width}-{mode}.png"
            try:
                page.screenshot(path=path, full_page=True, animations="disabled")
            except Error as error:
                print(f"    no picture: {error}")
    dress(page, "light")
    if size:
        page.set_viewport_size(size)


def dress(page: Page, mode: str) -> None:
    """Light, dark or calm, in place."""
    page.evaluate(
        """([names, wanted]) => { for (const name of names)
             name in wanted ? document.documentElement.setAttribute(name, wanted[name])
                            : document.documentElement.removeAttribute(name) }""",
        [list(ATTRIBUTES), MODES[mode]],
    )


if __name__ == "__main__":
    main()
