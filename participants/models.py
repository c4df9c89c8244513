"""The person whose record it is, the organisations around, and who works there."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from herstel.access import MYSELF, Category, Exempt, Reach, Rule, Ruled
from herstel.opening import Opens, as_long_as
from herstel.privacy import privacy
from herstel.refusal import Conflict
from herstel.slugs import new_slug
from participants.administration import AdministrationLine as AdministrationLine
from participants.scales import Mood


class Participant(Ruled):
    """A person with a support group: owns everything that carries this id."""

    rule = Rule(
        # Its own row may not be looked up in its own table: a new participant could not read itself back.
        own="({user_id} = (SELECT authz.actor()) AND (SELECT authz.preview()) IS NULL)",
        also="{id} = ANY ((SELECT authz.known())::bigint[])",
        why="the participant; everyone with an active membership (what they are called, and whether all is closed)",
    )
    # Open, or closed until a day: the sooner that day, the more is open. A new record opens nothing.
    opens = (
        Opens(
            "id",
            more=f"case when paused_at is null or paused_until <= now() then 'infinity' "
            f"else -{as_long_as('paused_until')} end",
            begins=False,
        ),
    )
    privacy: ClassVar = privacy(
        identifier="user slug", never="called pronoun paused_at paused_until created_at first_steps_at", key="id"
    )

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.DB_CASCADE)
    slug = models.CharField(max_length=10, default=new_slug, unique=True)
    called = models.CharField(_("Hoe wil je heten?"), max_length=40)
    pronoun = models.CharField(max_length=3, default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    first_steps_at = models.DateTimeField(null=True)
    # Everything closed: since when, and until when (empty: until the participant opens it again).
    paused_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"participant {self.pk}"

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None and (self.paused_until is None or self.paused_until > timezone.now())


class Record(Ruled):
    """A row of one participant's record."""

    participant = models.ForeignKey(Participant, models.DB_CASCADE, related_name="+")

    class Meta:
        abstract = True


class Versioned(models.Model):
    """A row that two people, or two tabs, may change: the second sees both texts instead of losing one."""

    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True

    def change(self, version: int, **fields: Any) -> None:
        """Write these fields if the row still is at `version`. Raises Conflict, and writes nothing, when it is not."""
        now_at = models.F("version") + 1
        changed = type(self)._default_manager.filter(pk=self.pk, version=version).update(version=now_at, **fields)
        if not changed:
            raise Conflict
        self.refresh_from_db()


class Background(Record):
    """What studies ask about somebody; the participant fills it in when taking part, and may leave it empty."""

    rule = Rule(changes="birth_year, gender, district")  # another `study_id` would make another person of somebody
    privacy: ClassVar = privacy(quasi="birth_year gender district", key="id participant study_id")

    class Gender(models.TextChoices):
        WOMAN = "woman", _("Vrouw")
        MAN = "man", _("Man")
        OTHER = "other", _("Anders")
        UNSAID = "", _("Zeg ik liever niet")

    participant = models.OneToOneField(Participant, models.DB_CASCADE, related_name="+")
    # Random and used for nothing else: pseudonyms are made of it (security.md §5.2).
    study_id = models.UUIDField(default=uuid.uuid4, unique=True)
    birth_year = models.PositiveSmallIntegerField(null=True, blank=True)
    gender = models.CharField(max_length=5, choices=Gender, default=Gender.UNSAID, blank=True)
    district = models.CharField(max_length=40, default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(birth_year=None) | models.Q(birth_year__range=(1900, 2100)),
                name="birth_year_is_a_year",
            )
        ]

    def __str__(self) -> str:
        return f"background {self.pk}"


# DO_NOTHING: the foreign key itself refuses, so nothing that is referred to can go.
class Organisation(models.Model):
    """A care provider, a municipal team, a university; belonging to it shows nothing of any participant."""

    exempt: ClassVar = Exempt("names of organisations are public; added by doors.add_organisation() only", web="S")
    privacy: ClassVar = privacy(never="name", quasi="kind", key="id")

    class Kind(models.TextChoices):
        CARE = "care", _("Ggz")
        ADDICTION = "addiction", _("Verslavingszorg")
        MUNICIPAL = "municipal", _("WIJ-team of gemeente")
        RESEARCH = "research", _("Onderzoek")
        PLATFORM = "platform", _("Kring")
        OTHER = "other", _("Anders")

    name = models.CharField(_("Naam"), max_length=80, unique=True)
    kind = models.CharField(_("Soort"), max_length=10, choices=Kind)

    def __str__(self) -> str:
        return self.name


