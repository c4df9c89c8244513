"""The database of the tests, made the way a place's own is made: roles by a superuser, tables and rules by the owner.

It is migrated once into a template that carries the hash of what it was made from; every run gets a copy. Tests run as
the web role, so that row-level security binds them.
"""

import hashlib
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
import psycopg
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from psycopg import sql
from psycopg.conninfo import make_conninfo

from herstel.management.commands.make_roles import make_roles
from herstel.models import Session, User
from herstel.policies import access_sql, digest
from herstel.sessions import CLAIMS, token_of

ROOT = Path(settings.ROOT)
MAY_BECOME = ("web", "worker", "research", "maint", "owner", "authz", "doors")
LOCK = 7_701_301  # any number; every run on this cluster takes the same
KEPT = 3  # databases of each kind; an older hash may be wanted again


# --- addresses ------------------------------------------------------------------------------------------------------
def superuser_url(database: str = "") -> str:
    url: str = settings.SUPERUSER_URL
    return make_conninfo(url, dbname=database) if database else url


def role_url(role: str, database: str = "") -> str:
    """The address at which this role's own process would log in, for the database of this run."""
    name = {"web": "DATABASE_URL"}.get(role, f"DATABASE_URL_{role.upper()}")
    url = os.environ.get(name) or make_conninfo(superuser_url(), user=f"herstel_{role}")
    return make_conninfo(url, dbname=database or connection.settings_dict["NAME"])


@contextmanager
def superuser() -> Iterator[psycopg.Connection[Any]]:
    """The maintenance connection, alone: CREATE DATABASE and ALTER ROLE of two runs get in each other's way."""
    with psycopg.connect(superuser_url(), autocommit=True) as admin:
        admin.execute("select pg_advisory_lock(%s)", [LOCK])
        yield admin


# --- the template ---------------------------------------------------------------------------------------------------
def template_hash() -> str:
    """Of everything that decides what the empty database looks like."""
    made_from = [
        *sorted(ROOT.glob("*/migrations/*.py")),
        ROOT / "herstel" / "management" / "commands" / "make_roles.py",
    ]
    content = b"".join(path.read_bytes() for path in made_from)
    return hashlib.sha256(content + access_sql().encode() + django.__version__.encode()).hexdigest()[:12]


def rules_are_migrated() -> bool:
    """Did `manage.py make_access` run after the last change of a rule?"""
    return any(f'Access("{digest()}")' in file.read_text() for file in ROOT.glob("herstel/migrations/*_access.py"))


def ensure_template() -> str:
    """The name of the migrated database. Made when it is not there."""
    name = f"kring_tmpl_{template_hash()}"
    with superuser() as admin:
        if not _exists(admin, name):
            with _complete(admin, name) as fresh:
                _create(admin, fresh)
                _migrate(fresh)
    return name


def ensure_world(participants: int) -> str:
    """A database with this many made-up participants; the same for every run until the seed or the tables change."""
    template = ensure_template()
    seed = b"".join(path.read_bytes() for path in sorted(ROOT.glob("research/world/*.py")))
    name = f"kring_world_{participants}_{hashlib.sha256(seed + template.encode()).hexdigest()[:12]}"
    with superuser() as admin:
        if not _exists(admin, name):
            with _complete(admin, name) as fresh:
                _copy(admin, template, fresh)
                _manage(
                    "seed_world", "--participants", str(participants), "--seed", "1", owner=role_url("owner", fresh)
                )
                with psycopg.connect(superuser_url(fresh), autocommit=True) as there:
                    there.execute("vacuum analyze")
    return name


@contextmanager
def _complete(admin: psycopg.Connection[Any], name: str) -> Iterator[str]:
    """Under another name until it is complete; older ones of its kind make room."""
    fresh, kind = f"{name}_new", name.rsplit("_", 1)[0] + "_"
    _drop(admin, fresh)
    yield fresh
    admin.execute(sql.SQL("alter database {} rename to {}").format(sql.Identifier(fresh), sql.Identifier(name)))
    found = admin.execute("select datname from pg_database where starts_with(datname, %s) order by oid desc", [kind])
    for (old,) in found.fetchall()[KEPT:]:
        _drop(admin, old)


def _migrate(database: str) -> None:
    make_roles(superuser_url(database))
    owner = role_url("owner", database)
    _manage("migrate", "--verbosity", "0", owner=owner)
    if not rules_are_migrated():
        # Somebody is changing the rules: test what they say now. test_house.py says that the migration is missing.
        with psycopg.connect(owner) as as_owner:
            as_owner.execute(access_sql())  # type: ignore[arg-type]


def _manage(*arguments: str, owner: str) -> None:
    """A command of the owner, in a process of its own, as in production."""
    told = {"DJANGO_SETTINGS_MODULE": "herstel.settings", "DATABASE_URL_OWNER": owner, "HERSTEL_DEMO": "1"}
    environment = {**os.environ, **told}
    command = [sys.executable, "manage.py", *arguments, "--skip-checks"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"manage.py {arguments[0]} failed:\n{done.stderr[-4000:]}")


# --- the copy of this run -------------------------------------------------------------------------------------------
def clone(template: str, name: str) -> None:
    """A copy of a template for this run. What belongs to the database itself (who may connect) is not copied along."""
    with superuser() as admin:
        _copy(admin, template, name)


def _copy(admin: psycopg.Connection[Any], template: str, name: str) -> None:
    _drop(admin, name)
    statement = "create database {} template {} strategy file_copy"
    admin.execute(sql.SQL(statement).format(sql.Identifier(name), sql.Identifier(template)))
    make_roles(superuser_url(name))
    _make_test_role(admin, name)


