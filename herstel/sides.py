"""The sides of Kring: one person may be participant, relative and professional, but never two on one screen.

The side of a page follows from its address, so that no view can forget to say it. An address that stands in no list has
no side, and nobody gets in (herstel.E005 says so before the server starts).
"""

from enum import StrEnum

from django.db import connection
from django.utils.translation import gettext_lazy as _


class Side(StrEnum):
    GUEST = "guest"
    PARTICIPANT = "participant"
    MEMBER = "member"
    TEAM = "team"
    RESEARCH = "research"
    BEHEER = "beheer"


EVERY_SIDE = {"instellingen", "hulp", "account"}  # these keep the menu of where somebody came from
# Where an address begins → whose it is.
PREFIXES = {
    **dict.fromkeys(EVERY_SIDE, Side.GUEST),
    **dict.fromkeys(("", "inloggen", "code", "link", "rol", "nog-een-keer", "uit", "uitloggen", "demo"), Side.GUEST),
    **dict.fromkeys(("u", "antwoord", "welkom", "weg", "berichten", "taal", "kalender", "beeld"), Side.GUEST),
    **dict.fromkeys(("favicon.ico", "werker.js", "zonder-internet", "health", "metrics"), Side.GUEST),
    **dict.fromkeys(("begin", "doelen", "stap", "aanbod", "mensen", "gesprek", "klopt-dit"), Side.PARTICIPANT),
    **dict.fromkeys(("delen", "plan", "verhaal", "hoe-gaat-het"), Side.PARTICIPANT),
    **dict.fromkeys(("agenda", "opgeschreven", "verslag", "terug"), Side.PARTICIPANT),
    "ik-steun": Side.MEMBER,
    "team": Side.TEAM,
    "onderzoek": Side.RESEARCH,
    "beheer": Side.BEHEER,
}
STAFF = {Side.TEAM, Side.RESEARCH, Side.BEHEER}

HOME = {
    Side.PARTICIPANT: "begin",
    Side.MEMBER: "member:home",
    Side.TEAM: "team:today",
    Side.RESEARCH: "research:studies",
    Side.BEHEER: "beheer:home",
}
LABEL = {
    Side.PARTICIPANT: _("Mijn eigen plek"),
    Side.MEMBER: _("Iemand steunen"),
    Side.TEAM: _("Mijn werk als hulpverlener"),
    Side.RESEARCH: _("Onderzoek"),
    Side.BEHEER: _("Beheer"),
}


def beginning(path: str) -> str:
    """The first part of an address, from which its side follows."""
    return path.strip("/").split("/")[0]


def side_of(path: str) -> Side | None:
    return PREFIXES.get(beginning(path))


def works_here(user_id: int) -> bool:
    """Whether this person has one of the sides in STAFF: each is an employment. Asked at most pages, so briefly."""
    with connection.cursor() as cursor:
        cursor.execute("select exists (select from participants_employment where user_id = %s and active)", [user_id])
        return bool(cursor.fetchone()[0])


def asked_to_work(user_id: int) -> bool:
    """Whether an organisation asked this person to work for it, and they said nothing yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from participants_employment "
            "where user_id = %s and began_at is null and ended_at is null)",
            [user_id],
        )
        return bool(cursor.fetchone()[0])


def sides(user_id: int) -> list[Side]:
    """Which sides this person has; asked fresh each time, because employments and memberships end."""
    with connection.cursor() as cursor:
        cursor.execute(
            """select exists (select from participants_participant where user_id = %(me)s),
                      exists (select from supportgroups_membership
                               where user_id = %(me)s and kind = 'informal'
                                 and state in ('accepted', 'active', 'paused')),
                      exists (select from participants_employment
                               where user_id = %(me)s and active and function = 'professional'),
                      exists (select from participants_employment
                               where user_id = %(me)s and active and function = 'researcher'),
                      exists (select from participants_employment
                               where user_id = %(me)s and active and function = 'administrator')""",
            {"me": user_id},
        )
        row = cursor.fetchone()
    order = (Side.PARTICIPANT, Side.MEMBER, Side.TEAM, Side.RESEARCH, Side.BEHEER)
    return [side for side, has in zip(order, row, strict=True) if has]
