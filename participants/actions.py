"""What a participant does with the record as a whole."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from herstel import audit
from herstel.models import AuditLine, User
from herstel.refusal import Refused
from participants.models import CheckIn, Deletion, Participant


def begin_record(*, by: User, called: str) -> Participant:
    """Somebody becomes a participant, or says anew what they want to be called."""
    participant, made = Participant.objects.get_or_create(user=by, defaults={"called": called})
    if not made:
        participant.called = called
        participant.save(update_fields=["called"])
    audit.log(AuditLine.Event.CREATE if made else AuditLine.Event.CHANGE, participant.pk)
    return participant


def finish_first_steps(*, participant: Participant) -> None:
    participant.first_steps_at = timezone.now()
    participant.save(update_fields=["first_steps_at"])


def close_everything(*, participant: Participant, until: datetime | None = None) -> None:
    """ "Alles even dicht": nobody sees anything, from the next statement on. Nothing is thrown away."""
    participant.paused_at, participant.paused_until = timezone.now(), until
    participant.save(update_fields=["paused_at", "paused_until"])
    Deletion.objects.own().update(closed_at=participant.paused_at, closed_until=until)
    audit.log(AuditLine.Event.PAUSE, participant.pk)


def open_again(*, participant: Participant) -> None:
    """Never while everything is about to go: first come back, then open."""
    if Deletion.objects.own().exists():
        raise Refused(_("Alles wordt weggegooid. Zeg eerst dat je terug wilt komen."))
    participant.paused_at = participant.paused_until = None
    participant.save(update_fields=["paused_at", "paused_until"])
    audit.log(AuditLine.Event.SHARE, participant.pk)


def forget_check_in(*, check_in: CheckIn) -> None:
    """What somebody wrote on a bad day may go."""
    audit.log(AuditLine.Event.DELETE, check_in.participant_id, objects=[["check-in", check_in.pk]])
    check_in.delete()


def check_in(*, participant: Participant, mood: int, words: str) -> CheckIn:
    """Keep how it goes. No message goes to anybody."""
    return CheckIn.objects.create(participant=participant, mood=mood, words=words)
