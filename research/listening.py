"""What a version does when something happens below it."""

from typing import Any

from django.db import connection
from django.dispatch import receiver

from herstel import jobs
from research.models import Export


@receiver(jobs.gave_up)
def let_go_of_the_version(sender: Any, kind: str, subject: int, **kwargs: Any) -> None:
    """A version that is never made stands in no other's way. Whoever asked hears that there is something."""
    version = Export.objects.filter(pk=subject)
    told = None
    if (
        kind == "export" and version.filter(state=Export.State.ASKED).update(state=Export.State.FAILED)
    ) or kind == "publish":
        told = version.values_list("asked_by", flat=True).first()
    if told is not None:
        with connection.cursor() as cursor:
            cursor.execute("select doors.queue_mail(%s, '', 'waiting', '{}', null)", [told])
