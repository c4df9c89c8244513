"""What a member gets to read, whatever was shared: every page, file and calendar of theirs, against the oracle.

Random shares; the oracle (oracle.py, which shares nothing with the SQL) says row by row what this member may see; every
answer that this member can get holds canaries of those rows and of no others. The preview is held to the same.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from herstel import links, mail
from herstel.access import Category
from herstel.models import OutgoingMail
from herstel.policies import our_models, ruled_models
from meetings.feeds import FEED
from meetings.models import Feed
from supportgroups.models import Audience, Membership, Share
from tests.addresses import Address, addresses, things_of
from tests.cast import Cast, canaries_in
from tests.harness import role, signed_in
from tests.oracle import Oracle, World
from tests.sampling import DEEP

pytestmark = pytest.mark.django_db
SEEDS = range(40 if DEEP else 8)
WHO = ("ans", "mo")
SIDE = {"ans": "member", "mo": "team"}
# What any of the rows of a kind may stand for in an address.
KINDS = {"goal-open": "goals", "meeting-fixed": "meetings", "meeting-held": "meetings", "minutes-released": "minutes"}
BY_ROW = {Category.GOALS: "goals", Category.AGENDA: "meetings", Category.MINUTES: "minutes"}


def shuffle(cast: Cast, random: Random, name: str) -> None:
    """Any history of sharing may have left this: scopes, ends that are past, rows that were chosen, all closed."""
    jan, member = cast.jan, cast.jan.members[name]
    day = timedelta(days=1)
    with role("herstel_maint"):
        Share.objects.filter(membership=member).delete()
        Audience.objects.filter(membership=member).delete()
        for category in Category.values:
            if random.random() < 0.55:
                Share.objects.create(
                    participant=jan.participant,
                    membership=member,
                    category=category,
                    level=random.choice([1, 1, 2]),
                    scope=random.choice(Share.Scope.values),
                    until=random.choice([None, None, timezone.now() - day, timezone.now() + day]),
                )
        rows = [(category, row) for category, kind in BY_ROW.items() for row in getattr(jan, kind).values()]
        rows += [(Category.PLAN, jan.plan), (Category.STORY, jan.story)]
        Audience.objects.bulk_create(
            Audience(participant=jan.participant, membership=member, category=category, row=row.pk)
            for category, row in rows
            if random.random() < 0.5
        )
        state = random.choice(["active"] * 6 + ["paused", "ended"])
        Membership.objects.filter(pk=member.pk).update(state=state)
        jan.participant.paused_at = timezone.now() if random.random() < 0.1 else None
        jan.participant.save(update_fields=["paused_at"])


def world_now(cast: Cast) -> World:
    with role("herstel_maint"):
        rows = {model.__name__: list(model._base_manager.all()) for model in our_models()}
    return World(rows, [user.pk for user in cast.users.values() if user.pk], timezone.now())


def texts_of(row: Any) -> str:
    return " ".join(str(getattr(row, field.attname)) for field in row._meta.concrete_fields)


def allowed(cast: Cast, oracle: Oracle, name: str) -> set[str]:
    """Canaries in rows of Jan that the oracle lets this member see, and the name that Jan gave this member."""
    seen: set[str] = {f"jan-p-{name}"}
    for model in ruled_models():
        for row in oracle.world.rows[model.__name__]:
            whose = row.pk if model.__name__ == "Participant" else getattr(row, "participant_id", None)
            if whose == cast.jan.participant.pk and oracle.sees(row):
                seen |= canaries_in(texts_of(row))
    return seen


def of_jan(text: str) -> set[str]:
    return {canary for canary in canaries_in(text) if canary.startswith("jan-")}


def pages_of(cast: Cast, name: str) -> Iterator[str]:
    """Every address of this side, with every goal, meeting and report of Jan's that it could be asked for."""
    things = things_of(cast)
    for address in addresses():
        if address.name.split(":")[0] != SIDE[name] and address.name not in ALSO:
            continue
        yield from _filled(cast, address, things, name)


ALSO = ("meetings:meeting_file", "goals:goal_image", "supportgroups:story_image", "supportgroups:story_sound")


