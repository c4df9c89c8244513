"""What stands in the database and in the code equals what was declared; whatever nobody declared fails here."""

import re
from collections import defaultdict
from typing import Any

import django
import pytest
from celery import Task
from django.apps import apps
from django.core import checks
from django.core.management import call_command
from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper

from herstel.access import Ruled
from herstel.celery import HouseTask, app
from herstel.policies import (
    AUTHZ_READS,
    BOUND,
    DOORS_MAY,
    LOCAL,
    VERBS,
    access_sql,
    exempt_tables,
    policies_of,
    ruled_models,
)
from herstel.privacy import Use
from herstel.settings import database
from tests.harness import role, rules_are_migrated, superuser_url

pytestmark = pytest.mark.django_db

Row = tuple[Any, ...]
POLICIES = (
    "select policyname, cmd, roles::text[], qual, with_check from pg_policies where schemaname = %s and tablename = %s"
)

# Tables that the export worker reads, of those who consented.
FOR_RESEARCH = """
goals_goal goals_helper goals_progress goals_step meetings_attendance meetings_meeting meetings_minutes meetings_promise
participants_background participants_participant supportgroups_membership supportgroups_person supportgroups_audience
research_cohortmember research_exportperson
"""
# A word of a list, although the field does not say which list.
NOT_FREE_TEXT = {("meetings_attendance", "kind"), ("supportgroups_audience", "table_name")}


def rows(query: str, *values: Any) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def as_owner(*statements: str) -> None:
    with role("herstel_owner"), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


# --- tables and policies --------------------------------------------------------------------------------------------
def undeclared_tables() -> set[str]:
    """Tables without a rule and without a written exemption, and ruled ones that are not closed for their owner."""
    tables = rows(
        "select relname, relrowsecurity and relforcerowsecurity from pg_class "
        "where relkind in ('r', 'p', 'f') and relnamespace = 'public'::regnamespace"
    )
    closed = {m._meta.db_table for m in ruled_models()}
    return {name for name, forced in tables if not (forced if name in closed else name in exempt_tables())}


def test_every_table_has_a_rule_or_a_reason() -> None:
    assert not undeclared_tables()
    assert all(len(exempt.why) >= 10 for exempt in exempt_tables().values())


def test_a_table_that_nobody_declared_is_noticed() -> None:
    as_owner("create table planted (id int)", "alter table goals_goal no force row level security")
    assert undeclared_tables() == {"planted", "goals_goal"}


def test_the_policies_are_the_declared_ones() -> None:
    """PostgreSQL writes expressions its own way, so the declaration is put on an empty twin and read back."""
    as_owner("create schema twin", "grant usage on schema twin to herstel_web")
    for model in ruled_models():
        table = model._meta.db_table
        as_owner(f"create table twin.{table} (like public.{table})", *_declared(model, f"twin.{table}"))
        declared = set(map(_hashable, rows(POLICIES, "twin", table)))
        found = set(map(_hashable, rows(POLICIES, "public", table)))
        assert declared, table
        assert {p for p in found if "herstel_web" in p[2]} == declared, table
        assert {(p[0], p[2]) for p in found - declared} == _of_functions(table), table


def _declared(model: type[Ruled], table: str) -> list[str]:
    statements = []
    for name, (verb, using, check) in policies_of(model).items():
        clauses = (f" using ({using})" if using else "") + (f" with check ({check})" if check else "")
        statements.append(f"create policy {name} on {table} for {verb.lower()} to {BOUND}{clauses}")
    return statements


def _hashable(policy: Row) -> Row:
    name, verb, roles, using, check = policy
    return name, verb, frozenset(roles), using, check


def _of_functions(table: str) -> set[Row]:
    """Policies for the roles that own functions, and for the export worker."""
    expected = set()
    audiences = {m._meta.db_table for m in ruled_models() if m.rule.audience}
    if table in AUTHZ_READS or table in audiences:
        expected.add(("authz", frozenset({"herstel_authz"})))
    if table in DOORS_MAY:
        expected.add(("doors", frozenset({"herstel_doors"})))
    if table in FOR_RESEARCH.split():
        expected.add(("research", frozenset({"herstel_research"})))
    if table in ("research_export", "research_removal"):
        expected |= {(name, frozenset({"herstel_research"})) for name in ("research_see", "research_change")}
    return expected


def faults(condition: str) -> list[str]:
    """What keeps a condition from being computed once a query (security.md §3.4). The one shape for a look-up is
    `= ANY ((SELECT authz.f())::bigint[])`, or `= (SELECT authz.f())`; besides it only the row's own columns."""
    rest = re.sub(r"\( SELECT authz\.\w+\([^()]*\) AS \w+\)", "(once)", condition)
    found = re.findall(r"(?i)\bselect\b|\bfrom\b|\bexists\b|\bin \(|current_setting|current_user|\b\w+\.\w+\(", rest)
    found += [call for call in re.findall(r"\b(\w+)\(", rest) if call not in ("now",)]
    # A set of ids is compared as one array; a bare SELECT of many rows would be a hashed subplan.
    found += re.findall(r"ANY \((?!\(?\(once\)\)?::bigint\[\])[^)]*\)", rest)
    return found


def test_policies_have_the_one_fast_shape() -> None:
    policies = rows("select tablename, policyname, qual, with_check from pg_policies where schemaname = 'public'")
    # The export worker reads whole tables: there a hashed set is what is wanted (bench: export), and no page asks it.
    policies = [row for row in policies if row[1] != "research"]
    wrong = {(t, p): faults(c) for t, p, *both in policies for c in both if c and faults(c)}
    assert len(policies) > 100
    assert not wrong


@pytest.mark.parametrize(
    "slow",
    [
        "participant_id = (current_setting('app.actor'))::bigint",
        "EXISTS ( SELECT 1 FROM supportgroups_share s WHERE s.membership_id = id)",
        "authz.can_see(participant_id)",
        "participant_id = ANY (authz.visible('goals'::text, 1))",
        "participant_id IN ( SELECT unnest(authz.visible('goals'::text, 1)) AS unnest)",
    ],
)
def test_a_slow_policy_is_noticed(slow: str) -> None:
    assert faults(slow)
    as_owner(
        f"create policy slow on goals_goal for select to herstel_web using ({slow})"
    ) if "can_see" not in slow else None


# --- functions and views --------------------------------------------------------------------------------------------
def test_views_look_with_the_readers_own_eyes() -> None:
    views = rows(
        "select relname, relkind, coalesce('security_invoker=true' = any (reloptions), false) from pg_class "
        "where relkind in ('v', 'm') and relnamespace in ('public'::regnamespace, 'research'::regnamespace)"
    )
    assert views
    assert not [name for name, kind, invoker in views if kind != "v" or not invoker]


# --- grants and roles -----------------------------------------------------------------------------------------------
def grants_of(name: str) -> dict[str, set[tuple[str, str]]]:
    """table → (verb, column or "") that this role was given."""
    given: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for table, verb, column in rows(
        """select c.relname, a.privilege_type, '' from pg_class c, aclexplode(c.relacl) a
            where a.grantee = %s::regrole and c.relnamespace in (to_regnamespace('public'), to_regnamespace('research'))
           union all
           select c.relname, a.privilege_type, t.attname
             from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a
            where a.grantee = %s::regrole and c.relnamespace = 'public'::regnamespace""",
        name,
        name,
    ):
        given[table].add((verb, column))
    return dict(given)


def declared_for_web() -> dict[str, set[tuple[str, str]]]:
    declared = {table: {(VERBS[letter], "") for letter in e.web} for table, e in exempt_tables().items() if e.web}
    for model in ruled_models():
        rule = model.rule
        columns = [c.strip() for c in getattr(rule, "changes", "").split(",") if c.strip()] or [""]
        declared[model._meta.db_table] = {
            (VERBS[letter], column) for letter in rule.web for column in (columns if letter == "U" else [""])
        }
    return declared


def test_the_web_may_do_what_was_declared_and_no_more() -> None:
    assert grants_of("herstel_web") == declared_for_web()


