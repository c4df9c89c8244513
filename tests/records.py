"""A whole record for one participant of the cast: goals, meetings, minutes, people, check-ins, promises, replies."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from goals.models import Goal, GoalRating, GoalScale, Helper, Progress, Reply, Step
from herstel import links
from herstel.access import Category, Reach
from herstel.models import AuditLine, Draft
from meetings.actions import ANSWER
from meetings.feeds import FEED
from meetings.models import (
    AgendaItem,
    Answer,
    Attendance,
    DateOption,
    DateVote,
    Feed,
    Meeting,
    MeetingExperience,
    Minutes,
    MinutesLine,
    MinutesPromise,
    Notes,
    Promise,
)
from participants.models import (
    Background,
    CheckIn,
    Concern,
    CrisisCard,
    DataCopy,
    OwnWord,
    Participant,
    PlanSection,
    PlanVersion,
    StoryPart,
)
from supportgroups.actions import INVITATION
from supportgroups.models import (
    Audience,
    Interview,
    Invitation,
    MapMoment,
    Membership,
    Nomination,
    Pass,
    Person,
    Reachable,
    Share,
    SupportGroup,
)

if TYPE_CHECKING:
    from tests.cast import Cast

GOALS = {"goal-open": Reach.CHOSEN, "goal-all": Reach.EVERYONE, "goal-me": Reach.ME, "goal-none": Reach.CHOSEN}
MEETINGS = {"meeting-draft": "draft", "meeting-proposed": "proposed", "meeting-fixed": "fixed", "meeting-held": "held"}


@dataclass
class Record:
    """One participant's record, by the names that the canaries carry."""

    name: str
    participant: Participant
    people: dict[str, Person] = field(default_factory=dict)
    members: dict[str, Membership] = field(default_factory=dict)
    shares: dict[tuple[str, str], Share] = field(default_factory=dict)
    goals: dict[str, Goal] = field(default_factory=dict)
    meetings: dict[str, Meeting] = field(default_factory=dict)
    minutes: dict[str, Minutes] = field(default_factory=dict)
    promises: dict[str, Promise] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    options: list[DateOption] = field(default_factory=list)
    check_in: CheckIn = field(default_factory=CheckIn)
    plan: PlanSection = field(default_factory=PlanSection)
    story: StoryPart = field(default_factory=StoryPart)
    concern: Concern = field(default_factory=Concern)
    look: AuditLine = field(default_factory=AuditLine)
    notes: Notes = field(default_factory=Notes)
    plan_version: PlanVersion = field(default_factory=PlanVersion)
    copy: DataCopy = field(default_factory=DataCopy)
    map_moment: MapMoment = field(default_factory=MapMoment)
    tokens: dict[str, str] = field(default_factory=dict)  # of links that were handed out: "invitation", "answer"


@dataclass
class Pen:
    """Writes canaries of one record: the owner sees them, and who is named for that kind."""

    cast: "Cast"
    record: Record
    seen_by: dict[str, tuple[str, ...]]

    def __call__(self, kind: str, suffix: str = "") -> str:
        name = f"{self.record.name}-{kind}{suffix}"
        return self.cast.canary(name, self.record.name, *self.seen_by.get(kind, ()))

    def only(self, kind: str, *who: str) -> str:
        return self.cast.canary(f"{self.record.name}-{kind}", *who)


def fill(
    cast: "Cast", record: Record, seen_by: dict[str, tuple[str, ...]], *, chosen: Iterable[str], helper: str
) -> None:
    """The same things for everybody; `chosen` are the members for whom what must be chosen was chosen."""
    pen = Pen(cast, record, seen_by)
    _own(pen)
    _goals(pen, list(chosen), helper)
    _choose(record, Category.PLAN, record.plan.pk, chosen)
    _choose(record, Category.STORY, record.story.pk, chosen)
    _meetings(pen, helper)
    _minutes(pen, list(chosen), helper)
    _promises(pen, helper)
    _links(pen, helper)


