"""Alles weggooien: closed at once, thrown away after fourteen days, and until then one can come back."""

import logging
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from herstel import audit
from herstel.files import remove_unused
from herstel.mail import queue
from herstel.models import AuditLine, User
from participants.actions import close_everything, open_again
from participants.copies import file_named
from participants.models import Deletion, Participant
from participants.signals import record_ends

log = logging.getLogger("herstel.erasing")  # of ours the log keeps what is filled in (herstel/logs.py)


def ask_deletion(*, participant: Participant, by: User, tell: bool) -> Deletion:
    """From now on nobody sees anything; asking twice keeps the first day."""
    asked = Deletion.objects.own().first()
    if asked is not None:
        return asked
    closed = {"closed_at": participant.paused_at, "closed_until": participant.paused_until}
    close_everything(participant=participant)
    due = timezone.now() + timedelta(days=Deletion.DAYS)
    deletion = Deletion.objects.create(participant=participant, due_at=due, tell=tell, **closed)
    audit.log(AuditLine.Event.DELETE, participant.pk)
    queue("waiting", to=by)
    if tell:
        record_ends.send(sender=Participant, participant=participant)
    return deletion


def come_back(*, participant: Participant) -> None:
    """All is there again, as it was: what was closed stays closed."""
    deletion = Deletion.objects.own().first()
    Deletion.objects.own().delete()
    if deletion is not None and deletion.closed_at is not None:
        close_everything(participant=participant, until=deletion.closed_until)
    else:
        open_again(participant=participant)


def erase_due() -> int:
    """By the worker: throw away whoever is due, each in a transaction of their own; how many people that were.

    Of whoever could not go the log says why (SQLSTATE); they are tried again the next night.
    """
    gone: list[Any] = []
    for participant in _ask("select doors.due_to_erase()"):
        try:
            with transaction.atomic():
                gone += _ask("select files, copies from doors.erase(%s)", *participant)
        except DatabaseError as error:
            log.error("somebody could not be erased (%s)", getattr(error.__cause__, "sqlstate", ""))
    for slug in [slug for _files, copies in gone for slug in copies]:
        file_named(slug).unlink(missing_ok=True)
    # SQL may have written somebody else's name in a row of one's own.
    remove_unused([name for files, _copies in gone for name in files])
    return len(gone)


def _ask(query: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()
