"""Asks the database what everybody may see and write in a world, and compares it with the oracle."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from django.db import connection, models, transaction

from herstel.access import Ruled
from herstel.actor import acting_as, preview_as
from herstel.policies import ruled_models
from tests.harness import role
from tests.oracle import CATEGORY, ONLY_OWNER, Oracle, World
from tests.worlds import Maker

# What a preview shows: everything that is a participant's, and not what belongs to whoever looks.
PREVIEWED = {*CATEGORY, *ONLY_OWNER, "Reply", "Participant", "Membership", "Share", "MeetingExperience"}

# Tries statements and takes each back; says which were allowed. A row that would stand twice got past the policies:
# PostgreSQL asks them first.
TRY = """
create function public.try_all(statements text[]) returns boolean[] language plpgsql as $$
declare
  statement text; answers boolean[] := '{}';
begin
  foreach statement in array statements loop
    begin
      execute statement;
      raise exception using errcode = 'KR001';
    exception
      when sqlstate 'KR001' or unique_violation then answers := answers || true;
      when insufficient_privilege then answers := answers || false;
    end;
  end loop;
  return answers;
end $$;
create function public.touched_by(statements text[]) returns jsonb language plpgsql as $$
declare
  statement text; touched jsonb; answers jsonb := '[]';
begin
  foreach statement in array statements loop
    begin
      touched := '[]';
      execute statement into touched;
      raise exception using errcode = 'KR001';
    exception
      when sqlstate 'KR001' then answers := answers || jsonb_build_array(touched);
      when insufficient_privilege then answers := answers || '[[]]'::jsonb;
    end;
  end loop;
  return answers;
end $$;
grant execute on function public.try_all(text[]), public.touched_by(text[]) to herstel_web;
"""


@dataclass
class Tally:
    """How many decisions were compared, and where the database said something else than the oracle."""

    compared: int = 0
    wrong: list[str] = field(default_factory=list)

    def compare(self, where: str, rows: list[Any], expected: set[int], answered: set[int]) -> None:
        self.compared += len(rows)
        if expected != answered:
            self.disagree(f"{where}: too much {sorted(answered - expected)}, too little {sorted(expected - answered)}")

    def disagree(self, text: str) -> None:
        self.wrong.append(text)


class Noticed(Exception):
    """The database and the oracle disagree, and whoever asked needs to know no more."""


class First(Tally):
    """Stops at the first disagreement."""

    def disagree(self, text: str) -> None:
        raise Noticed(text)


@contextmanager
def world_of(seed: int) -> Iterator[World]:
    """A world in a savepoint; it is gone afterwards."""
    with transaction.atomic():
        with role("herstel_maint"):
            world = Maker(seed).make()
        with connection.cursor() as cursor:
            # Rows that no foreign key allows would compare nothing; and pending checks forbid changing a table.
            cursor.execute("set constraints all immediate; set constraints all deferred")
            with role("herstel_owner"):
                cursor.execute(TRY)
        yield world
        transaction.set_rollback(True)


@contextmanager
def without_policies() -> Iterator[None]:
    """Only the querysets' own filter is left."""
    with transaction.atomic():
        with role("herstel_owner"), connection.cursor() as cursor:
            for model in ruled_models():
                cursor.execute(f"alter table {model._meta.db_table} disable row level security")
        yield
        transaction.set_rollback(True)


def compare_reads(world: World, tally: Tally, where: str = "") -> None:
    """Policies against the oracle."""
    for me in [*world.users, None]:
        oracle = Oracle(world, me)
        with acting_as(me):
            answered = _ask("all", _models(world))
        _compare_seen(world, oracle, answered, f"{where}policy user {me}", tally)


def compare_querysets(world: World, tally: Tally) -> None:
    """`.visible()` alone against the oracle, and `.own()` against who owns."""
    with without_policies():
        for me in [*world.users, None]:
            oracle = Oracle(world, me)
            with acting_as(me):
                visible = _ask("visible", _models(world))
                own = _ask("own", [m for m in _models(world) if _has_owner(m)])
            _compare_seen(world, oracle, visible, f"visible() user {me}", tally)
            for name, pks in own.items():
                expected = {r.pk for r in world.rows[name] if r.participant_id in oracle.own}
                tally.compare(f"own() user {me} {name}", world.rows[name], expected, pks)


def compare_previews(world: World, tally: Tally) -> None:
    """Everybody tries to look through every membership: their own members', and those of others."""
    models_ = [m for m in _models(world) if m.__name__ in PREVIEWED]
    for me in world.users:
        for membership in world.rows["Membership"]:
            oracle = Oracle(world, me, through=membership)
            with acting_as(me), preview_as(membership.pk):
                answered = _ask("all", models_)
            _compare_seen(world, oracle, answered, f"preview user {me} through {membership.pk}", tally)


def compare_changes(world: World, tally: Tally) -> None:
    """Who may update and who may delete which rows."""
    for me in [*world.users, None]:
        oracle = Oracle(world, me)
        for verb, expected in (("update", oracle.changes), ("delete", oracle.removes)):
            names = [m.__name__ for m in _models(world)]
            touched = _touch(me, [_touching(m, verb) for m in _models(world)])
            for name, pks in zip(names, touched, strict=True):
                rows = world.rows[name]
                wanted = {r.pk for r in rows if expected(r) and oracle.sees(r)}
                tally.compare(f"{verb} user {me} {name}", rows, wanted, set(pks))