def _own(pen: Pen) -> None:
    owner = pen.record.participant
    SupportGroup.objects.create(participant=owner, phase=SupportGroup.Phase.ACTIVE)
    pen.record.people["dog"] = Person.objects.create(
        participant=owner, called=pen("person", "-dog"), kind="other", ring=2
    )
    texts = {"words": pen("plan"), "i_do": pen("plan", "-i"), "mine_do": pen("plan", "-mine")}
    pen.record.plan = PlanSection.objects.create(participant=owner, part="orange", **texts)
    PlanSection.objects.create(participant=owner, part="red", words=pen("plan-me"), reach=Reach.ME)
    agreed = [{"part": "orange", "words": pen("plan-agreed"), "i_do": "", "mine_do": "", "workers_do": ""}]
    pen.record.plan_version = PlanVersion.objects.create(participant=owner, number=1, content=agreed)
    pen.record.story = StoryPart.objects.create(participant=owner, title=pen("story"), words=pen("story", "-words"))
    StoryPart.objects.create(participant=owner, title=pen("story-me"), words=pen("story-me"), reach=Reach.ME)
    short = dict.fromkeys(("sees", "helps", "not_want", "practical", "call"), pen("card"))
    CrisisCard.objects.create(participant=owner, holder=pen("card"), **short)
    about = {"about": pen("concern"), "words": pen("concern", "-words"), "answer": pen("concern", "-answer")}
    pen.record.concern = Concern.objects.create(participant=owner, **about)
    pen.record.copy = DataCopy.objects.create(participant=owner)
    stood = [{"called": pen("map"), "kind": "close_one", "ring": 1, "in_group": True}]
    pen.record.map_moment = MapMoment.objects.create(participant=owner, people=stood)
    # No look, so that the log of looks stays what the tests make it.
    pen.record.look = AuditLine.objects.create(participant=owner, actor=owner.user_id, event="share", category="agenda")
    Background.objects.create(participant=owner, birth_year=1970, district=pen("district"))
    pen.record.check_in = CheckIn.objects.create(participant=owner, mood=2, words=pen("checkin"))
    OwnWord.objects.create(participant=owner, key="standing1", words=pen("word"))
    Nomination.objects.create(participant=owner, person=pen.record.people["dog"], why=pen("nomination"))
    Draft.objects.create(user_id=owner.user_id, flow="goal", data={"words": {"words": [pen("draft")]}})


def _goals(pen: Pen, chosen: list[str], helper: str) -> None:
    record, owner = pen.record, pen.record.participant
    for kind, reach in GOALS.items():
        record.goals[kind] = Goal.objects.create(participant=owner, words=pen(kind), why=pen(kind), reach=reach)
    goal = record.goals["goal-open"]
    _choose(record, Category.GOALS, goal.pk, chosen)
    # Chosen long ago, locked since: "alleen ik" wins.
    _choose(record, Category.GOALS, record.goals["goal-me"].pk, chosen)
    record.steps["own"] = Step.objects.create(participant=owner, goal=goal, words=pen("step"), by_id=owner.user_id)
    Step.objects.create(participant=owner, goal=record.goals["goal-me"], words=pen("goal-me"), by_id=owner.user_id)
    Progress.objects.create(participant=owner, goal=goal, standing=1, words=pen("progress"), by_id=owner.user_id)
    membership = record.members[helper]
    Helper.objects.create(
        participant=owner, goal=goal, membership=membership, called=pen("helper"), words=pen("helper", "-words")
    )
    GoalScale.objects.create(participant=owner, goal=goal, hoped=pen("scale"), more=pen("scale", "-more"))
    GoalRating.objects.create(
        participant=owner, goal=goal, level=1, rater="close_one", membership=membership, called=pen("rating")
    )
    record.replies[helper] = Reply.objects.create(
        participant=owner,
        goal=goal,
        membership=membership,
        called=pen("reply"),
        kind="help",
        words=pen("reply", "-words"),
    )


def _choose(record: Record, category: str, row: int, chosen: Iterable[str]) -> None:
    Audience.objects.bulk_create(
        Audience(participant=record.participant, category=category, row=row, membership=record.members[name])
        for name in chosen
    )


def _meetings(pen: Pen, helper: str) -> None:
    record, owner, now = pen.record, pen.record.participant, timezone.now()
    for kind, state in MEETINGS.items():
        at = {"fixed": now + timedelta(days=7), "held": now - timedelta(days=7)}.get(state)
        record.meetings[kind] = Meeting.objects.create(
            participant=owner, state=state, at=at, place=pen(kind), reach=Reach.EVERYONE, wishes=[pen(kind, "-wish")]
        )
    proposed, fixed = record.meetings["meeting-proposed"], record.meetings["meeting-fixed"]
    record.options = [
        DateOption.objects.create(participant=owner, meeting=proposed, at=now + timedelta(days=days))
        for days in (10, 11)
    ]
    for name, membership in record.members.items():
        for meeting in (proposed, fixed):
            answer = Answer.objects.create(
                participant=owner, meeting=meeting, membership=membership, called=pen("answer", f"-{name}")
            )
        record.answers[name] = answer
    DateVote.objects.create(
        participant=owner, meeting=proposed, option=record.options[0], membership=record.members[helper]
    )
    AgendaItem.objects.create(participant=owner, meeting=fixed, words=pen("agenda-item"))
    held = record.meetings["meeting-held"]
    Meeting.objects.filter(pk=held.pk).update(writer=record.members[helper])
    wrote = {"called": pen("notes"), "words": pen("notes", "-words")}
    record.notes = Notes.objects.create(participant=owner, meeting=held, membership=record.members[helper], **wrote)
    MeetingExperience.objects.create(participant=owner, meeting=held, by_id=owner.user_id, words=pen("experience"))
    MeetingExperience.objects.create(
        participant=owner,
        meeting=held,
        by=record.members[helper].user,
        words=pen.only(f"experience-{helper}", helper),
    )


