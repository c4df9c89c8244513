"""Studies, who consented, and what was exported. Researchers reach no operational row; only `research.*` views do."""

from datetime import date, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from herstel.access import MYSELF, Exempt, Rule, Ruled
from herstel.opening import Opens
from herstel.privacy import privacy
from herstel.slugs import new_slug
from participants.models import Employment, Record


def last_month_end() -> date:
    """Up to here, and no later, the rows of a version go: the last day of the month before this one."""
    return timezone.localdate().replace(day=1) - timedelta(days=1)


IN_MY_STUDIES = "{study_id} = ANY ((SELECT authz.studies())::bigint[])"


class Study(models.Model):
    """A study that was approved, with the text that participants read before they say yes or no."""

    exempt: ClassVar = Exempt("what a study is, is public to everyone who may be asked", web="S", worker="S")
    privacy: ClassVar = privacy(
        never="slug title question asks approval text text_version counts_from open_from open_until", key="id"
    )

    slug = models.CharField(max_length=10, default=new_slug, unique=True)
    title = models.CharField(max_length=120)
    question = models.CharField(max_length=300)
    asks = models.TextField(max_length=2000)
    approval = models.CharField(max_length=40)
    text = models.TextField(max_length=8000)
    text_version = models.PositiveSmallIntegerField(default=1)
    # The oldest text to which a yes still counts: a text that asks more puts it at its own version.
    counts_from = models.PositiveSmallIntegerField(default=1)
    open_from = models.DateField()
    open_until = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(counts_from__lte=models.F("text_version")), name="counts_from_a_text_that_is_there"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.open_from <= timezone.localdate() <= self.open_until


class StudyRole(Ruled):
    """Who works on a study, while they do the work for which they got the role. A checker is never who asked."""

    rule = Rule(own=MYSELF, web="S", why="the person; assigned by command")
    privacy: ClassVar = privacy(identifier="user", never="role until employment", key="id study")

    class Role(models.TextChoices):
        RESEARCHER = "researcher", _("Onderzoeker")
        CHECKER = "checker", _("Tweede controle")

    study = models.ForeignKey(Study, models.DO_NOTHING, related_name="roles")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+")
    employment = models.ForeignKey(Employment, models.DO_NOTHING, related_name="+")
    role = models.CharField(max_length=10, choices=Role)
    until = models.DateField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["study", "user", "role"], name="study_role_once")]

    def __str__(self) -> str:
        return f"study role {self.pk}"


class Consent(Record):
    """A participant's yes to one version of a text. What withdrawing does stands in `private.study_left()`."""

    rule = Rule(changes="text_version, given_at, withdrawn_at")  # a yes is not made a yes to another study
    opens = (Opens("study_id, text_version", when="withdrawn_at is null"),)
    privacy: ClassVar = privacy(never="text_version", measure="given_at withdrawn_at", key="id participant study")

    study = models.ForeignKey(Study, models.DO_NOTHING, related_name="+")
    text_version = models.PositiveSmallIntegerField()
    given_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["participant", "study"], condition=models.Q(withdrawn_at=None), name="one_living_consent"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["study", "participant"], name="consents_of_study")]

    def __str__(self) -> str:
        return f"consent {self.pk}"


class Cohort(models.Model):
    """A group of participants that is followed. Whoever says yes comes into the newest one of the study."""

    exempt: ClassVar = Exempt("names a cohort, holds nobody", web="S", worker="S")
    privacy: ClassVar = privacy(never="slug number", key="id study uuid")

    slug = models.CharField(max_length=10, default=new_slug, unique=True)
    uuid = models.UUIDField(unique=True)
    study = models.ForeignKey(Study, models.DO_NOTHING, related_name="cohorts")
    number = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["study", "number"], name="cohort_once")]

    def __str__(self) -> str:
        return f"cohort {self.pk}"


class CohortMember(Record):
    """Who is in a cohort, for good: one cohort a person within a study. Written by a trigger on the consent."""

    rule = Rule(web="S")
    privacy: ClassVar = privacy(measure="joined_at", key="id participant study cohort")

    study = models.ForeignKey(Study, models.DO_NOTHING, related_name="+")
    cohort = models.ForeignKey(Cohort, models.DO_NOTHING, related_name="members")
    # The month from which this person's months count, however often the text was agreed to since.
    joined_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["study", "participant"], name="one_cohort_a_person")]

    def __str__(self) -> str:
        return f"cohort member {self.pk}"


