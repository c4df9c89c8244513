"""A made-up world of any size, the same for the same seed on the same day."""

from datetime import datetime

from django.db import connection

from goals.models import Goal, Helper, Progress, Reply, Step
from herstel.models import AuditLine, Preference, User
from herstel.roles import MAINTENANCE, as_role
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
from participants.models import Background, CheckIn, Employment, Organisation, Participant
from research.models import Cohort, Consent, Study, StudyRole
from research.world.goals import set_goals
from research.world.group import gather
from research.world.meetings import meet
from research.world.people import World, begin_life, make_accounts
from research.world.study import Studied, check_in, look, make_studies, take_part
from research.world.tables import Tables
from supportgroups.models import Audience, Invitation, Membership, Pass, Person, Share, SupportGroup

# Parents before children: each batch is written in this order.
ORDER = [
    User, Organisation, Employment, Preference, Participant, Background, CheckIn, SupportGroup,
    Person, Membership, Invitation, Pass, Share, Audience, Goal, Step, Progress, Helper, Reply,
    Meeting, DateOption, Answer, DateVote, AgendaItem, Minutes, Attendance, MinutesLine, Promise,
    MinutesPromise, MeetingExperience, Study, StudyRole, Cohort, Consent, AuditLine,
]  # fmt: skip


def seed_world(
    *, participants: int, seed: int, now: datetime, members: int = 8, goals: int = 20, meetings: int = 10
) -> dict[str, int]:
    """Fill the database; rows per table. One transaction: all of it is there, or nothing is."""
    with as_role(MAINTENANCE):
        _prepare()
        tables = Tables(ORDER, seed)
        world = World(tables, seed, participants, members, goals, meetings, now.replace(microsecond=0))
        make_accounts(world)
        studies = make_studies(world)
        for number in range(participants):
            _live(world, number, studies)
            tables.write_when_full()
        written = tables.finish()
        _analyze(written)
    return written


def _live(world: World, number: int, studies: list[Studied]) -> None:
    """Everything of one participant."""
    life = begin_life(world, number)
    gather(world, life)
    set_goals(world, life)
    meet(world, life)
    check_in(world, life)
    take_part(world, life, studies)
    look(world, life)


def _prepare() -> None:
    with connection.cursor() as cursor:
        # Foreign keys are checked with every batch, not all at the end.
        cursor.execute("set constraints all immediate")
        # The plan of such a check is made once, while its table is small, and kept while the table grows.
        cursor.execute("set local enable_seqscan = off")


def _analyze(tables: dict[str, int]) -> None:
    """The planner takes the tables for empty until it is told otherwise."""
    with connection.cursor() as cursor:
        for name in tables:
            cursor.execute(f"analyze {connection.ops.quote_name(name)}")