def _minutes(pen: Pen, chosen: list[str], helper: str) -> None:
    record, owner, now = pen.record, pen.record.participant, timezone.now()
    held, second = record.meetings["meeting-held"], _second_held(pen)
    record.meetings["meeting-held-2"] = second
    record.minutes["minutes-released"] = released = Minutes.objects.create(
        participant=owner,
        meeting=held,
        next_words=pen("minutes-released"),
        words=pen("minutes-released", "-words"),
        released_at=now,
    )
    record.minutes["minutes-draft"] = Minutes.objects.create(
        participant=owner, meeting=second, next_words=pen("minutes-draft")
    )
    for minutes in record.minutes.values():
        _choose(record, Category.MINUTES, minutes.pk, chosen)
    membership, goal = record.members[helper], record.goals["goal-open"]
    Attendance.objects.create(participant=owner, minutes=released, membership=membership, called=pen("attendance"))
    MinutesLine.objects.create(participant=owner, minutes=released, goal=goal, progress=goal.progress.get())
    MinutesPromise.objects.create(participant=owner, minutes=released, called=pen("told"), what=pen("told", "-what"))
    Attendance.objects.create(
        participant=owner, minutes=record.minutes["minutes-draft"], membership=membership, called=pen("minutes-draft")
    )


def _second_held(pen: Pen) -> Meeting:
    at = timezone.now() - timedelta(days=3)
    return Meeting.objects.create(
        participant=pen.record.participant, state="held", at=at, place=pen("meeting-held", "-2"), reach=Reach.EVERYONE
    )


def _promises(pen: Pen, helper: str) -> None:
    record, owner = pen.record, pen.record.participant
    by_member = "promise-ans"
    record.promises[helper] = Promise.objects.create(
        participant=owner,
        membership=record.members[helper],
        called=pen(by_member),
        what=pen(by_member, "-what"),
        minutes=record.minutes["minutes-released"],
    )
    record.promises["own"] = Promise.objects.create(
        participant=owner, called=pen("promise-own"), what=pen("promise-own", "-what")
    )


def _links(pen: Pen, helper: str) -> None:
    """An invitation that is open, to somebody who may see everything once they are confirmed; and an answer by link."""
    record, owner, days = pen.record, pen.record.participant, timedelta(days=9)
    person = Person.objects.create(participant=owner, called=pen("person", "-asked"), ring=3)
    membership = Membership.objects.create(participant=owner, person=person, kind=Membership.Kind.INFORMAL)
    for category in Category:
        Share.objects.create(participant=owner, membership=membership, category=category, scope=Share.Scope.ALL)
    told = record.members[helper]
    words = {"can": pen("interview", "-can"), "cannot": pen("interview", "-cannot"), "expects": pen("interview")}
    Interview.objects.create(participant=owner, membership=told, held=True, **words)
    Reachable.objects.create(participant=owner, person=person, phone=pen("phone"), when_hard=True)
    record.people["asked"], record.members["asked"] = person, membership
    invitation = Invitation(participant=owner, membership=membership, message=pen("invitation"))
    invitation.token, invitation.expires_at = links.stored(INVITATION, invitation.name), timezone.now() + days
    invitation.save()
    record.tokens["invitation"] = links.token_for(INVITATION, invitation.name)
    answer = Pass(
        participant=owner,
        membership=record.members[helper],
        purpose=Pass.Purpose.ANSWER,
        row=record.meetings["meeting-proposed"].pk,
    )
    answer.token, answer.expires_at = links.stored(ANSWER, answer.name), timezone.now() + days
    answer.save()
    record.tokens["answer"] = links.token_for(ANSWER, answer.name)
    feed = Feed(user_id=owner.user_id)
    feed.token = links.stored(FEED, feed.name)
    feed.save()
    record.tokens["feed"] = links.token_for(FEED, feed.name)
