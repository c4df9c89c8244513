"""One place and one Chromium for all browser tests; every test brings contexts of its own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.chrome import running_browser
from tests.browser.place import Place, running_place


@pytest.fixture(scope="session")
def place() -> Iterator[Place]:
    with running_place() as place:
        yield place


@pytest.fixture(scope="session")
def browser(place: Place) -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser
