"""How many taps the journeys of a hard day take, counted from Begin; those of ux.md §2.13 are counted in main_job/.

Each is done by tapping alone: no address is typed.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.chrome import become, device
from tests.browser.people import Somebody
from tests.browser.place import Place

pytestmark = pytest.mark.browser


@pytest.fixture
def jan(browser: Browser, place: Place) -> Iterator[Somebody]:
    context = device(browser, place)
    become(context, "deelnemer")
    somebody = Somebody("Jan", "jan@voorbeeld.nl", place, context.new_page())
    somebody.begin()
    yield somebody
    assert not somebody.complaints
    context.close()


def test_this_is_not_right(jan: Somebody) -> None:
    jan.tap("Bekijk wie wat zag")
    jan.page.locator("main a", has_text="Dit klopt niet").first.click()
    jan.taps += 1
    jan.tap("Stuur op")
    jan.says("Verstuurd.")
    jan.took(3, "saying that something is not right")


def test_the_card_on_a_hard_day(jan: Somebody) -> None:
    """Two taps, from any page."""
    jan.row("Nu hulp nodig?")
    jan.row("Je crisiskaart")
    jan.says("Wie je kunt bellen")
    jan.took(2, "the crisis card")


def test_calling_somebody(jan: Somebody) -> None:
    """The number is there after one tap; the telephone makes the second."""
    jan.row("Nu hulp nodig?")
    assert jan.page.locator("main a[href^='tel:']").count()
    jan.took(1, "a number to call")


def test_telling_a_piece(jan: Somebody) -> None:
    jan.menu("Delen")
    jan.row("Mijn verhaal")
    jan.tap("Vertel een stuk")
    jan.fill("Hoe heet dit stuk?", "Mijn week")
    jan.fill("Schrijf het op", "Het was een rustige week.")
    jan.go_on()
    jan.at("Mijn week")
    jan.took(4, "telling a piece of the story")
