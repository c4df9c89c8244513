"""Planning a meeting, answering to it, writing down what was said, and keeping promises."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from goals.actions import say_where
from goals.models import Goal, Reply
from herstel import audit, links
from herstel.access import Category
from herstel.accounts import hash_token
from herstel.mail import queue
from herstel.models import AuditLine, User
from herstel.refusal import Refused
from meetings.models import (
    AgendaItem,
    Answer,
    Attendance,
    DateOption,
    DateVote,
    Meeting,
    MeetingExperience,
    Minutes,
    MinutesLine,
    MinutesPromise,
    Promise,
)
from meetings.notes import take_along
from participants.models import Participant
from supportgroups.actions import choose_more, give_category
from supportgroups.models import Membership, Pass
from supportgroups.reading import shared_with

ANSWER = "answer"
REMIND_AT = 10  # o'clock, the day before
PASS_LIFE = timedelta(days=120)


@dataclass
class Plan:
    """A meeting as the participant wants it."""

    kind: str
    days: list[datetime]
    place: str = ""
    wishes: list[str] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    words: str = ""
    asked: list[Membership] = field(default_factory=list)


# --- planning -------------------------------------------------------------------------------------------------------
def plan_meeting(*, participant: Participant, by: User, plan: Plan) -> Meeting:
    """One day: it is fixed at once. More days: people say when they can, and the participant picks."""
    if not plan.days:
        raise Refused(_("Kies een dag."))
    fixed = len(plan.days) == 1
    meeting = Meeting.objects.create(
        participant=participant,
        kind=plan.kind,
        place=plan.place,
        wishes=plan.wishes,
        at=plan.days[0] if fixed else None,
        state=Meeting.State.FIXED if fixed else Meeting.State.PROPOSED,
    )
    DateOption.objects.bulk_create(
        DateOption(participant=participant, meeting=meeting, at=at) for at in sorted(set(plan.days))
    )
    items = [AgendaItem(participant=participant, meeting=meeting, goal=g, position=n) for n, g in enumerate(plan.goals)]
    if plan.words:
        items.append(AgendaItem(participant=participant, meeting=meeting, words=plan.words, position=len(items)))
    AgendaItem.objects.bulk_create(items)
    ask_people(meeting=meeting, members=plan.asked)
    _remind_owner(meeting)
    audit.log(AuditLine.Event.CREATE, participant.pk, category=Category.AGENDA, objects=[["meeting", meeting.pk]])
    return meeting


def _note_change(meeting: Meeting) -> None:
    audit.log(
        AuditLine.Event.CHANGE, meeting.participant_id, category=Category.AGENDA, objects=[["meeting", meeting.pk]]
    )


def ask_people(*, meeting: Meeting, members: Iterable[Membership]) -> None:
    """Who is asked sees this meeting's day, time, place and who comes; the check page said so."""
    for membership in members:
        person = membership.person
        Answer.objects.get_or_create(
            meeting=meeting,
            membership=membership,
            defaults={"participant_id": meeting.participant_id, "called": person.called, "kind": person.kind},
        )
        give_category(membership=membership, category=Category.AGENDA)
        choose_more(membership=membership, category=Category.AGENDA, rows={meeting.pk})
        _make_pass(meeting, membership)
        _tell(membership, Category.AGENDA)
        _remind(membership.user, meeting, membership)


def _make_pass(meeting: Meeting, membership: Membership) -> None:
    made = Pass(
        participant_id=meeting.participant_id, membership=membership, purpose=Pass.Purpose.ANSWER, row=meeting.pk
    )
    made.token, made.expires_at = links.stored(ANSWER, made.name), timezone.now() + PASS_LIFE
    made.save()


def answer_token(made: Pass) -> str:
    """The token in the link with which somebody answers without an account."""
    return links.token_for(ANSWER, made.name)


def _tell(membership: Membership, category: str) -> None:
    """Send word; when it goes, the worker asks whether it still concerns this member (`doors.still`)."""
    if membership.user is not None:
        queue("waiting", to=membership.user, membership=membership.pk, category=category)


def _remind_owner(meeting: Meeting) -> None:
    _remind(User.objects.filter(pk=meeting.participant.user_id).first(), meeting, None)


def _remind(user: User | None, meeting: Meeting, membership: Membership | None) -> None:
    """ "Morgen staat er iets in je agenda." The day before at ten, and only when that is still to come."""
    if user is None or meeting.at is None:
        return
    day_before = timezone.localtime(meeting.at) - timedelta(days=1)
    moment = day_before.replace(hour=REMIND_AT, minute=0, second=0, microsecond=0)
    if moment > timezone.now():
        queue(
            "tomorrow",
            to=user,
            membership=membership.pk if membership else None,
            category=Category.AGENDA,
            meeting=meeting.pk,
            send_at=moment,
        )