class Employment(Ruled):
    """Somebody's work at an organisation. A formal membership counts only while this is active."""

    rule = Rule(
        own="{organisation_id} = ANY ((SELECT authz.administers())::bigint[])",
        also=MYSELF,
        add_when="{began_at} IS NULL",
        web="SIU",  # what ended stays to be read
        changes="ended_at",  # whose work it is stays as it is, and what ended is not active, by a trigger
        why="administrators of that organisation, and the person; it begins with the person's own yes",
    )
    opens = (Opens("user_id, organisation_id, function", when="ended_at is null"),)
    privacy: ClassVar = privacy(
        identifier="user name", never="invited_at began_at ended_at", quasi="function active", key="id organisation"
    )

    class Function(models.TextChoices):
        PROFESSIONAL = "professional", _("Hulpverlener")
        RESEARCHER = "researcher", _("Onderzoeker")
        ADMINISTRATOR = "administrator", _("Beheerder")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+")
    organisation = models.ForeignKey(Organisation, models.DO_NOTHING, related_name="+")
    function = models.CharField(_("Functie"), max_length=14, choices=Function)
    name = models.CharField(_("Naam"), max_length=60)
    invited_at = models.DateTimeField(default=timezone.now)
    # Empty until the person's own yes (`participants.work`).
    began_at = models.DateTimeField(null=True, default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    # Began, and did not end. A GeneratedField would be checked with a database, which lint has not.
    active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "organisation", "function"], condition=models.Q(ended_at=None), name="employed_once"
            ),
            models.CheckConstraint(
                condition=models.Q(active=True, began_at__isnull=False, ended_at=None)
                | models.Q(models.Q(began_at=None) | models.Q(ended_at__isnull=False), active=False),
                name="active_between_beginning_and_end",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["user", "organisation"], name="employment_of")]

    def __str__(self) -> str:
        return f"employment {self.pk}"


class CheckIn(Record):
    """How it goes, in five own words. Nobody is alarmed by it."""

    rule = Rule(Category.WELLBEING)
    privacy: ClassVar = privacy(never="words at", measure="mood", key="id participant")

    mood = models.PositiveSmallIntegerField(choices=Mood)
    words = models.TextField(max_length=2000, default="", blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["participant", "-at"], name="checkins_of")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(mood__range=(0, 4)), name="mood_is_0_to_4"),
        ]

    def __str__(self) -> str:
        return f"check-in {self.pk}"


class OwnWord(Record):
    """A word that the participant uses instead of ours; the number behind it stays the same."""

    rule = Rule(
        also="{participant_id} = ANY ((SELECT authz.known())::bigint[])",
        why="everyone with an active membership: they read the participant's words",
    )
    privacy: ClassVar = privacy(never="key words", key="id participant")

    key = models.CharField(max_length=10)
    words = models.CharField(max_length=30)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["participant", "key"], name="one_word_a_key")]

    def __str__(self) -> str:
        return f"word {self.pk}"


class DataCopy(Record):
    """A file with everything of the participant, made by a job; it can be fetched for seven days."""

    rule = Rule()
    privacy: ClassVar = privacy(never="slug asked_at", key="id participant")

    slug = models.CharField(max_length=10, default=new_slug, unique=True)
    asked_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"copy {self.pk}"


class Deletion(Record):
    """Everything goes on a day, unless the participant comes back before. Until then nobody sees anything."""

    rule = Rule(
        also="({participant_id} = ANY ((SELECT authz.known())::bigint[]) AND {tell})",
        why="everyone with an active membership, when the participant wanted them to be told",
    )
    privacy: ClassVar = privacy(never="asked_at due_at tell closed_at closed_until", key="id participant")

    DAYS = 14

    participant = models.OneToOneField(Participant, models.DB_CASCADE, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    tell = models.BooleanField(default=False)
    # How the participant had closed everything before asking (or since): who comes back finds it closed again.
    closed_at = models.DateTimeField(null=True)
    closed_until = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["due_at"], name="deletions_due")]

    def __str__(self) -> str:
        return f"deletion {self.pk}"


