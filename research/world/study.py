"""How it goes, who looked, and taking part in a study."""

from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from herstel.models import AuditLine
from participants.models import CheckIn
from research.models import Cohort, Consent, Study, StudyRole
from research.world.people import DAY, Life, Member, World, chance, uuid_from
from research.world.words import CHECK_INS

LOOKS_OF = timedelta(days=30)
MODEL_OF = {"goals": "goal", "agenda": "meeting", "minutes": "minutes", "people": "person"}


class Studied(NamedTuple):
    id: int
    takes_part: float


def make_studies(world: World) -> list[Studied]:
    """One that most take part in, and one that a few do."""
    random = chance(world.seed, "studies")
    return [
        Studied(_study(world, random, number, title), often)
        for number, (title, often) in enumerate([("Samen voor Herstel", 0.75), ("Wie helpt mij?", 0.2)])
    ]


def _study(world: World, random: Random, number: int, title: str) -> int:
    study = world.tables[Study].add(
        slug=world.tables.slug(),
        title=title,
        question="Helpt een steungroep bij herstel?",
        asks="Wij gebruiken je doelen, hoe ver je bent, en wie er in je steungroep zit. Nooit je eigen woorden.",
        approval=f"METc 2026/{100 + number}",
        text="Meedoen mag. Stoppen mag altijd, ook zonder reden. Wij zien je naam niet.",
        open_from=(world.now - 500 * DAY).date(),
        open_until=(world.now + 500 * DAY).date(),
    )
    world.tables[Cohort].add(slug=world.tables.slug(), uuid=uuid_from(random), study_id=study)
    for (user, work), role in zip(world.researchers, ("researcher", "checker", "researcher"), strict=True):
        until = (world.now + 500 * DAY).date()
        world.tables[StudyRole].add(study_id=study, user_id=user, employment_id=work, role=role, until=until)
    return study


def take_part(world: World, life: Life, studies: list[Studied]) -> None:
    """Most say yes to the first study; a few took that back."""
    for study in studies:
        if life.random.random() >= study.takes_part:
            continue
        given = world.moment(life.random, max(life.began, world.now - 450 * DAY), world.now)
        withdrawn = life.random.random() < 0.04
        world.tables[Consent].add(
            participant_id=life.id,
            study_id=study.id,
            text_version=1,
            given_at=given,
            withdrawn_at=world.moment(life.random, given, world.now) if withdrawn else None,
        )


def check_in(world: World, life: Life) -> None:
    """Some do it nearly every day for a while, others hardly ever."""
    random = life.random
    for _ in range(random.choice((0, 3, 10, 30, 60))):
        world.tables[CheckIn].add(
            participant_id=life.id,
            mood=random.choices(range(5), (6, 18, 36, 28, 12))[0],
            words=random.choice(CHECK_INS),
            at=world.moment(random, life.began, world.now),
        )


def look(world: World, life: Life) -> None:
    """What members looked at in the last month, and whom the participant let in before."""
    random = life.random
    for member in life.members:
        if member.since:
            _note(world, life, None, "confirm", "", ["membership", member.id], member.since)
        for category in sorted(member.shares & life.rows.keys()) if member.active else ():
            rows = sorted(member.goals) if category == "goals" else life.rows[category]
            if rows and random.random() < 0.8:
                at = world.moment(random, world.now - LOOKS_OF, world.now)
                _note(world, life, member, "read", category, [MODEL_OF[category], random.choice(rows)], at)


def _note(
    world: World, life: Life, member: Member | None, event: str, category: str, row: list[object], at: datetime
) -> None:
    """One line of the audit log, as audit.log() and audit.look() write it."""
    formal = member is not None and member.kind == "professional"
    world.tables[AuditLine].add(
        at=at,
        actor=member.user_id if member else life.user_id,
        membership=member.id if member else None,
        called=member.called if member else "",
        organisation=member.organisation if member else "",
        side="own" if member is None else "formal" if formal else "informal",
        participant_id=life.id,
        event=event,
        category=category,
        objects_seen=[row],
        n=1,
        basis="own" if member is None else "member",
    )
