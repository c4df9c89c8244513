"""What the headers ask of a browser, in Chromium over TLS through the real proxy: everything of ours still loads."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from herstel.headers import UNUSED, USED
from tests.front import Behind, behind
from tests.test_deploy import running_proxy

pytestmark = pytest.mark.browser
FONT = "async () => { await document.fonts.ready; return [...document.fonts].some(font => font.status === 'loaded') }"
MANIFEST = "async () => (await fetch(document.querySelector('link[rel=manifest]').href)).json()"


@pytest.fixture(scope="module")
def front(django_db_setup: None) -> Iterator[Behind]:
    with behind(Path(tempfile.mkdtemp(prefix="kring-front-"))) as made:
        yield made


@pytest.fixture
def phone(front: Behind, browser: Browser, tmp_path: Path) -> Iterator[BrowserContext]:
    with running_proxy(tmp_path, front.port, tls=True) as address:
        context = browser.new_context(base_url=address, ignore_https_errors=True, locale="nl-NL")
        yield context
        context.close()


def test_what_chromium_knows_is_off_but_for_what_we_use(phone: BrowserContext) -> None:
    page = phone.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto("/")
    known = {name for name in page.evaluate("document.featurePolicy.features()") if not name.startswith("ch-")}
    assert known <= {*USED, *UNUSED}
    allowed = set(page.evaluate("document.featurePolicy.allowedFeatures()"))
    assert {name for name in allowed if not name.startswith("ch-")} == known & set(USED)
    assert complaints == []


def test_letters_and_manifest_load(phone: BrowserContext) -> None:
    page = phone.new_page()
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.goto("/")
    assert page.evaluate(FONT)
    assert page.evaluate(MANIFEST)["icons"]
    assert failed == []


def test_a_device_forgets_what_arrived_under_tls_too(phone: BrowserContext, front: Behind) -> None:
    page = phone.new_page()
    page.goto("/inloggen/")
    page.get_by_label("Mailadres").fill("chromium@kring.example")
    page.locator("main button[type=submit]").first.click()
    page.get_by_label("Code").fill(front.mailed_code("chromium@kring.example"))
    page.get_by_label("Van mij").check()
    with page.expect_response(lambda answer: "__Host-bewaard" in (answer.header_value("set-cookie") or "")):
        page.locator("main button[type=submit]").first.click()
    page.wait_for_load_state("networkidle")
    names = {cookie["name"] for cookie in phone.cookies()}
    assert "__Host-kring" in names
    assert "__Host-bewaard" not in names
