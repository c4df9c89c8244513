"""Who there is in the demo before anybody begins: accounts, organisations, who works where, and the study."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX

from herstel.demo_people import DEMO_PEOPLE
from herstel.models import User
from herstel.roles import MAINTENANCE, as_role
from participants.models import Employment, Organisation
from research.models import Cohort, Study, StudyRole
from research.world.scenes import at, day

Kind, Function = Organisation.Kind, Employment.Function
ORGANISATIONS = {
    "VNN": Kind.ADDICTION,
    "Lentis": Kind.CARE,
    "WIJ-team": Kind.MUNICIPAL,
    "Samen voor Herstel": Kind.RESEARCH,
    "Kring": Kind.PLATFORM,
}
WORK = {
    "vnn": ("VNN", Function.PROFESSIONAL),
    "lentis": ("Lentis", Function.PROFESSIONAL),
    "wij": ("WIJ-team", Function.PROFESSIONAL),
    "onderzoeker": ("Samen voor Herstel", Function.RESEARCHER),
    "controleur": ("Samen voor Herstel", Function.RESEARCHER),
    "beheer": ("Kring", Function.ADMINISTRATOR),
}
ASKS = """Je doelen: waarover ze gaan en hoe ver je bent. Niet wat je schrijft.
Je steungroep: hoeveel mensen erin zitten, en hoe vaak jullie bij elkaar komen. Niet wie dat zijn."""
TEXT = """Wij willen weten of een steungroep helpt bij herstel.

Wat doen wij? Wij kijken naar je doelen en je steungroep in Kring. Jij hoeft niets extra te doen.

Wat zien wij niet? Je naam, je eigen woorden, en de namen van je mensen.

Je mag altijd stoppen. Dat heeft geen gevolgen voor je hulp. Dan halen wij jou uit onze bestanden.
Wat al in een artikel staat, blijft."""


@dataclass
class House:
    """Who there is before anybody begins."""

    users: dict[str, User] = field(default_factory=dict)
    organisations: dict[str, int] = field(default_factory=dict)
    study: Study = field(default_factory=Study)

    def account(self, email: str) -> User:
        """Somebody without a place at /demo/: a friend, another participant."""
        with as_role(MAINTENANCE):
            user, _made = User.objects.get_or_create(email=email, defaults={"password": UNUSABLE_PASSWORD_PREFIX})
        return user


def build_house() -> House:
    """Accounts, organisations, who works where, and the study. An administrator would have made these."""
    house = House()
    with as_role(MAINTENANCE):
        for person in DEMO_PEOPLE:
            house.users[person.slug] = User.objects.create_user(person.email)
        for name, kind in ORGANISATIONS.items():
            organisation, _made = Organisation.objects.get_or_create(name=name, defaults={"kind": kind})
            house.organisations[name] = organisation.pk
        _employ(house, at(-200, 9))
        house.study = _study(house)
    return house


def _employ(house: House, since: datetime) -> None:
    names = {person.slug: person.name for person in DEMO_PEOPLE}
    for slug, (organisation, function) in WORK.items():
        Employment.objects.create(
            user=house.users[slug],
            organisation_id=house.organisations[organisation],
            function=function,
            name=names[slug],
            invited_at=since,
            began_at=since,
        )


def _study(house: House) -> Study:
    study = Study.objects.create(
        title="Samen voor Herstel",
        question="Helpt een steungroep mensen bij hun herstel?",
        asks=ASKS,
        approval="METc 2026/114",
        text=TEXT,
        open_from=day(-180),
        open_until=day(400),
    )
    Cohort.objects.create(study=study, uuid=uuid4(), number=2)
    roles = {"onderzoeker": StudyRole.Role.RESEARCHER, "controleur": StudyRole.Role.CHECKER}
    for slug, role in roles.items():
        user = house.users[slug]
        work = Employment.objects.get(user=user)
        StudyRole.objects.create(study=study, user=user, employment=work, role=role, until=day(400))
    return study
