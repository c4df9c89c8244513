"""What the default worker does: mail, and the sweep that finds whatever a lost message left lying."""

import logging

from celery import current_app, shared_task
from django.core.cache import cache
from django.db import connection

from herstel import files, jobs, mail

log = logging.getLogger(__name__)
PULSE = "worker-pulse"
PULSE_SECONDS = 90
DAILY_SENT, A_DAY = "daily-sent", 24 * 3600
DAILY = (
    "herstel.tasks.sweep_files",
    "participants.tasks.sweep_copies",
    "participants.tasks.erase_due",
    "research.tasks.sweep_files",
)

# Jobs of other apps: kind → name of the task.
JOB_TASKS = {
    "export": "research.tasks.make_export",
    "publish": "research.tasks.publish",
    "removal": "research.tasks.name_removal",
    "copy": "participants.tasks.copy_data",
}


@shared_task(name="herstel.tasks.send_mail")
def send_mail(mail_id: int) -> None:
    try:
        mail.send(mail_id)
    except OSError as error:  # smtplib's errors are OSErrors: the mail waits and goes later
        log.warning("a mail did not go (%s); it waits", type(error).__name__)
        mail.postpone(mail_id)


@shared_task(name="herstel.tasks.sweep_files")
def sweep_files() -> None:
    files.sweep_files()


@shared_task(name="herstel.tasks.remove_unused")
def remove_unused(name: str) -> None:
    """A row named this file until now. Another may do so too, and only the database knows."""
    files.remove_unused([name])


@shared_task(name="herstel.tasks.sweep")
def sweep() -> None:
    """Queue again what is due, tidy up, and show that a worker is alive."""
    cache.set(PULSE, 1, PULSE_SECONDS)
    for mail_id in mail.due():
        send_mail.apply_async((mail_id,), kwargs={"system": True})
    for kind, task in JOB_TASKS.items():
        for subject in jobs.due(kind):
            current_app.send_task(task, (subject,), kwargs={"system": True})
    with connection.cursor() as cursor:
        cursor.execute("select doors.tidy()")
        cursor.execute("delete from herstel_cache where expires < now()")
    if cache.add(DAILY_SENT, 1, A_DAY):
        for task in DAILY:
            current_app.send_task(task, (), kwargs={"system": True})
