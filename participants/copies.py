"""Gegevens meenemen: everything of the participant, and nothing of anybody else, in one file.

What is in it follows from the models: whatever `.own()` gives the person, of every model that belongs to a participant
or a user. A new model is in it by itself; `LEFT_OUT` says what is not, and why.
"""

import csv
import io
import json
import os
import time
import zipfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.dispatch import receiver
from django.template.loader import render_to_string
from django.utils import timezone, translation

from herstel import jobs
from herstel.access import Ruled
from herstel.actor import acting_as
from herstel.files import NAME, path_of
from herstel.mail import queue
from herstel.models import Job, Preference, User
from herstel.policies import ruled_models
from participants.labels import COLUMNS, TABLES
from participants.models import DataCopy, Participant

KIND = "copy"
DAYS = 7
LEFT_OUT = {
    "herstel.HelpLine": "numbers that everybody may know",
    "herstel.FormToken": "which forms were sent; holds no words of anybody",
    "participants.DataCopy": "this file itself",
    "participants.Employment": "somebody's work belongs to the organisation",
    "research.StudyRole": "work on a study",
    "research.Export": "work on a study",
    "research.Download": "work on a study",
    "research.Removal": "work on a study; points at nobody",
}


def tables_of_mine() -> list[type[Ruled]]:
    """The models that hold something of a participant."""
    return [model for model in ruled_models() if model._meta.label not in LEFT_OUT]


def columns_of(model: type[Ruled]) -> list[Any]:
    """Every column but secrets: what is in a link opens a door."""
    return [f for f in model._meta.concrete_fields if not isinstance(f, models.BinaryField)]


def rows_of(model: type[Ruled]) -> list[dict[str, Any]]:
    names = [f.attname for f in columns_of(model)]
    return [{name: getattr(row, name) for name in names} for row in model.objects.own().order_by("pk")]


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "copies"


def file_named(slug: str) -> Path:
    return folder() / f"{slug}.zip"


def make_copy(copy_id: int) -> None:
    """Do the job of this copy if it is free. Killed halfway it is made again; the file appears whole or not at all."""
    job = jobs.claim(KIND, copy_id)
    if job is None:
        return
    try:
        user_id = _whose(copy_id)
        with acting_as(user_id):
            copy = DataCopy.objects.own().select_related("participant").get(pk=copy_id)
            _write(copy, job)
            if jobs.finish(job):
                queue("waiting", to=User.objects.get(pk=user_id))
    except Exception as error:
        jobs.release(job, error)
        raise


def _whose(copy_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select doors.whose_copy(%s)", [copy_id])
        return int(cursor.fetchone()[0])


@receiver(jobs.gave_up)
def tell_that_it_failed(sender: Any, kind: str, subject: int, **kwargs: Any) -> None:
    """Whoever waits for it hears that there is something; the page says what, and offers to ask again."""
    if kind == KIND:
        whose = User.objects.get(pk=_whose(subject))
        with acting_as(whose.pk):
            queue("waiting", to=whose)


def _write(copy: DataCopy, job: Job) -> None:
    final = file_named(copy.slug)
    final.parent.mkdir(parents=True, exist_ok=True)
    work = final.with_suffix(f".{job.attempt}.tmp")
    chosen = Preference.objects.own().values_list("language", flat=True).first()
    with translation.override(chosen or settings.LANGUAGE_CODE):
        try:
            with zipfile.ZipFile(work, "w", zipfile.ZIP_DEFLATED) as archive:
                _fill(archive, copy.participant)
            os.replace(work, final)
        finally:
            work.unlink(missing_ok=True)


def _fill(archive: zipfile.ZipFile, participant: Participant) -> None:
    everything = {model._meta.label_lower: rows_of(model) for model in tables_of_mine()}
    archive.writestr("kring.json", json.dumps(everything, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1))
    for label, rows in everything.items():
        if rows:
            archive.writestr(f"tabellen/{label}.csv", _csv(rows))
    archive.writestr("lees-mij.html", _readable(everything, participant))
    for name in _pictures(everything):
        if path_of(name).is_file():
            archive.write(path_of(name), f"beelden/{name}")


def _csv(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows({name: _no_formula(value) for name, value in row.items()} for row in rows)
    return "\ufeff" + out.getvalue()


def _no_formula(value: Any) -> Any:
    """A cell that begins like a formula would be run by a spreadsheet."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value


def _readable(everything: dict[str, list[dict[str, Any]]], participant: Participant) -> str:
    """The same for reading: only what has a name that people know."""
    parts = []
    for label, title in TABLES.items():
        lines = [
            [(COLUMNS[name], value) for name, value in row.items() if name in COLUMNS and value not in (None, "", [])]
            for row in everything.get(label, [])
        ]
        if any(lines):
            parts.append((title, [line for line in lines if line]))
    context = {"participant": participant, "parts": parts, "now": timezone.now()}
    return render_to_string("participants/copy.html", context)


def _pictures(everything: dict[str, list[dict[str, Any]]]) -> list[str]:
    named = [row["image"] for rows in everything.values() for row in rows if row.get("image")]
    return [name for name in named if NAME.fullmatch(name)]


def ask_copy(*, participant: Participant) -> DataCopy:
    """A new file. Asking while one is being made gives that one."""
    from participants.tasks import copy_data

    with transaction.atomic():
        Participant.objects.own().select_for_update().get(pk=participant.pk)
        busy = [copy for copy in DataCopy.objects.own().order_by("-pk")[:3] if state_of(copy) in WAITING]
        copy = busy[0] if busy else DataCopy.objects.create(participant=participant)
        jobs.ask(KIND, copy.pk, copy_data)
    return copy


WAITING = (Job.State.QUEUED, Job.State.RUNNING)


def job_of(copy: DataCopy | None) -> Job | None:
    return Job.objects.filter(kind=KIND, subject=copy.pk).first() if copy else None


def state_of(copy: DataCopy) -> str:
    job = job_of(copy)
    return job.state if job else ""


def can_be_fetched(copy: DataCopy) -> bool:
    return state_of(copy) == Job.State.DONE and file_named(copy.slug).is_file()


def sweep_copies() -> None:
    """A copy lies here for seven days."""
    old = time.time() - DAYS * 24 * 3600
    for file in folder().glob("*"):
        if file.stat().st_mtime < old:
            file.unlink(missing_ok=True)