class Export(Ruled):
    """One version of a cohort's files: asked by one person, made by the export worker, released by another."""

    rule = Rule(
        own=IN_MY_STUDIES,
        web="S",
        why="the people who work on the study; asked by doors.ask_export(), released by doors.judge_export()",
    )
    opens = (Opens("id", when="state = 'released'"),)
    privacy: ClassVar = privacy(
        never="slug version purpose state refusal size sha256 asked_at ready_at released_at manifest file expires_at"
        " cut_off report returned_why published_at copies",
        identifier="asked_by asked_name released_by released_name",
        key="id cohort study",
    )

    class State(models.TextChoices):
        ASKED = "asked", _("Wordt gemaakt")
        READY = "ready", _("Wacht op 2e controle")
        RELEASED = "released", _("Gereed")
        REFUSED = "refused", _("Niet gemaakt")
        RETURNED = "returned", _("Teruggegeven")
        FAILED = "failed", _("Niet gelukt")
        VOID = "void", _("Vervallen")

    class Refusal(models.TextChoices):
        FEW = "few", _("Dit cohort heeft minder dan 10 deelnemers. Er komt geen bestand.")

    COPIES = 3  # downloads of one version

    slug = models.CharField(max_length=10, default=new_slug, unique=True)
    study = models.ForeignKey(Study, models.DO_NOTHING, related_name="+")
    cohort = models.ForeignKey(Cohort, models.DO_NOTHING, related_name="exports")
    version = models.PositiveIntegerField()
    purpose = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    refusal = models.CharField(max_length=8, choices=Refusal, default="", blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+")
    asked_name = models.CharField(max_length=60, default="", blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+")
    released_name = models.CharField(max_length=60, default="", blank=True)
    released_at = models.DateTimeField(null=True)
    returned_why = models.CharField(max_length=300, default="", blank=True)
    expires_at = models.DateTimeField(null=True)
    # Rows after this day are out: the end of a month, so that versions of one month say the same of time.
    cut_off = models.DateField(default=last_month_end)
    manifest = models.JSONField(default=dict)
    # What the second person sees: counts and k, never a row.
    report = models.JSONField(default=dict)
    # In the export worker's own folder until it is published, then in the one that the web reads.
    published_at = models.DateTimeField(null=True)
    copies = models.PositiveSmallIntegerField(default=0)
    file = models.CharField(max_length=100, default="", blank=True)
    sha256 = models.CharField(max_length=64, default="", blank=True)
    size = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "version"], name="export_version_once"),
            models.UniqueConstraint(fields=["cohort"], condition=models.Q(state="asked"), name="one_export_being_made"),
            models.CheckConstraint(
                condition=models.Q(released_by=None) | ~models.Q(released_by=models.F("asked_by")),
                name="two_people_release",
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.pk}"

    @property
    def can_be_fetched(self) -> bool:
        """Released, laid ready, and neither too long ago nor too often fetched."""
        return self.published_at is not None and not self.has_ended

    @property
    def has_ended(self) -> bool:
        """Nobody may fetch it (any more): the file goes."""
        if self.state == self.State.RELEASED:
            return self.copies >= self.COPIES or self.expires_at is None or self.expires_at <= timezone.now()
        return self.state in (self.State.VOID, self.State.RETURNED, self.State.REFUSED)


class Download(Ruled):
    """Somebody took a copy."""

    rule = Rule(own=IN_MY_STUDIES, web="S", why="the people who work on the study; added by doors.take_copy()")
    privacy: ClassVar = privacy(identifier="by name", never="at", key="id study export")

    study = models.ForeignKey(Study, models.DO_NOTHING, related_name="+")
    export = models.ForeignKey(Export, models.DB_CASCADE, related_name="downloads")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+")
    name = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"download {self.pk}"


class ExportPerson(Record):
    """Somebody's answers are in this version; and, when they stopped, what became of it."""

    rule = Rule(web="S")
    privacy: ClassVar = privacy(never="left_at fetched confirmed_at", key="id participant study export")

    study = models.ForeignKey(Study, models.DO_NOTHING, related_name="+")
    export = models.ForeignKey(Export, models.DB_CASCADE, related_name="people")
    left_at = models.DateTimeField(null=True)
    fetched = models.BooleanField(default=False)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["export", "participant"], name="in_a_version_once")]

    def __str__(self) -> str:
        return f"person of export {self.export_id}"


class Removal(Ruled):
    """A pseudonym that the researchers remove from copies they have. It points at no participant."""

    rule = Rule(
        own=IN_MY_STUDIES, web="S", why="the people who work on the study; confirmed by doors.confirm_removals()"
    )
    privacy: ClassVar = privacy(
        identifier="pid confirmed_by confirmed_name", never="at confirmed_at", key="id study export study_uuid"
    )

    study = models.ForeignKey(Study, models.DO_NOTHING, related_name="+")
    export = models.ForeignKey(Export, models.DB_CASCADE, related_name="removals")
    # What the pseudonym is made of, until the export worker has made it.
    study_uuid = models.UUIDField(null=True)
    pid = models.CharField(max_length=16, default="", blank=True)
    at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+")
    confirmed_name = models.CharField(max_length=60, default="", blank=True)

    def __str__(self) -> str:
        return f"removal {self.pk}"
