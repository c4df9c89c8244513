"""Three days to choose from, answers with and without an account, a report that is kept while it is written."""

from datetime import datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar
from playwright.sync_api import expect

from tests.browser.chrome import device
from tests.browser.main_job.job import FELT, GOAL, PROMISED, TOPIC, Job, in_days
from tests.browser.people import Somebody

ASKED = "Vraagt naar een plek in de groep"
DAYS = [(10, "Ochtend"), (11, "Middag"), (12, "Avond")]


def plans_a_meeting(job: Job) -> None:
    """Six questions; three days; Ineke, Mo and Teun are asked."""
    robin = job.robin
    job.found["meeting"] = plan(robin, DAYS, ["Ineke", "Mo", "Teun"])
    link = robin.main().locator("li", has_text="Teun").locator(".linkline")
    job.found["teun"] = link.inner_text().strip()
    robin.tap("Naar Begin")
    robin.says("Jullie zoeken een dag")


def plan(robin: Somebody, days: list[tuple[int, str]], people: list[str]) -> str:
    """Returns the address of the meeting."""
    robin.begin()
    robin.menu("Agenda")
    robin.tap("Plan een bijeenkomst")
    robin.at("Waarvoor komen jullie bij elkaar?")
    robin.choose("Gewone bijeenkomst")
    robin.tap("Verder")
    robin.at("Welke dag past jou?")
    robin.page.locator("details.more summary").click()
    for number, (ahead, part) in enumerate(days, 1):
        robin.page.locator(f"[name=day{number}]").fill(in_days(ahead).isoformat())
        robin.page.locator(f"label:has([name=part{number}])", has_text=part).click()
    robin.tap("Verder")
    robin.at("Waar?")
    robin.choose("Bij mij thuis")
    robin.tap("Verder")
    robin.at("Wie vraag je?")
    robin.choose(*people)
    robin.tap("Verder")
    robin.at("Waar wil je het over hebben?")
    robin.choose(GOAL)
    robin.tap("Verder")
    robin.at("Wat maakt het fijn voor jou?")
    robin.choose("Na 30 minuten even pauze")
    robin.tap("Verder")
    robin.at("Klopt dit?")
    robin.says(GOAL, "Bij mij thuis", "Na 30 minuten even pauze")
    robin.go_on()
    robin.took(9, "planning a meeting")
    robin.page.wait_for_url("**/gepland/")
    return robin.page.url.removeprefix(robin.place.url).removesuffix("gepland/")


def the_relative_answers(job: Job) -> None:
    """Signed in: she can come on two of the three days."""
    ineke = job.ineke
    ineke.goto("/ik-steun/")
    ineke.row("Robin")
    ineke.says("Robin zoekt een dag", "Je hebt nog niet geantwoord.")
    ineke.tap("Zeg of je komt")
    ineke.says("Na 30 minuten even pauze", GOAL)
    ineke.choose("Ik kom")
    boxes = ineke.main().locator("[name=days]")
    assert boxes.count() == 3
    boxes.nth(1).check()
    boxes.nth(2).check()
    ineke.tap("Bewaar mijn antwoord")
    ineke.says("Bewaard. Dank je.")


def the_professional_answers(job: Job) -> None:
    mo = job.mo
    mo.goto("/team/deelnemers/")
    mo.row("Robin")
    mo.tap("Zeg of je komt")
    mo.choose("Ik kom")
    mo.main().locator("[name=days]").nth(1).check()
    mo.tap("Bewaar mijn antwoord")
    mo.says("Bewaard. Dank je.")


def somebody_answers_without_account(job: Job) -> None:
    """Through the link that Robin sent; it shows the days and nothing else."""
    teun = job.teun
    teun.goto(job.found["teun"])
    teun.at("Teun, kom je?")
    teun.says("Robin zoekt een dag.")
    teun.says_not(GOAL, "Ineke", "Mo")
    teun.choose("Ik kom")
    teun.main().locator("[name=days]").nth(1).check()
    teun.tap("Stuur mijn antwoord")
    teun.at("Dank je voor je antwoord")


