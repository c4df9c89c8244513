"""Alles weggooien: closed at once, thrown away after fourteen days, and until then one can come back."""

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


class NotErased(Exception):
    """Somebody who is to go could not be erased; the words say how many, and what the database said (SQLSTATE)."""


def erase_due() -> int:
    """By the worker: throw away whoever is due, each in a transaction of their own; how many people that were.

    Raises NotErased after all others are gone.
    """
    erased, refused = 0, set[str]()
    for participant in _ask("select doors.due_to_erase()"):
        try:
            with transaction.atomic():
                gone = _ask("select files, copies from doors.erase(%s)", *participant)
        except DatabaseError as error:
            refused.add(str(getattr(error.__cause__, "sqlstate", "")))
            continue
        for files, copies in gone:
            erased += 1
            remove_unused(files)  # SQL may have written somebody else's name in a row of one's own
            for slug in copies:
                file_named(slug).unlink(missing_ok=True)
    if refused:
        raise NotErased(f"{erased} went, some did not: {', '.join(sorted(refused))}")
    return erased


def _ask(query: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()
