"""Consenting, asking for an export, judging it, taking a copy."""

from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from herstel import audit, jobs
from herstel.models import AuditLine
from herstel.refusal import Refused
from herstel.wake import wake
from participants.models import Background, Participant
from research.models import Cohort, Consent, Export, Study
from research.tasks import make_export, publish


def give_consent(*, participant: Participant, study: Study, text_version: int) -> Consent:
    """Yes to this version of the text. Saying yes twice is saying it once; yes to a newer text is kept as that."""
    if text_version != study.text_version:
        raise Refused(_("De tekst is veranderd. Lees hem nog eens en kies dan."))
    if not study.is_open:
        raise Refused(_("Je kunt nu niet meedoen met dit onderzoek."))
    Background.objects.get_or_create(participant=participant)
    consent, made = Consent.objects.get_or_create(
        participant=participant, study=study, withdrawn_at=None, defaults={"text_version": text_version}
    )
    if consent.text_version != text_version:
        consent.text_version, consent.given_at = text_version, timezone.now()
        consent.save(update_fields=["text_version", "given_at"])
        made = True
    if made:
        audit.log(AuditLine.Event.CONSENT, participant.pk, objects=[["study", study.pk]])
    return consent


def withdraw(*, participant: Participant, study: Study) -> None:
    """No longer. What that does to the versions that were asked, made or fetched, the database does by itself."""
    changed = Consent.objects.own().filter(study=study, withdrawn_at=None).update(withdrawn_at=timezone.now())
    if changed:
        audit.log(AuditLine.Event.WITHDRAW, participant.pk, objects=[["study", study.pk]])


def ask_export(*, cohort: Cohort, purpose: str) -> Export:
    """A new version of this cohort's files. One at a time: a second request while one is being made is refused."""
    asked = _answer_of("select doors.ask_export(%s, %s)", cohort.pk, purpose)
    if asked is None:
        raise Refused(_("We maken al een versie. Wacht tot die klaar is."))
    wake(make_export, asked)
    return Export.objects.visible().get(pk=asked)


def judge_export(*, export: Export, release: bool, why: str = "") -> None:
    """The second person releases it, or gives it back and says why; the database refuses the one who asked."""
    if not release and not why.strip():
        raise Refused(_("Schrijf waarom je deze versie teruggeeft."))
    if not _answer_of("select doors.judge_export(%s, %s, %s)", export.pk, release, why):
        raise Refused(_("Dit kun jij niet vrijgeven. Dat doet iemand die de versie niet zelf vroeg."))
    if release:
        jobs.ask("publish", export.pk, publish)


def take_copy(*, export: Export) -> None:
    """Every copy that is taken is counted and in the log before it leaves."""
    if not _answer_of("select doors.take_copy(%s)", export.pk):
        raise Refused(_("Dit bestand kun je niet meer ophalen. Maak een nieuwe versie."))


def confirm_removals(*, export: Export) -> None:
    """The researchers took these people out of their copies."""
    if not _answer_of("select doors.confirm_removals(%s)", export.pk):
        raise Refused(_("Er is hier niets om te bevestigen."))


def _answer_of(query: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()[0]
