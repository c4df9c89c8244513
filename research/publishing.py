"""What happens to a version after it was made: laid ready when it is released, thrown away when it ended, and the
pseudonyms of who stopped named for who has a copy. By the export worker, which alone writes in either folder.
"""

import json
import os
import shutil
import zipfile
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from herstel import jobs
from herstel.models import Job
from research import exports
from research.models import Cohort, Export
from research.pseudonyms import cohort_key, pseudonym, root_key


def publish(export_id: int) -> None:
    """Lay the zip of a released version where the web can read it. Before that the web has no way to it."""
    job = jobs.claim("publish", export_id)
    if job is None:
        return
    try:
        _publish(job, Export.objects.get(pk=export_id))
    except exports.Lost:
        return
    except Exception as error:
        jobs.release(job, error)
        raise
    sweep_files()


def _publish(job: Job, export: Export) -> None:
    if export.state != Export.State.RELEASED or export.published_at:
        jobs.finish(job)
        return
    root = Path(settings.EXPORT_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    work = root / f"{export.pk}.{job.attempt}.tmp"
    made = Path(settings.EXPORT_WORK) / Path(export.file).name
    try:
        manifest = {**export.manifest, "released_by": export.released_name}
        shutil.copyfile(made, work)
        with zipfile.ZipFile(work, "a") as archive:
            archive.writestr(exports.entry("export.json"), json.dumps(manifest, indent=2, ensure_ascii=False))
        digest = exports.sha256_of(work)
        final = root / f"{export.pk}.{digest}.zip"
        exports.failpoint("before_published")
        with work.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(work, final)
        exports.sync(root)
        exports.failpoint("after_published")
        with transaction.atomic():
            if not jobs.finish(job):
                raise exports.Lost
            exports.one_at_a_time(export.study_id)  # somebody who stopped meanwhile has made it void: then it stays so
            Export.objects.filter(pk=export.pk, state=Export.State.RELEASED).update(
                manifest=manifest,
                file=final.name,
                sha256=digest,
                size=final.stat().st_size,
                published_at=timezone.now(),
            )
        made.unlink(missing_ok=True)
    finally:
        work.unlink(missing_ok=True)


def name_removal(removal_id: int) -> None:
    """The pseudonym of somebody who stopped, for who has a copy. After it nothing here points at the person."""
    job = jobs.claim("removal", removal_id)
    if job is None:
        return
    try:
        _name_removal(job, removal_id)
    except Exception as error:
        jobs.release(job, error)
        raise


def _name_removal(job: Job, removal_id: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select r.study_uuid, x.cohort_id from research_removal r join research_export x on x.id = r.export_id "
            "where r.id = %s and r.study_uuid is not null",
            [removal_id],
        )
        row = cursor.fetchone()
        if row:
            key = cohort_key(root_key(), Cohort.objects.get(pk=row[1]).uuid)
            cursor.execute(
                "update research_removal set pid = %s, study_uuid = null where id = %s",
                [pseudonym(key, row[0]), removal_id],
            )
        jobs.finish(job)


def sweep_files() -> None:
    """Throw away what ended at once; and what attempts that died left, once no lease can be running."""
    keep = _throw_away_ended()
    limit = timezone.now().timestamp() - 10 * jobs.LEASE.total_seconds()
    for folder in map(Path, (settings.EXPORT_WORK, settings.EXPORT_ROOT)):
        for left in (*folder.glob("*.tmp"), *folder.glob("*.zip")):
            if left.name not in keep[folder] and left.stat().st_mtime < limit:
                left.unlink(missing_ok=True)


def _throw_away_ended() -> dict[Path, set[str]]:
    """Removes the files of versions that ended from both folders; the names that must stay, per folder."""
    made, shared = Path(settings.EXPORT_WORK), Path(settings.EXPORT_ROOT)
    keep: dict[Path, set[str]] = {made: set(), shared: set()}
    for export in Export.objects.exclude(file=""):
        if export.has_ended:
            for folder in (made, shared):
                for file in folder.glob(f"{export.pk}.*.zip"):
                    file.unlink(missing_ok=True)
            Export.objects.filter(pk=export.pk, state=export.state).update(file="")
        else:
            keep[shared if export.published_at else made].add(export.file)
    return keep
