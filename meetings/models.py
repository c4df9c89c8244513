"""Meetings of the group: when, who comes, what about, what was said, and who promised what."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from goals.models import Goal, Progress
from herstel.access import MYSELF, OWN, Category, Reach, Rule, Ruled
from herstel.opening import Opens
from herstel.privacy import privacy
from herstel.slugs import new_slug
from participants.models import Record, Versioned
from supportgroups.models import Membership


class Meeting(Record, Versioned):
    """The group comes together."""

    rule = Rule(Category.AGENDA, audience=True, when="state <> 'draft'")
    privacy: ClassVar = privacy(
        never="place wishes created_at version reach sequence chair_called writer_called talk_minutes",
        identifier="slug",
        measure="kind state at",
        key="id participant chair writer",
    )

    class Kind(models.TextChoices):
        GROUP = "group", _("Gewone bijeenkomst van je steungroep")
        QUESTION = "question", _("Eén vraag oplossen met mensen om je heen")

    class State(models.TextChoices):
        DRAFT = "draft", _("Nog niet verstuurd")
        PROPOSED = "proposed", _("We zoeken een dag")
        FIXED = "fixed", _("Staat vast")
        HELD = "held", _("Geweest")
        CANCELLED = "cancelled", _("Gaat niet door")

    slug = models.CharField(max_length=10, default=new_slug, unique=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.GROUP)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    at = models.DateTimeField(null=True, blank=True)
    place = models.CharField(max_length=100, default="", blank=True)
    wishes = models.JSONField(default=list, blank=True)
    reach = models.CharField(max_length=8, choices=Reach, default=Reach.EVERYONE)
    created_at = models.DateTimeField(default=timezone.now)
    # Who leads and who writes this time, by name as they were then, and how long one talks at most.
    chair = models.ForeignKey(Membership, models.DB_SET_NULL, null=True, blank=True, related_name="+")
    chair_called = models.CharField(max_length=40, default="", blank=True)
    writer = models.ForeignKey(Membership, models.DB_SET_NULL, null=True, blank=True, related_name="+")
    writer_called = models.CharField(max_length=40, default="", blank=True)
    talk_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    # The calendar file keeps the same identity and counts its changes (RFC 5545 SEQUENCE).
    sequence = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["participant", "at"], name="meetings_of")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state__in=["fixed", "held"]) | Q(at__isnull=False), name="fixed_has_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"meeting {self.pk}"


class DateOption(Record):
    """A day that the participant could."""

    rule = Rule(Category.AGENDA, via="meeting_id")
    privacy: ClassVar = privacy(never="at", key="id participant meeting")

    meeting = models.ForeignKey(Meeting, models.DB_CASCADE, related_name="options")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["meeting", "at"], name="option_once")]

    def __str__(self) -> str:
        return f"option {self.pk}"


class Answer(Record):
    """Does somebody come? Carries the name, so that everybody invited sees who comes without the map."""

    rule = Rule(Category.AGENDA, via="meeting_id", mine="membership_id", writes="U", changes="coming, answered_at")
    privacy: ClassVar = privacy(
        never="called asked_at answered_at", measure="coming kind", key="id participant meeting membership"
    )

    class Coming(models.TextChoices):
        UNKNOWN = "", _("Nog geen antwoord")
        YES = "yes", _("Ik kom")
        NO = "no", _("Ik kom niet")
        PHONE = "phone", _("Ik doe mee met bellen")

    meeting = models.ForeignKey(Meeting, models.DB_CASCADE, related_name="answers")
    membership = models.ForeignKey(Membership, models.DB_CASCADE, related_name="+")
    called = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, default="close_one")
    coming = models.CharField(max_length=5, choices=Coming, default=Coming.UNKNOWN, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["meeting", "membership"], name="answers_once"),
            models.CheckConstraint(condition=Q(coming__in=["", "yes", "no", "phone"]), name="coming_is_an_answer"),
        ]

    def __str__(self) -> str:
        return f"answer {self.pk}"


class DateVote(Record):
    """A member can on this day."""

    rule = Rule(Category.AGENDA, via="meeting_id", mine="membership_id", writes="ID")
    privacy: ClassVar = privacy(key="id participant meeting option membership")

    meeting = models.ForeignKey(Meeting, models.DB_CASCADE, related_name="votes")
    option = models.ForeignKey(DateOption, models.DB_CASCADE, related_name="votes")
    membership = models.ForeignKey(Membership, models.DB_CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["option", "membership"], name="votes_once")]

    def __str__(self) -> str:
        return f"vote {self.pk}"


class AgendaItem(Record):
    """Something to talk about: a goal, or own words. A member's proposal waits for the participant's yes."""

    rule = Rule(Category.AGENDA, via="meeting_id")
    privacy: ClassVar = privacy(never="words position", key="id participant meeting goal")

    meeting = models.ForeignKey(Meeting, models.DB_CASCADE, related_name="items")
    goal = models.ForeignKey(Goal, models.DB_CASCADE, null=True, blank=True, related_name="+")
    words = models.CharField(max_length=300, default="", blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"agenda item {self.pk}"


class Minutes(Record, Versioned):
    """One set of minutes of a meeting; others see it only after the participant released it to them."""

    rule = Rule(Category.MINUTES, audience=True, when="released_at IS NOT NULL")
    privacy: ClassVar = privacy(
        never="created_at version reach slug next_words words words_by",
        measure="released_at",
        key="id participant meeting",
    )

    WORDS = 10_000  # characters that others wrote down

    slug = models.CharField(max_length=10, default=new_slug, unique=True)
    meeting = models.OneToOneField(Meeting, models.DB_CASCADE, related_name="minutes")
    reach = models.CharField(max_length=8, choices=Reach, default=Reach.CHOSEN)
    next_words = models.CharField(max_length=200, default="", blank=True)
    # What somebody else wrote down, after the participant said yes to it.
    words = models.TextField(max_length=WORDS, default="", blank=True)
    words_by = models.CharField(max_length=40, default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    released_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"minutes {self.pk}"


class Notes(Record):
    """What a member wrote down during a meeting. It goes into the minutes only after the participant's yes."""

    rule = Rule(
        private=True,
        mine="membership_id",
        via="meeting_id",
        writes="IU",
        writes_when="{answered_at} IS NULL AND NOT {accepted}",
    )
    privacy: ClassVar = privacy(
        never="slug called words at answered_at accepted", key="id participant meeting membership"
    )

    slug = models.CharField(max_length=10, default=new_slug, unique=True)
    meeting = models.ForeignKey(Meeting, models.DB_CASCADE, related_name="notes")
    membership = models.ForeignKey(Membership, models.DB_CASCADE, related_name="+")
    called = models.CharField(max_length=40)
    words = models.TextField(max_length=5000)
    at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True)
    accepted = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["meeting", "membership"], name="notes_once")]

    def __str__(self) -> str:
        return f"notes {self.pk}"


