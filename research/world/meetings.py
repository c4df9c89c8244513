"""Ten times together: nine that were held, with what was said and promised, and one that is still to come."""

from datetime import datetime, timedelta

from herstel import links
from meetings.actions import ANSWER, PASS_LIFE
from meetings.forms import WISHES
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
from research.world.group import choose
from research.world.people import DAY, Goal, Life, Member, World
from research.world.words import EXPERIENCES, NEXT, PLACES, PROMISES, TOPICS
from supportgroups.models import Pass

ASKED_BEFORE = 10 * DAY
CANCELLED, WRITTEN = 0.08, 0.92
COMING = ("yes", "no", "phone", "")
COMING_WEIGHTS = (68, 14, 6, 12)


def meet(world: World, life: Life) -> None:
    """Evenly spread between the beginning and today; the last one is in the coming weeks."""
    last = world.meetings - 1
    for number in range(last):
        gap = (world.now - life.began) / (last + 1)
        at = _afternoon(life.began + gap * (number + 0.7))
        _held(world, life, at)
    _coming(world, life, _afternoon(world.now + life.random.randint(1, 30) * DAY))


def _afternoon(day: datetime) -> datetime:
    """Two o'clock in the Netherlands, give or take an hour of summer time."""
    return day.replace(hour=13, minute=0, second=0, microsecond=0)


def _meeting(world: World, life: Life, state: str, at: datetime | None, created_at: datetime) -> int:
    random = life.random
    meeting = world.tables[Meeting].add(
        participant_id=life.id,
        version=1 if state == "proposed" else 2,
        slug=world.tables.slug(),
        kind="question" if random.random() < 0.1 else "group",
        state=state,
        at=at,
        place=random.choice(PLACES),
        wishes=random.sample([str(wish) for wish in WISHES.values()], random.randint(0, 2)),
        created_at=created_at,
    )
    life.rows["agenda"].append(meeting)
    return meeting


def _ask(world: World, life: Life, meeting: int, asked: list[Member], at: datetime, *, past: bool) -> None:
    """Who is asked sees this meeting and who comes. Those who have not answered yet may still do so."""
    random = life.random
    for member in asked:
        coming = random.choices(COMING, COMING_WEIGHTS)[0]
        world.tables[Answer].add(
            participant_id=life.id,
            meeting_id=meeting,
            membership_id=member.id,
            called=member.called,
            kind=member.kind,
            coming=coming,
            asked_at=at,
            answered_at=at + timedelta(hours=random.randint(1, 70)) if coming and past else at if coming else None,
        )
        if "agenda" in member.shares:
            choose(world, life, member, "agenda", meeting)


def _agenda(world: World, life: Life, meeting: int, before: datetime) -> list[Goal]:
    """One or two goals that were there already, and something else."""
    random = life.random
    known = [goal for goal in life.goals if goal.began < before]
    goals = random.sample(known, min(len(known), random.randint(1, 2)))
    table = world.tables[AgendaItem]
    for position, goal in enumerate(goals):
        table.add(participant_id=life.id, meeting_id=meeting, goal_id=goal.id, position=position)
    table.add(participant_id=life.id, meeting_id=meeting, words=random.choice(TOPICS), position=len(goals))
    return goals


# --- held -----------------------------------------------------------------------------------------------------------
def _held(world: World, life: Life, at: datetime) -> None:
    """Asked, answered, held (or not), and mostly written down."""
    random = life.random
    asked = [m for m in life.active if m.since is None or m.since < at] or life.active[:1]
    cancelled = random.random() < CANCELLED
    meeting = _meeting(world, life, "cancelled" if cancelled else "held", at, at - ASKED_BEFORE)
    world.tables[DateOption].add(participant_id=life.id, meeting_id=meeting, at=at)
    _ask(world, life, meeting, asked, at - ASKED_BEFORE, past=True)
    goals = _agenda(world, life, meeting, at)
    if not cancelled and random.random() < WRITTEN:
        _minutes(world, life, meeting, at, asked, goals)
    if not cancelled and random.random() < 0.3:
        _experience(world, life, meeting, life.user_id, at)


