"""Making a version of a cohort's files: one snapshot, COPY, one zip, a manifest; killed at any step nothing is lost.

Runs in the export worker, under its own database role, which sees only `research.*` of who consented. The zip lies in
the worker's own folder (EXPORT_WORK) until a second person released the version: `publishing.py` does the rest.
"""

import csv
import hashlib
import io
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
from research.columns import FILES, KEY, Column, File, codebook
from research.models import Export, last_month_end
from research.pseudonyms import cohort_key, pseudonym, root_key, row_key
from research.report import Report

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
    root = Path(settings.EXPORT_WORK)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    work = root / f"{export.pk}.{job.attempt}.tmp"
    try:
        written = _write_zip(job, export, work)
        if written is None:
            _keep(job, export, set(), state=Export.State.REFUSED, refusal=Export.Refusal.FEW)
            return
        manifest, report, people = written
        failpoint("after_tmp")
        digest = sha256_of(work)
        final = root / f"{export.pk}.{digest}.zip"
        os.replace(work, final)
        sync(root)
        failpoint("after_rename")
        _keep(
            job,
            export,
            people,
            state=Export.State.READY,
            ready_at=timezone.now(),
            manifest=manifest,
            report=report.told(before_this(export), people),
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
        one_at_a_time(export.study_id)  # whoever stops now waits, and finds this version made
        if people - consenting(export):
            raise ConsentChanged
        Export.objects.filter(pk=export.pk).update(**result)
        if result["state"] == Export.State.READY:
            _note_participants(export, people)
        with connection.cursor() as cursor:
            cursor.execute("select doors.queue_mail(%s, '', 'waiting', '{}', null)", [export.asked_by_id])


def one_at_a_time(study_id: int) -> None:
    """Nobody else releases, fetches, publishes or leaves a version of this study until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select doors.one_at_a_time(%s)", [study_id])


def before_this(export: Export) -> tuple[Export, set[int]] | None:
    """The version before, and who was in it: what changed since is counted for the second person."""
    made = Export.objects.filter(cohort=export.cohort_id, version__lt=export.version).exclude(manifest={})
    last = made.order_by("-version").first()
    if last is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute("select participant_id from research_exportperson where export_id = %s", [last.pk])
        return last, {participant for (participant,) in cursor.fetchall()}


def consenting(export: Export) -> set[int]:
    """Who takes part in the study at this moment."""
    with studying(export.study_id), connection.cursor() as cursor:
        cursor.execute("select authz.consented()")
        return set(cursor.fetchone()[0])


def _note_participants(export: Export, people: set[int]) -> None:
    """Everybody whose answers are in it finds that in "Wie heeft gekeken"."""
    with connection.cursor() as cursor:
        cursor.execute("select doors.note_export(%s, %s::bigint[])", [export.pk, sorted(people)])


def _write_zip(job: Job, export: Export, path: Path) -> tuple[dict[str, Any], Report, set[int]] | None:
    """All files in one snapshot: the manifest and who is in it; None when there are too few people."""
    with snapshot_of(export) as session:
        people = number_people(session, export)
        if len(people) < FEWEST:
            return None
        files: dict[str, dict[str, Any]] = {}
        report = Report()
        with zipfile.ZipFile(path, "w") as archive:
            for n, file in enumerate(FILES):
                files[file.name] = write_file(session, archive, file, report)
                failpoint(f"after_{file.view}")
                if not jobs.report(job, 10 + 80 * (n + 1) // len(FILES)):
                    raise Lost
            files["codeboek.csv"] = _write_codebook(archive)
            manifest = _manifest(session, export, len(people), files)
        with path.open("rb") as written:
            os.fsync(written.fileno())
    return manifest, report, people


def entry(name: str) -> zipfile.ZipInfo:
    """An entry of the zip that does not tell when it was made."""
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.compress_level = 1
    return info


@contextmanager
def snapshot_of(export: Export) -> Iterator[psycopg.Connection[Any]]:
    """A session of its own, in which all files are read in one repeatable-read snapshot of who consented.

    Not Django's connection: that one says meanwhile how far the job is, which must be seen before this ends.
    """
    if export.cut_off > last_month_end():
        raise ValueError("a version goes up to the end of a month that is over")
    with psycopg.connect(**connection.get_connection_params()) as session:
        session.execute("set transaction isolation level repeatable read")
        session.execute("select set_config('app.study', %s, true)", [str(export.study_id)])
        session.execute("select set_config('app.cut_off', %s, true)", [export.cut_off.isoformat()])
        yield session
        session.rollback()


def one(session: psycopg.Connection[Any], query: LiteralString, *values: Any) -> Any:
    return session.execute(query, values).fetchone()


def number_people(session: psycopg.Connection[Any], export: Export) -> set[int]:
    """Tables of this session that give each consenting person of the cohort, and their rows, a name of the file's own.

    Returns who they are.
    """
    key = cohort_key(root_key(), export.cohort.uuid)
    people: set[int] = set()

    def call(row: tuple[Any, ...]) -> tuple[Any, ...]:
        people.add(row[0])
        return row[0], pseudonym(key, row[1])

    who = f"""select participant_id, b.study_id from research.participants p
                join public.participants_background b using (participant_id)
               where p.cohort_id = {int(export.cohort_id)}"""  # noqa: S608
    _name_rows(session, "pids", "participant_id", who, call)
    if len(people) >= FEWEST:
        for view, column in KEYED.items():
            rows = f"select {column} from research.{view} join pids using (participant_id)"  # noqa: S608
            _name_rows(session, f"keys_{column}", column, rows, _keyed(key, column))
    return people


def _keyed(key: bytes, column: str) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    return lambda row: (row[0], row_key(key, column, row[0]))


# Views whose rows have a name of their own, and the column that it is made of.
KEYED = {"goals": "goal_id", "progress": "progress_id", "meetings": "meeting_id"}


def _name_rows(
    session: psycopg.Connection[Any], table: str, column: str, query: str, call: Callable[[tuple[Any, ...]], Any]
) -> None:
    """A table of this session: number → name. A piece at a time, so that memory does not grow with the world."""
    with psycopg.ClientCursor(session) as cursor:
        cursor.execute(f"create temporary table {table} ({column} bigint primary key, pid text) on commit drop")
        cursor.execute(f"declare pieces no scroll cursor for {query}")
        while True:
            cursor.execute(f"fetch {CHUNK} from pieces")
            rows = cursor.fetchall()
            if not rows:
                break
            with cursor.copy(f"copy {table} from stdin") as copy:
                for row in rows:
                    copy.write_row(call(row))
        cursor.execute("close pieces")
        cursor.execute(f"analyze {table}")


def select_of(file: File) -> str:
    """The query of one file: declared columns in its own codes, people by pseudonym, in an order that says nothing."""
    columns = ", ".join(f"{_cell(c)} as {c.name}" for c in file.columns)
    keyed = {c.source for c in file.columns if c.values == KEY}
    joins = " ".join(f"join keys_{source} k_{source} using ({source})" for source in sorted(keyed))
    order = ", ".join(["p.pid", *(f"k_{c}.pid" if c in keyed else f"v.{c}" for c in file.order)])
    return (
        f"select {columns} from research.{file.view} v "  # noqa: S608
        f"join pids p using (participant_id) {joins} order by {order}"
    )


def _cell(column: Column) -> str:
    """Our own code becomes the file's; one that the file has no word for is missing."""
    if column.source == "pid":
        return "p.pid"
    if column.values == KEY:
        return f"k_{column.source}.pid"
    if not column.codes:
        return f"v.{column.source}"
    cases = " ".join(f"when '{kept}' then '{told}'" for told, kept in column.codes.items())
    return f"case v.{column.source}::text {cases} end"


def write_file(
    session: psycopg.Connection[Any], archive: zipfile.ZipFile, file: File, report: Report
) -> dict[str, Any]:
    """COPY straight into the zip; memory stays what one row needs. RFC 4180: commas, CRLF, UTF-8."""
    hashed, rows, size = hashlib.sha256(), -1, 0
    counted = report.of(file)
    with session.cursor() as cursor, archive.open(entry(file.name), "w", force_zip64=True) as out:
        for block in _blocks(cursor, f"copy ({select_of(file)}) to stdout with (format csv, header)"):
            rows += block.count(b"\n")
            counted.add(block)
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
    archive.writestr(entry("codeboek.csv"), content)
    return {
        "rows": len(rows) - 1,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "columns": rows[0],
    }


def _manifest(session: psycopg.Connection[Any], export: Export, people: int, files: dict[str, Any]) -> dict[str, Any]:
    """Where it comes from. No time of day; who released it is added when it is published."""
    version, counts_from = one(
        session, "select text_version, counts_from from public.research_study where id = %s", export.study_id
    )
    return {
        "export": export.slug,
        "version": export.version,
        "cohort": str(export.cohort.uuid),
        "study": export.study_id,
        "purpose": export.purpose,
        "consent_text": version,
        "consent_counts_from_text": counts_from,
        "asked_by": export.asked_name,
        "cut_off": export.cut_off.isoformat(),
        "people": people,
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


def sync(folder: Path) -> None:
    """A rename counts once its folder is on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
