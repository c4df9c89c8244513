"""What the participant wants, in own words, and where they stand."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from herstel.access import Category, Reach, Rule
from herstel.privacy import privacy
from herstel.slugs import new_slug
from participants.models import Record, Versioned
from participants.scales import Standing
from supportgroups.models import Membership


class Goal(Record, Versioned):
    """Something the participant wants."""

    rule = Rule(Category.GOALS, audience=True, when="state <> 'dropped'")
    privacy: ClassVar = privacy(
        never="words why image pictogram created_at closed_at version",
        identifier="slug",
        measure="domain horizon state reach standing",
        key="id participant",
    )

    class State(models.TextChoices):
        ACTIVE = "active", _("Bezig")
        RESTING = "resting", _("Even laten liggen")
        REACHED = "reached", _("Gelukt")
        DROPPED = "dropped", _("Weg")

    class Horizon(models.TextChoices):
        LONG = "long", _("Wens voor later")
        SHORT = "short", _("Korte stap")

    class Domain(models.TextChoices):
        HOME = "home", _("Wonen")
        MONEY = "money", _("Geld")
        WORK = "work", _("Werk en leren")
        DAYS = "days", _("Dag invullen")
        FAMILY = "family", _("Relaties en familie")
        FRIENDS = "friends", _("Vrienden en buurt")
        MIND = "mind", _("Psychische gezondheid")
        BODY = "body", _("Lichamelijke gezondheid")
        SUBSTANCES = "substances", _("Middelengebruik")
        HOUSEHOLD = "household", _("Dagelijkse verzorging en huishouden")
        SOCIETY = "society", _("Meedoen")
        MEANING = "meaning", _("Zingeving")
        JUSTICE = "justice", _("Politie en justitie")
        UNSAID = "", _("Weet ik nog niet")

    slug = models.CharField(max_length=10, default=new_slug, unique=True)
    words = models.CharField(max_length=300)
    why = models.TextField(max_length=2000, default="", blank=True)
    pictogram = models.CharField(max_length=30, default="", blank=True)
    image = models.CharField(max_length=80, default="", blank=True)  # name in the private store
    domain = models.CharField(max_length=10, choices=Domain, default=Domain.UNSAID, blank=True)
    horizon = models.CharField(max_length=5, choices=Horizon, default=Horizon.SHORT)
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    standing = models.PositiveSmallIntegerField(choices=Standing, default=Standing.NOT_BEGUN)
    # A new goal is seen by nobody until somebody is chosen; "alleen ik" is a lock that sharing does not open.
    reach = models.CharField(max_length=8, choices=Reach, default=Reach.CHOSEN)
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["participant", "state"], name="goals_of")]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(standing__range=(0, 4)), name="standing_is_0_to_4")]

    def __str__(self) -> str:
        return f"goal {self.pk}"


class Step(Record):
    """A small part of a goal."""

    rule = Rule(Category.GOALS, via="goal_id", adds="by_id")
    privacy: ClassVar = privacy(
        never="words helper_called created_at due_on slug",
        identifier="by helper",
        measure="done_at",
        key="id participant goal",
    )

    slug = models.CharField(max_length=10, default=new_slug, unique=True)
    goal = models.ForeignKey(Goal, models.DB_CASCADE, related_name="steps")
    words = models.CharField(max_length=300)
    helper = models.ForeignKey(Membership, models.DB_SET_NULL, null=True, blank=True, related_name="+")
    helper_called = models.CharField(max_length=40, default="", blank=True)
    due_on = models.DateField(null=True, blank=True)
    done_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["goal", "created_at"], name="steps_of_goal")]

    def __str__(self) -> str:
        return f"step {self.pk}"


class Progress(Record):
    """Where the participant said they stood, and what they wrote; the history of a goal."""

    rule = Rule(Category.GOALS, via="goal_id", adds="by_id")
    privacy: ClassVar = privacy(never="words", identifier="by", measure="standing at", key="id participant goal")

    goal = models.ForeignKey(Goal, models.DB_CASCADE, related_name="progress")
    standing = models.PositiveSmallIntegerField(choices=Standing, null=True, blank=True)
    words = models.TextField(max_length=2000, default="", blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_SET_NULL, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["goal", "-at"], name="progress_of_goal")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(standing=None) | Q(standing__range=(0, 4)), name="progress_standing_is_0_to_4"
            )
        ]

    def __str__(self) -> str:
        return f"progress {self.pk}"


class Helper(Record):
    """Who helps with a goal, and how. Others than the helper see it only with "Wie je mensen zijn"."""

    rule = Rule(Category.PEOPLE, via="goal_id", mine="membership_id")
    privacy: ClassVar = privacy(never="called words created_at", key="id participant goal membership")

    goal = models.ForeignKey(Goal, models.DB_CASCADE, related_name="helpers")
    membership = models.ForeignKey(Membership, models.DB_CASCADE, related_name="+")
    called = models.CharField(max_length=40)
    words = models.CharField(max_length=300, default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["goal", "membership"], name="helps_once")]

    def __str__(self) -> str:
        return f"helper {self.pk}"


class Reply(Record):
    """What a member says to a goal: I help, I read it, I want to discuss it. No open comment box (ux.md §1.4)."""

    rule = Rule(
        Category.GOALS,
        via="goal_id",
        mine="membership_id",
        private=True,
        writes="I",
        writes_when="{answered_at} IS NULL AND NOT {accepted}",
    )
    privacy: ClassVar = privacy(
        never="called words at answered_at", measure="kind accepted", key="id participant goal membership"
    )

    class Kind(models.TextChoices):
        HELP = "help", _("Ik help hiermee")
        READ = "read", _("Ik heb dit gelezen")
        DISCUSS = "discuss", _("Ik wil iets bespreken")
        PROPOSE = "propose", _("Ik stel een stap voor")

    goal = models.ForeignKey(Goal, models.DB_CASCADE, related_name="replies")
    membership = models.ForeignKey(Membership, models.DB_CASCADE, related_name="+")
    called = models.CharField(max_length=40)
    kind = models.CharField(max_length=7, choices=Kind)
    words = models.CharField(max_length=300, default="", blank=True)
    at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True)
    accepted = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["participant", "answered_at"], name="replies_of")]

    def __str__(self) -> str:
        return f"reply {self.pk}"


class GoalScale(Record):
    """When is it good? Five texts around what somebody hopes for, in own words (goal attainment scaling, optional)."""

    rule = Rule(Category.GOALS, via="goal_id")
    privacy: ClassVar = privacy(never="much_less less hoped more much_more agreed_at", key="id participant goal")

    # The texts of -2 to +2; 0 is what is hoped for (domain.md §2.3, after Kiresuk & Sherman 1968).
    goal = models.OneToOneField(Goal, models.DB_CASCADE, related_name="scale")
    much_less = models.CharField(max_length=200, default="", blank=True)
    less = models.CharField(max_length=200, default="", blank=True)
    hoped = models.CharField(max_length=200)
    more = models.CharField(max_length=200, default="", blank=True)
    much_more = models.CharField(max_length=200, default="", blank=True)
    agreed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"scale of {self.goal_id}"


class GoalRating(Record):
    """How far it is on that scale, according to one person. Others in the group do not see each other's."""

    rule = Rule(Category.GOALS, via="goal_id", mine="membership_id", private=True, writes="I")
    privacy: ClassVar = privacy(never="called", measure="level rater at", key="id participant goal membership")

    class Rater(models.TextChoices):
        PARTICIPANT = "self", _("Ikzelf")
        RELATIVE = "close_one", _("Naaste")
        PROFESSIONAL = "formal", _("Hulpverlener")

    goal = models.ForeignKey(Goal, models.DB_CASCADE, related_name="ratings")
    level = models.SmallIntegerField()
    rater = models.CharField(max_length=9, choices=Rater)
    membership = models.ForeignKey(Membership, models.DB_CASCADE, null=True, blank=True, related_name="+")
    called = models.CharField(max_length=40, default="", blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["goal", "-at"], name="ratings_of_goal")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(level__range=(-2, 2)), name="level_is_minus_2_to_2"),
            models.CheckConstraint(
                condition=Q(rater="self", membership=None) | (~Q(rater="self") & Q(membership__isnull=False)),
                name="a_rater_is_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"rating {self.pk}"