def _minutes(world: World, life: Life, meeting: int, at: datetime, asked: list[Member], goals: list[Goal]) -> None:
    """What was written, by whom it was heard, and who may read it."""
    random = life.random
    present = [member for member in asked if random.random() < 0.75]
    released = random.random() < 0.9
    minutes = world.tables[Minutes].add(
        participant_id=life.id,
        slug=world.tables.slug(),
        meeting_id=meeting,
        next_words=random.choice(NEXT),
        created_at=at + timedelta(hours=2),
        released_at=at + timedelta(hours=3) if released else None,
    )
    life.rows["minutes"].append(minutes)
    for member in present:
        world.tables[Attendance].add(
            participant_id=life.id, minutes_id=minutes, membership_id=member.id, called=member.called, kind=member.kind
        )
        if released and "minutes" in member.shares:
            choose(world, life, member, "minutes", minutes)
    for goal in goals:
        _line(world, life, minutes, goal, at)
    for _ in range(random.randint(1, 3)):
        _promise(world, life, minutes, at, random.choice([*present, None]))


def _line(world: World, life: Life, minutes: int, goal: Goal, at: datetime) -> None:
    """Where the goal stood that day: what was said of it last before."""
    earlier = [progress for moment, progress in goal.progress if moment <= at]
    world.tables[MinutesLine].add(
        participant_id=life.id, minutes_id=minutes, goal_id=goal.id, progress_id=earlier[-1] if earlier else None
    )


def _promise(world: World, life: Life, minutes: int, at: datetime, member: Member | None) -> None:
    """One promise, and the same as the minutes tell it. Most old ones are done."""
    random = life.random
    recent = world.now - at < 40 * DAY
    state = random.choices(("open", "done", "handed_back"), (60, 35, 5) if recent else (6, 86, 8))[0]
    told = {
        "called": member.called if member else life.called,
        "what": random.choice(PROMISES),
        "due_on": (at + random.randint(3, 30) * DAY).date() if random.random() < 0.7 else None,
    }
    promise = world.tables[Promise].add(
        participant_id=life.id,
        slug=world.tables.slug(),
        minutes_id=minutes,
        goal_id=random.choice(life.goals).id if life.goals and random.random() < 0.4 else None,
        membership_id=member.id if member else None,
        state=state,
        made_at=at,
        closed_at=None if state == "open" else world.moment(random, at, world.now),
        **told,
    )
    world.tables[MinutesPromise].add(participant_id=life.id, minutes_id=minutes, promise_id=promise, **told)


def _experience(world: World, life: Life, meeting: int, user_id: int, at: datetime) -> None:
    world.tables[MeetingExperience].add(
        participant_id=life.id,
        meeting_id=meeting,
        by_id=user_id,
        words=life.random.choice(EXPERIENCES),
        at=at + timedelta(hours=4),
    )


# --- to come --------------------------------------------------------------------------------------------------------
def _coming(world: World, life: Life, at: datetime) -> None:
    """Fixed, or still looking for a day. Everybody has a link to answer with, also without an account."""
    fixed = life.random.random() < 0.6
    asked_at = world.now - life.random.randint(1, 6) * DAY
    meeting = _meeting(world, life, "fixed" if fixed else "proposed", at if fixed else None, asked_at)
    days = [at] if fixed else [at, at + DAY, at + 4 * DAY]
    options = [world.tables[DateOption].add(participant_id=life.id, meeting_id=meeting, at=day) for day in days]
    _ask(world, life, meeting, life.active, asked_at, past=False)
    for member in life.active:
        _pass(world, life, meeting, member, asked_at)
        _votes(world, life, meeting, options if not fixed else [], member)
    _agenda(world, life, meeting, world.now)


def _pass(world: World, life: Life, meeting: int, member: Member, at: datetime) -> None:
    name = world.tables.slug()
    world.tables[Pass].add(
        participant_id=life.id,
        name=name,
        membership_id=member.id,
        purpose="answer",
        row=meeting,
        token=links.stored(ANSWER, name),
        created_at=at,
        expires_at=at + PASS_LIFE,
    )


def _votes(world: World, life: Life, meeting: int, options: list[int], member: Member) -> None:
    for option in options:
        if life.random.random() < 0.5:
            world.tables[DateVote].add(
                participant_id=life.id, meeting_id=meeting, option_id=option, membership_id=member.id
            )
