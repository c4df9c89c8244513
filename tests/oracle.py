"""The rule of access once more, in plain Python, written from the documents and sharing nothing with the SQL.

An oracle answers for one person (or for a participant who looks through a member's eyes) about rows of a world. The
sections name where each sentence comes from: A3.n is architecture.md §3 rule n, D.n is decisions.md n.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils import timezone

SEE, CONTRIBUTE = 1, 2

# Rows that follow a row with an audience of their own: model → (field, model of the parent).
PARENT = {
    "Step": ("goal_id", "Goal"),
    "Progress": ("goal_id", "Goal"),
    "Helper": ("goal_id", "Goal"),
    "Reply": ("goal_id", "Goal"),
    "GoalScale": ("goal_id", "Goal"),
    "GoalRating": ("goal_id", "Goal"),
    "Notes": ("meeting_id", "Meeting"),
    "DateOption": ("meeting_id", "Meeting"),
    "Answer": ("meeting_id", "Meeting"),
    "DateVote": ("meeting_id", "Meeting"),
    "AgendaItem": ("meeting_id", "Meeting"),
    "Attendance": ("minutes_id", "Minutes"),
    "MinutesLine": ("minutes_id", "Minutes"),
    "MinutesPromise": ("minutes_id", "Minutes"),
}
# The share that opens them (A3, the table of categories; Helper: D.1, a goal's other helpers need `people`).
CATEGORY = {
    **dict.fromkeys(("Goal", "Step", "Progress", "GoalScale"), "goals"),
    **dict.fromkeys(("Meeting", "DateOption", "Answer", "DateVote", "AgendaItem"), "agenda"),
    **dict.fromkeys(("Minutes", "Attendance", "MinutesLine", "MinutesPromise"), "minutes"),
    **dict.fromkeys(("Person", "Helper"), "people"),
    "CheckIn": "wellbeing",
    "Promise": "support",
}
# The member a row is about sees it (D.1, D.3, "wie doet wat": the one who promised).
ABOUT_A_MEMBER = {"Helper", "Reply", "Answer", "DateVote", "Promise", "Interview", "GoalRating", "Notes"}
BETWEEN_TWO = {"Reply", "Interview", "GoalRating", "Notes"}  # the participant, and the member it is about
# D.3: SEE is enough for these. The participant asks for an answer, the member gives it; a vote is cast and taken back;
# a reply is written once, and accepting it is the participant's.
THAT_MEMBER_MAY = {
    "Answer": {"change"},
    "DateVote": {"add", "remove"},
    "Reply": {"add"},
    "Interview": {"add", "change"},
    "GoalRating": {"add"},
    "Notes": {"add", "change"},
}
CONTRIBUTIONS = {"Step", "Progress"}  # A3.3
ONLY_OWNER = {"SupportGroup", "Background", "Audience", "Invitation", "Pass", "Consent", "MapMoment"}
ONLY_OWNER |= {"Nomination", "Reachable", "DataCopy", "PlanVersion", "CrisisCard"}
ONLY_OWNER |= {"CohortMember", "ExportPerson"}
ONE_PERSONS = {"Preference", "Draft", "FormToken", "PushDevice", "Feed"}
NOBODY_WRITES = {
    *("AuditLine", "AdministrationLine", "StudyRole", "CohortMember", "ExportPerson", "Removal", "Download"),
}


@dataclass
class World:
    """Everything there is: model name → rows, each a model instance."""

    rows: dict[str, list[Any]]
    users: list[int]
    now: datetime
    seed: int = 0

    def by_pk(self, model: str, pk: int) -> Any:
        return self._by_pk[model].get(pk)

    @cached_property
    def _by_pk(self) -> dict[str, dict[int, Any]]:
        return {name: {row.pk: row for row in rows} for name, rows in self.rows.items()}

    @cached_property
    def shares_of(self) -> dict[int, list[Any]]:
        """Membership → its shares, also those that ended."""
        shares: dict[int, list[Any]] = {}
        for share in self.rows["Share"]:
            shares.setdefault(share.membership_id, []).append(share)
        return shares


class Oracle:
    """What may this person see and write? `through`: the membership that a preview looks through."""

    def __init__(self, world: World, me: int | None, through: Any = None) -> None:
        self.world, self.me, self.through = world, me, through
        self.mine = {p.pk for p in world.rows["Participant"] if p.user_id == me and me is not None}
        self.own = set() if through else self.mine
        self.places = [m for m in world.rows["Membership"] if self._is_place(m)]
        self.opens = {m.participant_id: m for m in self.places if self._opens(m)}

    # --- whose group am I in ----------------------------------------------------------------------------------------
    def _is_place(self, m: Any) -> bool:
        """My membership, living: not ended, not past its end, and employed when it is formal (A3.2, A3.4, D.7)."""
        states = {"accepted", "active", "paused"}
        if self.through is not None:
            if m.pk != self.through.pk or m.participant_id not in self.mine:
                return False
            states.add("invited")  # "dan ziet": what will open after the yes
        elif m.user_id is None or m.user_id != self.me:
            return False
        lasts = m.ends_at is None or m.ends_at > self.world.now
        return m.state in states and lasts and (m.kind == "informal" or self._employed(m))

    def _employed(self, m: Any) -> bool:
        if m.user_id is None:
            return self.through is not None  # who has no account yet has no employment to end
        return any(
            e.user_id == m.user_id
            and e.organisation_id == m.organisation_id
            and e.active
            and e.function == "professional"
            for e in self.world.rows["Employment"]
        )

    def _opens(self, m: Any) -> bool:
        """Confirmed by the participant, who did not close everything (A3.2, D.6, D.9)."""
        states = {"invited", "accepted", "active"} if self.through else {"active"}
        return m.state in states and not self._paused(m.participant_id)

    def _paused(self, participant: int) -> bool:
        p = self.world.by_pk("Participant", participant)
        return p.paused_at is not None and (p.paused_until is None or p.paused_until > self.world.now)

    def share(self, participant: int, category: str, level: int = SEE) -> Any:
        """The living share of this category with me, at this level (A3.2)."""
        m = self.opens.get(participant)
        for s in self.world.shares_of.get(m.pk, ()) if m else ():
            if s.category == category and s.level >= level and self._lasts(s.until):
                return s
        return None

    def anything(self, participant: int) -> bool:
        m = self.opens.get(participant)
        return m is not None and any(self._lasts(s.until) for s in self.world.shares_of.get(m.pk, ()))

    def standing(self) -> Any:
        """All that the moment decides for me: where I have a place, which of those open, and which shares last."""
        opens = {m.pk: [s.pk for s in self.world.shares_of.get(m.pk, ()) if self._lasts(s.until)] for m in self.places}
        return [m.pk for m in self.places], sorted(m.pk for m in self.opens.values()), opens

    def _lasts(self, until: datetime | None) -> bool:
        return until is None or until > self.world.now

    # --- seeing ------------------------------------------------------------------------------------------------------
    def sees(self, row: Any) -> bool:
        name = type(row).__name__
        special = getattr(self, f"_sees_{name.lower()}", None)
        if special is not None:
            return bool(special(row))
        if name in ONE_PERSONS:
            return row.user_id == self.me
        if row.participant_id in self.own:
            return True  # A3.1
        if name in ONLY_OWNER:
            return False
        if name in PARENT and not self.sees(self._parent(row)):
            return False
        if name in ABOUT_A_MEMBER and self._about_me(row):
            return True
        return name not in BETWEEN_TWO and self.share(row.participant_id, CATEGORY[name]) is not None

    def _parent(self, row: Any) -> Any:
        column, model = PARENT[type(row).__name__]
        return self.world.by_pk(model, getattr(row, column))

    def _about_me(self, row: Any) -> bool:
        """I am the one it is about, and something is still shared with me (D.5)."""
        m = self.opens.get(row.participant_id)
        return m is not None and row.membership_id == m.pk and self.anything(row.participant_id)

    def _meant_for_me(self, row: Any, category: str) -> bool:
        """ "Alleen ik" is nobody; a chosen audience narrows a share and never widens one (A3, D.2)."""
        share = self.share(row.participant_id, category)
        if share is None or row.reach == "me":
            return False
        if row.reach == "everyone" and share.scope == "all":
            return True
        m = self.opens[row.participant_id]
        return any(
            a.membership_id == m.pk
            and a.category == category
            and a.row == row.pk
            and a.participant_id == row.participant_id
            for a in self.world.rows["Audience"]
        )

    def _sees_goal(self, row: Any) -> bool:
        return row.participant_id in self.own or (row.state != "dropped" and self._meant_for_me(row, "goals"))

    def _sees_meeting(self, row: Any) -> bool:
        return row.participant_id in self.own or (row.state != "draft" and self._meant_for_me(row, "agenda"))

    def _sees_minutes(self, row: Any) -> bool:
        released = row.released_at is not None  # A3.7
        return row.participant_id in self.own or (released and self._meant_for_me(row, "minutes"))

    def _sees_plansection(self, row: Any) -> bool:
        return row.participant_id in self.own or self._meant_for_me(row, "plan")

    def _sees_storypart(self, row: Any) -> bool:
        return row.participant_id in self.own or self._meant_for_me(row, "story")

    def _keeps(self) -> bool:
        """Whoever administers Kring itself."""
        return self.me is not None and any(
            e.user_id == self.me
            and e.active
            and e.function == "administrator"
            and self.world.by_pk("Organisation", e.organisation_id).kind == "platform"
            for e in self.world.rows["Employment"]
        )

    def _sees_concern(self, row: Any) -> bool:
        """Written to whoever keeps Kring itself."""
        return row.participant_id in self.own or self._keeps()

    def _sees_administrationline(self, row: Any) -> bool:
        """What administrators did: to whoever keeps Kring, to the organisation, and to whom it is about."""
        return row.participant_id in self.own or self._keeps() or self._administers(row.organisation_id)

    def _sees_helpline(self, row: Any) -> bool:
        return True

    def _writes_helpline(self, row: Any, verb: str) -> bool:
        return self._keeps()

    def _sees_participant(self, row: Any) -> bool:
        """What somebody is called: known to confirmed members, also while they pause or all is closed (D.1, D.9)."""
        confirmed = any(m.participant_id == row.pk and m.state in ("active", "paused") for m in self.places)
        return row.pk in self.own or confirmed or row.pk in self.opens

    def _sees_ownword(self, row: Any) -> bool:
        """How somebody calls things: known to whoever knows what they are called."""
        return self._sees_participant(self.world.by_pk("Participant", row.participant_id))

    def _sees_deletion(self, row: Any) -> bool:
        """Told to whoever knows them, when the participant wanted that."""
        known = self._sees_participant(self.world.by_pk("Participant", row.participant_id))
        return row.participant_id in self.own or (row.tell and known)

    def _sees_membership(self, row: Any) -> bool:
        return row.participant_id in self.own or any(m.pk == row.pk for m in self.places)

    def _sees_share(self, row: Any) -> bool:
        m = self.opens.get(row.participant_id)
        mine = m is not None and m.pk == row.membership_id and self._lasts(row.until)
        return row.participant_id in self.own or mine

    def _sees_auditline(self, row: Any) -> bool:
        return row.participant_id in self.own or (self.me is not None and row.actor == self.me)

    def _sees_meetingexperience(self, row: Any) -> bool:
        return self.me is not None and row.by_id == self.me  # D.4: the writer's alone

    def _sees_employment(self, row: Any) -> bool:
        return row.user_id == self.me or self._administers(row.organisation_id)

    def _administers(self, organisation: int) -> bool:
        """A3.6: people of one's own organisation; who runs Kring itself: everybody's."""
        for e in self.world.rows["Employment"]:
            if e.user_id == self.me and e.active and e.function == "administrator":
                if e.organisation_id == organisation:
                    return True
                if self.world.by_pk("Organisation", e.organisation_id).kind == "platform":
                    return True
        return False

    def _sees_studyrole(self, row: Any) -> bool:
        return row.user_id == self.me

    def _works_on(self, study: int) -> bool:
        today = timezone.localdate()
        works = {
            e.pk
            for e in self.world.rows["Employment"]
            if e.user_id == self.me and e.active and e.function == "researcher"
        }
        return any(
            r.user_id == self.me and r.study_id == study and r.until >= today and r.employment_id in works
            for r in self.world.rows["StudyRole"]
        )

    def _sees_export(self, row: Any) -> bool:
        return self._works_on(row.study_id)

    def _sees_download(self, row: Any) -> bool:
        return self._works_on(row.study_id)

    def _sees_removal(self, row: Any) -> bool:
        return self._works_on(row.study_id)

    # --- writing -----------------------------------------------------------------------------------------------------
    def adds(self, row: Any) -> bool:
        return self._writes(row, "add")

    def changes(self, row: Any) -> bool:
        return self._writes(row, "change")

    def removes(self, row: Any) -> bool:
        return self._writes(row, "remove")

    def _writes(self, row: Any, verb: str) -> bool:
        name = type(row).__name__
        special = getattr(self, f"_writes_{name.lower()}", None)
        if special is not None:
            return bool(special(row, verb))
        if name in NOBODY_WRITES:
            return False
        if name in ONE_PERSONS:
            return self.me is not None and row.user_id == self.me
        if row.participant_id in self.own:
            return True  # A3.1
        if name in CONTRIBUTIONS:
            return verb != "remove" and self._contributes(row)  # A3.3: deleting stays with the participant
        mine = verb in THAT_MEMBER_MAY.get(name, ()) and self._about_me(row)
        mine = mine and (name not in PARENT or self._sees_its_parent(row))
        return mine and not (name in ("Reply", "Notes") and (row.answered_at or row.accepted))

    def _writes_planversion(self, row: Any, verb: str) -> bool:
        return verb == "add" and row.participant_id in self.own  # what was agreed never changes

    def _writes_participant(self, row: Any, verb: str) -> bool:
        return self.me is not None and row.user_id == self.me

    def _writes_membership(self, row: Any, verb: str) -> bool:
        """A place begins without anybody in it: who it is for says yes, and nobody says that for them (A3.2)."""
        return row.participant_id in self.own and (verb != "add" or row.user_id is None)

    def _writes_employment(self, row: Any, verb: str) -> bool:
        """Asked by an administrator; it begins with the yes of whose work it is, and what ended is not thrown away."""
        return self._administers(row.organisation_id) and verb != "remove" and not (verb == "add" and row.began_at)

    def _writes_meetingexperience(self, row: Any, verb: str) -> bool:
        """The participant, or a member who sees the meeting; nobody for somebody else."""
        meeting = self.world.by_pk("Meeting", row.meeting_id)
        shown = meeting is not None and meeting.state != "draft" and self._meant_for_me(meeting, "agenda")
        may = row.participant_id in self.own or shown
        return self.me is not None and row.by_id == self.me and (may or verb != "add")

    def _writes_export(self, row: Any, verb: str) -> bool:
        """Asked by oneself; made by the worker, released by another person."""
        fresh = row.state == "asked" and row.released_by_id is None and row.cut_off < timezone.localdate()
        fresh = fresh and row.version < 10_000 and not row.file
        return verb == "add" and self._works_on(row.study_id) and row.asked_by_id == self.me and fresh

    def _contributes(self, row: Any) -> bool:
        level = self.share(row.participant_id, "goals", CONTRIBUTE)
        return level is not None and row.by_id is not None and row.by_id == self.me and self._sees_its_parent(row)

    def _sees_its_parent(self, row: Any) -> bool:
        """That it is of the same participant is held by a foreign key; test_pitfalls.py asks that."""
        parent = self._parent(row)
        return parent is not None and self.sees(parent)