def _make_test_role(admin: psycopg.Connection[Any], database: str) -> None:
    """Of the tests alone: may become any role, and has no rights of its own."""
    if not _known(admin, "select from pg_roles where rolname = %s", "herstel_test"):
        admin.execute("create role herstel_test")
    password = sql.Literal(settings.TEST_ROLE_PASSWORD)
    admin.execute(
        sql.SQL("alter role herstel_test login noinherit nosuperuser nobypassrls password {}").format(password)
    )
    admin.execute("alter role herstel_test set plan_cache_mode = force_generic_plan")  # as the web role plans
    # Whoever acts in a test without a browser says for whom; a test of sessions logs in as the web itself (`another`).
    admin.execute("grant herstel_acting to herstel_test with inherit false, set false")
    for role in MAY_BECOME:
        statement = sql.SQL("grant {} to herstel_test with inherit false, set true")
        admin.execute(statement.format(sql.Identifier(f"herstel_{role}")))
    admin.execute(sql.SQL("grant connect on database {} to herstel_test").format(sql.Identifier(database)))


def drop(name: str) -> None:
    with superuser() as admin:
        _drop(admin, name)


def drop_what_killed_runs_left() -> None:
    """Copies carry the number of the process that made them."""
    with superuser() as admin:
        for (name,) in admin.execute("select datname from pg_database where datname like 'kring\\_run\\_%'").fetchall():
            if not _is_alive(int(name.split("_")[2])):
                _drop(admin, name)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _exists(admin: psycopg.Connection[Any], name: str) -> bool:
    return _known(admin, "select from pg_database where datname = %s", name)


def _known(admin: psycopg.Connection[Any], query: str, name: str) -> bool:
    return bool(admin.execute(query, [name]).rowcount)  # type: ignore[call-overload]


def _create(admin: psycopg.Connection[Any], name: str) -> None:
    admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))


def _drop(admin: psycopg.Connection[Any], name: str) -> None:
    admin.execute(sql.SQL("drop database if exists {} (force)").format(sql.Identifier(name)))


# --- who the tests are ----------------------------------------------------------------------------------------------
def become_web(sender: Any, connection: Any, **kwargs: Any) -> None:
    """Every connection of the tests, also of the live server's threads, works as the web role."""
    with connection.connection.cursor() as cursor:
        cursor.execute("set role herstel_web")


@contextmanager
def role(name: str) -> Iterator[None]:
    """Inside the transaction of this test as another role, mostly herstel_maint to make test data. Back afterwards.

    A rolled-back savepoint takes the role back by itself; a released one does not.
    """
    with transaction.atomic():
        before = _become(name)
        yield
        if not connection.needs_rollback:
            _become(before)


def _become(name: str) -> str:
    """Another role until this transaction ends; returns who it was. In one statement: a run does this 100,000 times."""
    with connection.cursor() as cursor:
        cursor.execute("select current_user::text, set_config('role', %s, true)", [name])
        before: str = cursor.fetchone()[0]
    return before


@contextmanager
def another(
    role: str, *, actor: int | None = None, study: int | None = None, session: bytes = b""
) -> Iterator[psycopg.Connection[Any]]:
    """A second connection, logged in as the role itself, in a transaction; sees only what was committed.

    `actor` gives the web role a session of this person: it cannot say for whom it works in any other way.
    """
    if role == "web" and actor is not None:
        session = session or session_of(actor)
    with psycopg.connect(role_url(role)) as second:
        second.execute("select set_config('app.session', %s, true)", [session.hex()])
        second.execute("select set_config('app.actor', %s, true)", [str(actor or "")])
        second.execute("select set_config('app.study', %s, true)", [str(study or "")])
        second.execute("select set_config('app.cut_off', '2999-12-31', true)")
        yield second


def session_of(user_id: int) -> bytes:
    """A committed session of this person: what a statement shows of its key."""
    token = secrets.token_bytes(32)
    with psycopg.connect(superuser_url(connection.settings_dict["NAME"])) as there:
        there.execute(
            "insert into herstel_session (key, data, user_id, agent, created_at, seen_at, idle, ends_at) "
            "values (sha256(%s), '', %s, '', now(), now(), '1 day', now() + interval '1 day')",
            [token, user_id],
        )
    return token


def signed_in(user: User | AnonymousUser, *, crash: bool = False, **session: Any) -> Client:
    """A browser in which this person signed in just now, with a second factor. `crash`: errors become a page."""
    client = Client(raise_request_exception=not crash)
    if isinstance(user, User):
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        let_in(client, user)
        remembered = client.session
        remembered.update({**claims_of(user), "second_factor": True, "fresh": 2**40, **session})
        remembered.save()
    return client


def let_in(client: Client, user: User) -> None:
    """What the database does after a code: this browser is this person's for a day."""
    with role("herstel_maint"):
        day = timedelta(days=1)
        Session.objects.filter(key=stored_key(client)).update(user=user, idle=day, ends_at=timezone.now() + day)


def stored_key(client: Client) -> bytes:
    """Under which key the row of this browser's session stands."""
    return hashlib.sha256(token_of(client.cookies[settings.SESSION_COOKIE_NAME].value)).digest()


def claims_of(user: User) -> dict[str, str]:
    """What Django keeps in a session of who signed in."""
    values = (str(user.pk), settings.AUTHENTICATION_BACKENDS[0], user.get_session_auth_hash())
    return dict(zip(CLAIMS, values, strict=True))


def files_that_go(woken: list[tuple[str, Any]]) -> None:
    """What the worker does with the files that it was told of."""
    from herstel.files import remove_unused

    with role("herstel_worker"):
        remove_unused([subject for task, subject in woken if task == "herstel.tasks.remove_unused"])