def fix_day(*, meeting: Meeting, option: DateOption) -> None:
    """The participant picks one of the days."""
    if meeting.state != Meeting.State.PROPOSED:
        raise Refused(_("Deze bijeenkomst heeft al een dag."))
    meeting.change(meeting.version, at=option.at, state=Meeting.State.FIXED, sequence=meeting.sequence + 1)
    _note_change(meeting)
    for answer in Answer.objects.own().filter(meeting=meeting).select_related("membership__user"):
        _tell(answer.membership, Category.AGENDA)
        _remind(answer.membership.user, meeting, answer.membership)
    _remind_owner(meeting)


def cancel(*, meeting: Meeting) -> None:
    """It does not happen; nobody is asked why."""
    if meeting.state not in (Meeting.State.PROPOSED, Meeting.State.FIXED):
        raise Refused(_("Deze bijeenkomst is al geweest of gaat al niet door."))
    meeting.change(meeting.version, state=Meeting.State.CANCELLED, sequence=meeting.sequence + 1)
    _note_change(meeting)
    for answer in Answer.objects.own().filter(meeting=meeting).select_related("membership__user"):
        _tell(answer.membership, Category.AGENDA)


def prepare(*, meeting: Meeting, goals: Iterable[Goal], words: str, topics: Iterable[Reply] = ()) -> None:
    """Waar wil je het over hebben? Replaces what stood there."""
    Meeting.objects.own().select_for_update().get(pk=meeting.pk)  # two taps at once: the second waits and replaces
    AgendaItem.objects.own().filter(meeting=meeting).delete()
    wanted = [AgendaItem(goal=goal) for goal in goals]
    wanted += [AgendaItem(words=line) for line in words.splitlines() if line.strip()]
    for reply in topics:
        wanted.append(AgendaItem(words=f"{reply.called}: {reply.words}"[:300]))
        reply.accepted, reply.answered_at = True, timezone.now()
        reply.save(update_fields=["accepted", "answered_at"])
    for position, item in enumerate(wanted):
        item.participant_id, item.meeting, item.position = meeting.participant_id, meeting, position
        item.words = item.words[:300]
    AgendaItem.objects.bulk_create(wanted)
    _note_change(meeting)


def choose_roles(
    *, meeting: Meeting, chair: Membership | str | None, writer: Membership | str | None, talk_minutes: int | None
) -> None:
    """Who leads and who writes this time: a member, the participant under their own name, or nobody yet."""
    for role, who in (("chair", chair), ("writer", writer)):
        member = who if isinstance(who, Membership) else None
        setattr(meeting, role, member)
        setattr(meeting, f"{role}_called", member.person.called if member else (who or ""))
    meeting.talk_minutes = talk_minutes
    meeting.save(update_fields=["chair", "chair_called", "writer", "writer_called", "talk_minutes"])
    _note_change(meeting)


def pass_on_answer(*, answer: Answer, coming: str) -> None:
    """Somebody said it by telephone; the participant writes it down for them."""
    Answer.objects.own().filter(pk=answer.pk).update(coming=coming, answered_at=timezone.now())
    audit.log(AuditLine.Event.CHANGE, answer.participant_id, category=Category.AGENDA, objects=[["answer", answer.pk]])


def keep_experience(*, meeting: Meeting, by: User, words: str) -> MeetingExperience:
    """How it was, for the writer alone: the participant or a member."""
    kept, _made = MeetingExperience.objects.own().update_or_create(
        meeting=meeting, by=by, defaults={"participant_id": meeting.participant_id, "words": words}
    )
    return kept


# --- answering ------------------------------------------------------------------------------------------------------
def answer_meeting(*, meeting: Meeting, membership: Membership, coming: str, days: Iterable[int] = ()) -> None:
    """A member says whether they come, and on which days they can."""
    changed = (
        Answer.objects.visible()
        .filter(meeting=meeting, membership=membership)
        .update(coming=coming, answered_at=timezone.now())
    )
    if not changed:
        raise Refused(_("Je bent niet gevraagd voor deze bijeenkomst."))
    DateVote.objects.visible().filter(meeting=meeting, membership=membership).delete()
    options = DateOption.objects.visible().filter(meeting=meeting, pk__in=list(days))
    for option in options:
        DateVote.objects.create(
            participant_id=meeting.participant_id, meeting=meeting, option=option, membership=membership
        )
    audit.log(
        AuditLine.Event.CHANGE, meeting.participant_id, category=Category.AGENDA, objects=[["answer", meeting.pk]]
    )


@dataclass(frozen=True)
class Asked:
    """What the holder of an answer-link may know."""

    meeting: int
    membership: int
    participant: int
    participant_called: str
    person_called: str
    at: datetime | None
    place: str
    state: str
    coming: str


