"""Robin decides who sees what, sets a goal, and looks through the others' eyes."""

from tests.browser.main_job.job import GOAL, OWN_WORDS, STEP, WHY, Job, in_days


def decides_what_each_may_see(job: Job) -> None:
    """The agenda for Ineke, more for Mo with a second thought, nothing for Yasmin."""
    robin = job.robin
    robin.begin()
    robin.menu("Delen")
    robin.row("Ineke")
    robin.choose("Je agenda")
    robin.tap("Bekijk wat Ineke dan ziet")
    robin.at("Dit ziet Ineke")
    robin.goto("/delen/")
    robin.says_not("Ziet: je agenda")
    robin.row("Ineke")
    robin.choose("Je agenda")
    robin.tap("Bewaar")
    robin.says("Bewaard. Ineke ziet nu: je agenda.")
    robin.goto("/delen/")
    robin.row("Mo")
    robin.choose("Je agenda", "Verslagen", "Hoe het met je gaat")
    robin.tap("Bewaar")
    robin.at("Weet je het zeker?")
    robin.says("Mo ziet dan ook je moeilijke dagen.")
    robin.tap("Ja")
    robin.says("Bewaard. Mo ziet nu:")


def opening_wider_asks_a_code(job: Job) -> None:
    """An hour later: what was ticked waits while the code is on its way. Closing never asks."""
    robin = job.robin
    robin.an_hour_later()
    robin.goto("/delen/")
    robin.row("Ineke")
    robin.choose("Verslagen")
    robin.tap("Bewaar")
    robin.step_up()
    robin.says("Bewaard. Ineke ziet nu:", "verslagen")
    robin.an_hour_later()
    robin.main().get_by_label("Verslagen").uncheck()
    robin.tap("Bewaar")
    robin.says("Bewaard. Ineke ziet nu: je agenda.")


def sets_a_goal(job: Job) -> None:
    """In Robin's own words, with a picture, a reason, a first step, and Ineke to help; it is said who will see it."""
    robin = job.robin
    robin.begin()
    robin.menu("Doelen")
    robin.tap("Bedenk een doel")
    robin.at("Wat wil je graag?")
    robin.fill("Wat wil je graag?", GOAL)
    robin.tap("Verder")
    robin.at("Welk beeld past erbij?")
    robin.main().locator("[name=pictogram]").first.check(force=True)
    robin.tap("Verder")
    robin.at("Waarom wil je dit?")
    robin.fill("Waarom wil je dit?", WHY)
    robin.tap("Verder")
    robin.at("Wat is een eerste stap?")
    robin.fill("Wat is een eerste stap?", STEP)
    robin.tap("Verder")
    robin.at("Wie kan je helpen?")
    robin.choose("Ineke")
    robin.tap("Verder")
    robin.at("Wie mag dit doel zien?")
    robin.choose("De mensen die helpen")
    robin.tap("Verder")
    robin.at("Klopt dit?")
    robin.says(GOAL, WHY, STEP, "Ineke ziet dit doel straks.", "Nieuw: Ineke zag nog geen doel van jou.")
    robin.tap("Bewaar je doel")
    if robin.page.url.endswith("/controleer/") or "/nog-een-keer/" in robin.page.url:
        robin.step_up()
    robin.at(GOAL)
    robin.says("Je doel staat erin.", "1 mens ziet dit doel", "Mo, Teun en Yasmin zien het niet.")
    robin.took(9, "setting a goal")


def adds_a_step_with_a_helper(job: Job) -> None:
    """A small step, for a day, with somebody."""
    robin = job.robin
    robin.tap("Nieuwe stap")
    robin.fill("Wat is de stap?", "Samen naar een repetitie luisteren")
    robin.choose("Ineke")
    robin.fill("Voor welke dag?", in_days(6).isoformat())
    robin.go_on()
    robin.at(GOAL)
    robin.says("Samen naar een repetitie luisteren", "Ineke doet mee.")


def looks_through_their_eyes(job: Job) -> None:
    """The preview shows Ineke the goal and Yasmin nothing; nobody is told that there was a look."""
    robin = job.robin
    for name, sees, not_sees in (("Ineke", [GOAL], []), ("Yasmin", [], OWN_WORDS)):
        robin.begin()
        robin.menu("Mensen")
        robin.row(name)
        robin.tap(f"Bekijk wat {name} ziet")
        robin.at(f"Dit ziet {name}")
        robin.says(*sees)
        robin.says_not(*not_sees)
    robin.goto("/delen/wie-keek/")
    robin.says("Nog niemand heeft iets van jou bekeken.")


def checks_in(job: Job) -> None:
    """How it goes today, for Mo to see because Robin chose so; "Heel zwaar" alarms nobody and shows who to call."""
    robin = job.robin
    robin.begin()
    robin.tap("Vertel hoe het gaat")
    robin.choose("Zwaar")
    robin.says("Mo")
    robin.taps += 1
    robin.tap("Bewaar")
    robin.at("Dank je")
    robin.took(3, "checking in")


def the_mails_say_nothing(job: Job) -> None:
    """What was mailed so far names nobody and tells nothing."""
    for person in job.people.values():
        text = person.mails() if person.address else ""
        for words in (*OWN_WORDS, "Robin", "Ineke", "steungroep", "doel"):
            assert words not in text, f"a mail to {person.name} says {words!r}"
