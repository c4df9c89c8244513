"""Rows that no member can be shown, made from the models' rules: of every model, in every reach and state."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
from django.db import models
from django.db.models import NOT_PROVIDED
from django.utils import timezone
from psycopg import sql

from herstel.access import Reach, Ruled
from herstel.grants import READ_ALL_THE_SAME
from herstel.policies import ruled_models
from herstel.slugs import new_slug
from tests import harness
from tests.abuse.place import Place

# What a study keeps of its own doings is no part of anybody's record.
THE_STUDYS_OWN = "research"
LONG_AGO = timedelta(days=100)
# Nobody was ever shown anything through it.
NEVER_WAS = {"supportgroups_membership": {"state": "declined", "confirmed_at": None}}


def hidden_models() -> list[type[Ruled]]:
    """Models of somebody's record of which a row can be hidden from everybody."""
    of_somebody = [m for m in ruled_models() if any(f.name == "participant" for f in m._meta.concrete_fields)]
    asked = set(READ_ALL_THE_SAME) - set(NEVER_WAS)
    return [
        m
        for m in of_somebody
        if m._meta.app_label != THE_STUDYS_OWN and m._meta.db_table not in asked and (ways(m) or m.rule.via)
    ]


def ways(model: type[Ruled]) -> list[dict[str, Any]]:
    """What makes a row of this model seen by nobody, whatever the participant shares."""
    rule = model.rule
    if model._meta.db_table in NEVER_WAS:
        return [NEVER_WAS[model._meta.db_table]]
    if rule.audience:
        closed = [{"reach": reach.value} for reach in Reach if reach != Reach.EVERYONE]  # chosen, and nobody is
        found = [{**way, **state} for way in closed for state in _states(model)]
        return found + ([{"reach": "everyone", **_against(rule.when)}] if rule.when else [])
    return [] if rule.category and not rule.private else [{}]


def _states(model: type[Ruled]) -> list[dict[str, Any]]:
    for f in model._meta.concrete_fields:
        if f.name == "state":
            return [{"state": value} for value, _label in f.choices or ()]
    return [{}]


def _against(when: str) -> dict[str, Any]:
    column, rest = when.split(" ", 1)
    return {column: None if rest == "IS NOT NULL" else rest.removeprefix("<> ").strip("'")}


class Hiding:
    """Adds hidden rows for one participant, as superuser, past every rule."""

    def __init__(self, place: Place, participant: int) -> None:
        self.place, self.participant = place, participant
        self.made: dict[str, list[int]] = {}
        self.user = place.one("select user_id from participants_participant where id = %s", participant)

    def make_room(self) -> None:
        """Rows that are one to one with another: some of the others are left without, so that a hidden one fits."""
        for model in hidden_models():
            for f in model._meta.concrete_fields:
                if f.one_to_one and f.name != "participant":
                    table = model._meta.db_table
                    self.place.ask(
                        f"delete from {table} where id in "
                        f"(select id from {table} where participant_id = %s order by id limit 6)",
                        self.participant,
                    )

    def add_all(self) -> None:
        for model in sorted(hidden_models(), key=lambda m: bool(m.rule.via)):
            for way in ways(model):
                self._add(model, way)
            if model.rule.via:
                field: Any = model._meta.get_field(model.rule.via.removesuffix("_id"))
                for parent in self.made.get(field.related_model._meta.db_table, []):
                    self._add(model, {model.rule.via: parent})

    def _add(self, model: type[Ruled], way: dict[str, Any]) -> None:
        table = model._meta.db_table
        fields = [f for f in model._meta.concrete_fields if f.name != "id"]
        values = {f.column: way[f.column] if f.column in way else self._value(model, f, way) for f in fields}
        columns = sql.SQL(", ").join(sql.Identifier(str(c)) for c in values)
        marks = sql.SQL(", ").join(sql.Placeholder() for _c in values)
        statement = sql.SQL("insert into {} ({}) values ({}) returning id").format(
            sql.Identifier(table), columns, marks
        )
        with psycopg.connect(harness.superuser_url(self.place.database), autocommit=True) as admin:
            try:
                row = admin.execute(statement, list(values.values())).fetchone()
            except psycopg.errors.IntegrityError as error:
                row = self._changed(admin, model)
                if row is None:
                    raise AssertionError(f"{model._meta.label}: no hidden row can be made: {error}") from error
        assert row is not None
        self.made.setdefault(table, []).append(row[0])

    def _changed(self, admin: Any, model: type[Ruled]) -> Any:
        """One a participant, and there is one: that one says something else."""
        table = model._meta.db_table
        for f in model._meta.concrete_fields:
            if f.choices and f.name != "reach":
                other = [value for value, _label in f.choices][-1]
                statement = sql.SQL(
                    "update {table} set {} = %s where id = (select min(id) from {table} where participant_id = %s)"
                )
                with suppress(psycopg.errors.IntegrityError):  # not a value it can have: it stays as it was
                    admin.execute(
                        statement.format(sql.Identifier(str(f.column)), table=sql.Identifier(table)),
                        [other, self.participant],
                    )
        return admin.execute(
            sql.SQL("select id from {} where participant_id = %s limit 1").format(sql.Identifier(table)),
            [self.participant],
        ).fetchone()

    def _value(self, model: type[Ruled], f: Any, way: dict[str, Any]) -> Any:
        if f.is_relation:
            return self._related(model, f, way)
        if isinstance(f, models.DateTimeField):
            return timezone.now() - LONG_AGO
        if f.unique and isinstance(f, models.CharField):
            return new_slug()
        if isinstance(f, models.UUIDField):
            return uuid4()
        if isinstance(f, models.BinaryField):
            return os.urandom(32)
        if isinstance(f, models.JSONField):
            return json.dumps(f.default() if callable(f.default) else [])
        if f.default is not NOT_PROVIDED:
            return f.default() if callable(f.default) else f.default
        if f.choices:
            return f.choices[0][0]
        if isinstance(f, models.DateField):
            return (timezone.now() - LONG_AGO).date()
        return "x" if isinstance(f, models.CharField | models.TextField) else 1

    def _related(self, model: type[Ruled], f: Any, way: dict[str, Any]) -> Any:
        target = f.related_model
        if target._meta.db_table == "participants_participant":
            return self.participant
        if target._meta.db_table == "herstel_user":
            return self.user
        if f.null:
            return None
        mine = "participant_id = %s and " if any(c.name == "participant" for c in target._meta.concrete_fields) else ""
        free = f"id not in (select {f.column} from {model._meta.db_table})" if f.one_to_one else "true"
        # A day of the hidden meeting, when it is about a hidden meeting.
        same = {
            c: way[c] for c in way if any(t.column == c for t in target._meta.concrete_fields) and c.endswith("_id")
        }
        free += "".join(f" and {c} = {int(value)}" for c, value in same.items())
        found = self.place.ask(
            f"select id from {target._meta.db_table} where {mine}{free} order by id limit 1",
            *([self.participant] if mine else []),
        )
        assert found, f"{model._meta.label}.{f.name}: nothing to point at"
        return found[0][0]


def conditions(place: Place) -> Iterator[tuple[str, str]]:
    """table, the policy without its last part: as it would be if what nobody can see could leave."""
    query = "select tablename, qual from pg_policies where policyname = 'research' order by tablename"
    for table, qual in place.ask(query):
        column = "id" if table == "participants_participant" else "participant_id"
        plain = f"{column} = any ((select authz.consented())::bigint[])"
        if " AND " in qual and not qual.endswith("AND true)") and table.split("_")[0] != THE_STUDYS_OWN:
            yield table, plain
