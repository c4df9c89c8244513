"""What stands in the records, as one fingerprint a table and participant: one look says whose rows changed."""

from django.db import connection

from herstel.policies import ruled_models
from tests.harness import role

type Prints = dict[tuple[str, int], str]

# Columns that differ by themselves between two runs of the same thing.
BY_CHANCE = ("id", "slug", "name", "token", "at", "study_id", "key")


def fingerprints() -> Prints:
    """(table, participant) → hash of all rows."""
    parts = [
        f"select '{table}', participant_id, md5(string_agg(x::text, '|' order by x::text)) from {table} x group by 2"
        for table in tables_of_participants()
    ]
    parts.append("select 'participants_participant', id, md5(x::text) from participants_participant x")
    return {(table, participant): digest for table, participant, digest in _ask(" union all ".join(parts))}


def contents(participant: int) -> list[tuple[str, str]]:
    """All rows of one participant without what is different by chance: ids, names in links, moments."""
    chance = "|".join(f"(^|_){word}$" for word in BY_CHANCE)
    parts = [
        f"""select '{table}', (select jsonb_object_agg(k, v order by k)::text from jsonb_each(to_jsonb(x)) e (k, v)
             where k !~ '{chance}') from {table} x where participant_id = {participant:d}"""
        for table in tables_of_participants()
    ]
    return sorted(_ask(" union all ".join(parts)))


def changed(before: Prints, after: Prints) -> set[tuple[str, int]]:
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def tables_of_participants() -> list[str]:
    models = [m for m in ruled_models() if any(f.attname == "participant_id" for f in m._meta.concrete_fields)]
    return [m._meta.db_table for m in models]


def _ask(query: str) -> list[tuple[str, ...]]:
    with role("herstel_maint"), connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()
