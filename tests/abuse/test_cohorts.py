"""A cohort is somebody: nobody is in two of a study, so that what two files have in common finds nobody.

The attack joins two cohorts on everything that their files say of a person. Against the code before, where each cohort
held everybody who consented, it found 1,384 of 1,384 people (study 1 of the world of 2,000).
"""

import io
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import psycopg
import pytest

from research.columns import FILES, KEY, PID
from research.models import last_month_end
from tests.abuse.place import Place, seeded_place
from tests.abuse.test_exports import consenting_people, rows_of, studies
from tests.sampling import MANY


@pytest.fixture(scope="module", params=[60, pytest.param(MANY, marks=pytest.mark.slow)])
def own(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Place]:
    with seeded_place(request.param, tmp_path_factory.mktemp("cohorts"), "cohorts") as made:
        yield made


def file_of(place: Place, export: int) -> bytes:
    assert place.run(export)["exit"] == 0
    state, file = place.ask("select state, file from research_export where id = %s", export)[0]
    assert state == "ready"
    return (place.root / "made" / file).read_bytes()


def told_of(content: bytes) -> dict[tuple[Any, ...], list[str]]:
    """Everything that the files say of a person, names and keys left out → the pseudonyms it is said of."""
    said: dict[str, list[Any]] = defaultdict(list)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for file in FILES:
            shown = [c.name for c in file.columns if c.values not in (PID, KEY)]
            for row in rows_of(archive, file.name):
                said[row["pid"]].append((file.name, *(row[name] for name in shown)))
    people: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for pid, rows in said.items():
        people[tuple(sorted(rows))].append(pid)
    return people


def linked(one: bytes, other: bytes) -> list[tuple[str, str]]:
    """Pairs of pseudonyms of whom both files say the same, and of nobody else."""
    left, right = told_of(one), told_of(other)
    return [(left[same][0], right[same][0]) for same in left if len(left[same]) == len(right.get(same, [])) == 1]


def test_two_cohorts_of_a_study_have_nobody_in_common(own: Place) -> None:
    study = studies(own)[0]
    everybody = file_of(own, own.new_export(study))
    again = file_of(own, own.new_export(study))
    people = len(consenting_people(own, study, 1))
    assert len(linked(everybody, again)) > 0.9 * people, "the attack finds whoever is in both files"

    second = own.cohort(study, 2)
    own.ask(
        "update research_cohortmember set cohort_id = %s where study_id = %s and participant_id %% 2 = 0", second, study
    )
    files = [file_of(own, own.new_export(study, number)) for number in (1, 2)]
    people_of = {number: consenting_people(own, study, number) for number in (1, 2)}
    assert sum(len(found) for found in people_of.values()) == people
    who = {pid: participant for found in people_of.values() for pid, participant in found}
    assert [pair for pair in linked(*files) if who[pair[0]] == who[pair[1]]] == []
    assert Counter(who.values()).most_common(1)[0][1] == 1, "one cohort a person"


def test_the_database_keeps_somebody_to_one_cohort(own: Place) -> None:
    study = studies(own)[0]
    insert = """insert into research_cohortmember (participant_id, study_id, cohort_id, joined_at)
                select participant_id, study_id, %s, now() from research_cohortmember where study_id = %s limit 1"""
    with pytest.raises(psycopg.errors.UniqueViolation):
        own.ask(insert, own.cohort(study, 2), study)
    other_study = studies(own)[1]
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        own.ask("update research_cohortmember set cohort_id = %s where study_id = %s", own.cohort(study), other_study)


