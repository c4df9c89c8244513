"""The people around a participant: the map, the group, and what each of them may see."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from herstel.access import Category, Level, Rule, audience_table
from herstel.models import diallable
from herstel.opening import Opens, as_long_as, lasts
from herstel.privacy import privacy
from herstel.slugs import new_slug
from participants.models import Organisation, Participant, Record


class SupportGroup(Record):
    """The group as a whole. It depends on no care contract."""

    rule = Rule()
    privacy: ClassVar = privacy(measure="phase", never="phase_at", key="id participant")

    class Phase(models.TextChoices):
        DRAFT = "draft", _("Nog aan het denken")
        PREPARATION = "preparation", _("Voorbereiden")
        INVESTMENT = "investment", _("Kennismaken")
        PLANNING = "planning", _("Plannen")
        ACTIVE = "active", _("Bezig")
        REORIENTATION = "reorientation", _("Opnieuw kijken")
        PAUSED = "paused", _("Even niet")
        CLOSED = "closed", _("Gestopt")

    # From each phase: where it can go, the usual way first. Back is always possible, nothing is a gate.
    WAYS: ClassVar[dict[str, tuple[str, ...]]] = {
        Phase.DRAFT: (Phase.PREPARATION,),
        Phase.PREPARATION: (Phase.INVESTMENT, Phase.DRAFT, Phase.PAUSED, Phase.CLOSED),
        Phase.INVESTMENT: (Phase.PLANNING, Phase.PREPARATION, Phase.PAUSED, Phase.CLOSED),
        Phase.PLANNING: (Phase.ACTIVE, Phase.INVESTMENT, Phase.PAUSED, Phase.CLOSED),
        Phase.ACTIVE: (Phase.REORIENTATION, Phase.PLANNING, Phase.PAUSED, Phase.CLOSED),
        Phase.REORIENTATION: (Phase.ACTIVE, Phase.PREPARATION, Phase.PAUSED, Phase.CLOSED),
        Phase.PAUSED: (Phase.ACTIVE, Phase.PREPARATION, Phase.CLOSED),
        Phase.CLOSED: (Phase.PREPARATION,),
    }

    participant = models.OneToOneField(Participant, models.DB_CASCADE, related_name="+")
    phase = models.CharField(max_length=13, choices=Phase, default=Phase.DRAFT)
    phase_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"group {self.pk}"


class MapMoment(Record):
    """How the map was on a day: who stood where. At most one a day, so that it can be seen how a network grew."""

    rule = Rule()
    privacy: ClassVar = privacy(never="people on", key="id participant")

    on = models.DateField(default=timezone.localdate)
    people = models.JSONField(default=list)  # [{"called", "kind", "ring", "in_group"}]

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["participant", "on"], name="one_map_a_day")]

    def __str__(self) -> str:
        return f"map {self.pk}"


class Person(Record):
    """Somebody (or a dog) on the map; being in the group is a property of a person."""

    rule = Rule(Category.PEOPLE)
    privacy: ClassVar = privacy(
        never="called relation created_at died",
        identifier="slug",
        measure="kind ring in_group",
        key="id participant",
    )

    class Kind(models.TextChoices):
        CLOSE_ONE = "close_one", _("Familie, vriend of buur")
        PROFESSIONAL = "professional", _("Hulpverlener")
        PEER = "peer", _("Lotgenoot")
        PET = "pet", _("Huisdier")
        OTHER = "other", _("Anders")

    class Ring(models.IntegerChoices):
        UNKNOWN = 0, _("Weet ik nog niet")
        CLOSEST = 1, _("Heel dichtbij")
        CLOSE = 2, _("Dichtbij")
        FARTHER = 3, _("Verder weg")

    slug = models.CharField(max_length=10, default=new_slug, unique=True)
    called = models.CharField(_("Naam"), max_length=40)
    relation = models.CharField(max_length=40, default="", blank=True)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.CLOSE_ONE)
    ring = models.PositiveSmallIntegerField(choices=Ring, default=Ring.UNKNOWN)
    in_group = models.BooleanField(default=False)
    died = models.BooleanField(_("Leeft niet meer"), default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["participant", "ring"], name="people_of")]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(ring__range=(0, 3)), name="ring_is_0_to_3")]

    def __str__(self) -> str:
        return f"person {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("supportgroups:person", args=[self.slug])

    @property
    def is_reachable(self) -> bool:
        """Somebody whom one can call or ask."""
        return self.kind != self.Kind.PET and not self.died


class Nomination(Record):
    """Somebody whom the participant thinks of asking. A private list: nobody else sees it, also not on the map."""

    rule = Rule()
    privacy: ClassVar = privacy(never="why at", key="id participant person")

    person = models.OneToOneField(Person, models.DB_CASCADE, related_name="nomination")
    why = models.CharField(max_length=300, default="", blank=True)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"nomination {self.pk}"


class Reachable(Record):
    """How the participant reaches somebody on a hard day. Of the participant alone: whoever sees the map does not."""

    rule = Rule()
    privacy: ClassVar = privacy(never="phone when_hard", key="id participant person")

    person = models.OneToOneField(Person, models.DB_CASCADE, related_name="reachable")
    phone = models.CharField(max_length=20)
    when_hard = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"number of {self.person_id}"

    @property
    def dial(self) -> str:
        return diallable(self.phone)


class Membership(Record):
    """A person's place in the group. Everything they may see hangs on it and ends with it."""

    rule = Rule(
        # Whose place it is says doors.accept_invitation(), after that person's own yes.
        add_when="{user_id} IS NULL",
        changes="state, confirmed_at, ends_at, ended_at, rests_since, rests_because, stands_in_for_id",
        also="{id} = ANY ((SELECT authz.places())::bigint[])",
        why="the member, while invited-and-accepted, active or paused (and employed, when formal)",
    )
    # Who is confirmed knows what the participant is called, also while they pause; who is active sees what is shared.
    opens = tuple(
        Opens(
            f"id, user_id, kind, organisation_id, '{what}'",
            when=f"user_id is not null and state in ({states}) and {lasts('ends_at')}",
            more=as_long_as("ends_at"),
        )
        for what, states in (("known", "'active', 'paused'"), ("sees", "'active'"))
    )
    privacy: ClassVar = privacy(
        identifier="user slug",
        never="confirmed_at ended_at ends_at invited_at accepted_at farewell rests_since rests_because",
        measure="kind state",
        quasi="organisation",
        key="id participant person stands_in_for",
    )

    class Kind(models.TextChoices):
        INFORMAL = "informal", _("Naaste")
        FORMAL = "formal", _("Hulpverlener")

    class State(models.TextChoices):
        INVITED = "invited", _("Uitgenodigd")
        DECLINED = "declined", _("Kan nu niet")
        ACCEPTED = "accepted", _("Zei ja")
        ACTIVE = "active", _("In je steungroep")
        PAUSED = "paused", _("Even niet")
        RESTING = "resting", _("Ziet niets, tot jij het weer wilt")
        ENDED = "ended", _("Gestopt")

    class Because(models.TextChoices):
        WORK = "work", _("werkt er niet meer")
        ACCOUNT = "account", _("kan niet meer in Kring")

    LIVING = (State.INVITED, State.ACCEPTED, State.ACTIVE, State.PAUSED, State.RESTING)

    slug = models.CharField(max_length=10, default=new_slug, unique=True)
    person = models.ForeignKey(Person, models.DB_CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    organisation = models.ForeignKey(Organisation, models.DO_NOTHING, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.INVITED)
    invited_at = models.DateTimeField(default=timezone.now)
    accepted_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # Set by private.rest_places() when work or an account ends; only the participant ends it.
    rests_since = models.DateTimeField(null=True, blank=True)
    rests_because = models.CharField(max_length=7, choices=Because, default="", db_default="", blank=True)
    # What somebody who left wanted to say; and for whom somebody comes in, until `ends_at`.
    farewell = models.CharField(max_length=300, default="", blank=True)
    stands_in_for = models.ForeignKey("self", models.DB_SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user"], condition=Q(state="active"), name="active_memberships"),
            models.Index(fields=["participant"], name="members_of"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person"], condition=~Q(state__in=["ended", "declined"]), name="one_living_place_a_person"
            ),
            models.UniqueConstraint(
                fields=["participant", "user"],
                condition=Q(user__isnull=False) & ~Q(state__in=["ended", "declined"]),
                name="one_living_place_a_user",
            ),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(confirmed_at__isnull=False), name="active_is_confirmed"
            ),
            models.CheckConstraint(condition=~Q(state="resting") | ~Q(rests_because=""), name="resting_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"membership {self.pk}"

    @property
    def is_living(self) -> bool:
        return self.state in self.LIVING


class Interview(Record):
    """The talk before the first meeting: what a member expects, can do and does not do. It may be left out."""

    rule = Rule(private=True, mine="membership_id", writes="IU")
    privacy: ClassVar = privacy(
        never="expects can cannot skipped_because at", measure="held skipped", key="id participant membership"
    )

    membership = models.OneToOneField(Membership, models.DB_CASCADE, related_name="+")
    expects = models.TextField(max_length=1000, default="", blank=True)
    can = models.TextField(max_length=1000, default="", blank=True)
    cannot = models.TextField(max_length=1000, default="", blank=True)
    held = models.BooleanField(default=False)
    skipped = models.BooleanField(default=False)
    skipped_because = models.CharField(max_length=300, default="", blank=True)
    at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"interview {self.pk}"


class Share(Record):
    """One thing that one member may see, until it is stopped."""

    rule = Rule(
        also="({membership_id} = ANY ((SELECT authz.memberships())::bigint[])"
        " AND ({until} IS NULL OR {until} > now()))",
        why="the member whom it opens something for, while it lasts",
    )
    opens = (
        Opens("membership_id, category, generate_series(1, level)", when=lasts("until"), more=as_long_as("until")),
        Opens("membership_id, category", when=f"scope = 'all' and {lasts('until')}", more=as_long_as("until")),
    )
    privacy: ClassVar = privacy(
        never="created_at until", measure="category level scope", key="id participant membership"
    )

    class Scope(models.TextChoices):
        CHOSEN = "chosen", _("Wat ik kies")
        ALL = "all", _("Alles wat ik deel")

    membership = models.ForeignKey(Membership, models.DB_CASCADE, related_name="shares")
    category = models.CharField(max_length=10, choices=Category)
    level = models.PositiveSmallIntegerField(choices=Level, default=Level.SEE)
    scope = models.CharField(max_length=6, choices=Scope, default=Scope.CHOSEN)
    until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["membership", "category"], name="one_share_a_category"),
            models.CheckConstraint(condition=Q(level__range=(1, 3)), name="share_level_is_1_to_3"),
        ]

    def __str__(self) -> str:
        return f"share {self.pk}"


