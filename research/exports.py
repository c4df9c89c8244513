"""Making a version of a cohort's files: one snapshot, COPY, one zip, a manifest; killed at any step nothing is lost.

Runs in the export worker, under its own database role, which sees only `research.*` of who consented.
"""

import csv
import hashlib
import io
import json
import os
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from herstel import jobs
from herstel.actor import studying
from herstel.models import Job
from research.columns import FILES, File, codebook
from research.models import Export
from research.pseudonyms import cohort_key, pseudonym, root_key

FEWEST = 10  # people; under this there is no file at all
CHUNK = 5000

# Where the tests cut the power; in production it does nothing.
failpoint: Callable[[str], None] = lambda step: None  # noqa: E731


class Lost(Exception):
    """Another attempt has this job now."""


class ConsentChanged(Exception):
    """Somebody whose rows are in the file took back their yes while it was made: it is made again without them."""


def make_export(export_id: int) -> None:
    """Do the job of this export if it is free. Idempotent: the last attempt's result is the only one that counts."""
    failpoint("before_claim")
    job = jobs.claim("export", export_id)
    if job is None:
        return
    failpoint("after_claim")
    try:
        _make(job, Export.objects.select_related("cohort").get(pk=export_id))
    except Lost:
        return
    except Exception as error:
        jobs.release(job, error)
        raise


