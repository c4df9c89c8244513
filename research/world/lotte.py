"""Lotte, the second participant: with her mother, Mo and Fatima; and in the group of Rinus herself."""

from goals.actions import say_where, set_goal
from goals.models import Goal
from herstel.actor import acting_as
from meetings.actions import Agreed, Plan, Report, answer_meeting, plan_meeting, write_minutes
from meetings.models import Meeting
from participants.models import Participant
from research.actions import give_consent
from research.world.house import House
from research.world.scenes import Known, at, begin, bring_in, day, put, scene, take_along
from supportgroups.actions import Sharing, set_sharing
from supportgroups.models import Membership, Person

PROFESSIONAL = Person.Kind.PROFESSIONAL


def tell_lotte(house: House) -> Participant:
    me = house.users["deelnemer2"]
    with scene(at(-120, 13)):
        lotte = begin(me, "Lotte")
        put(lotte, Known("Snoes", "mijn kat", Person.Kind.OTHER, Person.Ring.CLOSEST))
        mother = take_along(lotte, Known("Mama", "moeder", ring=Person.Ring.CLOSEST))
    with scene(at(-110, 10)):
        mo, fatima = _professionals(house, lotte)
    with scene(at(-100, 14)), acting_as(me.pk):
        home, _opened = set_goal(
            participant=lotte,
            by=me,
            words="Een eigen plek met een deur die van mij is",
            why="Nu slaap ik bij mijn moeder op de bank.",
            pictogram="key",
            domain=Goal.Domain.HOME,
            horizon=Goal.Horizon.LONG,
            first_step="Samen met Fatima een brief schrijven",
            audience=[mo, fatima],
        )
        give_consent(participant=lotte, study=house.study, text_version=house.study.text_version)
    _met(lotte, home, [mother, mo, fatima])
    with scene(at(-1, 10)), acting_as(me.pk):
        set_sharing(membership=mo, sharing=Sharing(categories={"agenda", "minutes"}, goals={home.pk}))
    _meets(lotte, [mother, mo, fatima])
    return lotte


def _professionals(house: House, lotte: Participant) -> tuple[Membership, Membership]:
    mo = bring_in(
        lotte,
        Known("Mo", "VNN", PROFESSIONAL),
        house.users["vnn"],
        sees={"agenda"},
        organisation=house.organisations["VNN"],
    )
    fatima = bring_in(
        lotte,
        Known("Fatima", "WIJ-team", PROFESSIONAL),
        house.users["wij"],
        sees={"agenda", "people", "support"},
        organisation=house.organisations["WIJ-team"],
    )
    return mo, fatima


def _met(lotte: Participant, home: Goal, members: list[Membership]) -> None:
    _mother, mo, fatima = members
    with scene(at(-44, 9)), acting_as(lotte.user_id):
        plan = Plan(kind=Meeting.Kind.GROUP, days=[at(-30, 10, 30)], place="WIJ-team, De Wijert", asked=members)
        meeting = plan_meeting(participant=lotte, by=lotte.user, plan=plan)
    with scene(at(-30, 12)), acting_as(lotte.user_id):
        report = Report(
            present=members,
            standings={home.pk: 1},
            agreed=[
                Agreed("Folder dagbesteding meenemen", mo, "Mo", day(3)),
                Agreed("Belt met de woningbouw", fatima, "Fatima", day(6)),
                Agreed("Papieren bij elkaar zoeken", None, "Lotte", day(3)),
            ],
            readers=[fatima],
        )
        write_minutes(meeting=meeting, by=lotte.user, report=report)
    with scene(at(-15, 16)), acting_as(lotte.user_id):
        say_where(goal=home, by=lotte.user, words="De brief is weg. Nu wachten.")


def _meets(lotte: Participant, members: list[Membership]) -> None:
    """In three days; her mother answers with her link, so the others only."""
    with scene(at(-5, 11)), acting_as(lotte.user_id):
        plan = Plan(
            kind=Meeting.Kind.GROUP,
            days=[at(3, 10, 30)],
            place="WIJ-team, De Wijert",
            words="Hoe het gaat met de brief",
            asked=members,
        )
        meeting = plan_meeting(participant=lotte, by=lotte.user, plan=plan)
    with scene(at(-4, 15)):
        for membership in members[1:]:
            with acting_as(membership.user_id):
                answer_meeting(meeting=meeting, membership=membership, coming="yes")
