"""The people around one participant: the map, who is in the group, and what each of them may see."""

import functools
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from herstel import links
from herstel.access import Level, audience_table
from research.world.names import ASIDE, MEN, PEER_RELATIONS, RELATIONS, WOMEN
from research.world.people import DAY, FORMAL_MEMBERS, Life, Member, Professional, World, add_user, chance
from research.world.words import INVITATIONS
from supportgroups.actions import INVITATION
from supportgroups.models import Audience, Invitation, Membership, Person, Share, SupportGroup

PHASES = ("preparation", "investment", "planning", "active", "reorientation", "paused", "closed")
STATES = ("active", "invited", "accepted", "paused", "ended", "declined")
STATE_WEIGHTS = (76, 7, 3, 4, 7, 3)
# How often somebody is shown a category, how often all of it, and how often they may also write.
SHARED = {
    "agenda": (0.95, 1.0, 0.0),
    "goals": (0.8, 0.1, 0.1),
    "minutes": (0.65, 0.0, 0.0),
    "people": (0.35, 1.0, 0.0),
    "wellbeing": (0.15, 1.0, 0.0),
    "support": (0.25, 1.0, 0.0),
}
HAS_ACCOUNT = 0.85

_table_of = functools.cache(audience_table)  # asked for every row that is chosen


@dataclass(frozen=True)
class Asked:
    """Somebody who is asked into the group, before anything is known of their answer."""

    called: str
    relation: str
    kind: str
    user_id: int | None = None
    professional: Professional | None = None


def gather(world: World, life: Life) -> None:
    """The whole group of one participant, and some who are on the map only."""
    random = life.random
    weight = (3, 4, 6, 70, 9, 4, 4)
    phase = random.choices(PHASES, weight)[0]
    world.tables[SupportGroup].add(
        participant_id=life.id, phase=phase, phase_at=world.moment(random, life.began, world.now)
    )
    for number, asked in enumerate(_asked(world, life)):
        life.members.append(_join(world, life, number, asked))
    for called, relation in _aside(random):
        _on_map(world, life, Asked(called, relation, "close_one"), in_group=False, at=life.began)


def _asked(world: World, life: Life) -> list[Asked]:
    """Professionals first, sometimes a peer, and for the rest people who are close."""
    random = life.random
    formal = min(random.choice((1, 2, 2, 3)), max(FORMAL_MEMBERS, world.members) - 1)
    peers = int(random.random() < 0.5 and world.participants > 1 and formal < world.members)
    close = random.sample(sorted(RELATIONS), min(world.members - formal - peers, len(RELATIONS)))
    # Dice of their own: who is available differs between a small and a large world, and nothing else does.
    dice = chance(world.seed, life.number, "asked")
    return [
        *_professionals(world, dice, formal),
        *[_peer(world, life, dice) for _ in range(peers)],
        *[Asked(random.choice(RELATIONS[relation]), relation, "close_one") for relation in close],
    ]


def _professionals(world: World, dice: Random, count: int) -> list[Asked]:
    """Different people; somebody with a full agenda is asked less often."""
    weights = [p.busy for p in world.professionals]
    chosen: dict[int, Professional] = {}
    while len(chosen) < count:
        (professional,) = dice.choices(world.professionals, weights)
        chosen[professional.user_id] = professional
    return [Asked(p.called, p.organisation, "professional", p.user_id, p) for p in chosen.values()]


def _peer(world: World, life: Life, dice: Random) -> Asked:
    """Another participant, who has a group of their own as well."""
    other = (life.number + dice.randrange(1, world.participants)) % world.participants
    return Asked(dice.choice(WOMEN + MEN), dice.choice(PEER_RELATIONS), "peer", world.first_user + other)


def _aside(random: Random) -> list[tuple[str, str]]:
    relations = random.sample(sorted(ASIDE), random.randint(2, 5))
    return [(random.choice(ASIDE[relation]), relation) for relation in relations]


def _on_map(world: World, life: Life, asked: Asked, *, in_group: bool, at: datetime) -> int:
    person = world.tables[Person].add(
        participant_id=life.id,
        slug=world.tables.slug(),
        called=asked.called,
        relation=asked.relation,
        kind=asked.kind,
        ring=life.random.choice((1, 1, 2, 2, 3, 0)),
        in_group=in_group,
        created_at=at,
    )
    life.rows["people"].append(person)
    return person


