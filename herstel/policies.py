"""The database's side of the rules, written from the models: functions, policies, grants, composite foreign keys.

`access_sql()` is the whole declaration as one text; a migration applies it (`Access`), and a test compares what stands
in the database with what it says.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.migrations.operations.base import Operation

from herstel.access import THIRD_PARTY, Category, Exempt, Reach, Ruled, owned_by, tables_of
from herstel.grants import AUTHZ_READS, DOORS_MAY, READ_ALL_THE_SAME, RESEARCH_READS
from herstel.slugs import new_slug

LOCAL = ("herstel", "participants", "supportgroups", "goals", "meetings", "research")
VERBS = {"S": "SELECT", "I": "INSERT", "U": "UPDATE", "D": "DELETE"}
BOUND = "herstel_web, herstel_worker"
MOST_JSON = 2**53 - 1  # what every reader of JSON can hold
READABLE = {False: "'0001-01-01' and '9999-12-31'", True: "'0001-01-02' and '9999-12-30'"}  # a day, a moment


def our_models() -> list[type[models.Model]]:
    """Every concrete model of the project, in a fixed order."""
    return [m for label in LOCAL for m in apps.get_app_config(label).get_models()]


def ruled_models() -> list[type[Ruled]]:
    return [m for m in our_models() if issubclass(m, Ruled)]


def exempt_tables() -> dict[str, Exempt]:
    """Tables without row-level security: ours that say why, and those of the libraries."""
    ours = {m._meta.db_table: m.exempt for m in our_models() if not issubclass(m, Ruled)}  # type: ignore[attr-defined]
    return ours | THIRD_PARTY


def columns_of(model: type[models.Model], template: str) -> str:
    """A rule's SQL for use inside the table itself: {participant_id} becomes participant_id."""
    tables = tables_of(model) if issubclass(model, Ruled) else {}
    return template.format(**{f.attname: f.column for f in model._meta.concrete_fields}, **tables)


def access_sql() -> str:
    """The whole declaration. Running it twice changes nothing."""
    return "\n".join(
        [
            *_forget(),
            *_schemas(),
            *_foreign_keys(),
            *_app_sql("constraints.sql"),
            *_plain_columns(),
            *_functions(),
            *(line for model in ruled_models() for line in _table(model)),
            *_exempt_grants(),
            *_research(),
            *_app_sql("access.sql"),
        ]
    )


def forget_sql() -> str:
    """No rules, and no rights either: nobody but the owner reads or writes anything until `access_sql` is applied."""
    return "\n".join(_forget())


def digest() -> str:
    return hashlib.sha256(access_sql().encode()).hexdigest()[:16]


def _schemas() -> Iterator[str]:
    for schema, owner in (("authz", "herstel_authz"), ("audit", "herstel_doors"), ("doors", "herstel_doors")):
        yield f"create schema {schema};"
        yield f"grant usage on schema {schema} to {BOUND}, herstel_research, herstel_authz, herstel_doors;"
        yield f"grant create on schema {schema} to {owner};"
    # What only other functions may call.
    yield "create schema private;"
    yield "grant usage on schema private to herstel_owner, herstel_authz, herstel_doors;"
    yield "grant create on schema private to herstel_authz, herstel_doors;"


def _forget() -> Iterator[str]:
    """Begin anew: no policy, grant, function or view survives that the rules no longer name.

    Row-level security is off until the end of the transaction: a new foreign key is checked by a query of the owner,
    which policies would shorten and `row_security = off` therefore refuses.
    """
    yield """do $$ declare r record; begin
  for r in select tablename, policyname from pg_policies where schemaname = 'public' loop
    execute format('drop policy %I on public.%I', r.policyname, r.tablename); end loop;
  for r in select relname from pg_class where relnamespace = 'public'::regnamespace and relrowsecurity loop
    execute format('alter table public.%I disable row level security', r.relname); end loop; end $$;"""
    roles = f"{BOUND}, herstel_research, herstel_authz, herstel_doors"
    yield f"revoke all on all tables in schema public from {roles};"
    yield "drop schema if exists authz, audit, doors, private, research cascade;"