def test_who_comes_back_is_who_they_were(own: Place) -> None:
    """A yes is a place in the newest cohort; one who stopped and says yes again stays in the first, with its month."""
    study = studies(own)[0]
    own.cohort(study, 2)
    query = """select m.participant_id, m.joined_at from research_cohortmember m
                 join research_consent c using (participant_id, study_id) join research_cohort o on o.id = m.cohort_id
                where o.number = 1 and m.study_id = %s and c.withdrawn_at is null limit 1"""
    participant, joined = own.ask(query, study)[0]
    own.ask(
        "update research_consent set withdrawn_at = now() where participant_id = %s and withdrawn_at is null",
        participant,
    )
    insert = "insert into research_consent (participant_id, study_id, text_version, given_at) values (%s, %s, 1, now())"
    own.ask(insert, participant, study)
    where = "select o.number, m.joined_at from research_cohortmember m join research_cohort o on o.id = m.cohort_id "
    assert own.ask(where + "where m.participant_id = %s and m.study_id = %s", participant, study) == [(1, joined)]
    newcomer = own.one(
        "select id from participants_participant where id not in "
        "(select participant_id from research_cohortmember where study_id = %s) limit 1",
        study,
    )
    own.ask(insert, newcomer, study)
    assert own.ask(where + "where m.participant_id = %s and m.study_id = %s", newcomer, study)[0][0] == 2


# --- time -----------------------------------------------------------------------------------------------------------
def test_thirty_one_daily_versions_tell_the_day_of_nothing(own: Place) -> None:
    """Every day somebody says yes, sets a goal, comes further, reaches one, meets and puts somebody on the map."""
    if own.one("select count(*) from participants_participant") > 60:
        return  # once is enough
    study, cut_off = studies(own)[0], last_month_end()
    people = [participant for _pid, participant in consenting_people(own, study, 1)]
    told = []
    for number in range(31):
        day = cut_off + timedelta(days=1 + number)
        _a_day_of(own, people[number % len(people)], study, datetime.combine(day, time(12), tzinfo=UTC))
        told.append(told_in_full(file_of(own, own.new_export(study, cut_off=cut_off))))
    assert [n for n in range(31) if told[n] != told[0]] == []
    later = file_of(own, own.new_export(study, cut_off=(cut_off.replace(day=1) - timedelta(days=1))))
    assert told_in_full(later) != told[0], "another month is another file"


def told_in_full(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _a_day_of(place: Place, participant: int, study: int, at: datetime) -> None:
    for query in (
        "update goals_goal set state = 'reached', closed_at = %(at)s where id = (select id from goals_goal "
        "where participant_id = %(who)s and state = 'active' order by id limit 1)",
        "update goals_step set done_at = %(at)s where id = (select id from goals_step "
        "where participant_id = %(who)s and done_at is null order by id limit 1)",
        "insert into goals_progress (participant_id, goal_id, standing, words, at) select %(who)s, id, 4, '', %(at)s "
        "from goals_goal where participant_id = %(who)s",
        "insert into supportgroups_person "
        "(participant_id, slug, called, relation, kind, ring, in_group, died, created_at) "
        "values (%(who)s, substr(md5(%(at)s::text), 1, 9), 'x', '', 'close_one', 1, true, false, %(at)s)",
        "update meetings_meeting set state = 'held', at = %(at)s where id = (select id from meetings_meeting "
        "where participant_id = %(who)s and state in ('proposed', 'fixed') limit 1)",
        "update supportgroups_membership set state = 'ended', ended_at = %(at)s where id = (select id from "
        "supportgroups_membership where participant_id = %(who)s and state = 'active' limit 1)",
        "insert into research_consent (participant_id, study_id, text_version, given_at) "
        "select id, %(study)s, 1, %(at)s from participants_participant where id not in "
        "(select participant_id from research_cohortmember where study_id = %(study)s) limit 1",
    ):
        place.ask_named(query, at=at, who=participant, study=study)


def test_no_view_asks_what_time_it_is(own: Place) -> None:
    for name, definition in own.ask("select viewname, definition from pg_views where schemaname = 'research'"):
        assert not [word for word in ("now()", "current_date", "CURRENT", "clock_timestamp") if word in definition], (
            name
        )