def picks_the_day(job: Job) -> None:
    """The participant decides; the middle day suits all."""
    robin = job.robin
    robin.goto(job.found["meeting"])
    choices = robin.main().locator("label.choice")
    expect(choices.nth(1)).to_contain_text("dan kan het")
    for name in ("Ineke", "Mo", "Teun"):
        expect(choices.nth(1)).to_contain_text(name)
    expect(choices.nth(0)).not_to_contain_text("dan kan het")
    choices.nth(1).click()
    robin.tap("Deze dag wordt het")
    robin.says("De dag staat vast. De anderen krijgen bericht.", "14.00 uur")


def takes_it_to_the_phone(job: Job) -> None:
    """The calendar file has the right hour with its time zone, and says neither who nor what."""
    robin = job.robin
    robin.goto(job.found["meeting"])
    href = robin.main().get_by_role("link", name="Zet in mijn telefoon").get_attribute("href")
    content = robin.page.context.request.get(str(href)).body()
    calendar = Calendar.from_ical(content)
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Europe/Amsterdam"]
    (event,) = calendar.walk("VEVENT")
    begins = event.decoded("dtstart")
    day = in_days(DAYS[1][0])
    assert begins == datetime(day.year, day.month, day.day, 14, tzinfo=ZoneInfo("Europe/Amsterdam"))
    assert b"DTSTART;TZID=Europe/Amsterdam" in content
    for words in ("Robin", "Ineke", GOAL, "steungroep"):
        assert words.encode() not in content


def two_weeks_go_by(job: Job) -> None:
    slug = job.found["meeting"].strip("/").split("/")[-1]
    job.place.sql("update meetings_meeting set at = now() - interval '1 day' where slug = %s", slug)


def writes_the_report(job: Job) -> None:
    """Five questions. What is typed is kept by itself; "Bewaar en stop" comes back to the same question."""
    two_weeks_go_by(job)
    robin = job.robin
    robin.begin()
    robin.says("Jullie kwamen bij elkaar")
    robin.tap("Schrijf het verslag")
    robin.at("Wie was erbij?")
    robin.says("vraag 1 van 5")
    for name in ("Ineke", "Mo", "Teun"):
        expect(robin.main().get_by_label(name)).to_be_checked()
    robin.tap("Verder")
    robin.at("Waar sta je nu?")
    robin.choose("Een begin")
    robin.tap("Verder")
    robin.at("Wat spraken jullie af?")
    _agrees(robin)
    robin.at("Hoe was het voor jou?")
    robin.says("Alleen jij ziet dit.")
    _is_kept_while_typing(robin)
    _stops_and_comes_back(robin, job.found["meeting"])
    robin.tap("Verder")
    robin.at("Wanneer zien jullie elkaar weer?")
    robin.fill("Of schrijf het", "Over 3 maanden")
    robin.tap("Verder")
    _checks_and_keeps(robin)


def _agrees(robin: Somebody) -> None:
    robin.page.locator("[name=what_1]").fill(PROMISED)
    robin.tap("Verder")
    robin.says("Kies wie dit doet.")  # nobody was chosen; what was typed stands there still
    expect(robin.page.locator("[name=what_1]")).to_have_value(PROMISED)
    robin.page.locator("[name=who_1]").select_option(label="Ineke")
    robin.page.locator("[name=when_1]").fill(in_days(20).isoformat())
    robin.tap("Nog een afspraak")
    robin.page.locator("[name=what_2]").fill(ASKED)
    robin.page.locator("[name=who_2]").select_option(label="Mo")
    robin.page.locator("[name=when_2]").fill(in_days(1).isoformat())
    robin.tap("Verder")


def _is_kept_while_typing(robin: Somebody) -> None:
    field = robin.page.locator("[name=experience]")
    field.fill(FELT)
    field.blur()
    expect(robin.page.locator("[data-bewaard]")).to_contain_text("Bewaard om")
    robin.page.reload()
    expect(robin.page.locator("[name=experience]")).to_have_value(FELT)


