"""What stands in the records, as one fingerprint a table and participant: one look says whose rows changed."""

from django.db import connection

from herstel.policies import ruled_models
from tests.harness import role

type Prints = dict[tuple[str, int], str]

OWNERS = "participants_participant"
# Columns that differ by themselves between two runs of the same thing.
BY_CHANCE = ("id", "slug", "name", "token", "at", "study_id", "key")


def fingerprints(only: set[str] | None = None) -> Prints:
    """(table, participant) → hash of all rows; of these tables, or of all."""
    parts = {
        table: f"select '{table}', participant_id, md5(string_agg(x::text, '|' order by x::text)) "
        f"from {table} x group by 2"
        for table in tables_of_participants()
    }
    parts[OWNERS] = f"select '{OWNERS}', id, md5(x::text) from {OWNERS} x"
    wanted = [part for table, part in parts.items() if only is None or table in only]
    return {(table, participant): digest for table, participant, digest in _ask(" union all ".join(wanted))}


class Since:
    """What changed since it was made, in a transaction of which every attempt is taken back. PostgreSQL counts what a
    transaction writes, so that only tables that were written to are looked at."""

    def __init__(self) -> None:
        self.before, self.counts = fingerprints(), written()

    def touched(self) -> set[str]:
        """Tables that somebody wrote to since this was asked last, whether or not anything is different now."""
        before, self.counts = self.counts, written()
        return {table for table, count in self.counts.items() if count != before.get(table, 0)}

    def changed(self) -> set[tuple[str, int]]:
        touched = self.touched()
        return changed({key: mark for key, mark in self.before.items() if key[0] in touched}, fingerprints(touched))


def written() -> dict[str, int]:
    """Table → how many rows this transaction wrote in it, also those that were taken back."""
    query = "select relname::text, n_tup_ins + n_tup_upd + n_tup_del from pg_stat_xact_user_tables"
    return dict(_ask(query))  # type: ignore[arg-type]


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
    if not query:
        return []
    with role("herstel_maint"), connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()