class TableOf(models.CharField):
    """Of which table the chosen row is; filled in from the category, as long as that has one such table."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        if not getattr(model_instance, self.attname):
            setattr(model_instance, self.attname, audience_table(model_instance.category))  # type: ignore[attr-defined]
        return super().pre_save(model_instance, add)


class Audience(Record):
    """A goal, minutes or a meeting that was chosen for somebody. It narrows a share, it never opens more.

    Which row it is, table and number say together: numbers repeat in every table.
    """

    rule = Rule()
    privacy: ClassVar = privacy(measure="category table_name", key="id participant membership row")

    category = models.CharField(max_length=10, choices=Category)
    table_name = TableOf(max_length=40, default="")
    row = models.BigIntegerField()
    membership = models.ForeignKey(Membership, models.DB_CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["membership", "table_name", "row"], name="chosen_once"),
            models.CheckConstraint(condition=~models.Q(table_name=""), name="chosen_of_a_table"),
        ]
        indexes: ClassVar = [models.Index(fields=["table_name", "row"], name="audience_of")]

    def __str__(self) -> str:
        return f"audience {self.pk}"


class Invitation(Record):
    """A link for one person, 14 days, once. It opens nothing by itself."""

    rule = Rule()
    opens = (Opens("membership_id", when=f"used_at is null and withdrawn_at is null and {lasts('expires_at')}"),)
    privacy: ClassVar = privacy(
        never="name token message sent_at expires_at used_at withdrawn_at", key="id participant membership"
    )

    DAYS = 14

    name = models.CharField(
        max_length=10, default=new_slug, unique=True
    )  # the token is made from it (herstel/links.py)
    membership = models.ForeignKey(Membership, models.DB_CASCADE, related_name="invitations")
    token = models.BinaryField(max_length=32, unique=True)  # sha-256 of what stands in the link
    message = models.TextField(max_length=2000)
    sent_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class Pass(Record):
    """A key for one person and one purpose without an account: answering to a meeting. Dies with the membership."""

    rule = Rule()
    privacy: ClassVar = privacy(never="name token purpose created_at expires_at", key="id participant membership row")

    class Purpose(models.TextChoices):
        ANSWER = "answer"

    name = models.CharField(max_length=10, default=new_slug, unique=True)
    membership = models.ForeignKey(Membership, models.DB_CASCADE, related_name="+")
    purpose = models.CharField(max_length=8, choices=Purpose)
    row = models.BigIntegerField()
    token = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"pass {self.pk}"
