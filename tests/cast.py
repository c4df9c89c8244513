"""The people of the tests. Every text of a person is a canary that says whose it is, so that a leak names itself.

Jan owns the record that everybody wants to see. Ans, Willem, Mo and Sara may see parts of it. Els, Piet, Fatima, Kees,
Noor and Otto may not, each for a reason of their own, and each is busy elsewhere: a record, a group and goals of their
own, with Hanna as member. Lotte is a second participant, Rik one who closed everything. Vera manages the people of one
organisation, VNN, and nothing of Kring itself.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from herstel.access import Category, Level
from herstel.models import HelpLine, User
from participants.models import Employment, Organisation, Participant
from research.models import Cohort, Consent, Export, Study, StudyRole
from supportgroups.models import Membership, Person, Share
from tests.harness import role
from tests.records import Record, fill

PEOPLE = [
    "jan",
    "lotte",
    "rik",
    "ans",
    "willem",
    "mo",
    "sara",
    "hanna",
    "els",
    "piet",
    "fatima",
    "kees",
    "noor",
    "otto",
    "researcher",
    "checker",
    "administrator",
    "vera",
]
PERSONAS = ["anonymous", *PEOPLE]
REFUSED = ["els", "piet", "fatima", "kees", "noor", "otto"]
ALL, CHOSEN = Share.Scope.ALL, Share.Scope.CHOSEN
EVERYTHING = {category.value: ALL for category in Category}

# What Jan shares, with whom: category → scope.
JAN_SHARES: dict[str, dict[str, str]] = {
    "ans": {"goals": CHOSEN, "agenda": ALL, "minutes": CHOSEN, "story": CHOSEN},
    "willem": {"agenda": ALL},
    "mo": {
        "goals": ALL,
        "agenda": ALL,
        "minutes": ALL,
        "people": ALL,
        "wellbeing": ALL,
        "support": ALL,
        "plan": CHOSEN,
        "story": CHOSEN,
    },
    "sara": {"agenda": ALL, "goals": CHOSEN, "wellbeing": ALL},
    # What the refused would see if the reason for refusing them were forgotten.
    **dict.fromkeys(("els", "piet", "fatima", "kees", "otto"), EVERYTHING),
}
AGENDA = ("ans", "willem", "mo", "sara")
# Who besides Jan may see which of his canaries; `records.KINDS` names them all.
JAN_SEEN_BY: dict[str, tuple[str, ...]] = {
    # Piet's place rests: he still knows whose group it is.
    "called": (*AGENDA, "piet"),
    "goal-open": ("ans", "mo"),
    "goal-all": ("mo",),
    "step": ("ans", "mo"),
    "progress": ("ans", "mo"),
    "helper": ("ans", "mo"),
    "reply": ("ans",),
    "interview": ("ans",),
    "rating": ("ans",),
    "plan": ("mo",),
    "story": ("ans", "mo"),
    "notes": ("ans",),
    "concern": ("administrator",),
    "scale": ("ans", "mo"),
    "meeting-proposed": AGENDA,
    "meeting-fixed": AGENDA,
    "meeting-held": AGENDA,
    "agenda-item": AGENDA,
    "answer": AGENDA,
    "minutes-released": ("ans", "mo"),
    "attendance": ("ans", "mo"),
    "told": ("ans", "mo"),
    "promise-ans": ("ans", "mo"),
    "promise-own": ("mo",),
    "person": ("mo",),
    "checkin": ("mo", "sara"),
    # Piet's place rests; he may still know how Jan calls things.
    "word": (*AGENDA, "piet"),
}
# Whoever is alone in a group with everything shared, and chosen for what must be chosen.
SOLE_MEMBER_SEES = [
    "called",
    "goal-open",
    "goal-all",
    "step",
    "progress",
    "helper",
    "meeting-proposed",
    "meeting-fixed",
    "meeting-held",
    "agenda-item",
    "answer",
    "minutes-released",
    "attendance",
    "told",
    "promise-ans",
    "promise-own",
    "person",
    "checkin",
    "reply",
    "interview",
    "rating",
    "plan",
    "story",
    "notes",
    "scale",
    "word",
]


@dataclass
class Cast:
    """Who there is, what they have, and which canaries each may ever see."""

    users: dict[str, User | AnonymousUser] = field(default_factory=lambda: {"anonymous": AnonymousUser()})
    records: dict[str, Record] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    employments: dict[str, Employment] = field(default_factory=dict)
    study: Study | None = None
    cohort: Cohort | None = None
    exports: dict[str, Export] = field(default_factory=dict)
    help_line: HelpLine = field(default_factory=HelpLine)
    may_see: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def user(self, name: str) -> User:
        user = self.users[name]
        assert isinstance(user, User)
        return user

    def pk(self, name: str) -> int | None:
        return self.users[name].pk

    @property
    def jan(self) -> Record:
        return self.records["jan"]

    def canary(self, name: str, *may_see: str) -> str:
        """A text that names itself, and who may see it."""
        for persona in may_see:
            self.may_see[persona].add(name)
        return f"CANARY[{name}]"

    def leaked(self, persona: str, text: str) -> set[str]:
        """Canaries in a text that this persona may not see; a canary that was cut short counts as well."""
        known = set().union(*self.may_see.values())
        return {
            found
            for found in set(re.findall(r"CANARY\[([a-z0-9-]*)", text))
            if not any(name.startswith(found) for name in self.may_see[persona]) or (found not in known and not found)
        }


def canaries_in(text: str) -> set[str]:
    return set(re.findall(r"CANARY\[([a-z0-9-]+)", text))


def build_cast() -> Cast:
    cast = Cast()
    with role("herstel_maint"):
        _people(cast)
        _work(cast)
        _jan(cast)
        _alone(cast, "lotte", "mo")
        _alone(cast, "rik", "ans")
        for name in REFUSED:
            _alone(cast, name, "hanna")
        _close(cast)
        _research(cast)
        cast.help_line = HelpLine.objects.first() or HelpLine()
    return cast


def _people(cast: Cast) -> None:
    users = User.objects.bulk_create(User(email=f"{name}@kring.example", password="!") for name in PEOPLE)
    cast.users |= dict(zip(PEOPLE, users, strict=True))


def _work(cast: Cast) -> None:
    kinds = {"vnn": "addiction", "lentis": "care", "university": "research", "kring": "platform"}
    cast.organisations = {
        name: Organisation.objects.create(name=name.upper(), kind=kind) for name, kind in kinds.items()
    }
    for name, organisation, function in (
        ("mo", "vnn", "professional"),
        ("noor", "vnn", "professional"),
        ("sara", "lentis", "professional"),
        ("kees", "lentis", "professional"),
        ("researcher", "university", "researcher"),
        ("checker", "university", "researcher"),
        ("administrator", "kring", "administrator"),
        ("vera", "vnn", "administrator"),
    ):
        cast.employments[name] = Employment.objects.create(
            user=cast.user(name),
            organisation=cast.organisations[organisation],
            function=function,
            name=cast.canary(f"work-{name}", name, "administrator", *(["vera"] if organisation == "vnn" else [])),
        )
    # Kees works nowhere any more; he was asked again, and said nothing yet.
    kees = cast.employments["kees"]
    Employment.objects.filter(pk=kees.pk).update(ended_at=timezone.now())
    Employment.objects.create(
        user=kees.user,
        organisation=kees.organisation,
        function="professional",
        name=cast.canary("work-asked", "kees", "administrator"),
        active=False,
        began_at=None,
    )


def _participant(cast: Cast, name: str, seen_by: tuple[str, ...]) -> Record:
    called = cast.canary(f"{name}-called", name, *seen_by)
    record = Record(
        name, Participant.objects.create(user=cast.user(name), called=called, first_steps_at=timezone.now())
    )
    cast.records[name] = record
    return record


def _member(cast: Cast, record: Record, name: str, shares: dict[str, str], **changed: Any) -> Membership:
    """A place in a group, active unless said otherwise, with what is shared."""
    formal = name in ("mo", "sara", "kees")
    seen_by = JAN_SEEN_BY["person"] if record.name == "jan" else _members_of(record.name)
    # Everybody with a place may know how they are called there; it opens nothing (doors.my_name).
    itself = () if name in ("els", "kees", "otto") else (name,)
    person = Person.objects.create(
        participant=record.participant,
        called=cast.canary(f"{record.name}-p-{name}", record.name, *seen_by, *itself),
        kind=Person.Kind.PROFESSIONAL if formal else Person.Kind.CLOSE_ONE,
        ring=1,
        in_group=True,
    )
    organisation = {"mo": "vnn", "sara": "lentis", "kees": "lentis"}.get(name)
    standing = {"state": Membership.State.ACTIVE, "confirmed_at": timezone.now()} | changed
    membership = Membership.objects.create(
        participant=record.participant,
        person=person,
        user=cast.user(name),
        kind=Membership.Kind.FORMAL if formal else Membership.Kind.INFORMAL,
        organisation=cast.organisations[organisation] if organisation else None,
        **standing,
    )
    record.members[name], record.people[name] = membership, person
    for category, scope in shares.items():
        record.shares[name, category] = Share.objects.create(
            participant=record.participant, membership=membership, category=category, scope=scope
        )
    return membership


def _members_of(name: str) -> tuple[str, ...]:
    return {"lotte": ("mo",), "rik": ()}.get(name, ("hanna",))


def _jan(cast: Cast) -> None:
    record = _participant(cast, "jan", JAN_SEEN_BY["called"])
    ago = timezone.now() - timedelta(days=1)
    unlike: dict[str, dict[str, Any]] = {
        "els": {"state": Membership.State.ENDED, "ended_at": ago},
        "piet": {"state": Membership.State.PAUSED},
        "fatima": {"state": Membership.State.ACCEPTED, "confirmed_at": None},
        "otto": {"ends_at": ago},
    }
    for name, shares in JAN_SHARES.items():
        _member(cast, record, name, shares, **unlike.get(name, {}))
    Share.objects.filter(membership=record.members["otto"]).update(until=ago)
    Share.objects.filter(pk=record.shares["mo", "goals"].pk).update(level=Level.CONTRIBUTE)
    fill(cast, record, JAN_SEEN_BY, chosen=("ans", "mo", "els", "piet", "fatima", "kees", "otto"), helper="ans")


def _alone(cast: Cast, name: str, member: str) -> None:
    """A full record with one member, who may see all that is not locked."""
    members = _members_of(name)
    record = _participant(cast, name, members)
    _member(cast, record, member, EVERYTHING)
    seen_by = dict.fromkeys(SOLE_MEMBER_SEES, members) | {"concern": ("administrator",)}
    fill(cast, record, seen_by, chosen=(member,), helper=member)


def _close(cast: Cast) -> None:
    """Rik closes everything; Ans knows only that he did."""
    participant = cast.records["rik"].participant
    participant.paused_at = timezone.now()
    participant.save(update_fields=["paused_at"])
    cast.may_see["ans"].add("rik-called")


def _research(cast: Cast) -> None:
    today = timezone.localdate()
    cast.study = Study.objects.create(
        title="Kring en herstel",
        question="Helpt het?",
        asks="Niets",
        approval="1",
        text="Tekst",
        open_from=today - timedelta(days=30),
        open_until=today + timedelta(days=30),
    )
    cast.cohort = Cohort.objects.create(study=cast.study, uuid="6d1c1a6e-3f5a-4b52-8d9f-0d8c1f1c2a77")
    for name in ("researcher", "checker"):
        until = today + timedelta(days=9)
        work = cast.employments[name]
        StudyRole.objects.create(study=cast.study, user=work.user, employment=work, role=name, until=until)
    for version, state in enumerate(("asked", "ready"), start=1):
        cast.exports[state] = Export.objects.create(
            study=cast.study,
            cohort=cast.cohort,
            version=version,
            purpose="Jaarverslag",
            asked_by=cast.user("researcher"),
            state=state,
        )
    Consent.objects.create(participant=cast.jan.participant, study=cast.study, text_version=1)