def _plain_columns() -> Iterator[str]:
    """What SQL may write, and code reads. No date that Python has no word for (infinity, the year 20000): one row that
    holds it would break every page and job that reads it. A moment keeps a day's distance, for it is shown in other
    time zones. No JSON with a number of thousands of digits, or of another shape than its default. And no public name
    that leads elsewhere as a path.
    """
    for model in (m for m in apps.get_models() if m in our_models() or m._meta.db_table in THIRD_PARTY):
        fields = model._meta.concrete_fields
        dates = [f for f in fields if isinstance(f, models.DateField)]
        bounds = [f'"{f.column}" between {READABLE[isinstance(f, models.DateTimeField)]}' for f in dates]
        bounds += [f"{f.column} ~ '^[0-9a-z-]+$'" for f in fields if f.default is new_slug]
        bounds += [bound for f in fields if isinstance(f, models.JSONField) for bound in _plain_json(f)]
        if bounds:
            table = f"alter table {model._meta.db_table}"
            yield f"{table} drop constraint if exists readable_dates, drop constraint if exists plain_columns;"
            yield f"{table} add constraint plain_columns check ({' and '.join(bounds)});"


def _plain_json(field: models.JSONField) -> Iterator[str]:
    yield f"not jsonb_path_exists({field.column}, 'strict $.** ? (@ > {MOST_JSON} || @ < -{MOST_JSON})')"
    shapes = {list: "array", dict: "object"}
    if field.default in shapes:
        yield f"jsonb_typeof({field.column}) = '{shapes[field.default]}'"


def policies_of(model: type[Ruled]) -> dict[str, tuple[str, str, str]]:
    """name → (verb, using, with check) of one table, for the roles that serve people."""
    rule = model.rule
    see = columns_of(model, rule.see())
    add, change, remove = (columns_of(model, rule.may(letter)) for letter in "IUD")
    every = {
        "S": ("see", "SELECT", see, ""),
        "I": ("add", "INSERT", "", add),
        "U": ("change", "UPDATE", change, change),
        "D": ("remove", "DELETE", remove, ""),
    }
    return {name: (verb, using, check) for letter, (name, verb, using, check) in every.items() if letter in rule.web}


def _table(model: type[Ruled]) -> Iterator[str]:
    table = model._meta.db_table
    yield f"alter table {table} enable row level security;"
    yield f"alter table {table} force row level security;"
    for name, (verb, using, check) in policies_of(model).items():
        clauses = (f" using ({using})" if using else "") + (f" with check ({check})" if check else "")
        yield f"create policy {name} on {table} for {verb.lower()} to {BOUND}{clauses};"
    yield f"grant {_verbs(model.rule.web, model.rule.changes)} on {table} to herstel_web;"
    yield f"grant select on {table} to herstel_worker;"
    if table in AUTHZ_READS:
        yield f"create policy authz on {table} for select to herstel_authz using (true);"
    if table in DOORS_MAY:
        yield f"create policy doors on {table} to herstel_doors using (true) with check (true);"


def _verbs(letters: str, changes: str = "") -> str:
    only = {"U": f" ({changes})"} if changes else {}
    return ", ".join(VERBS[letter].lower() + only.get(letter, "") for letter in letters)


def _exempt_grants() -> Iterator[str]:
    for table, exempt in exempt_tables().items():
        for role, letters in (("herstel_web", exempt.web), ("herstel_worker", exempt.worker)):
            if letters:
                yield f"grant {_verbs(letters)} on {table} to {role};"
        if exempt.written_by:
            yield from _written_by(table, exempt.written_by)


def _written_by(table: str, who: str) -> Iterator[str]:
    """Everybody of the web reads it (signing in looks before there is somebody), one person writes it."""
    yield f"alter table {table} enable row level security;"
    yield f"create policy see on {table} for select to {BOUND} using (true);"
    yield f"create policy add on {table} for insert to {BOUND} with check ({who});"
    yield f"create policy change on {table} for update to {BOUND} using ({who}) with check ({who});"
    yield f"create policy remove on {table} for delete to {BOUND} using ({who});"
    yield f"create policy doors on {table} to herstel_doors using (true) with check (true);"