def test_the_worker_reads_and_writes_only_its_own_work() -> None:
    declared = {table: {(VERBS[letter], "") for letter in e.worker} for table, e in exempt_tables().items() if e.worker}
    declared |= {m._meta.db_table: {("SELECT", "")} for m in ruled_models()}
    assert grants_of("herstel_worker") == declared


def test_the_functions_owners_reach_what_they_name() -> None:
    for owner, table, verbs in [("herstel_doors", t, v) for t, v in DOORS_MAY.items()]:
        assert {verb for verb, _ in grants_of(owner)[table]} == set(re.findall("SELECT|INSERT|UPDATE|DELETE", verbs)), (
            table
        )
    assert set(grants_of("herstel_doors")) == set(DOORS_MAY)
    audiences = {m._meta.db_table for m in ruled_models() if m.rule.audience}
    reads = grants_of("herstel_authz")
    assert set(reads) == set(AUTHZ_READS) | audiences
    assert {verb for given in reads.values() for verb, _column in given} == {"SELECT"}
    assert not {t for t, given in reads.items() for _verb, column in given if not column}, "whole tables"


def test_the_export_worker_cannot_read_free_text() -> None:
    """The database itself refuses it, whatever a view or an export asks."""
    fields = {(m._meta.db_table, f.column): f for m in ruled_models() for f in m._meta.concrete_fields}
    given = grants_of("herstel_research")
    for table in FOR_RESEARCH.split():
        columns = {column for verb, column in given[table] if verb == "SELECT"}
        assert "" not in columns, f"{table} as a whole"
        assert {verb for verb, _column in given[table]} == {"SELECT"}, table
        texts = {c for c in columns if _is_free_text(fields[table, c])} - {c for t, c in NOT_FREE_TEXT if t == table}
        assert not texts, table
        identifiers = {c for c in columns if _use(fields[table, c]) == Use.IDENTIFIER}
        assert not identifiers, table


def _is_free_text(field: Any) -> bool:
    return isinstance(field, models.TextField | models.CharField | models.JSONField) and not field.choices


def _use(field: Any) -> Use:
    use: Use = field.model.privacy[field.name]
    return use


def test_few_roles_pass_by_the_policies() -> None:
    bypass = {name for (name,) in rows("select rolname from pg_roles where rolbypassrls and not rolsuper")}
    assert bypass == {"herstel_maint", "herstel_backup"}
    assert not rows(
        "select from pg_roles where rolname like 'herstel%%' and (rolsuper or rolcreaterole or rolcreatedb)"
    )
    members = rows(
        """select pg_get_userbyid(member), pg_get_userbyid(roleid), inherit_option from pg_auth_members
            where pg_get_userbyid(roleid) like 'herstel%%' and pg_get_userbyid(member) <> 'herstel_test'"""
    )
    assert {(member, inherits) for member, _of, inherits in members} == {
        ("herstel_owner", False),
        ("herstel_worker", False),
    }
    assert {of for member, of, _inherits in members if member == "herstel_worker"} == {"herstel_acting"}
    become = {f"herstel_{r}" for r in ("authz", "doors", "maint", "web", "acting")}
    assert {of for _member, of, _inherits in members} <= become


@pytest.mark.parametrize("name", ["web", "worker", "research", "authz", "doors"])
def test_a_serving_role_makes_nothing(name: str) -> None:
    """No table, schema or temporary table of its own: names in front of ours would change what our SQL means."""
    temporary = name == "research"  # the export worker numbers people in its own session
    (made,) = rows(
        "select has_database_privilege(%s, current_database(), 'CREATE'), "
        "has_database_privilege(%s, current_database(), 'TEMP')",
        *[f"herstel_{name}"] * 2,
    )
    assert made == (False, temporary)
    schemas = rows("select nspname from pg_namespace where has_schema_privilege(%s, oid, 'CREATE')", f"herstel_{name}")
    makes = {"authz": {"authz", "private"}, "doors": {"audit", "doors", "private"}}
    assert {s for (s,) in schemas} <= makes.get(name, set())
    more = {"TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"}
    assert not more & {verb for given in grants_of(f"herstel_{name}").values() for verb, _column in given}


