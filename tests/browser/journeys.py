"""Pages that no link leads to: the questions of a flow, what a form answers, and what an hour later looks like.

A journey is a generator: it yields the name of the state in which the page stands, to whoever looks at it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from playwright.sync_api import Page

from tests.browser.chrome import become, device
from tests.browser.place import Place
from tests.browser.walking import choose, enter_code, fill, go_on, path_of, row, step_up, tap

NEWCOMER = "robin@voorbeeld.nl"


@dataclass
class Walker:
    page: Page
    place: Place
    persona: str

    def borrow(self, slug: str, start: str, name: str, then: str) -> str:
        """A link that somebody else was given on one of their pages, to send to us."""
        context = device(self.page.context.browser, self.place)  # type: ignore[arg-type]
        try:
            become(context, slug)
            page = context.new_page()
            page.goto(start)
            row(page, name)
            tap(page, then)
            return page.locator(".linkline").first.inner_text().strip()
        finally:
            context.close()

    def stale(self) -> None:
        key = next(c["value"] for c in self.page.context.cookies() if c["name"] == "kring")
        self.place.make_stale(key)


type Journey = Callable[[Walker], Iterator[str]]


def in_days(days: int) -> str:
    return (date.today() + timedelta(days=days)).isoformat()


# --- nobody yet -----------------------------------------------------------------------------------------------------
def outside(walker: Walker) -> Iterator[str]:
    page = walker.page
    page.goto("/inloggen/")
    tap(page, "Stuur de code")
    yield "leeg verstuurd"
    fill(page, "Mailadres", "iemand@voorbeeld.nl")
    tap(page, "Stuur de code")
    yield ""
    fill(page, "Code", "000000")
    tap(page, "Ga verder")
    yield "foute code"
    page.goto("/inloggen/?even-weg=1")
    yield "even weg"


def answers(walker: Walker) -> Iterator[str]:
    """What a link shows to who has no account."""
    page = walker.page
    page.goto(walker.borrow("deelnemer2", "/agenda/", "", "Links om te antwoorden"))
    yield "met link"
    tap(page, "Stuur mijn antwoord")
    yield "leeg verstuurd"
    choose(page, "Ik kom")
    tap(page, "Stuur mijn antwoord")
    yield "geantwoord"


def declines(walker: Walker) -> Iterator[str]:
    page = walker.page
    page.goto(walker.borrow("deelnemer", "/mensen/", "Fatima", "Bekijk de link"))
    yield "met link"
    tap(page, "Nee, nu niet")
    yield "nee gezegd"


# --- a newcomer -----------------------------------------------------------------------------------------------------
def arrives(walker: Walker) -> Iterator[str]:
    page = walker.page
    page.goto("/inloggen/")
    fill(page, "Mailadres", NEWCOMER)
    tap(page, "Stuur de code")
    enter_code(page, walker.place, NEWCOMER)
    yield ""
    go_on(page)
    yield "leeg verstuurd"
    fill(page, "Hoe wil je heten?", "Robin")
    go_on(page)
    yield ""
    go_on(page)
    yield ""
    go_on(page)
    yield ""


# --- a participant --------------------------------------------------------------------------------------------------
def _through(page: Page, most: int = 9) -> Iterator[str]:
    """On with the main button, up to the check page, which is shown too."""
    for _question in range(most):
        yield "ingevuld" if page.locator(".check, dl").count() else ""
        if path_of(page).endswith("/controleer/"):
            return
        go_on(page)
    raise AssertionError(f"no end to the questions: {page.url}")


def set_a_goal(walker: Walker) -> Iterator[str]:
    page = walker.page
    page.goto("/doelen/nieuw/")
    yield ""
    go_on(page)
    yield "leeg verstuurd"
    fill(page, "Wat wil je graag?", "Weer een keer naar de markt")
    go_on(page)
    yield ""
    go_on(page)
    yield ""
    go_on(page)
    yield ""
    go_on(page)
    yield ""
    choose(page, "Ans")
    go_on(page)
    yield ""
    choose(page, "De mensen die helpen")
    go_on(page)
    yield "ingevuld"
    go_on(page)
    yield "nieuw"
    tap(page, "Verander")
    choose(page, "Gelukt")
    go_on(page)
    yield "gelukt"


def put_on_the_map(walker: Walker) -> Iterator[str]:
    page = walker.page
    page.goto("/mensen/nieuw/")
    yield ""
    go_on(page)
    yield "leeg verstuurd"
    fill(page, "Naam", "Sjoukje")
    choose(page, "Buur")
    go_on(page)
    yield ""
    choose(page, "Verder weg")
    go_on(page)
    yield "ingevuld"


def invite(walker: Walker) -> Iterator[str]:
    page = walker.page
    page.goto("/mensen/")
    row(page, "Bram")
    tap(page, "Vraag Bram in je steungroep")
    yield from _through(page)
    go_on(page)
    yield "nieuw"


def plan(walker: Walker) -> Iterator[str]:
    page = walker.page
    page.goto("/agenda/nieuw/")
    yield ""
    choose(page, "Gewone bijeenkomst")
    go_on(page)
    yield ""
    page.locator("summary").first.click()
    for n in (1, 2, 3):
        page.locator(f"[name=day{n}]").fill(in_days(20 + n))
    yield "open"
    go_on(page)
    yield ""
    go_on(page)
    yield ""
    choose(page, "Ans", "Mo")
    go_on(page)
    yield from _through(page)
    go_on(page)
    yield "nieuw"
    tap(page, "Naar Begin")
    page.goto("/agenda/")
    row(page, "We zoeken nog een dag")
    yield "dagen open"


def report(walker: Walker) -> Iterator[str]:
    page = walker.page
    (slug,) = walker.place.sql(
        "select m.slug from meetings_meeting m join participants_participant p on p.id = m.participant_id "
        "where p.called = 'Jan' and m.state = 'fixed' limit 1"
    )[0]
    page.goto(f"/agenda/{slug}/verslag/")
    yield from _through(page)
    tap(page, "Verander wie dit leest")
    yield ""


def check_in(walker: Walker) -> Iterator[str]:
    page = walker.page
    page.goto("/hoe-gaat-het/")
    go_on(page)
    yield "leeg verstuurd"
    choose(page, "Gaat wel")
    go_on(page)
    yield ""
    page.goto("/hoe-gaat-het/")
    choose(page, "Heel zwaar")
    go_on(page)
    yield ""


def share(walker: Walker) -> Iterator[str]:
    page = walker.page
    page.goto("/delen/")
    row(page, "Ans")
    choose(page, "Hoe het met je gaat")
    tap(page, "Bekijk wat Ans dan ziet")
    yield "nog niet bewaard"
    page.goto("/delen/")
    row(page, "Ans")
    choose(page, "Hoe het met je gaat")
    go_on(page)
    yield "weet je het zeker"
    walker.stale()
    page.goto("/delen/")
    row(page, "Ans")
    choose(page, "Wie je mensen zijn")
    go_on(page)
    yield "nog een code"
    go_on(page)
    yield "nog een code, leeg verstuurd"


def meet_a_conflict(walker: Walker) -> Iterator[str]:
    """Somebody changed the goal on another device in the meantime."""
    page = walker.page
    page.goto("/doelen/")
    row(page, "Iets met mijn handen doen")
    row(page, "Meer met dit doel")
    row(page, "Doel veranderen")
    page.locator("[name=version]").evaluate("field => { field.value = '0' }")
    go_on(page)
    yield "op een ander apparaat veranderd"


def close_everything(walker: Walker) -> Iterator[str]:
    page = walker.page
    page.goto("/delen/pauze/")
    go_on(page)
    yield "dicht"
    for where in ("/begin/", "/delen/"):
        page.goto(where)
        yield "alles dicht"
    page.goto("/delen/pauze/")
    go_on(page)
    if path_of(page) == "/nog-een-keer/":
        step_up(page, walker.place, "jan@voorbeeld.nl")
    yield "weer open"


def stop_with_somebody(walker: Walker) -> Iterator[str]:
    page = walker.page
    page.goto("/mensen/")
    row(page, "Henk")
    row(page, "Stop met delen met Henk")
    go_on(page)
    yield ""
    page.goto("/deze-pagina-is-er-niet/")
    yield "bestaat niet"


# --- who supports ---------------------------------------------------------------------------------------------------
def supports(walker: Walker) -> Iterator[str]:
    page = walker.page
    (goal,) = walker.place.sql("select slug from goals_goal where words = 'Weer naar mijn zus fietsen'")[0]
    home = "/team" if walker.persona == "vnn" else "/ik-steun"
    page.goto(f"{home}/doel/{goal}/helpen/")
    go_on(page)
    yield "leeg verstuurd"
    fill(page, "Wat wil je zelf doen?", "Ik ga een keer mee")
    go_on(page)
    page.goto(f"{home}/doel/{goal}/bespreken/")
    fill(page, "Wat wil je bespreken?", "Wie er meegaat naar de markt")
    go_on(page)
    yield "verstuurd"


def researches(walker: Walker) -> Iterator[str]:
    page = walker.page
    page.goto("/onderzoek/")
    page.locator("main a[href^='/onderzoek/']").first.click()
    page.goto(f"{path_of(page)}nieuw/")
    go_on(page)
    yield "leeg verstuurd"
    fill(page, "Waar gebruik je deze versie voor?", "Een eerste telling")
    go_on(page)
    yield "gevraagd"


GONE = ["/link/onzin/", "/u/onzinonzinonzinonzinonz/", "/antwoord/onzin/", "/deze-pagina-is-er-niet/"]
# Where somebody begins to look around; who is not named here begins where signing in leads.
SEEDS: dict[str, list[str]] = {
    "niemand": ["/", "/begin/", "/demo/", *GONE],
    "deelnemer2": ["/rol/", "/begin/", "/ik-steun/"],  # she has two sides, and chooses
}
BEFORE: dict[str, list[Journey]] = {"nieuw": [arrives]}
AFTER: dict[str, list[Journey]] = {
    "niemand": [outside, answers, declines],
    "deelnemer": [
        *(set_a_goal, put_on_the_map, invite, plan, report, check_in, share, meet_a_conflict),
        *(close_everything, stop_with_somebody),
    ],
    "zus": [supports],
    "vnn": [supports],
    "onderzoeker": [researches],
}