def _functions() -> Iterator[str]:
    for table, columns in (*AUTHZ_READS.items(), *_audience_columns()):
        yield f"grant select ({columns}) on {table} to herstel_authz;"
    for model in _with_audience():
        yield f"create policy authz on {model._meta.db_table} for select to herstel_authz using (true);"
    for table, verbs in DOORS_MAY.items():
        yield f"grant {verbs.lower()} on {table} to herstel_doors;"
    yield "set local role herstel_authz;"
    yield (Path(__file__).parent / "sql" / "authz.sql").read_text()
    yield "grant select on private.living, private.open_records to herstel_doors;"
    yield chosen_function()
    yield owners_function()
    yield _for_nobody_by_default()
    yield f"grant execute on all functions in schema authz to {BOUND}, herstel_doors;"
    yield _private_for("herstel_doors")
    yield "grant execute on function authz.consented(), authz.actor(), authz.preview() to herstel_research;"
    yield "set local role herstel_doors;"
    yield (Path(__file__).parent / "sql" / "sign_in.sql").read_text()
    yield from _app_sql("doors.sql")
    yield _for_nobody_by_default()
    yield _private_for("herstel_owner")
    yield f"grant execute on all functions in schema audit, doors to {BOUND};"
    yield "revoke execute on function doors.note_export(bigint, bigint[]) from herstel_web, herstel_worker;"
    yield f"revoke execute on function doors.one_at_a_time(bigint) from {BOUND};"
    yield "revoke execute on function doors.tidy(), doors.unused_files(text[]) from herstel_web;"
    yield "revoke execute on function doors.due_to_erase(), doors.erase(bigint) from herstel_web;"
    yield "revoke execute on function doors.whose_copy(bigint) from herstel_web;"
    yield "revoke execute on function doors.forget_device(bigint) from herstel_web;"
    yield f"revoke execute on function doors.queue_mail(bigint, text, text, jsonb, timestamptz) from {BOUND};"
    yield "revoke execute on function doors.still(bigint, text, bigint) from herstel_web;"
    yield "set local role herstel_owner;"


def _for_nobody_by_default() -> str:
    """What the role that works now made may be called by nobody else, until something below says so."""
    return _each_own_function("revoke all on function %s from public", "true")


def _private_for(name: str) -> str:
    return _each_own_function(f"grant execute on function %s to {name}", "pronamespace = 'private'::regnamespace")


def _each_own_function(statement: str, where: str) -> str:
    return f"""do $$ declare f text; begin
  for f in select oid::regprocedure::text from pg_proc where pg_get_userbyid(proowner) = current_user and {where} loop
    execute format('{statement}', f); end loop; end $$;"""  # noqa: S608


def _research() -> Iterator[str]:
    """The export worker reads rows of who consented, and of these only what some member could be shown."""
    for model in ruled_models():
        table = model._meta.db_table
        if table not in RESEARCH_READS:
            continue
        column = "participant_id" if table != "participants_participant" else "id"
        using = f"{column} = ANY ((SELECT authz.consented())::bigint[]) AND {open_to_somebody(model)}"
        yield f"create policy research on {table} for select to herstel_research using ({using});"
        yield f"grant select ({RESEARCH_READS[table]}) on {table} to herstel_research;"


def open_to_somebody(model: type[Ruled]) -> str:
    """SQL, from the rule: could a member be shown this row? "Alleen ik", drafts and what hangs on them: no.

    The queries inside it run as the one who asks, so that a child follows its parent's policy.
    """
    rule, table = model.rule, model._meta.db_table
    if table in READ_ALL_THE_SAME:
        return READ_ALL_THE_SAME[table]
    if table == "participants_participant":
        return "true"
    if rule.category is None or rule.private:
        return "false"
    ways = [f"({rule.when})"] if rule.when else []
    if rule.audience:
        # Categories and tables are our own names, no input of anybody.
        ways.append(
            f"(reach = '{Reach.EVERYONE.value}' OR (reach = '{Reach.CHOSEN.value}' AND (participant_id, id) IN "  # noqa: S608
            "(SELECT a.participant_id, a.row "
            "FROM supportgroups_audience a JOIN supportgroups_membership m ON m.id = a.membership_id "
            f"WHERE a.table_name = '{table}')))"
        )
    if rule.via:
        field: Any = model._meta.get_field(rule.via.removesuffix("_id"))
        parent = field.related_model._meta.db_table
        ways.append(f"{rule.via} IN (SELECT id FROM {parent})")  # noqa: S608
    return " AND ".join(ways) or "true"


def _with_audience() -> list[type[Ruled]]:
    return [m for m in ruled_models() if m.rule.audience]


def _audience_columns() -> Iterator[tuple[str, str]]:
    for model in _with_audience():
        extra = model.rule.when.split()[:1]
        yield model._meta.db_table, ", ".join(["id", "participant_id", "reach", *extra])


def chosen_function() -> str:
    """authz.chosen(table): its rows with an audience of their own that are meant for me, and shared with me."""
    branches = "\n      union all\n".join(_branch(m) for m in _with_audience())
    # Names of our own tables and categories, no input of anybody.
    return f"""create or replace function private.chosen(me bigint, eyes bigint, table_name text) returns bigint[]
language sql stable parallel safe security definer set search_path = '' as $$
  select coalesce(array_agg(c.id), '{{}}')
    from (
{branches}
    ) c
$$;
create or replace function authz.chosen(table_name text) returns bigint[]
language sql stable parallel safe security definer set search_path = '' as $$
  select private.chosen(authz.actor(), authz.preview(), $1)
$$;"""  # noqa: S608