def test_a_server_does_not_start_as_a_role_that_bypasses() -> None:
    other: BaseDatabaseWrapper = connection.copy("other")
    other.settings_dict |= database(superuser_url(connection.settings_dict["NAME"]))
    with pytest.raises(RuntimeError, match="does not bind"):
        other.connect()


# --- foreign keys ---------------------------------------------------------------------------------------------------
def of_a_participant(model: Any) -> bool:
    return isinstance(model, type) and any(f.name == "participant" for f in model._meta.concrete_fields)


def test_every_link_inside_a_record_holds_the_owner_along() -> None:
    """Foreign keys ask no policy (pitfall 8): the pair (row, owner) is what is referenced, at once, and what happens to
    the row when the other goes is what its field says."""
    goes = {models.DB_CASCADE: "c", models.DB_SET_NULL: "n"}
    composite = {
        (table, *columns, when_it_goes)
        for table, when_it_goes, columns in rows(
            """select c.conrelid::regclass::text, c.confdeltype::text,
                      array(select attname from unnest(c.conkey) with ordinality k (n, o)
                        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.n order by k.o)::text[]
                 from pg_constraint c
                where c.contype = 'f' and c.convalidated and not c.condeferrable and cardinality(c.conkey) = 2"""
        )
    }
    links = {
        (m._meta.db_table, f.column, "participant_id", goes.get(f.remote_field.on_delete, "a"))
        for label in LOCAL
        for m in apps.get_app_config(label).get_models()
        for f in m._meta.concrete_fields
        if of_a_participant(m) and f.is_relation and of_a_participant(f.related_model)
    }
    assert len(links) > 20
    assert not links - composite


def test_every_field_says_what_it_is_to_research() -> None:
    for label in LOCAL:
        for model in apps.get_app_config(label).get_models():
            said = getattr(model, "privacy", {})
            assert set(said) == {f.name for f in model._meta.concrete_fields}, model
            texts = {f.name for f in model._meta.concrete_fields if isinstance(f, models.TextField | models.JSONField)}
            assert {said[name] for name in texts} <= {Use.NEVER}, model


# --- code -----------------------------------------------------------------------------------------------------------
def test_django_is_the_one_that_was_chosen() -> None:
    assert django.VERSION[:2] == (6, 1)


def test_migrations_are_up_to_date_with_models_and_rules(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)
    assert rules_are_migrated(), "run manage.py make_access"


def test_applying_the_rules_again_changes_nothing() -> None:
    def everything() -> list[Any]:
        policies = rows("select * from pg_policies where schemaname = 'public' order by 1, 2, 3")
        constraints = rows("select conrelid::regclass::text, conname from pg_constraint order by 1, 2")
        return [
            policies,
            constraints,
            *(grants_of(f"herstel_{r}") for r in ("web", "worker", "research", "authz", "doors")),
        ]

    before = everything()
    as_owner(access_sql())
    assert everything() == before


def test_the_system_checks_pass() -> None:
    found = [m for m in checks.run_checks() if m.level >= checks.WARNING]
    assert not found


def our_tasks() -> dict[str, Task]:
    app.loader.import_default_modules()
    app.finalize()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def test_every_task_says_for_whom_it_works() -> None:
    """Without an actor a task would see no rows, and silently do nothing."""
    assert {"herstel.tasks.sweep", "herstel.tasks.send_mail"} <= set(our_tasks())
    for task in our_tasks().values():
        assert isinstance(task, HouseTask), task.name
        with pytest.raises(TypeError, match="acting_for"):
            task(1)
        with pytest.raises(TypeError, match="acting_for"):
            task(1, acting_for=1, system=True)


def test_the_page_about_access_is_the_rules() -> None:
    from django.conf import settings

    from herstel.management.commands.access_page import access_page

    assert (settings.ROOT / "docs" / "access.md").read_text() == access_page()
