"""Rows on their way into the database: collected a batch at a time, written by COPY, numbered before they exist.

A row needs its number at once, because the rows below it point at it. So each table's numbers are taken from where its
sequence stands, with the tables locked against others, and the sequences are set when all is written.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import connection, models
from django.db.models import NOT_PROVIDED
from psycopg import sql

from herstel.slugs import ALPHABET

# Enough to keep COPY busy, small enough to stay under 100 MB: about 60 participants with everything of theirs.
BATCH = 40_000
# 27^9 public names of nine characters (herstel/slugs.py); a stride that shares no factor with 27 visits each name once.
NAMES = 27**9
STRIDE = 4_764_029_384_111
TRIPLES = [a + b + c for a in ALPHABET for b in ALPHABET for c in ALPHABET]


class Missing(TypeError):
    """A row without a value for a column that has no default."""


class Table:
    """The rows of one model. Its columns come from the model, so that a new one is never forgotten silently."""

    def __init__(self, model: type[models.Model], first: int) -> None:
        fields = [f for f in model._meta.concrete_fields if not f.generated]
        self.name = model._meta.db_table
        self.columns = [str(f.column) for f in fields]
        self.key = model._meta.pk.attname
        self.numbered = isinstance(model._meta.pk, models.AutoField)
        self.defaults = {f.attname: _default(f) for f in fields}
        if self.numbered:
            self.defaults[self.key] = None
        self.required = {name for name, value in self.defaults.items() if value is Missing}
        self.json = [f.attname for f in fields if isinstance(f, models.JSONField)]
        self.rows: list[tuple[Any, ...]] = []
        self.next = first
        self.written = 0
        self._complete: set[tuple[str, ...]] = set()

    def add(self, **values: Any) -> int:
        """Keep one row; its number. Raises Missing for a column without a value, TypeError for an unknown one."""
        names = tuple(values)
        if names not in self._complete:
            self._check(values)
            self._complete.add(names)
        for name in self.json:
            if name in values:
                values[name] = json.dumps(values[name])
        if self.numbered:
            values[self.key] = self.next
            self.next += 1
        self.rows.append(tuple((self.defaults | values).values()))
        return int(values[self.key])

    def _check(self, values: Mapping[str, Any]) -> None:
        if unknown := values.keys() - self.defaults.keys():
            raise TypeError(f"{self.name} has no column {', '.join(sorted(unknown))}")
        if missing := self.required - values.keys():
            raise Missing(f"{self.name} needs a value for {', '.join(sorted(missing))}")

    def write(self, cursor: Any) -> None:
        """Send what was collected."""
        columns: list[sql.Composable] = [sql.Identifier(name) for name in self.columns]
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(self.name), sql.SQL(", ").join(columns))
        with cursor.copy(statement) as copy:
            for row in self.rows:
                copy.write_row(row)
        self.written += len(self.rows)
        self.rows.clear()


def _default(field: Any) -> Any:
    """What stands in a column that is not named. Now and chance are no defaults: a seed always makes the same rows."""
    if isinstance(field, models.JSONField) and field.default in (list, dict):
        return json.dumps(field.default())
    if field.default is NOT_PROVIDED or callable(field.default):
        return None if field.null else Missing
    return field.default


class Tables:
    """All tables of a world, parents before children, and the names that rows carry in addresses."""

    def __init__(self, models_: Iterable[type[models.Model]], seed: int) -> None:
        order = list(models_)
        with connection.cursor() as cursor:
            _lock(cursor, order)
            self._tables = {m: Table(m, _next_number(cursor, m)) for m in order}
        self._name = seed * 15_485_863 % NAMES

    def __getitem__(self, model: type[models.Model]) -> Table:
        return self._tables[model]

    def __iter__(self) -> Iterator[Table]:
        return iter(self._tables.values())

    def slug(self) -> str:
        """A public name that no other row of this world has."""
        self._name = (self._name + STRIDE) % NAMES
        rest, last = divmod(self._name, 19_683)
        first, middle = divmod(rest, 19_683)
        return TRIPLES[first] + TRIPLES[middle] + TRIPLES[last]

    def write_when_full(self) -> None:
        if sum(len(table.rows) for table in self) >= BATCH:
            self.write()

    def write(self) -> None:
        with connection.cursor() as cursor:
            for table in self:
                if table.rows:
                    table.write(cursor)

    def finish(self) -> dict[str, int]:
        """Write the rest, move the sequences past what was used, and let the planner know. Rows per table."""
        self.write()
        with connection.cursor() as cursor:
            for table in self:
                if table.numbered and table.written:
                    cursor.execute(
                        "select setval(pg_get_serial_sequence(%s, %s), %s)", [table.name, table.key, table.next - 1]
                    )
        return {table.name: table.written for table in self if table.written}


def _lock(cursor: Any, order: Iterable[type[models.Model]]) -> None:
    """Others may read while the world is made; a row of theirs would take a number that is already given away."""
    tables = sql.SQL(", ").join(sql.Identifier(m._meta.db_table) for m in order)
    cursor.execute(sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(tables))


def _next_number(cursor: Any, model: type[models.Model]) -> int:
    key = model._meta.pk
    if not isinstance(key, models.AutoField):
        return 0
    cursor.execute("select nextval(pg_get_serial_sequence(%s, %s))", [model._meta.db_table, key.column])
    return int(cursor.fetchone()[0])
