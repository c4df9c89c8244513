"""What stands in the records, as one fingerprint a table and participant: one look says whose rows changed."""

from django.db import connection

from herstel.policies import ruled_models
from tests.cast import Cast
from tests.harness import role

type Prints = dict[tuple[str, int], str]

OWNERS = "participants_participant"
# Columns that differ by themselves between two runs of the same thing.
BY_CHANCE = ("id", "slug", "name", "token", "at", "study_id", "key")

# What somebody else than the participant may write in a record that is shared with them, or leave, or say yes to.
THEIR_PLACE = {
    "goals_reply",
    "meetings_answer",
    "meetings_datevote",
    "meetings_promise",
    "herstel_auditline",
    "supportgroups_membership",
    "supportgroups_invitation",
    "supportgroups_person",
    "supportgroups_share",
    "supportgroups_audience",
    "supportgroups_pass",
    "supportgroups_interview",
    "meetings_notes",
    "goals_goalrating",
    "meetings_meetingexperience",
}

# The sums of pg_stat_xact_user_tables, which reckons much more of every table. All of ours are in `public`.
WRITTEN = """
select relname::text, pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)
       + pg_stat_get_xact_tuples_deleted(oid)
  from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"""


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


class Bystanders:
    """Whose rows somebody may not change: of everybody else, but for what is theirs to do where they have a place."""

    def __init__(self, cast: Cast, persona: str) -> None:
        self.since = Since()
        own = cast.records.get(persona)
        self.mine = own.participant.pk if own else 0
        supported = {r.participant.pk for r in cast.records.values() if persona in r.members}
        # Whoever holds a link of Jan's may answer it.
        self.theirs = supported | {cast.jan.participant.pk}
        self.known = {participant for _table, participant in self.since.before}

    def changed(self) -> list[str]:
        """What is different now; one's own record, and one that began just now, are nobody else's."""
        return [
            f"{table} of participant {participant}"
            for table, participant in self.since.changed()
            if participant in self.known - {self.mine} and not (participant in self.theirs and table in THEIR_PLACE)
        ]


def written() -> dict[str, int]:
    """Table → how many rows this transaction wrote in it, also those that were taken back."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        return dict(cursor.fetchall())


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
