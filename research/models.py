"""Studies, who consented, and what was exported. Researchers reach no operational row; only `research.*` views do."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from herstel.access import MYSELF, Exempt, Rule, Ruled
from herstel.opening import Opens
from herstel.privacy import privacy
from herstel.slugs import new_slug
from participants.models import Record

IN_MY_STUDIES = "{study_id} = ANY ((SELECT authz.studies())::bigint[])"


class Study(models.Model):
    """A study that was approved, with the text that participants read before they say yes or no."""

    exempt: ClassVar = Exempt("what a study is, is public to everyone who may be asked", web="S", worker="S")
    privacy: ClassVar = privacy(
        never="slug title question asks approval text text_version open_from open_until", key="id"
    )

    slug = models.CharField(max_length=10, default=new_slug, unique=True)
    title = models.CharField(max_length=120)
    question = models.CharField(max_length=300)
    asks = models.TextField(max_length=2000)
    approval = models.CharField(max_length=40)
    text = models.TextField(max_length=8000)
    text_version = models.PositiveSmallIntegerField(default=1)
    open_from = models.DateField()
    open_until = models.DateField()

    def __str__(self) -> str:
        return self.title


class StudyRole(Ruled):
    """Who works on a study. A checker releases, and is never the one who asked."""

    rule = Rule(own=MYSELF, web="S", why="the person; assigned by command")
    privacy: ClassVar = privacy(identifier="user", never="role until", key="id study")

    class Role(models.TextChoices):
        RESEARCHER = "researcher", _("Onderzoeker")
        CHECKER = "checker", _("Tweede controle")

    study = models.ForeignKey(Study, models.DO_NOTHING, related_name="roles")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+")
    role = models.CharField(max_length=10, choices=Role)
    until = models.DateField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["study", "user", "role"], name="study_role_once")]

    def __str__(self) -> str:
        return f"study role {self.pk}"


class Consent(Record):
    """A participant's yes to one version of a text. Withdrawing counts for every export that is not yet made."""

    rule = Rule()
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
    """A group of participants that is followed; its pseudonyms join to no other cohort's."""

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


class Export(Ruled):
    """One version of a cohort's files: asked by one person, made by the export worker, released by another."""

    rule = Rule(
        own=IN_MY_STUDIES,
        add_when="{asked_by_id} = (SELECT authz.actor()) AND {released_by_id} IS NULL AND {state} = 'asked'",
        web="SI",
        why="the people who work on the study; releasing goes through doors.judge_export()",
    )
    opens = (Opens("id", when="state = 'released'"),)
    privacy: ClassVar = privacy(
        never="slug version purpose state refusal size sha256 asked_at ready_at released_at manifest file expires_at",
        identifier="asked_by asked_name released_by",
        key="id cohort study",
    )

    class State(models.TextChoices):
        ASKED = "asked", _("Wordt gemaakt")
        READY = "ready", _("Wacht op 2e controle")
        RELEASED = "released", _("Gereed")
        REFUSED = "refused", _("Niet gemaakt")
        RETURNED = "returned", _("Teruggegeven")
        FAILED = "failed", _("Niet gelukt")

    class Refusal(models.TextChoices):
        FEW = "few", _("Dit cohort heeft minder dan 10 deelnemers. Er komt geen bestand.")

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
    released_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    manifest = models.JSONField(default=dict)
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
        """Released, and not longer ago than a copy may be fetched."""
        return self.state == self.State.RELEASED and self.expires_at is not None and self.expires_at > timezone.now()


class Download(Ruled):
    """Somebody took a copy."""

    rule = Rule(
        own=IN_MY_STUDIES, add_when="{by_id} = (SELECT authz.actor())", web="SI", why="the people who work on the study"
    )
    privacy: ClassVar = privacy(identifier="by name", never="at", key="id study export")

    study = models.ForeignKey(Study, models.DO_NOTHING, related_name="+")
    export = models.ForeignKey(Export, models.DB_CASCADE, related_name="downloads")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+")
    name = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"download {self.pk}"
