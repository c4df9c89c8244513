"""The other people whom Mo supports, and those who make the study large enough for a file."""

from dataclasses import dataclass, field

from goals.actions import close_goal, say_where, set_goal
from goals.models import Goal
from herstel.actor import acting_as
from herstel.models import User
from meetings.actions import Agreed, Plan, Report, plan_meeting, write_minutes
from meetings.models import Meeting
from participants.actions import check_in
from participants.models import Participant
from research.actions import give_consent
from research.world.house import House
from research.world.scenes import Known, at, begin, bring_in, day, scene, take_along
from research.world.words import THEMES, Theme
from supportgroups.models import Membership, Person

PROFESSIONAL, PEER = Person.Kind.PROFESSIONAL, Person.Kind.PEER


@dataclass
class Other:
    """A participant in a few lines."""

    called: str
    address: str
    themes: tuple[int, ...] = ()
    standing: int = 1
    close: tuple[tuple[str, str], ...] = ()
    mo_sees: frozenset[str] | None = None  # None: Mo is not in the group
    lentis: bool = False
    meets_in: int | None = None
    promised: tuple[str, int] | None = None
    consents: bool = True
    members: list[Membership] = field(default_factory=list)


def sees(words: str) -> frozenset[str]:
    return frozenset(words.split())


OF_MO = (
    Other("Peter", "peter", (7, 15), 2, (("Gea", "vrouw"), ("Rob", "broer")), sees("agenda goals people"), True, 14,
          ("Samen naar de huisarts", -1)),
    Other("Rinus", "rinus", (6, 17), 3, (), sees("agenda goals people wellbeing"), False, 51),
    Other("Aïsha", "aisha", (10,), 0, (("Nadia", "zus"),), sees("agenda")),
    Other("M.", "m", (3,), 0, (), frozenset(), consents=False),
)  # fmt: skip
OF_THE_STUDY = (
    Other("Hidde", "hidde", (0, 13), 2, (("Froukje", "moeder"),)),
    Other("Samira", "samira", (11, 4), 1, (("Latifa", "tante"), ("Yusuf", "broer"))),
    Other("Roelof", "roelof", (18,), 3, (("Jantje", "buurvrouw"),)),
    Other("Tjitske", "tjitske", (16, 2), 4, (("Harm", "vriend"),)),
    Other("Emine", "emine", (8,), 0, (("Fatma", "nicht"),)),
    Other("Wim", "wim", (14, 5), 2, (("Corrie", "zus"),)),
    Other("Karin", "karin", (20,), 1, (("Els", "vriendin"), ("Bas", "zoon"))),
    Other("Ravi", "ravi", (12, 19), 2, (("Priya", "zus"),)),
)


def tell_others(house: House, lotte: Participant) -> None:
    for number, other in enumerate((*OF_MO, *OF_THE_STUDY)):
        _tell(house, other, began=-160 + 9 * number)
        if other.called == "Rinus":
            _rinus(house, lotte)


def _tell(house: House, other: Other, began: int) -> None:
    """One life: a few people, a goal or two, a meeting, and most say yes to the study."""
    user = house.account(f"{other.address}@voorbeeld.nl")
    with scene(at(began, 12)):
        record = begin(user, other.called)
        members = [take_along(record, Known(called, relation)) for called, relation in other.close]
        members += _professionals(house, record, other)
    with scene(at(began + 10, 15)), acting_as(user.pk):
        goals = [_goal(record, user, THEMES[theme], other, members) for theme in other.themes]
    if other.promised:
        _met(record, user, members, other.promised)
    if other.meets_in:
        with scene(at(-3, 10)), acting_as(user.pk):
            plan = Plan(kind=Meeting.Kind.GROUP, days=[at(other.meets_in, 14)], place="Bij mij thuis", asked=members)
            plan_meeting(participant=record, by=user, plan=plan)
    if other.consents:
        # Before the end of last month, so that a version has people in it on every day of a month.
        with scene(at(-33, 14)), acting_as(user.pk):
            give_consent(participant=record, study=house.study, text_version=house.study.text_version)
    with scene(at(-25, 14)), acting_as(user.pk):
        for goal in goals:
            say_where(goal=goal, by=user, standing=other.standing)


def _professionals(house: House, record: Participant, other: Other) -> list[Membership]:
    members = []
    if other.mo_sees is not None:
        mo = Known("Mo", "VNN", PROFESSIONAL)
        categories = other.mo_sees - {"goals"}  # which goals is said when there are any
        members.append(
            bring_in(record, mo, house.users["vnn"], sees=categories, organisation=house.organisations["VNN"])
        )
    if other.lentis:
        sara = Known("Sara", "Lentis", PROFESSIONAL)
        members.append(bring_in(record, sara, house.users["lentis"], organisation=house.organisations["Lentis"]))
    return members


def _goal(record: Participant, user: User, theme: Theme, other: Other, members: list[Membership]) -> Goal:
    mo = [m for m in members if m.person.called == "Mo" and "goals" in (other.mo_sees or ())]
    goal, _opened = set_goal(
        participant=record,
        by=user,
        words=theme.goals[0],
        why=theme.whys[0],
        pictogram=theme.pictogram,
        domain=theme.domain,
        first_step=theme.steps[0],
        audience=mo,
    )
    return goal


def _met(record: Participant, user: User, members: list[Membership], promised: tuple[str, int]) -> None:
    what, due = promised
    mo = next(m for m in members if m.person.called == "Mo")
    with scene(at(-35, 10)), acting_as(user.pk):
        plan = Plan(kind=Meeting.Kind.GROUP, days=[at(-21, 14)], place="Bij mij thuis", asked=members)
        meeting = plan_meeting(participant=record, by=user, plan=plan)
    with scene(at(-21, 16)), acting_as(user.pk):
        report = Report(present=members, agreed=[Agreed(what, mo, "Mo", day(due))])
        write_minutes(meeting=meeting, by=user, report=report)


def _rinus(house: House, lotte: Participant) -> None:
    """Lotte is in his group as a peer; lately one of his goals was reached."""
    user = house.account("rinus@voorbeeld.nl")
    with acting_as(user.pk):
        rinus = Participant.objects.own().get()
        goal = Goal.objects.own().earliest("pk")
    with scene(at(-90, 11)):
        bring_in(rinus, Known("Lotte", "herstelgroep", PEER), lotte.user, sees={"agenda"})
    with scene(at(-2, 13)), acting_as(user.pk):
        say_where(goal=goal, by=user, standing=4, words="Gelukt!")
        close_goal(goal=goal, state=Goal.State.REACHED)
        check_in(participant=rinus, mood=4, words="")