class PlanSection(Record, Versioned):
    """One part of the plan for hard days: a phase with its signs, or something practical. Half-finished is fine."""

    rule = Rule(Category.PLAN, audience=True)
    privacy: ClassVar = privacy(
        never="words i_do mine_do workers_do reach changed_at version",
        identifier="slug",
        measure="part",
        key="id participant",
    )

    class Part(models.TextChoices):
        GREEN = "green", _("Het gaat goed")
        ORANGE = "orange", _("Het gaat minder goed")
        RED = "red", _("Het gaat niet goed")
        NOT = "not", _("Wat ik niet wil")
        PRACTICAL = "practical", _("Huis, dier, post en kinderen")
        MEDICATION = "medication", _("Medicijnen")
        CONTACT = "contact", _("Wie je kunt bellen")

    PHASES: ClassVar[tuple[str, ...]] = (Part.GREEN, Part.ORANGE, Part.RED)

    slug = models.CharField(max_length=10, default=new_slug, unique=True)
    part = models.CharField(max_length=10, choices=Part)
    # Of a phase: the signs; of the other parts: all there is.
    words = models.TextField(max_length=2000, default="", blank=True)
    i_do = models.TextField(max_length=2000, default="", blank=True)
    mine_do = models.TextField(max_length=2000, default="", blank=True)
    workers_do = models.TextField(max_length=2000, default="", blank=True)
    # Nobody sees a part before somebody was chosen for it.
    reach = models.CharField(max_length=8, choices=Reach, default=Reach.CHOSEN)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["participant", "part"], name="one_of_each_part")]

    def __str__(self) -> str:
        return f"plan part {self.pk}"

    @property
    def is_phase(self) -> bool:
        return self.part in self.PHASES

    @property
    def is_filled(self) -> bool:
        return any((self.words, self.i_do, self.mine_do, self.workers_do))


class PlanVersion(Record):
    """The plan as it was agreed on a day. It never changes; a newer one comes beside it."""

    rule = Rule(web="SI")
    privacy: ClassVar = privacy(never="number agreed_at content", key="id participant")

    number = models.PositiveIntegerField()
    agreed_at = models.DateTimeField(default=timezone.now)
    content = models.JSONField(default=list)  # the parts: [{"part", "words", "i_do", "mine_do", "workers_do"}]

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["participant", "number"], name="plan_number_once")]

    def __str__(self) -> str:
        return f"plan {self.pk}"


class CrisisCard(Record, Versioned):
    """What stands on the card that one carries along (crisiskaart): short, in own words. Others get it on paper."""

    rule = Rule()
    privacy: ClassVar = privacy(
        never="holder sees helps not_want practical call changed_at version", key="id participant"
    )

    # So much fits on a side of a bank card in letters that can be read; forms and the PDF rely on it.
    FITS, FITS_NAME = 200, 40

    participant = models.OneToOneField(Participant, models.DB_CASCADE, related_name="+")
    holder = models.CharField(max_length=FITS_NAME, default="", blank=True)
    sees = models.CharField(max_length=FITS, default="", blank=True)
    helps = models.CharField(max_length=FITS, default="", blank=True)
    not_want = models.CharField(max_length=FITS, default="", blank=True)
    practical = models.CharField(max_length=FITS, default="", blank=True)
    call = models.CharField(max_length=FITS, default="", blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"card {self.pk}"


class StoryPart(Record, Versioned):
    """A piece of the own story (mijn verhaal), told once: written, spoken, or a picture."""

    rule = Rule(Category.STORY, audience=True)
    privacy: ClassVar = privacy(
        never="title words image sound seconds reach told_at version", identifier="slug", key="id participant"
    )

    slug = models.CharField(max_length=10, default=new_slug, unique=True)
    title = models.CharField(max_length=60)
    words = models.TextField(max_length=5000, default="", blank=True)
    # Names of files (herstel/files.py), and how long the voice speaks.
    image = models.CharField(max_length=40, default="", blank=True)
    sound = models.CharField(max_length=40, default="", blank=True)
    seconds = models.PositiveSmallIntegerField(default=0)
    # Nobody reads a piece before somebody was chosen for it.
    reach = models.CharField(max_length=8, choices=Reach, default=Reach.CHOSEN)
    told_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["participant", "told_at"], name="story_of")]

    def __str__(self) -> str:
        return f"story {self.pk}"


class Concern(Record):
    """ "Dit klopt niet": somebody looked who should not have, says the participant. Whoever keeps Kring answers."""

    rule = Rule(also="(SELECT authz.keeps())", why="administrators of Kring, to whom it is written")
    privacy: ClassVar = privacy(never="slug about words asked_at answer answered_at", key="id participant")

    DAYS = 5  # working days within which there is an answer (security.md §4)

    slug = models.CharField(max_length=10, default=new_slug, unique=True)
    about = models.CharField(max_length=300)  # who looked at what, and when, as the participant read it
    words = models.TextField(max_length=2000, default="", blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(max_length=2000, default="", blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["participant", "about"], condition=models.Q(answered_at=None), name="one_concern_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"concern {self.pk}"
