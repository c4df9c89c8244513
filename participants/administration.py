"""The log of what administrators do: written by the database itself, read by those whose house or concern it is."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from herstel.access import Rule, Ruled
from herstel.privacy import privacy


class AdministrationLine(Ruled):
    """Who did what in /beheer/, and when; no content. Written by `private.administered()` only; never changed."""

    rule = Rule(
        also="((SELECT authz.keeps()) OR {organisation_id} = ANY ((SELECT authz.administers())::bigint[]))",
        web="S",
        why="administrators of Kring, and of the organisation that the line is about",
    )
    privacy: ClassVar = privacy(never="at event about name", identifier="actor", key="id participant organisation")

    class Event(models.TextChoices):
        EMPLOYED = "employed", _("Nodigde een medewerker uit")
        CHANGED = "changed", _("Veranderde een medewerker")
        ENDED = "ended", _("Liet een medewerker stoppen")
        TAKEN_BACK = "taken_back", _("Trok een vraag in")
        ORGANISATION = "organisation", _("Zette een organisatie erbij")
        NUMBER_NEW = "number_new", _("Zette een hulpnummer erbij")
        NUMBER_CHANGE = "number_change", _("Veranderde een hulpnummer")
        NUMBER_CHECK = "number_check", _("Keek een hulpnummer na")
        NUMBER_GONE = "number_gone", _("Haalde een hulpnummer weg")
        CONCERN_READ = "concern_read", _("Las een melding")
        CONCERN_ANSWER = "concern_answer", _("Antwoordde op een melding")
        JOB_AGAIN = "job_again", _("Startte een taak opnieuw")

    at = models.DateTimeField(db_default=Now())
    actor = models.BigIntegerField(null=True)
    name = models.CharField(max_length=60, default="", blank=True)  # of the administrator, as it was that day
    event = models.CharField(max_length=14, choices=Event)
    # A number, a name of somebody who works there, or of an organisation; of a concern nothing but its address.
    about = models.CharField(max_length=80, default="", blank=True)
    organisation = models.ForeignKey("participants.Organisation", models.DO_NOTHING, null=True, related_name="+")
    participant = models.ForeignKey("participants.Participant", models.DB_SET_NULL, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-at"], name="administration_of"),
            models.Index(fields=["participant"], name="administration_about"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"
