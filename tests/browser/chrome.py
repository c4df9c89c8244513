"""Chromium for the tests: one process, many contexts (each a person's own device)."""

import contextlib
import os
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.place import Place

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
# Nothing in the background: what goes over the network is what the pages ask for.
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A microphone that hums, for who tells a story.
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]


@contextlib.contextmanager
def running_browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    # Chromium's own sandbox refuses to run as root, which is who tests in a container.
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=QUIET + root)
        try:
            yield browser
        finally:
            browser.close()


def device(
    browser: Browser, place: Place, size: dict[str, int] | None = None, *, javascript: bool = True, still: bool = True
) -> BrowserContext:
    """Somebody's phone: cookies of its own."""
    context = browser.new_context(
        base_url=place.url,
        viewport=size or PHONE,  # type: ignore[arg-type]
        locale="nl-NL",
        timezone_id="Europe/Amsterdam",
        reduced_motion="reduce" if still else "no-preference",
        java_script_enabled=javascript,
    )
    context.set_default_timeout(15_000)
    return context


def become(context: BrowserContext, slug: str) -> None:
    """Sign in as one of the demo's people, second factor included."""
    context.request.get("/demo/")
    token = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "csrftoken")
    answer = context.request.post(f"/demo/als/{slug}/", form={"csrfmiddlewaretoken": token})
    if not answer.ok:
        raise AssertionError(f"/demo/als/{slug}/ answered {answer.status}")