def owners_function(models_: "list[type[Ruled]] | None" = None) -> str:
    """private.has_to_do_with(owner, id): of rows that are no participant's: do I own it, or is it open to me?"""
    others = [m for m in (models_ or ruled_models()) if m.rule.owner != "participant_id" and m.rule.category]
    branches = [f"(owner = '{m.rule.owner.removesuffix('_id')}' and {_own_or_opened(m)})" for m in others]
    return f"""create or replace function private.has_to_do_with(owner text, id bigint) returns boolean
language sql stable security definer set search_path = '' as $$
  select {" or ".join(branches) or "false"}
$$;"""


def _own_or_opened(model: type[Ruled]) -> str:
    rule = model.rule
    ways = [rule.own, owned_by(rule.owner, rule.opened) if rule.opened else ""]
    return "(" + " or ".join(way.format(**{rule.owner: "id"}) for way in ways if way) + ")"


def _branch(model: type[Ruled]) -> str:
    category = Category(str(model.rule.category))
    when = f"\n         and r.{model.rule.when}" if model.rule.when else ""
    return f"""      select r.id from public.{model._meta.db_table} r
       where $3 = '{model._meta.db_table}'
         and r.participant_id = any ((select private.visible(me, eyes, '{category.value}', 1, false))::bigint[]){when}
         and r.reach <> '{Reach.ME.value}'
         and (
           (r.reach = '{Reach.EVERYONE.value}'
             and r.participant_id = any ((select private.visible(me, eyes, '{category.value}', 1, true))::bigint[]))
           or (r.participant_id, r.id) in (
             select a.participant_id, a.row from public.supportgroups_audience a
              where a.table_name = '{model._meta.db_table}'
                and a.membership_id = any ((select private.memberships(me, eyes))::bigint[])))"""  # noqa: S608


def _app_sql(name: str) -> Iterator[str]:
    """Each app's own SQL of this name, in the order of the house."""
    for label in LOCAL:
        file = Path(settings.ROOT) / label / name
        if file.exists():
            yield file.read_text()


def _foreign_keys() -> Iterator[str]:
    """A child belongs to the same participant as its parent: foreign keys ignore row-level security (pitfall 8)."""
    for parent in sorted({field.related_model._meta.db_table for _child, field in owned_links()}):
        yield _constraint(parent, f"{parent}_own", "unique (id, participant_id)")
    for child, field in owned_links():
        parent = field.related_model._meta.db_table
        table = child._meta.db_table
        # At once, not at the commit: meanwhile functions would believe a row that points into another record.
        name = f"{table}_{field.column}_own"
        yield f"alter table {table} drop constraint if exists {name};"
        yield (
            f"alter table {table} add constraint {name} foreign key ({field.column}, participant_id) "
            f"references {parent} (id, participant_id) {_when_the_parent_goes(field)};"
        )


def _when_the_parent_goes(field: Any) -> str:
    """The same as the field's own foreign key does: both are asked in one statement."""
    if field.remote_field.on_delete is models.DB_CASCADE:
        return "on delete cascade"
    return f"on delete set null ({field.column})" if field.remote_field.on_delete is models.DB_SET_NULL else ""


def owned_links() -> Iterator[tuple[type[Ruled], Any]]:
    """Every foreign key from one participant's row to another row of a participant."""
    owned = {m for m in ruled_models() if any(f.name == "participant" for f in m._meta.concrete_fields)}
    for child in ruled_models():
        for field in child._meta.concrete_fields:
            if child in owned and field.is_relation and field.related_model in owned:
                yield child, field


def _constraint(table: str, name: str, definition: str) -> str:
    return (
        f"do $$ begin if not exists (select from pg_constraint where conname = '{name}') then "
        f"alter table {table} add constraint {name} {definition}; end if; end $$;"
    )


class Access(Operation):
    """Apply the declaration. An older one is passed over: the rules of today name columns that it could not know."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, of: str) -> None:
        self.of = of

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (type(self).__name__, [self.of], {})

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing: policies are not part of Django's picture of the models."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if self.of == digest():
            schema_editor.execute(access_sql(), params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        schema_editor.execute(forget_sql(), params=None)

    def describe(self) -> str:
        return f"Apply the rules of access ({self.of})"
