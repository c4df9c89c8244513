"""Who is there before the first participant begins: organisations, who works there, and all participants' accounts."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX

from herstel.models import Preference, User
from participants.models import Background, Employment, Organisation, Participant
from research.world.names import DISTRICTS, MEN, ORGANISATIONS, SURNAMES, WOMEN
from research.world.tables import Tables

DAY = timedelta(days=1)
TWO_YEARS = 730
# How many groups a professional sits in, on average; one has fewer, another many more.
GROUPS_EACH = 40
FORMAL_MEMBERS = 2
LEAST_PROFESSIONALS = 4


@dataclass(frozen=True)
class Professional:
    user_id: int
    called: str
    organisation_id: int
    organisation: str
    busy: float  # how often this one is asked, next to the others


@dataclass
class Goal:
    """What later rows need to know of a goal."""

    id: int
    reach: str
    began: datetime
    progress: list[tuple[datetime, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Member:
    """What later rows need to know of somebody's place in a group."""

    id: int
    called: str
    kind: str
    state: str
    user_id: int | None
    organisation: str
    since: datetime | None
    shares: frozenset[str]
    goals: frozenset[int] = frozenset()

    @property
    def active(self) -> bool:
        return self.state == "active"

    def seeing(self, goal: int) -> "Member":
        return replace(self, goals=self.goals | {goal})


@dataclass
class Life:
    """One participant, while everything around them is made up."""

    number: int
    id: int
    user_id: int
    called: str
    began: datetime
    random: Random
    members: list[Member] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    rows: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # category → what there is to see

    @property
    def active(self) -> list[Member]:
        return [member for member in self.members if member.active]


@dataclass
class World:
    """What is shared by all: the tables, the day it is, and who can be asked."""

    tables: Tables
    seed: int
    participants: int
    members: int
    goals: int
    meetings: int
    now: datetime
    first_user: int = 0
    professionals: list[Professional] = field(default_factory=list)
    researchers: list[tuple[int, int]] = field(default_factory=list)

    def address(self, who: str) -> str:
        return f"{who}@wereld{self.seed}.example"

    def moment(self, random: Random, begin: datetime, end: datetime) -> datetime:
        """Some moment between two others, to the second."""
        return begin + timedelta(seconds=int(random.random() * (end - begin).total_seconds()))


def chance(*of: object) -> Random:
    """The dice of one thing: the same each time, whatever else is made up before it."""
    return Random("/".join(map(str, of)))  # noqa: S311 - made-up people hold no secret


# --- before the first participant -----------------------------------------------------------------------------------
def make_accounts(world: World) -> None:
    """Participants' accounts come first, in order: somebody may be in the group of a participant who is made later."""
    random = chance(world.seed)
    world.first_user = world.tables[User].next
    for number in range(world.participants):
        add_user(world, f"deelnemer{number}", _began(world, number))
    organisations = _organisations(world)
    _professionals(world, random, organisations)
    _others_at_work(world, random, organisations)
    world.tables.write()


def add_user(world: World, who: str, joined_at: datetime) -> int:
    """An account that nobody has a password for."""
    return world.tables[User].add(email=world.address(who), password=UNUSABLE_PASSWORD_PREFIX, joined_at=joined_at)


def _organisations(world: World) -> dict[str, int]:
    """Organisations have one name in all worlds of a database."""
    known = dict(Organisation.objects.values_list("name", "pk"))
    table = world.tables[Organisation]
    return {name: known.get(name) or table.add(name=name, kind=kind) for name, kind in ORGANISATIONS.items()}


def _professionals(world: World, random: Random, organisations: dict[str, int]) -> None:
    caring = [name for name, kind in ORGANISATIONS.items() if kind not in ("research", "platform")]
    count = max(LEAST_PROFESSIONALS, world.participants * FORMAL_MEMBERS // GROUPS_EACH)
    for number in range(count):
        called, organisation = random.choice(WOMEN + MEN), caring[number % len(caring)]
        user_id = add_user(world, f"hulpverlener{number}", world.now - TWO_YEARS * DAY)
        _employ(world, user_id, organisations[organisation], f"{called} {random.choice(SURNAMES)}", "professional")
        world.professionals.append(
            Professional(user_id, called, organisations[organisation], organisation, random.uniform(0.3, 1.7))
        )


def _others_at_work(world: World, random: Random, organisations: dict[str, int]) -> None:
    for number in range(3):
        user_id = add_user(world, f"onderzoeker{number}", world.now - TWO_YEARS * DAY)
        work = _employ(world, user_id, organisations["UMCG"], f"Dr. {random.choice(SURNAMES)}", "researcher")
        world.researchers.append((user_id, work))
    user_id = add_user(world, "beheer", world.now - TWO_YEARS * DAY)
    _employ(world, user_id, organisations["Kring"], random.choice(WOMEN), "administrator")


def _employ(world: World, user_id: int, organisation_id: int, name: str, function: str) -> int:
    return world.tables[Employment].add(
        user_id=user_id,
        organisation_id=organisation_id,
        name=name,
        function=function,
        invited_at=world.now - TWO_YEARS * DAY,
        began_at=world.now - TWO_YEARS * DAY,
    )


# --- one participant ------------------------------------------------------------------------------------------------
def begin_life(world: World, number: int) -> Life:
    """The participant, how they want their screen, and what studies ask about them."""
    random = chance(world.seed, number, "life")
    began = _began(world, number)
    user_id = world.first_user + number
    called = random.choice(random.choice((WOMEN, MEN)))
    paused = random.random() < 0.03
    participant_id = world.tables[Participant].add(
        user_id=user_id,
        slug=world.tables.slug(),
        called=called,
        pronoun="",
        created_at=began,
        first_steps_at=began + timedelta(minutes=4),
        paused_at=world.now - 3 * DAY if paused else None,
    )
    if random.random() < 0.2:
        world.tables[Preference].add(user_id=user_id, calm=random.random() < 0.5, colour=random.choice(("", "donker")))
    _background(world, participant_id, random)
    return Life(number, participant_id, user_id, called, began, random)


def _background(world: World, participant_id: int, random: Random) -> None:
    world.tables[Background].add(
        participant_id=participant_id,
        study_id=uuid_from(random),
        birth_year=random.randint(1950, 2003) if random.random() < 0.9 else None,
        gender=random.choices(("woman", "man", "other", ""), (44, 48, 3, 5))[0],
        district=random.choice(DISTRICTS),
    )


def uuid_from(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)


def _began(world: World, number: int) -> datetime:
    """Spread over the last two years, up to two weeks ago."""
    days = chance(world.seed, number).uniform(14, TWO_YEARS)
    return (world.now - timedelta(days=days)).replace(microsecond=0)
