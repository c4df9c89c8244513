"""What somebody else writes down during a meeting: it goes into the minutes only after the participant's yes."""

from django.utils import timezone
from django.utils.translation import gettext as _

from herstel import audit
from herstel.access import Category
from herstel.mail import queue
from herstel.models import AuditLine
from herstel.refusal import Refused
from herstel.templatetags.kring import namen
from meetings.models import Meeting, Minutes, Notes
from supportgroups.models import Membership


def write_down(*, meeting: Meeting, membership: Membership, called: str, words: str) -> Notes:
    """By the one who writes this time; again and again, until the participant answered."""
    if meeting.writer_id != membership.pk:
        raise Refused(_("Iemand anders schrijft deze keer."))
    notes = Notes.objects.visible().filter(meeting=meeting, membership=membership).first()
    if notes is None:
        of = {"participant_id": meeting.participant_id, "meeting": meeting, "membership": membership}
        notes = Notes.objects.create(called=called, words=words, **of)
        queue("waiting", to=membership.participant.user)
    elif notes.answered_at:
        raise Refused(_("Dit is al gelezen. Je kunt het niet meer veranderen."))
    else:
        notes.words, notes.at = words, timezone.now()
        notes.save(update_fields=["words", "at"])
    return notes


def answer_notes(*, notes: Notes, words: str, take: bool) -> None:
    """Ja, zet het in het verslag, or nee. Who wrote it is told neither; a later answer replaces an earlier one."""
    notes.words, notes.accepted, notes.answered_at = words, take, timezone.now()
    notes.save(update_fields=["words", "accepted", "answered_at"])
    for minutes in Minutes.objects.own().filter(meeting=notes.meeting_id):
        take_along(minutes)
    objects = [["notes", notes.pk]]
    audit.log(AuditLine.Event.CHANGE, notes.participant_id, category=Category.MINUTES, objects=objects)


def take_along(minutes: Minutes) -> None:
    """The minutes hold what was accepted, and who wrote it."""
    accepted = list(Notes.objects.own().filter(meeting=minutes.meeting_id, accepted=True).order_by("at"))
    minutes.words = "\n\n".join(notes.words for notes in accepted)[: Minutes.WORDS]
    minutes.words_by = namen([notes.called for notes in accepted])[:40]
    minutes.save(update_fields=["words", "words_by"])