def compare_inserts(world: World, tally: Tally, each: int = 8) -> None:
    """Everybody tries to add some rows of each model as they are, and as many with somebody else's keys in them."""
    random = Random(world.seed)
    found = [world.rows[model.__name__] for model in _models(world)]
    sample = [row for rows in found for row in random.sample(rows, min(each, len(rows)))]
    sample += [_twisted(world, random.choice(rows), random) for rows in found for _ in range(each)]
    sample = [row for row in sample if _hangs_together(world, row)]
    statements = [_insertion(row) for row in sample]
    for me in [*world.users, None]:
        oracle = Oracle(world, me)
        with acting_as(me), connection.cursor() as cursor:
            cursor.execute("select public.try_all(%s)", [statements])
            (answers,) = cursor.fetchone()
        for row, allowed in zip(sample, answers, strict=True):
            tally.compared += 1
            if oracle.adds(row) != allowed:
                tally.disagree(f"insert user {me} {row!r} {vars(row)}: database says {allowed}")


# --- asking ---------------------------------------------------------------------------------------------------------
def _models(world: World) -> list[type[Ruled]]:
    return [m for m in ruled_models() if world.rows.get(m.__name__)]


def _has_owner(model: type[Ruled]) -> bool:
    fields = {f.name for f in model._meta.concrete_fields}
    return "participant" in fields and model.__name__ not in ("AuditLine", "MeetingExperience")


def _compare_seen(world: World, oracle: Oracle, answered: dict[str, set[int]], where: str, tally: Tally) -> None:
    for name, pks in answered.items():
        expected = {row.pk for row in world.rows[name] if oracle.sees(row)}
        tally.compare(f"{where} {name}", world.rows[name], expected, pks & {r.pk for r in world.rows[name]})
        foreign = pks - {r.pk for r in world.rows[name]}
        assert not foreign, f"{where} {name}: rows that are not of this world"


def keys_of(querysets: dict[type[Ruled], models.QuerySet[Any]]) -> dict[str, set[int]]:
    """The keys that each of these querysets gives, in one query."""
    return _answer(*_question(querysets))


def _ask(which: str, models: list[type[Ruled]]) -> dict[str, set[int]]:
    return _answer(*_question_of_all(which, tuple(models)))


@functools.cache
def _question_of_all(which: str, models: tuple[type[Ruled], ...]) -> tuple[str, list[Any]]:
    """It names nobody: who asks is known to the database."""
    ask = {
        "all": lambda m: m._base_manager.all(),
        "visible": lambda m: m.objects.visible(),
        "own": lambda m: m.objects.own(),
    }
    return _question({model: ask[which](model) for model in models})


def _question(querysets: dict[type[Ruled], models.QuerySet[Any]]) -> tuple[str, list[Any]]:
    parts, values = [], []
    for model, queryset in querysets.items():
        inner, params = queryset.order_by().values_list("pk").query.sql_with_params()
        parts.append(f"select '{model.__name__}', coalesce(array_agg(q.pk), '{{}}') from ({inner}) q (pk)")
        values.extend(params)
    return " union all ".join(parts), values


def _answer(query: str, values: list[Any]) -> dict[str, set[int]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return {name: set(pks) for name, pks in cursor.fetchall()}


def _touching(model: type[Ruled], verb: str) -> str:
    table, key = model._meta.db_table, model._meta.pk.column
    column = model.rule.changes.split(",")[0] or key  # where the web may change only some columns: one of those
    what = f"update {table} set {column} = {column}" if verb == "update" else f"delete from {table}"
    return f"with t as ({what} returning {key} as pk) select coalesce(jsonb_agg(pk), '[]') from t"


def _touch(me: int | None, statements: list[str]) -> list[list[int]]:
    import json

    with acting_as(me), connection.cursor() as cursor:
        cursor.execute("select public.touched_by(%s)", [statements])
        (answer,) = cursor.fetchone()
    found: list[list[int]] = json.loads(answer) if isinstance(answer, str) else answer
    return found


def _insertion(row: models.Model) -> str:
    """The row as it is, as text: it stands there already, so that a policy that allows it meets the key."""
    fields = row._meta.concrete_fields
    columns = ", ".join(connection.ops.quote_name(f.column) for f in fields)
    values = [f.get_db_prep_save(getattr(row, f.attname), connection) for f in fields]
    marks = ", ".join(["%s"] * len(values))
    with connection.cursor() as cursor:
        return str(cursor.mogrify(f"insert into {row._meta.db_table} ({columns}) values ({marks})", values))


def _hangs_together(world: World, row: Any) -> bool:
    """A child of somebody else's row is refused by a foreign key, after the policies (test_pitfalls.py)."""
    for f in row._meta.concrete_fields:
        name = f.related_model.__name__ if f.is_relation else ""
        parent = world.by_pk(name, getattr(row, f.attname)) if name in world.rows else None
        if getattr(parent, "participant_id", row.__dict__.get("participant_id")) != row.__dict__.get("participant_id"):
            return False
    return True


def _twisted(world: World, row: Any, random: Random) -> Any:
    """The same row with some keys of others: another owner, member, writer or parent."""
    twisted = type(row)(**{f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields})
    others = {
        "participant_id": [p.pk for p in world.rows["Participant"]],
        "membership_id": [m.pk for m in world.rows["Membership"]],
        "goal_id": [g.pk for g in world.rows["Goal"]],
        "meeting_id": [m.pk for m in world.rows["Meeting"]],
        "organisation_id": [o.pk for o in world.rows["Organisation"]],
        **dict.fromkeys(("user_id", "by_id", "asked_by_id"), world.users),
    }
    for f in row._meta.concrete_fields:
        if f.attname in others and not f.primary_key and random.random() < 0.5:
            setattr(twisted, f.attname, random.choice(others[f.attname]))
    return twisted
