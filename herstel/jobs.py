"""Jobs with a lease: a worker that dies loses nothing, and one that wakes up late doubles nothing."""

import errno
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext as _

from herstel.models import Job
from herstel.wake import wake

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 8  # a job that kills its worker eight times is not tried a ninth time
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)
DIED = "the worker died"

# kind, subject: sent in the transaction in which a job is given up, so that what waited for it can go on without it.
gave_up = Signal()


def ask(kind: str, subject: int, task: Any) -> None:
    """Queue a job for this subject, once. The database refuses what is not the acting person's."""
    with connection.cursor() as cursor:
        cursor.execute("select doors.ask_job(%s, %s)", [kind, subject])
    wake(task, subject)


def free_jobs(kind: str) -> QuerySet[Job]:
    """Jobs that nobody is busy with, and whose pause after a failure is over."""
    waiting = Q(state__in=(Job.State.QUEUED, Job.State.RUNNING))
    return Job.objects.filter(waiting, Q(lease_until=None) | Q(lease_until__lt=timezone.now()), kind=kind)


def due(kind: str) -> list[int]:
    """Subjects whose job can be done now."""
    return list(free_jobs(kind).order_by("pk").values_list("subject", flat=True)[:200])


def claim(kind: str, subject: int) -> Job | None:
    """Take the job if it is free. The attempt number in the answer fences out whoever had it before."""
    now = timezone.now()
    free = free_jobs(kind).filter(subject=subject)
    with transaction.atomic():
        taken = free.filter(attempt__lt=MOST_ATTEMPTS).update(
            state=Job.State.RUNNING, attempt=F("attempt") + 1, lease_until=now + LEASE, started_at=now
        )
        if not taken:
            _give_up(free.filter(attempt__gte=MOST_ATTEMPTS), kind, subject, DIED)
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


def release(job: Job, error: Exception) -> None:
    """It failed in a way that may pass: free for the next attempt after a pause, longer each time, or given up.

    Of the error only the class and the system's name for it are kept, no content.
    """
    told = name_of(error)
    if job.attempt >= MOST_ATTEMPTS:
        with transaction.atomic():
            _give_up(mine(job), job.kind, job.subject, told)
        return
    again = timezone.now() + pause_after(job.attempt)
    mine(job).update(state=Job.State.QUEUED, error=told, lease_until=again)


def pause_after(attempt: int) -> timedelta:
    """A full disk or a restarted database is over in minutes or hours, not in the seconds of eight attempts."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 3 ** (attempt - 1))


def _give_up(jobs: QuerySet[Job], kind: str, subject: int, error: str) -> None:
    if jobs.update(state=Job.State.FAILED, finished_at=timezone.now(), lease_until=None, error=error):
        gave_up.send(sender=None, kind=kind, subject=subject)


def name_of(error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    return " ".join([type(error).__name__, errno.errorcode.get(number or 0, "")]).strip()[:200]


def reason_of(job: Job | None) -> str:
    """Why it did not work, in words."""
    error = job.error if job else ""
    if any(code in error for code in ("ENOSPC", "EDQUOT")):
        return _("De schijf was vol.")
    if any(error.endswith(name) for name in ("OperationalError", "InterfaceError")):
        return _("De database was niet te bereiken.")
    if error == DIED:
        return _("De computer die het maakte, viel steeds uit.")
    if error.partition(" ")[2]:
        return _("Een map of bestand was niet te gebruiken.")
    return _("Er ging iets mis in het programma.")


def again(job_id: int) -> bool:
    """Free a job that was given up. The database lets administrators of Kring do so and nobody else."""
    with connection.cursor() as cursor:
        cursor.execute("select doors.job_again(%s)", [job_id])
        return bool(cursor.fetchone()[0])
