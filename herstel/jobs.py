"""Jobs with a lease: a worker that dies loses nothing, and one that wakes up late doubles nothing."""

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from herstel.models import Job
from herstel.wake import wake

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 8  # a job that kills its worker eight times is not tried a ninth time


def ask(kind: str, subject: int, task: Any) -> None:
    """Queue a job for this subject; asking twice is asking once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into herstel_job (kind, subject, key, state, attempt, progress, error, created_at) "
            "values (%s, %s, %s, 'queued', 0, 0, '', now()) on conflict (key) do nothing",
            [kind, subject, f"{kind}:{subject}"],
        )
    wake(task, subject)


def due(kind: str) -> list[int]:
    """Subjects whose job nobody is busy with."""
    now = timezone.now()
    waiting = Job.objects.filter(kind=kind).filter(
        Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=now)
    )
    return list(waiting.order_by("pk").values_list("subject", flat=True)[:200])


def claim(kind: str, subject: int) -> Job | None:
    """Take the job if it is free. The attempt number in the answer fences out whoever had it before."""
    now = timezone.now()
    free = Job.objects.filter(kind=kind, subject=subject).filter(
        Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=now)
    )
    with transaction.atomic():
        taken = free.filter(attempt__lt=MOST_ATTEMPTS).update(
            state=Job.State.RUNNING, attempt=F("attempt") + 1, lease_until=now + LEASE, started_at=now
        )
        if not taken:
            free.update(state=Job.State.FAILED, finished_at=now, error="gave up")
            return None
        return Job.objects.get(kind=kind, subject=subject)


def mine(job: Job) -> Any:
    """The row, as long as this attempt is the one that holds it."""
    return Job.objects.filter(pk=job.pk, attempt=job.attempt, state=Job.State.RUNNING)


def report(job: Job, percent: int) -> bool:
    """Say how far it is and keep the lease. False: somebody else has the job now, stop."""
    return bool(mine(job).update(progress=percent, lease_until=timezone.now() + LEASE))


def finish(job: Job) -> bool:
    """Mark it done, in the transaction that writes the result. False: this attempt came too late."""
    return bool(mine(job).update(state=Job.State.DONE, progress=100, finished_at=timezone.now(), lease_until=None))


def release(job: Job, error: str) -> None:
    """It failed in a way that may pass; free it for the next attempt. `error` is the name of a class, no content."""
    mine(job).update(state=Job.State.QUEUED, error=error[:200], lease_until=None)
