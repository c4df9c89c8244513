"""Who is in the main job, and the words that say whose they are."""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Error

from tests.browser.people import House, Somebody
from tests.browser.place import Place

# What Robin writes; nobody sees it who was not chosen, an administrator and a researcher never.
GOAL = "Weer zingen in het koor van de Oosterpoort"
WHY = "Als ik zing, denk ik aan niets anders."
STEP = "De dirigent een kaart sturen"
FELT = "Ik was moe, maar ik heb gezegd wat ik wilde."
PROMISED = "Brengt me met de auto naar de repetitie"
TOPIC = "Of de repetitie ook overdag kan"
OWN_WORDS = (GOAL, WHY, STEP, FELT, PROMISED, TOPIC)
MESSAGE = "Wil jij erbij zijn als ik plannen maak?"


@dataclass
class Job(House):
    """The seven, and what they found on the way: links and addresses."""

    people: dict[str, Somebody] = field(default_factory=dict)

    def __init__(self, browser: Browser, place: Place) -> None:
        super().__init__(browser, place)
        self.people = {
            "robin": self.newcomer("Robin", "robin@hoofdtaak.voorbeeld.nl"),
            "ineke": self.newcomer("Ineke", "ineke@hoofdtaak.voorbeeld.nl"),
            "teun": self.newcomer("Teun", ""),
            "mo": self.demo("vnn", "Mo", "mo@vnn.voorbeeld.nl"),
            "yasmin": self.newcomer("Yasmin", "yasmin@lentis.voorbeeld.nl"),
            "researcher": self.demo("onderzoeker", "Dr. E. Postma", "postma@onderzoek.voorbeeld.nl"),
            "checker": self.demo("controleur", "Dr. H. Visser", "visser@onderzoek.voorbeeld.nl"),
            "administrator": self.demo("beheer", "Tineke", "tineke@kring.voorbeeld.nl"),
        }

    def __getattr__(self, name: str) -> Somebody:
        try:
            return self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None

    def close(self) -> None:
        for person in self.people.values():
            person.page.context.close()

    def where(self, folder: Path) -> str:
        """For who reads a failure: the page in which everybody stood, and a picture of each."""
        lines = []
        for name, person in self.people.items():
            try:
                person.page.screenshot(path=folder / f"{name}.png", full_page=True)
                words = re.sub(r"\s+", " ", person.main().inner_text(timeout=1000))[:300]
            except (Error, AssertionError):
                words = "–"
            lines.append(f"{name}: {person.page.url} {words}")
        return "\n".join([*lines, f"pictures: {folder}"])


def in_days(days: int) -> date:
    return date.today() + timedelta(days=days)
