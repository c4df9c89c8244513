"""A world of its own for what needs committed rows and other processes.

A copy of a seeded database with canaries in every free text, a key, a folder for files, and a worker to be killed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from django.conf import settings
from django.db import models
from psycopg import sql

from herstel.policies import our_models
from herstel.privacy import Use
from research.models import last_month_end
from tests import harness

KEY = "11" * 32


@dataclass
class Place:
    database: str
    root: Path
    worker: subprocess.Popen[str] | None = None
    errors: list[str] = field(default_factory=list)

    # --- asking and changing, as superuser --------------------------------------------------------------------------
    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(harness.superuser_url(self.database), autocommit=True) as admin:
            found = admin.execute(query, values)  # type: ignore[call-overload]
            return list(found.fetchall()) if found.description else []

    def ask_named(self, query: str, **values: Any) -> None:
        with psycopg.connect(harness.superuser_url(self.database), autocommit=True) as admin:
            admin.execute(query, values)  # type: ignore[call-overload]

    def one(self, query: str, *values: Any) -> Any:
        return self.ask(query, *values)[0][0]

    def plant_canaries(self) -> None:
        """Every text that somebody could have typed, and every address, says so."""
        for model in our_models():
            for f in model._meta.concrete_fields:
                if is_free_text(f):
                    column, table = sql.Identifier(str(f.column)), sql.Identifier(model._meta.db_table)
                    most = f.max_length or 2000
                    canary = sql.SQL("left('CANARY-{}-' || md5(ctid::text), {})").format(
                        sql.SQL(str(f.column)), sql.Literal(most)
                    )
                    statement = sql.SQL("update {} set {} = {}").format(table, column, canary)
                    with psycopg.connect(harness.superuser_url(self.database), autocommit=True) as admin:
                        admin.execute("set session_replication_role = replica")
                        admin.execute(statement)

    # --- exports ----------------------------------------------------------------------------------------------------
    def cohort(self, study: int, number: int = 1) -> int:
        """A cohort of this study; a new one when it has no such number."""
        found = self.ask("select id from research_cohort where study_id = %s and number = %s", study, number)
        if found:
            return int(found[0][0])
        insert = "insert into research_cohort (slug, uuid, study_id, number) values (%s, %s, %s, %s) returning id"
        return int(self.one(insert, uuid4().hex[:9], uuid4(), study, number))

    def new_export(self, study: int, number: int = 1, cut_off: date | None = None) -> int:
        """Somebody asked for a version of this cohort; one that hung was given back first."""
        cohort = self.cohort(study, number)
        self.ask("update research_export set state = 'returned' where cohort_id = %s and state = 'asked'", cohort)
        export = self.one(
            """insert into research_export (slug, study_id, cohort_id, version, purpose, state, refusal, asked_by_id,
                                            asked_name, asked_at, manifest, file, sha256, size, cut_off, released_name,
                                            returned_why, report, copies)
               select %s, %s, %s, coalesce((select max(version) from research_export where cohort_id = %s), 0) + 1,
                      'Jaarverslag', 'asked', '', user_id, 'Wim', now(), '{}', '', '', 0, %s, '', '', '{}', 0
                 from research_studyrole where study_id = %s and role = 'researcher' limit 1 returning id""",
            *(uuid4().hex[:9], study, cohort, cohort, cut_off or last_month_end(), study),
        )
        self.ask(
            """insert into herstel_job (kind, subject, key, state, attempt, progress, error, created_at)
               values ('export', %s, %s, 'queued', 0, 0, '', now())""",
            *(export, f"export:{export}"),
        )
        return int(export)

    def release(self, export: int) -> None:
        """The second person said yes; the worker has not laid it ready yet."""
        self.ask(
            """update research_export x set state = 'released', released_at = now(), released_name = 'Els',
                      expires_at = now() + interval '7 days', released_by_id =
                      (select user_id from research_studyrole r where r.study_id = x.study_id and r.role = 'checker')
                where id = %s""",
            export,
        )
        self.ask(
            """insert into herstel_job (kind, subject, key, state, attempt, progress, error, created_at)
               values ('publish', %s, 'publish:' || %s, 'queued', 0, 0, '', now())""",
            *(export, export),
        )

    def run(self, export: int, step: str = "") -> dict[str, int]:
        """Let the worker do it, or die at this step."""
        self.send(export, step)
        return dict(json.loads(self.line()))

    def send(self, export: int, step: str) -> None:
        assert self.worker is not None
        assert self.worker.stdin is not None
        self.worker.stdin.write(json.dumps([export, step]) + "\n")
        self.worker.stdin.flush()

    def line(self) -> str:
        assert self.worker is not None
        assert self.worker.stdout is not None
        return self.worker.stdout.readline()

    def lease_is_over(self, export: int) -> None:
        self.ask("update herstel_job set lease_until = now() - interval '1 minute' where subject = %s", export)

    def files(self) -> list[str]:
        return sorted(file.name for file in (self.root / "made").iterdir())

    def environment(self, role: str) -> dict[str, str]:
        """What a process of this place is told."""
        (self.root / "key").write_text(KEY)
        (self.root / "export").mkdir(exist_ok=True)
        (self.root / "made").mkdir(exist_ok=True)
        name = "DATABASE_URL" if role == "web" else f"DATABASE_URL_{role.upper()}"
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "herstel.settings",
            "HERSTEL_ROLE": role,
            "SECRET_KEY": "only-for-the-tests",
            "EXPORT_ROOT": str(self.root / "export"),
            "EXPORT_WORK": str(self.root / "made"),
            "LOCAL_ROOT": str(self.root),
            "RESEARCH_KEY_FILE": str(self.root / "key"),
            "CODE_VERSION": "tested",
            name: harness.role_url(role, self.database),
        }


def is_free_text(f: models.Field) -> bool:
    """A text field without a list to choose from, that holds words and not a name of ours."""
    if not isinstance(f, models.CharField | models.TextField) or f.choices or f.unique or f.name in OURS:
        return False
    use = getattr(f.model, "privacy", {}).get(f.name)
    return use in (Use.NEVER, Use.IDENTIFIER, Use.QUASI)


# Names, states and codes that the house gives itself.
OURS = {
    "slug",
    "name",
    "key",
    "flow",
    "subject",
    "page",
    "side",
    "basis",
    "template",
    "kind",
    "state",
    "event",
    "pronoun",
}
OURS |= {"sha256", "file", "image", "pictogram", "password", "colour", "letters", "language", "refusal", "category"}


@contextmanager
def seeded_place(participants: int, root: Path, called: str = "world") -> Iterator[Place]:
    """Made, given, and thrown away."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"kring_run_{os.getpid()}_{worker}_{called}_{participants}"
    harness.clone(harness.ensure_world(participants), name)
    place = Place(name, root)
    command = [sys.executable, "-m", "tests.abuse.export_driver"]
    place.worker = subprocess.Popen(
        command,
        cwd=settings.ROOT,
        env=place.environment("research"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield place
    finally:
        assert place.worker.stdin is not None
        place.worker.stdin.close()
        place.worker.wait(30)
        harness.drop(name)
