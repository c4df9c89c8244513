"""What a version does when something happens below it."""

from typing import Any

from django.db import connection
from django.dispatch import receiver

from herstel import jobs
from research.models import Export


@receiver(jobs.gave_up)
def let_go_of_the_version(sender: Any, kind: str, subject: int, **kwargs: Any) -> None:
    """A version that is never made stands in no other's way. Whoever asked hears that there is something."""
    if kind != "export":
        return
    waited = Export.objects.filter(pk=subject, state=Export.State.ASKED)
    asked_by = waited.values_list("asked_by", flat=True).first()
    if waited.update(state=Export.State.FAILED):
        with connection.cursor() as cursor:
            cursor.execute("select doors.queue_mail(%s, '', 'waiting', '{}', null)", [asked_by])