def _filled(cast: Cast, address: Address, things: dict[str, Any], name: str) -> Iterator[str]:
    wanted = dict(address.key).get("slug", "")
    if wanted.startswith("member-"):
        yield reverse(address.name, args=[cast.jan.members[name].slug])
    elif wanted in KINDS:
        for row in getattr(cast.jan, KINDS[wanted]).values():
            yield reverse(address.name, args=[row.slug])
    else:
        yield reverse(address.name, kwargs=address.kwargs(things))


def read(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code < 500, url
    return "" if answer.streaming else answer.content.decode(errors="replace")


def calendar(cast: Cast, name: str) -> str:
    user = cast.user(name)
    with role("herstel_maint"):
        feed, _made = Feed.objects.get_or_create(user=user, defaults={"token": b"x"})
        Feed.objects.filter(pk=feed.pk).update(token=links.stored(FEED, feed.name))
    return read(Client(), reverse("feed", args=[links.token_for(FEED, feed.name)]))


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_that_is_not_shared(cast: Cast, seed: int) -> None:
    random = Random(seed)
    for name in WHO:
        shuffle(cast, random, name)
    world = world_now(cast)
    for name in WHO:
        may = allowed(cast, Oracle(world, cast.pk(name)), name)
        client = signed_in(cast.users[name])
        found = {url: of_jan(read(client, url)) for url in pages_of(cast, name)}
        assert not {url: leaked for url, seen in found.items() if (leaked := seen - may)}
        assert not of_jan(calendar(cast, name))
        shown = set().union(*found.values()) - {f"jan-p-{name}", "jan-called"}
        print(f"seed {seed}, {name}: {len(found)} addresses, {len(may)} canaries allowed, {len(shown)} shown")


@pytest.mark.parametrize("seed", SEEDS)
def test_the_preview_is_true(cast: Cast, seed: int) -> None:
    """What the participant is shown as "Dit ziet Ans" holds nothing that Ans would not see."""
    random = Random(1000 + seed)
    for name in WHO:
        shuffle(cast, random, name)
    world = world_now(cast)
    jan = signed_in(cast.users["jan"])
    for name in WHO:
        member = world.by_pk("Membership", cast.jan.members[name].pk)
        page = jan.get(reverse("meetings:preview", args=[cast.jan.people[name].slug]))
        if page.status_code == 200:
            may = allowed(cast, Oracle(world, cast.pk("jan"), through=member), name) | {"jan-called"}
            assert not of_jan(page.text) - may, name


def test_something_is_shown(cast: Cast) -> None:
    """Teeth: with everything shared the walk meets much, so that an empty page cannot pass for a closed one."""
    mo = signed_in(cast.users["mo"])
    seen = set().union(*(of_jan(read(mo, url)) for url in pages_of(cast, "mo")))
    assert {"jan-goal-open", "jan-progress", "jan-checkin", "jan-plan", "jan-story-words", "jan-told"} <= seen
    assert len(seen) > 25


SENTENCES = re.compile(
    r"Er staat iets voor je klaar in Kring\.|Morgen staat er iets in je agenda\.|Je code is 482 913\."
)


def test_no_message_says_anything(cast: Cast) -> None:
    """Every mail of the house, and so every push, which is its first line: the three sentences of ux.md §2.12."""
    templates = [file.stem for file in (Path(settings.ROOT) / "templates" / "mail").glob("*.txt")]
    context = {"code": "482 913", "link": "x", "minutes": 15}
    with role("herstel_maint"):
        users = [user for name, user in cast.users.items() if name != "anonymous"]
        for template in templates:
            OutgoingMail.objects.bulk_create(
                OutgoingMail(to_user=user, template=template, context=context) for user in users
            )
        composed = [mail.compose(letter) for letter in OutgoingMail.objects.select_related("to_user")]
    said = [message for message in composed if message]
    assert len(said) == len(templates) * len(users) >= 3 * len(users)
    for message in said:
        assert SENTENCES.fullmatch(str(message.subject)), message.subject
        assert not canaries_in(str(message.body))
