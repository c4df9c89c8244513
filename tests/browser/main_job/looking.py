"""The others' side: helping, reading, putting something forward; who looked; and stopping."""

from playwright.sync_api import expect

from tests.browser.main_job.job import FELT, GOAL, PROMISED, TOPIC, WHY, Job
from tests.browser.main_job.meeting import ASKED


def the_relative_helps(job: Job) -> None:
    """What she herself will do; Robin reads it first and may say no. There is no comment box."""
    ineke, robin = job.ineke, job.robin
    ineke.goto("/ik-steun/")
    ineke.row("Robin")
    ineke.row(GOAL)
    ineke.at(GOAL)
    ineke.says(WHY)
    assert not ineke.main().locator("textarea").count()
    job.found["goal"] = ineke.page.url.removeprefix(job.place.url)
    ineke.tap("Ik help hiermee")
    ineke.fill("Wat wil je zelf doen?", "Ik ga de eerste keer mee")
    ineke.tap("Stuur")
    ineke.says("Verstuurd. Robin leest het eerst.")
    robin.begin()
    robin.says("Ineke wil helpen")
    robin.tap("Bekijk het")
    robin.says("Ik ga de eerste keer mee")
    robin.tap("Ja, fijn")
    robin.says("Ineke helpt je hierbij.")


def the_relative_reads(job: Job) -> None:
    ineke, robin = job.ineke, job.robin
    ineke.goto(job.found["goal"])
    ineke.tap("Ik heb dit gelezen")
    ineke.says("Robin ziet dat je dit gelezen hebt.", "Je hebt dit gelezen.")
    robin.begin()
    robin.menu("Doelen")
    robin.row(GOAL)
    robin.says("Gelezen door Ineke.")


def the_relative_puts_something_forward(job: Job) -> None:
    ineke = job.ineke
    ineke.goto(job.found["goal"])
    ineke.tap("Ik wil iets bespreken")
    ineke.fill("Wat wil je bespreken?", TOPIC)
    ineke.tap("Stuur")
    ineke.says("Verstuurd. Robin leest het eerst.")


def the_others_read_the_report(job: Job) -> None:
    """Ineke reads it; what Robin wrote for Robin alone is not in it. Teun and Yasmin have nothing to read."""
    ineke = job.ineke
    ineke.goto("/ik-steun/")
    ineke.row("Robin")
    ineke.says("Verslagen", PROMISED)
    ineke.main().locator("a[href*='/verslag/']").first.click()
    ineke.says(PROMISED)
    ineke.says_not(FELT, "Hoe was het voor jou")
    job.found["minutes"] = ineke.page.url.removeprefix(job.place.url)
    ineke.goto("/ik-steun/beloofd/")
    ineke.says(PROMISED, "Voor Robin")


def the_professional_sees_it_at_work(job: Job) -> None:
    """On /team/: the promise, the participant, how it goes (Robin shares that with Mo), and not the goal."""
    mo, yasmin = job.mo, job.yasmin
    mo.goto("/team/")
    mo.says(ASKED, "Robin", "Zij zien wat jij bekijkt.")
    mo.goto("/team/deelnemers/")
    mo.row("Robin")
    mo.at("Robin")
    mo.says("Zwaar")
    mo.says_not(WHY, FELT)
    mo.main().locator("a[href*='/verslag/']").first.click()
    mo.says(PROMISED)
    mo.says_not(FELT)
    yasmin.goto("/team/deelnemers/")
    yasmin.row("Robin")
    yasmin.says("Robin deelt nu niets met jou.")
    yasmin.says_not(GOAL, PROMISED, "Zwaar")


def others_cannot_open_it(job: Job) -> None:
    """The same addresses, for who was not chosen: there is no such page."""
    goal, minutes = (job.found[name].removeprefix("/ik-steun") for name in ("goal", "minutes"))
    for path in (f"/team{goal}", f"/team{minutes}", job.found["goal"], job.found["minutes"]):
        assert job.yasmin.status_of(path) == 404, path
    for person in (job.administrator, job.researcher):
        for path in (job.found["goal"], job.found["meeting"], f"/doelen/{goal.split('/')[2]}/"):
            assert person.status_of(path) in (403, 404), (person.name, path)


def sees_who_looked(job: Job) -> None:
    """One tap from Begin: who looked at what, by name; who answered by a link did not look. Yasmin saw nothing."""
    robin = job.robin
    robin.begin()
    robin.says("Deze week keken 2 mensen naar iets van jou", "Ineke en Mo.")
    robin.tap("Bekijk wie wat zag")
    robin.took(1, "seeing who looked")
    robin.at("Wie heeft gekeken?")
    robin.says(f"Las je doel {GOAL}", "Las het verslag van", "VNN")
    names = robin.main().locator(".logline strong").all_inner_texts()
    # Who opened Teun's link the page cannot know; that Teun answered by it, it does.
    assert set(names) == {"Ineke", "Mo", "Teun", "Link om te antwoorden"}, names
    robin.says("De link werd geopend")


def stops_with_one_person(job: Job) -> None:
    """Four taps from Begin; no reason, no code, no message to Ineke; and then she sees nothing at all."""
    robin, ineke = job.robin, job.ineke
    ineke.mails()
    robin.an_hour_later()  # stopping never asks a code
    robin.begin()
    robin.menu("Delen")
    robin.row("Ineke")
    robin.tap("Stop met delen met Ineke")
    robin.at("Stop je met delen met Ineke?")
    robin.tap("Ja, stop met delen")
    robin.at("Je deelt niet meer met Ineke")
    robin.took(4, "stopping with somebody")
    for path in (
        job.found["goal"],
        job.found["minutes"],
        f"/ik-steun{job.found['meeting'].replace('agenda', 'bijeenkomst')}",
    ):
        assert ineke.status_of(path) == 404, path
    for path in ("/ik-steun/", "/ik-steun/beloofd/"):
        ineke.goto(path)
        ineke.says_not("Robin", GOAL, PROMISED)
    assert ineke.mails() == ""


def closes_everything_for_a_while(job: Job) -> None:
    """Three taps; Mo sees that Robin shares nothing now. Opening again asks for a code."""
    robin, mo = job.robin, job.mo
    robin.begin()
    robin.menu("Delen")
    robin.row("Alles even dicht")
    robin.tap("Zet alles dicht")
    robin.took(3, "closing everything")
    robin.says("Alles staat dicht", "Alleen jij ziet nog iets.")
    mo.goto("/team/deelnemers/")
    expect(mo.main().locator("tr", has_text="Robin")).to_contain_text("Deelt nu niets met jou")
    mo.row("Robin")
    mo.says_not("Zwaar", PROMISED)
    robin.tap("Zet weer open")
    robin.step_up()
    robin.says("Alles staat weer open zoals het was.")
    mo.goto("/team/deelnemers/")
    mo.row("Robin")
    mo.says("Zwaar")