class Feed(Ruled):
    """Somebody's own calendar address: the days of all the groups they are in, and of their own."""

    rule = Rule(own=MYSELF, why="the person whose calendar it is")
    opens = (Opens("name"),)  # whoever holds the address reads the days
    privacy: ClassVar = privacy(never="name token made_at", key="id user")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.DB_CASCADE, related_name="+")
    name = models.CharField(max_length=10, default=new_slug, unique=True)  # the token is made from it
    token = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"feed {self.pk}"


class Attendance(Record):
    """Who was there, with the name of that moment."""

    rule = Rule(Category.MINUTES, via="minutes_id")
    privacy: ClassVar = privacy(never="called", measure="kind", key="id participant minutes membership")

    minutes = models.ForeignKey(Minutes, models.DB_CASCADE, related_name="attendance")
    membership = models.ForeignKey(Membership, models.DB_SET_NULL, null=True, related_name="+")
    called = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, default="close_one")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["minutes", "membership"], name="attends_once")]

    def __str__(self) -> str:
        return f"attendance {self.pk}"


class MinutesLine(Record):
    """Where a goal stood that day; the words are in the goal, for those who may see that goal."""

    rule = Rule(Category.MINUTES, via="minutes_id")
    privacy: ClassVar = privacy(key="id participant minutes goal progress")

    minutes = models.ForeignKey(Minutes, models.DB_CASCADE, related_name="lines")
    goal = models.ForeignKey(Goal, models.DB_CASCADE, related_name="+")
    progress = models.ForeignKey(Progress, models.DB_SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"minutes line {self.pk}"


class Promise(Record):
    """Who does what, and when; open ones come back at the next meeting."""

    rule = Rule(Category.SUPPORT, mine="membership_id")
    privacy: ClassVar = privacy(
        never="slug what called due_on made_at closed_at", measure="state", key="id participant minutes membership goal"
    )

    class State(models.TextChoices):
        OPEN = "open", _("Nog te doen")
        DONE = "done", _("Klaar")
        HANDED_BACK = "handed_back", _("Teruggegeven")

    slug = models.CharField(max_length=10, default=new_slug, unique=True)
    minutes = models.ForeignKey(Minutes, models.DB_CASCADE, null=True, blank=True, related_name="promises")
    goal = models.ForeignKey(Goal, models.DB_SET_NULL, null=True, blank=True, related_name="+")
    membership = models.ForeignKey(Membership, models.DB_SET_NULL, null=True, blank=True, related_name="+")
    called = models.CharField(max_length=40)
    what = models.CharField(max_length=300)
    due_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=11, choices=State, default=State.OPEN)
    made_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["participant", "state"], name="promises_of"),
            models.Index(fields=["membership"], condition=Q(state="open"), name="promises_by"),
        ]

    def __str__(self) -> str:
        return f"promise {self.pk}"


class MinutesPromise(Record):
    """A promise as the minutes tell it; readers of the minutes see it, also without "Wie doet wat"."""

    rule = Rule(Category.MINUTES, via="minutes_id")
    privacy: ClassVar = privacy(never="called what due_on", key="id participant minutes promise")

    minutes = models.ForeignKey(Minutes, models.DB_CASCADE, related_name="told_promises")
    promise = models.ForeignKey(Promise, models.DB_SET_NULL, null=True, related_name="+")
    called = models.CharField(max_length=40)
    what = models.CharField(max_length=300)
    due_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"told promise {self.pk}"


class MeetingExperience(Record):
    """How it was, for the writer alone."""

    rule = Rule(
        own="{by_id} = (SELECT authz.actor())",
        add_when=f"({OWN} OR {{meeting_id}} = ANY ((SELECT authz.chosen('meetings_meeting'))::bigint[]))",
        why="only the writer: the participant, or a member who sees the meeting",
    )
    privacy: ClassVar = privacy(never="words at", identifier="by", key="id participant meeting")

    meeting = models.ForeignKey(Meeting, models.DB_CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, related_name="+")
    words = models.TextField(max_length=2000)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["meeting", "by"], name="felt_once")]

    def __str__(self) -> str:
        return f"experience {self.pk}"