def _stops_and_comes_back(robin: Somebody, meeting: str) -> None:
    robin.tap("Bewaar en stop")
    robin.says("Bewaard. Je kunt later verder waar je was.")
    robin.goto(meeting)
    robin.tap("Schrijf het verslag")
    robin.at("Hoe was het voor jou?")
    expect(robin.page.locator("[name=experience]")).to_have_value(FELT)


def _checks_and_keeps(robin: Somebody) -> None:
    robin.at("Klopt dit?")
    robin.says(PROMISED, ASKED, FELT, "Over 3 maanden")
    robin.main().get_by_role("link", name="Verander wie erbij was").click()
    robin.at("Wie was erbij?")
    robin.main().get_by_label("Teun").uncheck()
    robin.tap("Verder")
    robin.at("Klopt dit?")  # straight back, not through all questions
    robin.tap("Verander wie dit leest")
    robin.choose("Ineke", "Mo")
    robin.go_on()
    robin.at("Klopt dit?")
    robin.says("Dit verslag is straks te lezen voor Ineke en Mo.", "Nieuw: Ineke zag nog geen verslagen.")
    robin.tap("Bewaar het verslag")
    if "/nog-een-keer/" in robin.page.url:
        robin.step_up()
    robin.says("Klaar. Het verslag is bewaard.", "Ineke en Mo.", PROMISED, ASKED)


def the_promise_comes_back(job: Job) -> None:
    """In the report of the next meeting stands what is still open; Robin counts it as done."""
    robin = job.robin
    first = job.found["meeting"]
    job.found["meeting"] = plan(robin, [(30, "Middag")], ["Ineke", "Mo"])
    prepares(job)
    two_weeks_go_by(job)
    robin.begin()
    robin.taps = 0
    robin.menu("Agenda")
    robin.main().locator(f"a[href='{job.found['meeting']}']").click()
    robin.taps += 1
    robin.tap("Schrijf het verslag")
    robin.tap("Verder")
    robin.tap("Verder")
    robin.at("Wat spraken jullie af?")
    robin.says("Dit stond nog open", f"Ineke: {PROMISED}", f"Mo: {ASKED}")
    kept = robin.main().locator("fieldset", has_text=PROMISED)
    kept.get_by_label("Klaar").check()
    robin.tap("Verder")
    robin.tap("Verder")
    robin.tap("Verder")
    robin.at("Klopt dit?")
    robin.tap("Bewaar het verslag")
    robin.took(9, "writing the report")
    robin.says("Klaar. Het verslag is bewaard.")
    assert first != job.found["meeting"]
    job.ineke.goto("/ik-steun/beloofd/")
    expect(job.ineke.main().locator("section", has_text="Klaar")).to_contain_text(PROMISED)


def prepares(job: Job) -> None:
    """What Ineke wanted to discuss is there to put on the agenda; only Robin does that."""
    robin = job.robin
    robin.begin()
    robin.tap("Bereid je voor")
    robin.says("Dit wil iemand bespreken", TOPIC)
    robin.choose(f"Ineke: {TOPIC}")
    robin.tap("Bewaar")
    robin.says("Bewaard. Dit staat op de agenda.", TOPIC)


def autosave_survives_signing_out(job: Job) -> None:
    """What was typed waits for its writer, on another device too."""
    robin = job.robin
    robin.goto("/doelen/nieuw/")
    field = robin.page.locator("[name=words]")
    field.fill("Een hond uitlaten in het asiel")
    field.blur()
    expect(robin.page.locator("[data-bewaard]")).to_contain_text("Bewaard om")
    other = device(job.browser, job.place)
    try:
        page = other.new_page()
        other.add_cookies(robin.page.context.cookies())  # type: ignore[arg-type]
        page.goto("/doelen/nieuw/wat/")
        expect(page.locator("[name=words]")).to_have_value("Een hond uitlaten in het asiel")
    finally:
        other.close()
