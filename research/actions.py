"""Consenting, asking for an export, judging it, taking a copy."""

from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from herstel import audit, jobs
from herstel.models import AuditLine, User
from herstel.refusal import Refused
from participants.models import Background, Participant
from research.models import Cohort, Consent, Download, Export, Study
from research.tasks import make_export


def give_consent(*, participant: Participant, study: Study, text_version: int) -> Consent:
    """Yes to this version of the text. Saying yes twice is saying it once."""
    if text_version != study.text_version:
        raise Refused(_("De tekst is veranderd. Lees hem nog eens en kies dan."))
    Background.objects.get_or_create(participant=participant)
    consent, made = Consent.objects.get_or_create(
        participant=participant, study=study, withdrawn_at=None, defaults={"text_version": text_version}
    )
    if made:
        audit.log(AuditLine.Event.CONSENT, participant.pk, objects=[["study", study.pk]])
    return consent


def withdraw(*, participant: Participant, study: Study) -> None:
    """No longer: counts for every export that is not yet made."""
    changed = Consent.objects.own().filter(study=study, withdrawn_at=None).update(withdrawn_at=timezone.now())
    if changed:
        audit.log(AuditLine.Event.WITHDRAW, participant.pk, objects=[["study", study.pk]])


def ask_export(*, cohort: Cohort, by: User, name: str, purpose: str) -> Export:
    """A new version of this cohort's files. One at a time: a second request while one is being made is refused."""
    last = Export.objects.visible().filter(cohort=cohort).aggregate(last=Max("version"))["last"] or 0
    try:
        with transaction.atomic():
            export = Export.objects.create(
                study_id=cohort.study_id, cohort=cohort, version=last + 1, purpose=purpose, asked_by=by, asked_name=name
            )
    except IntegrityError as error:
        raise Refused(_("We maken al een versie. Wacht tot die klaar is.")) from error
    jobs.ask("export", export.pk, make_export)
    return export


def judge_export(*, export: Export, release: bool) -> None:
    """The second person releases it or gives it back; the database refuses the one who asked."""
    with connection.cursor() as cursor:
        cursor.execute("select doors.judge_export(%s, %s)", [export.pk, release])
        (done,) = cursor.fetchone()
    if not done:
        raise Refused(_("Dit kun jij niet vrijgeven. Dat doet iemand die de versie niet zelf vroeg."))


def note_download(*, export: Export, by: User, name: str) -> Download:
    """Every copy that is taken is in the log before it leaves."""
    if not export.can_be_fetched:
        raise Refused(_("Dit bestand kun je niet meer ophalen. Maak een nieuwe versie."))
    return Download.objects.create(study_id=export.study_id, export=export, by=by, name=name)