# --- joining --------------------------------------------------------------------------------------------------------
def _join(world: World, life: Life, number: int, asked: Asked) -> Member:
    """One member: asked, perhaps joined, perhaps gone again. The first one always is there."""
    random = life.random
    state = random.choices(STATES, STATE_WEIGHTS)[0] if number else "active"
    # Most are asked in the beginning; who has not answered yet was asked lately.
    early = random.random() ** 3 if state not in ("invited", "accepted") else 1 - random.random() * 0.02
    invited = life.began + early * (world.now - 2 * DAY - life.began)
    answered = min(world.now, invited + random.uniform(0.1, 6) * DAY)
    member = Member(
        id=0,
        called=asked.called,
        kind=asked.kind,
        state=state,
        user_id=_account(world, life, number, asked, state, answered),
        organisation=asked.professional.organisation if asked.professional else "",
        since=answered if state in ("active", "paused", "ended") else None,
        shares=frozenset(),
    )
    person_id = _on_map(world, life, asked, in_group=member.active or state == "paused", at=invited)
    membership_id = _membership(world, life, member, asked, person_id, invited)
    if asked.kind == "professional" or member.user_id or state in ("invited", "declined"):
        _invitation(world, life, membership_id, state, invited, answered)
    return replace(member, id=membership_id, shares=_share(world, life, membership_id, member, invited))


def _account(world: World, life: Life, number: int, asked: Asked, state: str, joined_at: datetime) -> int | None:
    if state in ("invited", "declined"):
        return None
    if asked.user_id is not None:
        return asked.user_id
    if state == "active" and life.random.random() > HAS_ACCOUNT:
        return None
    return add_user(world, f"naaste{life.number}-{number}", joined_at)


def _membership(world: World, life: Life, member: Member, asked: Asked, person_id: int, invited: datetime) -> int:
    """Somebody without an account was put in the group by the participant; the others said yes to a link."""
    formal = asked.professional if member.user_id else None
    ended = member.state in ("ended", "declined")
    return world.tables[Membership].add(
        participant_id=life.id,
        person_id=person_id,
        slug=world.tables.slug(),
        user_id=member.user_id,
        kind="formal" if asked.professional else "informal",
        organisation_id=formal.organisation_id if formal else None,
        state=member.state,
        invited_at=invited,
        accepted_at=(member.since or invited) if member.user_id else None,
        confirmed_at=member.since,
        ended_at=world.moment(life.random, member.since or invited, world.now) if ended else None,
    )


def _invitation(
    world: World, life: Life, membership_id: int, state: str, invited: datetime, answered: datetime
) -> None:
    """The link that was sent. Its token is real: the server can show an open one again."""
    name = world.tables.slug()
    world.tables[Invitation].add(
        participant_id=life.id,
        membership_id=membership_id,
        name=name,
        token=links.stored(INVITATION, name),
        message=life.random.choice(INVITATIONS),
        sent_at=invited,
        expires_at=invited + timedelta(days=Invitation.DAYS),
        used_at=None if state == "invited" else answered,
        withdrawn_at=answered if state == "ended" else None,
    )


# --- sharing --------------------------------------------------------------------------------------------------------
def _share(world: World, life: Life, membership_id: int, member: Member, at: datetime) -> frozenset[str]:
    """What was ticked. Somebody without an account has nothing to look at, and who stopped sees nothing."""
    if member.state in ("ended", "declined") or (member.active and member.user_id is None):
        return frozenset()
    random, opened = life.random, []
    until = world.now + random.randint(5, 90) * DAY if random.random() < 0.1 else None
    for category, (often, all_of_it, writes) in SHARED.items():
        if random.random() >= often:
            continue
        world.tables[Share].add(
            participant_id=life.id,
            membership_id=membership_id,
            category=category,
            level=int(Level.CONTRIBUTE if random.random() < writes else Level.SEE),
            scope="all" if random.random() < all_of_it else "chosen",
            until=until,
            created_at=member.since or at,
        )
        opened.append(category)
    return frozenset(opened)


def choose(world: World, life: Life, member: Member, category: str, row: int) -> None:
    """This row is meant for this member."""
    world.tables[Audience].add(
        participant_id=life.id,
        category=category,
        table_name=_table_of(category),
        row=row,
        membership_id=member.id,
    )
