"""What opens, opens because somebody asked for it: random shares, random wishes, and what the member then sees."""

from datetime import datetime, timedelta
from random import Random

import pytest
from django.db import transaction
from django.utils import timezone

from goals.models import Goal
from herstel.access import Category, Ruled
from herstel.actor import acting_as, preview_as
from herstel.opening import openings
from meetings.actions import ask_people, release
from meetings.models import Meeting, Minutes
from participants.models import CheckIn
from supportgroups.actions import (
    Sharing,
    choose_audience,
    give_category,
    set_sharing,
    sharing_of,
)
from supportgroups.forms import SharingFields
from supportgroups.models import Audience, Membership, Person, Share
from tests.cast import Cast
from tests.harness import role
from tests.sampling import DEEP

pytestmark = pytest.mark.django_db
SEEN: list[type[Ruled]] = [Goal, Meeting, Minutes, Person, CheckIn]
TICKS = [c.value for c in SharingFields.TICKS]
SEEDS = range(1500 if DEEP else 50)
type Seen = set[tuple[str, int]]
type Ends = dict[str, datetime | None]


def seen_by(membership: Membership) -> Seen:
    with preview_as(membership.pk):
        return {(m.__name__, pk) for m in SEEN for pk in m.objects.visible().values_list("pk", flat=True)}


def ends(membership: Membership) -> Ends:
    """Until when each category is open; what is past is not open."""
    shares = Share.objects.own().filter(membership=membership)
    return {s.category: s.until for s in shares if s.until is None or s.until > timezone.now()}


def longer(before: Ends, after: Ends) -> list[str]:
    never = timezone.now() + timedelta(days=99999)
    return [c for c in after if c not in before or (after[c] or never) > (before[c] or never)]


def shuffle(cast: Cast, random: Random, membership: Membership) -> None:
    """Whatever a history of sharing may have left: ends that are past, parts, rows that were chosen."""
    moments = [None, None, *(timezone.now() + timedelta(days=days) for days in (-1, 2, 40))]
    with role("herstel_maint"):
        Share.objects.filter(membership=membership).delete()
        Audience.objects.filter(membership=membership).delete()
        for category in Category.values:
            if random.random() < 0.6:
                Share.objects.create(
                    participant=cast.jan.participant,
                    membership=membership,
                    category=category,
                    scope=random.choice(Share.Scope.values) if category == Category.AGENDA else "chosen",
                    until=random.choice(moments),
                )
        rows = {
            Category.GOALS: cast.jan.goals.values(),
            Category.AGENDA: cast.jan.meetings.values(),
            Category.MINUTES: cast.jan.minutes.values(),
        }
        Audience.objects.bulk_create(
            Audience(participant=cast.jan.participant, membership=membership, category=category, row=row.pk)
            for category, chosen in rows.items()
            for row in chosen
            if random.random() < 0.5
        )


def wish(cast: Cast, random: Random, now: Sharing) -> Sharing:
    return Sharing(
        categories={c for c in TICKS if random.random() < 0.5} | (now.categories & {"support"}),
        partly=now.partly if random.random() < 0.7 else set(),
        goals={g.pk for g in cast.jan.goals.values() if random.random() < 0.4},
        until=random.choice([None, now.until, timezone.now() + timedelta(days=20)]),
    )


@pytest.fixture
def ans(cast: Cast) -> Membership:
    return cast.jan.members["ans"]


def test_saving_what_stands_there_opens_nothing(cast: Cast, ans: Membership) -> None:
    for seed in SEEDS:
        shuffle(cast, Random(seed), ans)
        with acting_as(cast.pk("jan")):
            before, until = seen_by(ans), ends(ans)
            now = sharing_of(ans)
            set_sharing(membership=ans, sharing=now)
            assert seen_by(ans) <= before, seed
            assert not longer(until, ends(ans)), seed


def test_what_asks_for_no_code_opens_nothing(cast: Cast, ans: Membership) -> None:
    asked = 0
    for seed in SEEDS:
        random = Random(seed)
        shuffle(cast, random, ans)
        with acting_as(cast.pk("jan")):
            before, until, now = seen_by(ans), ends(ans), sharing_of(ans)
            wanted = wish(cast, random, now)
            opened = openings()
            with transaction.atomic():
                set_sharing(membership=ans, sharing=wanted)
                if opened.are_less_than(openings()):
                    asked += 1
                    transaction.set_rollback(True)
            assert seen_by(ans) <= before, seed
            assert not longer(until, ends(ans)), seed
    assert 0 < asked < len(SEEDS)


def test_choosing_somebody_for_one_thing_shows_that_thing(cast: Cast, ans: Membership) -> None:
    """Also after a share that had ended: it comes back for this, and not for what was chosen in its time."""
    goal, meeting = cast.jan.goals["goal-open"], cast.jan.meetings["meeting-fixed"]
    minutes = cast.jan.minutes["minutes-released"]
    for seed in SEEDS:
        shuffle(cast, Random(seed), ans)
        with acting_as(cast.pk("jan")):
            before = seen_by(ans)
            closed = {c for c in ("goals", "agenda", "minutes") if c not in ends(ans)}
            opened = choose_audience(participant=cast.jan.participant, category="goals", row=goal.pk, memberships=[ans])
            ask_people(meeting=meeting, members=[ans])
            release(minutes=minutes, readers=[ans])
            now_seen = seen_by(ans)
        assert bool(opened) == ("goals" in closed), seed
        wanted = {("Goal", goal.pk), ("Meeting", meeting.pk), ("Minutes", minutes.pk)}
        assert wanted <= now_seen <= before | wanted, seed


def test_a_share_that_lasts_is_not_made_anew(cast: Cast, ans: Membership) -> None:
    with acting_as(cast.pk("jan")):
        before = seen_by(ans)
        assert not give_category(membership=ans, category="goals")
        assert seen_by(ans) == before
