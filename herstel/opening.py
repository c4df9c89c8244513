"""What the acting person's own rows open for others: one query, asked before and after a change.

It looks through nobody else's eyes. It reads what gives access (places in the group, shares, what was chosen for whom,
links, a yes to a study, an employment), and each of these only adds: when nothing of it was added, and nothing lasts
longer or reaches further, no other person sees more than before.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from herstel.access import Ruled

FOREVER = "'infinity'::float8"


@dataclass(frozen=True)
class Opens:
    """What a row opens besides itself, in SQL of its own table. Stands on a model as `opens`, next to its `rule`.

    what    names what is opened and for whom, in columns; another name is another opening
    when    does it open anything now?
    more    a number: when it grows, more or longer is opened
    begins  does a row that is new open something by being there?
    """

    what: str
    when: str = "true"
    more: str = FOREVER
    begins: bool = True


def lasts(until: str) -> str:
    """For `when`: this moment has not come yet."""
    return f"({until} is null or {until} > now())"


def as_long_as(until: str) -> str:
    """For `more`: later is longer, and empty is for ever."""
    return f"coalesce(extract(epoch from {until})::float8, {FOREVER})"


@dataclass
class Openings:
    """The answer: which rows there are that could open something, and what is open."""

    rows: set[tuple[str, str]] = field(default_factory=set)  # (table, row)
    open: dict[tuple[str, str], float] = field(default_factory=dict)  # (table, what, for whom) → how much, how long
    of: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)  # … → the row, when a new one is no gain

    def are_less_than(self, after: "Openings") -> bool:
        """Is anything open afterwards that is not open now, or for longer? A new row that is seen by whom such rows
        were shared with already is none."""
        return any(self._is_gained(key, more, after) for key, more in after.open.items())

    def _is_gained(self, key: tuple[str, str], more: float, after: "Openings") -> bool:
        if key in self.open:
            return more > self.open[key]
        return key not in after.of or after.of[key] in self.rows


def openings() -> Openings:
    """As the acting person's rows stand now."""
    found = Openings()
    with connection.cursor() as cursor:
        cursor.execute(openings_sql())
        for table, row, what, more, begins in cursor.fetchall():
            found.rows.add((table, row))
            if what is not None:
                found.open[table, what] = more
                if not begins:
                    found.of[table, what] = (table, row)
    return found


# --- the query ------------------------------------------------------------------------------------------------------
def tables_that_open() -> frozenset[str]:
    """Where a change may open something."""
    from herstel.policies import ruled_models

    return frozenset(m._meta.db_table for m in ruled_models() if m.opens or m.rule.audience or m.rule.mine)


@cache
def openings_sql() -> str:
    from herstel.policies import ruled_models

    return "\nunion all\n".join(branch for model in ruled_models() for branch in _branches(model))


def _branches(model: "type[Ruled]") -> Iterator[str]:
    """(table, row, what is open and for whom, how much, whether a new row opens something)"""
    from herstel.policies import columns_of

    table, own = model._meta.db_table, columns_of(model, model.rule.own)
    key = model._meta.pk.column
    for n, opens in enumerate(model.opens):
        yield (
            f"select '{table}', {key}::text, concat_ws(' ', {n}, {opens.what}), ({opens.more})::float8, {opens.begins}"  # noqa: S608
            f" from {table} where {own} and {opens.when}"
        )
    if model.rule.mine:
        yield (
            f"select '{table}', {key}::text, {key} || ' ' || {model.rule.mine}, {FOREVER}, false"  # noqa: S608
            f" from {table} where {own}"
        )
    if model.rule.audience:
        yield from _for_whom(model, table, own)


def _for_whom(model: "type[Ruled]", table: str, own: str) -> Iterator[str]:
    """Rows that say themselves for whom they are: each of them with each member whom it is shared with."""
    from herstel.access import Reach

    category, when = str(model.rule.category), model.rule.when or "true"
    yield f"select '{table}', id::text, null, 0::float8, false from {table} where {own}"  # noqa: S608
    yield f"""select '{table}', r.id::text, r.id || ' ' || s.membership_id, {FOREVER},
       not (r.reach = '{Reach.EVERYONE.value}' and s.scope = 'all')
  from (select * from {table} where {own} and {when} and reach <> '{Reach.ME.value}') r
  join supportgroups_share s
    on s.participant_id = r.participant_id and s.category = '{category}' and {lasts("s.until")}
  left join supportgroups_audience a
    on a.membership_id = s.membership_id and a.table_name = '{table}' and a.row = r.id
 where a.id is not null or (r.reach = '{Reach.EVERYONE.value}' and s.scope = 'all')"""  # noqa: S608
