"""Random worlds for the differential test: everybody is a bit of everything, and some rows are there out of malice."""

import uuid
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import models
from django.utils import timezone

from goals.models import Goal, GoalRating, GoalScale, Helper, Progress, Reply, Step
from herstel.access import Category, Reach
from herstel.models import AuditLine, Draft, FormToken, HelpLine, Preference, PushDevice, User
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
    AdministrationLine,
    Background,
    CheckIn,
    Concern,
    CrisisCard,
    DataCopy,
    Deletion,
    Employment,
    Organisation,
    OwnWord,
    Participant,
    PlanSection,
    PlanVersion,
    StoryPart,
)
from research.models import (
    Cohort,
    CohortMember,
    Consent,
    Download,
    Export,
    ExportPerson,
    Removal,
    Study,
    StudyRole,
)
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
from tests.oracle import World

USERS, PARTICIPANTS = 7, 4
CATEGORIES = [c.value for c in Category]


class Maker:
    """Makes one world from one seed; `made` collects every row by the name of its model."""

    def __init__(self, seed: int) -> None:
        self.seed, self.random = seed, Random(seed)
        self.now = timezone.now()
        self.made: dict[str, list[Any]] = {}

    def make(self) -> World:
        self._people()
        self._groups()
        self._goals()
        self._meetings()
        self._minutes()
        self._rest()
        self._audiences()
        self._research()
        return World(self.made, [u.pk for u in self.made["User"]], self.now, self.seed)

    # --- small words -------------------------------------------------------------------------------------------------
    def keep(self, rows: list[Any]) -> list[Any]:
        if not rows:
            return []
        model: type[models.Model] = type(rows[0])
        model._base_manager.bulk_create(rows)
        self.made.setdefault(model.__name__, []).extend(rows)
        return rows

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, *options: Any) -> Any:
        return self.random.choice(options)

    def sometime(self) -> datetime | None:
        """Mostly no end; else past or future."""
        days = self.random.choice([None, None, None, -1, 1])
        return None if days is None else self.now + timedelta(days=days)

    def user(self) -> User:
        user: User = self.random.choice(self.made["User"])
        return user

    def members(self, participant: Participant) -> list[Membership]:
        return [m for m in self.made["Membership"] if m.participant_id == participant.pk]

    def member(self, participant: Participant) -> Membership:
        return self.random.choice(self.members(participant))

    # --- who there is ------------------------------------------------------------------------------------------------
    def _people(self) -> None:
        users = self.keep(
            [User(email=f"{uuid.UUID(int=self.random.getrandbits(128))}@x.example") for _ in range(USERS)]
        )
        organisations = self.keep(
            [
                Organisation(name=f"{uuid.UUID(int=self.random.getrandbits(128))}", kind=kind)
                for kind in ("care", "addiction", "platform" if self.chance(0.5) else "research")
            ]
        )
        self.keep(
            [
                Employment(
                    user=user,
                    organisation=o,
                    function=function,
                    name="x",
                    active=state == "active",
                    began_at=None if state == "asked" else self.now,
                    ended_at=self.now if state == "ended" else None,
                )
                for user in users
                for o in organisations
                for function in ("professional", "researcher", "administrator")
                if self.chance(0.5 if function == "professional" else 0.15)
                for state in [self.pick("active", "active", "active", "ended", "asked")]
            ]
        )
        self.keep([Participant(user=user, called="x", **self._pause()) for user in users[:PARTICIPANTS]])

    def _pause(self) -> dict[str, Any]:
        if self.chance(0.7):
            return {}
        return {"paused_at": self.now, "paused_until": self.sometime()}

    def _groups(self) -> None:
        for participant in self.made["Participant"]:
            others = [u for u in self.made["User"] if u.pk != participant.user_id]
            holders = [*self.random.sample(others, 4), None]
            people = self.keep([Person(participant=participant, called="x") for _ in range(len(holders) + 2)])
            places = [self._place(participant, person, user) for person, user in zip(people, holders, strict=False)]
            # Somebody who left earlier and whose shares were not cleared up; maybe the same person as now.
            places.append(self._place(participant, people[-1], self.pick(*others), ended=True))
            self.keep(places)
            self.keep(self._shares())
        self.keep([SupportGroup(participant=p) for p in self.made["Participant"]])

    def _place(self, participant: Participant, person: Person, user: User | None, ended: bool = False) -> Membership:
        states = ["active"] * 6 + ["paused", "accepted", "invited", "declined", "resting"]
        formal = self.chance(0.45)
        return Membership(
            participant=participant,
            person=person,
            user=user,
            kind="formal" if formal else "informal",
            organisation=self.random.choice(self.made["Organisation"]) if formal else None,
            state="ended" if ended else self.random.choice(states),
            confirmed_at=self.now,
            rests_because="work",
            ends_at=self.sometime(),
        )

    def _shares(self) -> list[Share]:
        shared = {s.membership_id for s in self.made.get("Share", [])}
        return [
            Share(
                participant_id=m.participant_id,
                membership=m,
                category=category,
                level=self.pick(1, 1, 2, 3),
                scope=self.pick("all", "chosen"),
                until=self.sometime(),
            )
            for m in self.made["Membership"]
            if m.pk not in shared
            for category in CATEGORIES
            if self.chance(0.6)
        ]

    # --- what they have ----------------------------------------------------------------------------------------------
    def _goals(self) -> None:
        goals = self.keep(
            [
                Goal(
                    participant=p,
                    words="x",
                    reach=self.pick(*Reach.values),
                    state=self.pick(*["active"] * 6, "dropped"),
                )
                for p in self.made["Participant"]
                for _ in "123"
            ]
        )
        for model in (Step, Progress):
            self.keep(
                [model(participant=g.participant, goal=g, words="x", by=self.user()) for g in goals for _ in "12"]
            )
        about = [(g, self.member(g.participant)) for g in goals]
        self.keep([Helper(participant=g.participant, goal=g, membership=m, called="x") for g, m in about])
        self.keep([self._reply(goal, member) for goal, member in about])
        self.keep([GoalScale(participant=g.participant, goal=g, hoped="x") for g in goals])
        self.keep([self._rating(goal, member) for goal, member in about])

    def _rating(self, goal: Goal, member: Membership) -> GoalRating:
        rater = self.pick("close_one", "formal")
        return GoalRating(participant=goal.participant, goal=goal, level=1, rater=rater, membership=member, called="x")

    def _reply(self, goal: Goal, member: Membership) -> Reply:
        answered = self.now if self.chance(0.3) else None
        return Reply(
            participant=goal.participant,
            goal=goal,
            membership=member,
            called="x",
            kind="read",
            answered_at=answered,
            accepted=self.chance(0.3),
        )

    def _meetings(self) -> None:
        states = ["draft", "proposed", "fixed", "held", "held", "cancelled"]
        meetings = self.keep(
            [
                Meeting(participant=p, state=self.random.choice(states), at=self.now, reach=self.pick(*Reach.values))
                for p in self.made["Participant"]
                for _ in "123"
            ]
        )
        options = self.keep([DateOption(participant=m.participant, meeting=m, at=self.now) for m in meetings])
        for m, option in zip(meetings, options, strict=True):
            both = self.random.sample(self.members(m.participant), 2)
            self.keep([Answer(participant=m.participant, meeting=m, membership=x, called="x") for x in both])
            self.keep([DateVote(participant=m.participant, meeting=m, option=option, membership=x) for x in both])
            answered = {"answered_at": self.now if self.chance(0.3) else None, "accepted": self.chance(0.3)}
            self.keep([Notes(participant=m.participant, meeting=m, membership=x, called="x", **answered) for x in both])
        self.keep([AgendaItem(participant=m.participant, meeting=m, words="x") for m in meetings])
        self.keep(
            [MeetingExperience(participant=m.participant, meeting=m, by=self.user(), words="x") for m in meetings]
        )

    def _minutes(self) -> None:
        minutes = self.keep(
            [
                Minutes(
                    participant=m.participant,
                    meeting=m,
                    reach=self.pick(*Reach.values),
                    released_at=self.now if self.chance(0.7) else None,
                )
                for m in self.made["Meeting"]
                if self.chance(0.8)
            ]
        )
        for n in minutes:
            owner = n.participant
            goal = next(g for g in self.made["Goal"] if g.participant_id == owner.pk)
            self.keep([Attendance(participant=owner, minutes=n, membership=self.member(owner), called="x")])
            self.keep([MinutesLine(participant=owner, minutes=n, goal=goal)])
            self.keep([MinutesPromise(participant=owner, minutes=n, called="x", what="x")])

    def _rest(self) -> None:
        owners = self.made["Participant"]
        self.keep(
            [
                Promise(participant=p, membership=self.pick(None, *self.members(p)), called="x", what="x")
                for p in owners
                for _ in "123"
            ]
        )
        self.keep([CheckIn(participant=p, mood=1) for p in owners])
        self.keep([Background(participant=p) for p in owners])
        self.keep([OwnWord(participant=p, key=key, words="x") for p in owners for key in ("group", "mood1")])
        people = {person.participant_id: person for person in self.made["Person"]}
        self.keep([Nomination(participant_id=p, person=person) for p, person in people.items()])
        self.keep([MapMoment(participant=p) for p in owners])
        self.keep([DataCopy(participant=p) for p in owners])
        self.keep([PlanVersion(participant=p, number=1) for p in owners])
        parts = ("green", "orange", "red")
        self.keep(
            [PlanSection(participant=p, part=part, reach=self.pick(*Reach.values)) for p in owners for part in parts]
        )
        self.keep([CrisisCard(participant=p) for p in owners])
        self.keep([Concern(participant=p, about="x") for p in owners])
        self.keep([StoryPart(participant=p, title="x", reach=self.pick(*Reach.values)) for p in owners for _ in "123"])
        self.keep([Deletion(participant=p, due_at=self.now, tell=self.chance(0.5)) for p in owners])
        talked = {m.pk: m for p in owners for m in self.random.sample(self.members(p), 3)}
        self.keep([Interview(participant_id=m.participant_id, membership=m) for m in talked.values()])
        self.keep([Reachable(participant_id=p, person=person, phone="123") for p, person in people.items()])
        for model in (Invitation, Pass):
            self.keep([self._link(model, p) for p in owners])
        self.keep([AuditLine(participant=p, actor=self.user().pk, event="read") for p in owners for _ in "12"])
        self.keep([self._administered() for _ in "1234"])
        self.made["HelpLine"] = list(HelpLine.objects.all())  # those of the migrations
        users = self.made["User"]
        self.keep([Preference(user=u) for u in users])
        self.keep([Draft(user=u, flow="x") for u in users])
        self.keep([FormToken(user=u) for u in users])
        self.keep([PushDevice(user=u, endpoint=str(u.pk)) for u in users])
        self.keep([Feed(user=u, token=str(u.pk).encode()) for u in users])

    def _administered(self) -> AdministrationLine:
        about = {"participant": self.pick(None, *self.made["Participant"])}
        about["organisation"] = self.pick(None, *self.made["Organisation"])
        return AdministrationLine(at=self.now, actor=self.user().pk, event="employed", **about)

    def _link(self, model: type[Any], participant: Participant) -> Any:
        extra = {"message": "x"} if model is Invitation else {"purpose": "answer", "row": 1}
        token = self.random.randbytes(32)
        end = self.now + timedelta(days=1)
        return model(participant=participant, membership=self.member(participant), token=token, expires_at=end, **extra)

    def _audiences(self) -> None:
        """Honest choices; then rows of somebody else, and rows under the wrong category (and so of another table)."""
        kinds = {
            "goals": "Goal",
            "agenda": "Meeting",
            "minutes": "Minutes",
            "plan": "PlanSection",
            "story": "StoryPart",
        }
        wanted: dict[tuple[int, str, int], Audience] = {}
        for m in self.made["Membership"]:
            for category, model in kinds.items():
                for row in self.made[model]:
                    honest = row.participant_id == m.participant_id
                    if self.chance(0.35 if honest else 0.1):
                        chosen = Audience(participant_id=m.participant_id, membership=m, category=category, row=row.pk)
                        wanted[m.pk, category, row.pk] = chosen
                    if self.chance(0.2):
                        wrong = self.pick(*(other for other in kinds if other != category))
                        chosen = Audience(participant_id=m.participant_id, membership=m, category=wrong, row=row.pk)
                        wanted[m.pk, wrong, row.pk] = chosen
        self.keep(list(wanted.values()))

    def _research(self) -> None:
        day = self.now.date()
        studies = self.keep([Study(title="x", open_from=day, open_until=day) for _ in "12"])
        cohorts = self.keep([Cohort(study=s, uuid=uuid.UUID(int=self.random.getrandbits(128))) for s in studies])
        roles = [
            StudyRole(
                study=s, user=e.user, employment=e, role="researcher", until=day + timedelta(days=self.pick(-1, 0, 9))
            )
            for s in studies
            for e in {e.user_id: e for e in self.made["Employment"] if self.chance(0.5)}.values()
        ]
        self.keep(roles)
        exports = self.keep(
            [
                Export(study=c.study, cohort=c, version=n, state=state, purpose="x", asked_by=self.user())
                for c in cohorts
                for n, state in enumerate(("returned", "asked"), 1)
            ]
        )
        self.keep([Download(study=e.study, export=e, by=self.user(), name="x") for e in exports])
        people = self.made["Participant"]
        self.keep([Consent(participant=p, study=self.pick(*studies), text_version=1) for p in people])
        # A yes makes a member of the cohort by itself.
        self.made["CohortMember"] = list(CohortMember._base_manager.filter(participant__in=people))
        for x in exports:
            self.keep([ExportPerson(participant=p, study_id=x.study_id, export=x) for p in people])
        self.keep([Removal(study_id=x.study_id, export=x, pid="x") for x in exports])
