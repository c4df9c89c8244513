"""The sides of Kring: one person may be participant, relative and professional, but never two on one screen.

The side of a page follows from its address, so that no view can forget to say it.
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


PREFIXES = {
    "ik-steun": Side.MEMBER,
    "team": Side.TEAM,
    "onderzoek": Side.RESEARCH,
    "beheer": Side.BEHEER,
}
EVERY_SIDE = {"instellingen", "hulp", "account"}  # these keep the menu of where somebody came from
GUEST_PREFIXES = EVERY_SIDE | {
    "",
    "berichten",
    "weg",
    "inloggen",
    "code",
    "link",
    "u",
    "antwoord",
    "welkom",
    "demo",
    "rol",
    "taal",
    "nog-een-keer",
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


def side_of(path: str) -> Side:
    first = path.strip("/").split("/")[0]
    return PREFIXES.get(first) or (Side.GUEST if first in GUEST_PREFIXES else Side.PARTICIPANT)


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
