"""Make the cluster's roles and give them the database. Once, as superuser; running it again changes nothing."""

import os
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from herstel.settings import env

# name: what kind of role it is. Who logs in gets a password from the URL that its process uses.
ROLES = {
    "herstel_owner": "login nobypassrls",
    "herstel_authz": "nologin nobypassrls",
    "herstel_doors": "nologin nobypassrls",
    "herstel_maint": "nologin bypassrls",
    # Whose members may say for whom they work (authz.actor); the web is none.
    "herstel_acting": "nologin nobypassrls",
    "herstel_web": "login nobypassrls",
    "herstel_worker": "login nobypassrls",
    "herstel_research": "login nobypassrls",
    "herstel_backup": "login bypassrls",
}
URLS = {
    "herstel_owner": "DATABASE_URL_OWNER",
    "herstel_web": "DATABASE_URL",
    "herstel_worker": "DATABASE_URL_WORKER",
    "herstel_research": "DATABASE_URL_RESEARCH",
}
SETTINGS = [
    # A query of the owner that policies would shorten is an error, never a silent subset.
    "alter role herstel_owner set row_security = off",
    "alter role herstel_web set statement_timeout = '5s'",
    "alter role herstel_web set lock_timeout = '2s'",
    "alter role herstel_web set idle_in_transaction_session_timeout = '15s'",
    # Pages are many short queries: compiling one takes longer than running it.
    "alter role herstel_web set jit = off",
    # Nor is planning a rule anew for each value: it reads a few rows by their keys (tests/test_plans.py).
    "alter role herstel_web set plan_cache_mode = force_generic_plan",
    # What a page asks stands in no list of running statements: other pages' texts and keys are not there to be read.
    "alter role herstel_web set track_activities = off",
    "alter role herstel_worker set statement_timeout = '60s'",
    "grant herstel_acting to herstel_owner, herstel_worker with inherit false, set false",
    "grant herstel_authz, herstel_doors, herstel_maint to herstel_owner with inherit false, set true",
    # The demo's people are made by the owner's command, through the actions and under the policies.
    "grant herstel_web to herstel_owner with inherit false, set true",
    "grant pg_read_all_data to herstel_backup",
]
DATABASE = [
    "revoke all on database {db} from public",
    "alter database {db} owner to herstel_owner",
    "grant connect on database {db} to herstel_web, herstel_worker, herstel_research, herstel_backup",
    # The export worker numbers people in a table of its own session; nobody else may make one.
    "grant temporary on database {db} to herstel_research",
    "revoke all on schema public from public",
    "grant usage, create on schema public to herstel_owner",
    "grant usage on schema public to herstel_web, herstel_worker, herstel_research",
    "grant usage on schema public to herstel_authz, herstel_doors, herstel_maint",
    "alter default privileges for role herstel_owner in schema public grant all on tables to herstel_maint",
    "alter default privileges for role herstel_owner in schema public grant all on sequences to herstel_maint",
    # A lock by number outlives the transaction, and keeps everybody waiting who needs the same: for our functions only.
    """do $$ declare f text; begin
      for f in select oid::regprocedure::text from pg_proc where proname ~ '^pg_(try_)?advisory' loop
        execute format('revoke execute on function %s from public', f); end loop; end $$""",
    "grant execute on function pg_advisory_xact_lock(bigint), pg_advisory_xact_lock(int, int) to herstel_doors",
]


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        url = env("DATABASE_URL_SUPERUSER")
        if not url:
            raise CommandError("Set DATABASE_URL_SUPERUSER: making roles needs a superuser.")
        make_roles(url)


def make_roles(superuser_url: str) -> None:
    """Bring the cluster and the database of this URL into the declared state."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for name, kind in ROLES.items():
            _make(connection, name, kind)
        for statement in SETTINGS:
            connection.execute(statement)
        database = sql.Identifier(connection.info.dbname)
        for statement in DATABASE:
            connection.execute(sql.SQL(statement).format(db=database))


def _make(connection: psycopg.Connection[Any], name: str, kind: str) -> None:
    known = connection.execute("select from pg_roles where rolname = %s", [name]).rowcount
    verb = "alter" if known else "create"
    statement = sql.SQL("{verb} role {name} nosuperuser nocreaterole {kind}").format(
        verb=sql.SQL(verb), name=sql.Identifier(name), kind=sql.SQL(kind)
    )
    password = conninfo_to_dict(os.environ.get(URLS.get(name, ""), "") or env(URLS.get(name, ""))).get("password")
    if password:
        statement += sql.SQL(" password {}").format(sql.Literal(password))
    connection.execute(statement)