def _make(job: Job, export: Export) -> None:
    root = Path(settings.EXPORT_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    work = root / f"{export.pk}.{job.attempt}.tmp"
    try:
        written = _write_zip(job, export, work)
        if written is None:
            _keep(job, export, set(), state=Export.State.REFUSED, refusal=Export.Refusal.FEW)
            return
        manifest, people = written
        failpoint("after_tmp")
        digest = sha256_of(work)
        final = root / f"{export.pk}.{digest}.zip"
        os.replace(work, final)
        _sync(root)
        failpoint("after_rename")
        _keep(
            job,
            export,
            people,
            state=Export.State.READY,
            ready_at=timezone.now(),
            manifest=manifest,
            file=final.name,
            sha256=digest,
            size=final.stat().st_size,
        )
        failpoint("after_done")
    finally:
        work.unlink(missing_ok=True)


def _keep(job: Job, export: Export, people: set[int], **result: Any) -> None:
    """The result and the end of the job in one transaction, fenced by the attempt.

    Withdrawing counts for every export that is not yet made: whoever did so meanwhile is not in this one.
    """
    with transaction.atomic():
        if not jobs.finish(job):
            raise Lost
        if people - consenting(export):
            raise ConsentChanged
        Export.objects.filter(pk=export.pk).update(**result)
        if result["state"] == Export.State.READY:
            _note_participants(export, people)
        with connection.cursor() as cursor:
            cursor.execute("select doors.queue_mail(%s, '', 'waiting', '{}', null)", [export.asked_by_id])


def consenting(export: Export) -> set[int]:
    """Who takes part in the study at this moment."""
    with studying(export.study_id), connection.cursor() as cursor:
        cursor.execute("select authz.consented()")
        return set(cursor.fetchone()[0])


def _note_participants(export: Export, people: set[int]) -> None:
    """Everybody whose answers are in it finds that in "Wie heeft gekeken"."""
    with connection.cursor() as cursor:
        cursor.execute("select doors.note_export(%s, %s::bigint[])", [export.pk, sorted(people)])


def _write_zip(job: Job, export: Export, path: Path) -> tuple[dict[str, Any], set[int]] | None:
    """All files in one snapshot: the manifest and who is in it; None when there are too few people."""
    with snapshot_of(export.study_id) as session:
        as_of, snapshot = one(session, "select now(), pg_current_snapshot()::text")
        people = number_people(session, export)
        if len(people) < FEWEST:
            return None
        files: dict[str, dict[str, Any]] = {}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for n, file in enumerate(FILES):
                files[file.name] = write_file(session, archive, file)
                failpoint(f"after_{file.view}")
                if not jobs.report(job, 10 + 80 * (n + 1) // len(FILES)):
                    raise Lost
            files["codeboek.csv"] = _write_codebook(archive)
            manifest = _manifest(export, len(people), files, as_of, snapshot)
            archive.writestr("export.json", json.dumps(manifest, indent=2, ensure_ascii=False))
        with path.open("rb") as written:
            os.fsync(written.fileno())
    return manifest, people


@contextmanager
def snapshot_of(study_id: int) -> Iterator[psycopg.Connection[Any]]:
    """A session of its own, in which all files are read in one repeatable-read snapshot of who consented.

    Not Django's connection: that one says meanwhile how far the job is, which must be seen before this ends.
    """
    with psycopg.connect(**connection.get_connection_params()) as session:
        session.execute("set transaction isolation level repeatable read")
        session.execute("select set_config('app.study', %s, true)", [str(study_id)])
        yield session
        session.rollback()


def one(session: psycopg.Connection[Any], query: LiteralString) -> Any:
    return session.execute(query).fetchone()


def number_people(session: psycopg.Connection[Any], export: Export) -> set[int]:
    """A table of this session that gives each consenting person a pseudonym; returns who they are."""
    key = cohort_key(root_key(), export.cohort.uuid)
    with psycopg.ClientCursor(session) as cursor:
        cursor.execute("create temporary table pids (participant_id bigint primary key, pid text) on commit drop")
        cursor.execute(
            "declare people no scroll cursor for select participant_id, study_id from public.participants_background"
        )
        people: set[int] = set()
        while True:
            cursor.execute(f"fetch {CHUNK} from people")
            rows = cursor.fetchall()
            if not rows:
                break
            with cursor.copy("copy pids from stdin") as copy:
                for participant_id, study_id in rows:
                    copy.write_row((participant_id, pseudonym(key, study_id)))
            people.update(participant_id for participant_id, _study_id in rows)
        cursor.execute("close people")
        cursor.execute("analyze pids")
    return people


def select_of(file: File) -> str:
    """The query of one file: declared columns, people by pseudonym, in an order that says nothing."""
    columns = ", ".join(
        f"p.pid as {c.name}" if c.source == "pid" else f"v.{c.source} as {c.name}" for c in file.columns
    )
    order = ", ".join(["p.pid", *(f"v.{c.strip()}" for c in file.order.split(",") if c.strip())])
    return f"select {columns} from research.{file.view} v join pids p using (participant_id) order by {order}"  # noqa: S608


def write_file(session: psycopg.Connection[Any], archive: zipfile.ZipFile, file: File) -> dict[str, Any]:
    """COPY straight into the zip; memory stays what one row needs. RFC 4180: commas, CRLF, UTF-8."""
    hashed, rows, size = hashlib.sha256(), -1, 0
    with session.cursor() as cursor, archive.open(file.name, "w", force_zip64=True) as out:
        for block in _blocks(cursor, f"copy ({select_of(file)}) to stdout with (format csv, header)"):
            rows += block.count(b"\n")
            block = block.replace(b"\n", b"\r\n")
            hashed.update(block)
            size += len(block)
            out.write(block)
    return {"rows": rows, "bytes": size, "sha256": hashed.hexdigest(), "columns": [c.name for c in file.columns]}


def _blocks(cursor: Any, statement: str, most: int = 1 << 16) -> Iterator[bytes]:
    """psycopg hands over a row at a time; hand on larger pieces."""
    gathered = bytearray()
    with cursor.copy(statement) as copy:
        for row in copy:
            gathered += row
            if len(gathered) >= most:
                yield bytes(gathered)
                gathered.clear()
    if gathered:
        yield bytes(gathered)


def _write_codebook(archive: zipfile.ZipFile) -> dict[str, Any]:
    text = io.StringIO()
    rows = codebook()
    csv.writer(text).writerows(rows)
    content = text.getvalue().encode()
    archive.writestr("codeboek.csv", content)
    return {
        "rows": len(rows) - 1,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "columns": rows[0],
    }


def _manifest(export: Export, people: int, files: dict[str, Any], as_of: Any, snapshot: str) -> dict[str, Any]:
    return {
        "export": export.slug,
        "version": export.version,
        "cohort": str(export.cohort.uuid),
        "study": export.study_id,
        "purpose": "zie de aanvraag",
        "people": people,
        "snapshot_at": as_of.isoformat(),
        "snapshot": snapshot,
        "code": code_version(),
        "rules": hashlib.sha256(
            repr([(f.name, [c.name + c.values for c in f.columns]) for f in FILES]).encode()
        ).hexdigest(),
        "files": files,
    }


def code_version() -> str:
    """The commit this runs from, or what the image was told."""
    told = os.environ.get("CODE_VERSION")
    if told:
        return told
    git = ["git", "-C", str(settings.ROOT), "rev-parse", "HEAD"]
    try:
        return subprocess.run(git, capture_output=True, text=True, timeout=5, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    """A rename counts once its folder is on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep_leftovers() -> None:
    """Files of attempts that died, older than any lease: half-written ones, and whole ones that no version names."""
    limit = timezone.now().timestamp() - 10 * jobs.LEASE.total_seconds()
    named = set(Export.objects.exclude(file="").values_list("file", flat=True))
    root = Path(settings.EXPORT_ROOT)
    for left in [*root.glob("*.tmp"), *(f for f in root.glob("*.zip") if f.name not in named)]:
        if left.stat().st_mtime < limit:
            left.unlink(missing_ok=True)