def asked_by(token: str) -> tuple[Asked, list[tuple[int, datetime, bool]]] | None:
    """The meeting of this link with the days to choose from; None when the link opens nothing (any more)."""
    hashed = hash_token(token)
    with connection.cursor() as cursor:
        cursor.execute("select * from doors.asked(%s)", [hashed])
        row = cursor.fetchone()
        if not row or row[0] is None:
            return None
        cursor.execute("select doors.note_asked(%s)", [hashed])
        cursor.execute("select * from doors.asked_days(%s)", [hashed])
        return Asked(*row), cursor.fetchall()


def answer_by_link(*, token: str, coming: str, days: Iterable[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select doors.answer(%s, %s, %s::bigint[])", [hash_token(token), coming, list(days)])
        (done,) = cursor.fetchone()
    if not done:
        raise Refused(_("Deze link werkt niet meer. Vraag om een nieuwe."))


# --- writing down ---------------------------------------------------------------------------------------------------
@dataclass
class Agreed:
    """Who does what, and when."""

    what: str
    membership: Membership | None
    called: str
    due_on: date | None = None


@dataclass
class Report:
    """What the five questions of "Schrijf het verslag" answered."""

    present: list[Membership] = field(default_factory=list)
    standings: dict[int, int] = field(default_factory=dict)  # goal → standing
    agreed: list[Agreed] = field(default_factory=list)
    kept: dict[int, str] = field(default_factory=dict)  # open promise → done | open | handed_back
    experience: str = ""
    next_words: str = ""
    readers: list[Membership] = field(default_factory=list)


def write_minutes(*, meeting: Meeting, by: User, report: Report) -> Minutes:
    """Keep the minutes and release them to those named above the button, and to nobody else."""
    if Minutes.objects.own().filter(meeting=meeting).exists():
        raise Refused(_("Er is al een verslag van deze bijeenkomst."))
    participant_id = meeting.participant_id
    minutes = Minutes.objects.create(
        participant_id=participant_id, meeting=meeting, next_words=report.next_words, released_at=timezone.now()
    )
    Attendance.objects.bulk_create(
        Attendance(
            participant_id=participant_id, minutes=minutes, membership=m, called=m.person.called, kind=m.person.kind
        )
        for m in report.present
    )
    _write_standings(minutes, by, report)
    _write_promises(minutes, report)
    take_along(minutes)
    if report.experience:
        MeetingExperience.objects.update_or_create(
            meeting=meeting, by=by, defaults={"participant_id": participant_id, "words": report.experience}
        )
    meeting.change(meeting.version, state=Meeting.State.HELD, at=meeting.at or timezone.now())
    release(minutes=minutes, readers=report.readers)
    return minutes


def _write_standings(minutes: Minutes, by: User, report: Report) -> None:
    for goal in Goal.objects.own().filter(pk__in=report.standings):
        standing = report.standings[goal.pk]
        progress = say_where(goal=goal, by=by, standing=standing) if standing != goal.standing else None
        MinutesLine.objects.create(participant_id=minutes.participant_id, minutes=minutes, goal=goal, progress=progress)


def _write_promises(minutes: Minutes, report: Report) -> None:
    for promise in Promise.objects.own().filter(pk__in=report.kept, state=Promise.State.OPEN):
        state = report.kept[promise.pk]
        if state != Promise.State.OPEN:
            promise.state, promise.closed_at = state, timezone.now()
            promise.save(update_fields=["state", "closed_at"])
    for agreed in report.agreed:
        promise = Promise.objects.create(
            participant_id=minutes.participant_id,
            minutes=minutes,
            membership=agreed.membership,
            called=agreed.called,
            what=agreed.what,
            due_on=agreed.due_on,
        )
        MinutesPromise.objects.create(
            participant_id=minutes.participant_id,
            minutes=minutes,
            promise=promise,
            called=agreed.called,
            what=agreed.what,
            due_on=agreed.due_on,
        )


def release(*, minutes: Minutes, readers: Iterable[Membership]) -> None:
    """From now on these people can read it; who had no share of minutes gets one, as the page said."""
    for membership in readers:
        give_category(membership=membership, category=Category.MINUTES)
        choose_more(membership=membership, category=Category.MINUTES, rows={minutes.pk})
        _tell(membership, Category.MINUTES)
    audit.log(
        AuditLine.Event.RELEASE, minutes.participant_id, category=Category.MINUTES, objects=[["minutes", minutes.pk]]
    )


def readers_of(present: Iterable[Membership]) -> list[Membership]:
    """Who reads the minutes unless the participant says otherwise: who was there and has "Verslagen" shared."""
    shared = shared_with(Category.MINUTES)
    return [m for m in present if m.pk in shared]


# --- promises -------------------------------------------------------------------------------------------------------
def close_promise(*, promise: Promise, state: str) -> None:
    """The one who promised: done, handed back without shame, or open again."""
    with connection.cursor() as cursor:
        cursor.execute("select doors.close_promise(%s, %s)", [promise.pk, state])
        (done,) = cursor.fetchone()
    if not done:
        raise Refused(_("Dit kun je nu niet veranderen."))
