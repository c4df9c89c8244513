"""Robin begins: a code from the mail, first steps, people on the map, and the invitations."""

from urllib.parse import urlsplit

from tests.browser import walking
from tests.browser.main_job.job import MESSAGE, Job
from tests.browser.people import Somebody


def signs_in(job: Job) -> None:
    """A newcomer signs in with a mailed code and takes the first steps."""
    robin = job.robin
    robin.goto("/")
    robin.at("Je hoeft het niet alleen te doen")
    robin.tap("Begin")
    robin.fill("Mailadres", robin.address)
    robin.tap("Stuur de code")
    walking.enter_code(robin.page, job.place, robin.address)
    robin.at("Hoe wil je heten?")
    robin.fill("Hoe wil je heten?", "Robin")
    robin.tap("Verder")
    robin.at("Hoe wil je je scherm?")
    robin.tap("Verder")
    robin.at("Snel weg van het scherm")
    robin.tap("Ik snap het")
    if "Volgende keer" in walking.h1(robin.page):
        robin.tap("Niet nu")
    robin.at("Welkom, Robin")
    robin.says("Nu ziet alleen jij iets.", "Niets moet vandaag.")


def puts_people_on_the_map(job: Job) -> None:
    """A sister, a neighbour, two professionals and a dog stand on Robin's map; none of them sees anything."""
    robin = job.robin
    people = [
        ("Ineke", "Familie", "Heel dichtbij"),
        ("Teun", "Buur", "Dichtbij"),
        ("Mo", "Hulpverlener", "Verder weg"),
        ("Yasmin", "Hulpverlener", "Verder weg"),
        ("Pluis", "Anders", "Heel dichtbij"),
    ]
    for name, known_as, ring in people:
        robin.begin()
        robin.menu("Mensen")
        robin.tap("Zet iemand erbij" if name == "Ineke" else "Iemand toevoegen")
        robin.fill("Naam", name)
        robin.choose(known_as)
        robin.tap("Verder")
        robin.at(f"Hoe dichtbij is {name}?")
        robin.choose(ring)
        robin.tap("Verder")
        robin.at("Klopt dit?")
        robin.tap("Zet op de kaart")
        robin.says(f"{name} staat op je kaart. Alleen jij ziet dat.")
        robin.took(5, "putting somebody on the map")


def invites(job: Job) -> None:
    """The sister and the professionals each get a link; it works for one person."""
    names = ("Ineke", "Mo", "Yasmin")
    for name in names:
        job.found[name] = _invite(job.robin, name)
    assert len({job.found[name] for name in names}) == len(names)


def _invite(robin: Somebody, name: str) -> str:
    robin.begin()
    robin.menu("Mensen")
    robin.row(name)
    robin.tap(f"Vraag {name} in je steungroep")
    robin.at(f"Hoe dichtbij is {name}?")
    robin.tap("Verder")
    robin.at(f"Wat mag {name} zien?")
    assert not robin.main().locator("input[type=checkbox]:checked").count(), "everything is off until it is ticked"
    robin.tap("Verder")
    robin.at(f"Wat wil je tegen {name} zeggen?")
    robin.fill("Wat wil je zeggen?", MESSAGE)
    robin.tap("Verder")
    robin.at("Klopt dit?")
    robin.says(MESSAGE)
    robin.tap("Maak het bericht")
    robin.at("Je bericht is klaar")
    robin.says("voor 1 persoon", f"{name} ziet nog niets.")
    robin.took(8, "inviting somebody")
    return robin.page.locator(".linkline").inner_text().strip()


def takes_along_without_account(job: Job) -> None:
    """The neighbour takes part without an account."""
    robin = job.robin
    robin.begin()
    robin.menu("Mensen")
    robin.row("Teun")
    robin.tap("Teun doet mee, zonder account")
    robin.says("Teun doet mee zonder account.")


def the_relative_says_yes(job: Job) -> None:
    """On a phone of her own, through the link, with a code of her own; she sees nothing yet."""
    ineke = job.ineke
    ineke.goto(job.found["Ineke"])
    ineke.at("Ineke, wil je Robin steunen?")
    ineke.says(MESSAGE, "Je kunt altijd stoppen.")
    ineke.tap("Ja, ik doe mee")
    ineke.at("Wat is je mailadres?")
    ineke.fill("Mailadres", ineke.address)
    ineke.tap("Stuur de code")
    walking.enter_code(ineke.page, job.place, ineke.address)
    ineke.at("Doe je mee, Ineke?")
    ineke.tap("Ja, ik doe mee")
    ineke.at("Je hebt ja gezegd")
    ineke.tap("Naar Begin")
    ineke.at("Wie steun je?")
    ineke.says("De ander kijkt nog of het klopt.")
    ineke.says_not("Robin")


def a_used_link_opens_nothing(job: Job) -> None:
    """Somebody to whom the link was forwarded gets nothing, not even a name."""
    path = urlsplit(job.found["Ineke"]).path
    job.teun.goto(path)
    job.teun.says_not("Robin", MESSAGE)
    assert job.teun.status_of(path) == 410


def the_professionals_say_yes(job: Job) -> None:
    """With their account of their work."""
    for somebody in (job.mo, job.yasmin):
        somebody.goto(job.found[somebody.name])
        somebody.says("Je doet mee als hulpverlener. Robin ziet wat jij bekijkt.")
        somebody.tap("Ja, ik doe mee")
        somebody.tap("Ja, ik doe mee")
        somebody.at("Je hebt ja gezegd")


def says_this_is_them(job: Job) -> None:
    """ "Ja, dit is Ineke" opens something, so an hour after signing in it asks for a code; then it does not again."""
    robin = job.robin
    robin.an_hour_later()
    for name, start in (("Ineke", "ine"), ("Mo", "mo@"), ("Yasmin", "yas")):
        robin.begin()
        robin.says(f"{name} heeft ja gezegd")
        robin.main().get_by_role("heading", name=f"{name} heeft ja gezegd").locator("..").get_by_role("link").click()
        robin.at(f"{name} heeft ja gezegd")
        robin.says(f"Het mailadres begint met {start}.")
        robin.tap(f"Ja, dit is {name}")
        if name == "Ineke":
            robin.step_up()
        robin.says(f"{name} zit nu in je steungroep.", f"{name} ziet nu niets van jou.")
