"""Somebody stops, at every moment that a version has, in every way there is: what nobody fetched goes and is made again
without them; who fetched it is told whom to remove.
"""

import csv
import io
import threading
import zipfile
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, transaction

from herstel.actor import acting_as
from research.models import Consent
from tests import harness
from tests.abuse.place import Place, seeded_place
from tests.abuse.test_exports import consenting_people, studies
from tests.abuse.test_power import KILLED
from tests.cast import Cast


@pytest.fixture(scope="module")
def own(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with seeded_place(60, tmp_path_factory.mktemp("stops"), "stops") as made:
        yield made


WAYS = {
    "takes back the yes": "update research_consent set withdrawn_at = now() "
    "where participant_id = %s and withdrawn_at is null",
    "the row goes": "delete from research_consent where participant_id = %s",
    "everything is thrown away": "delete from participants_participant where id = %s",
}
# state → may somebody have fetched it, is it made again
STATES = {
    "ready": (False, True),
    "released": (False, True),
    "published": (False, True),
    "fetched": (True, True),
    "fetched and over": (True, False),
    "returned": (False, False),
}


def made(place: Place, state: str) -> int:
    """A version in this state."""
    export = place.new_export(studies(place)[0])
    assert place.run(export)["exit"] == 0
    if state == "returned":
        place.ask("update research_export set state = 'returned', returned_why = 'x' where id = %s", export)
    elif state != "ready":
        place.release(export)
        if state != "released":
            assert place.run(export, "publish")["exit"] == 0
        if "fetched" in state:
            fetched(place, export)
        if "over" in state:
            place.ask("update research_export set expires_at = now() - interval '1 day' where id = %s", export)
    return export


def fetched(place: Place, export: int) -> None:
    place.ask(
        """insert into research_download (study_id, export_id, by_id, name, at)
           select study_id, id, asked_by_id, 'Wim', now() from research_export where id = %s""",
        export,
    )


def pids_of(place: Place, export: int) -> set[str]:
    file, published = place.ask("select file, published_at from research_export where id = %s", export)[0]
    with zipfile.ZipFile(place.root / ("export" if published else "made") / file) as archive:
        text = archive.read("deelnemers.csv").decode()
    return {row["pid"] for row in csv.DictReader(io.StringIO(text, newline=""))}


def files_of(place: Place, export: int) -> list[str]:
    return [f.name for folder in ("made", "export") for f in (place.root / folder).glob(f"{export}.*")]


def queued(place: Place, kind: str) -> list[int]:
    query = "select subject from herstel_job where kind = %s and state = 'queued' order by id"
    return [pk for (pk,) in place.ask(query, kind)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("state", STATES)
def test_whoever_stops_is_in_nothing_that_can_be_fetched(own: Place, state: str, way: str) -> None:
    was_fetched, again = STATES[state]
    own.ask("update research_export set state = 'returned' where state in ('asked', 'ready', 'released')")
    export = made(own, state)
    (pid, participant), *_others = consenting_people(own, studies(own)[0], 1)
    assert pid in pids_of(own, export)
    cohort, mails = own.ask(
        "select cohort_id, (select count(*) from herstel_outgoingmail) from research_export where id = %s", export
    )[0]
    own.ask(WAYS[way], participant)

    after = own.one("select state from research_export where id = %s", export)
    assert after == ("void" if again else {"returned": "returned", "fetched and over": "released"}[state])
    made_again = own.ask("select id, cut_off from research_export where cohort_id = %s and state = 'asked'", cohort)
    assert len(made_again) == (1 if again else 0)
    if again:
        (newer, cut_off) = made_again[0]
        assert newer in queued(own, "export")
        same = "asked_by_id, asked_name, purpose, cut_off"
        assert (
            own.ask(f"select {same} from research_export where id in (%s, %s) group by {same}", export, newer)[1:] == []
        )
        assert own.run(newer)["exit"] == 0
        assert own.one("select state from research_export where id = %s", newer) == "ready"
        assert pid not in pids_of(own, newer)
        assert own.one("select count(*) from herstel_outgoingmail") > mails, "whoever asked is told"
    else:
        own.run(export)  # a worker's turn
    if not was_fetched or again:
        assert files_of(own, export) == [], "the file is gone"

    removals = own.ask("select id, pid, study_uuid from research_removal where export_id = %s", export)
    assert len(removals) == was_fetched
    for removal, name, _uuid in removals:
        assert name == "", "the web's database role cannot make a pseudonym"
        assert own.run(removal, "removal")["exit"] == 0
        assert own.ask("select pid, study_uuid from research_removal where id = %s", removal) == [(pid, None)]
    if way != "everything is thrown away":
        told = own.ask(
            "select fetched, confirmed_at from research_exportperson where export_id = %s and participant_id = %s "
            "and left_at is not null",
            *(export, participant),
        )
        assert told == [(was_fetched, None)], "the participant reads what became of it"


def test_two_versions_fetched_are_two_to_clean_and_one_is_made_again(own: Place) -> None:
    first, second = made(own, "fetched"), made(own, "fetched")
    cohort = own.one("select cohort_id from research_export where id = %s", first)
    (_pid, participant), *_others = consenting_people(own, studies(own)[0], 1)
    own.ask(WAYS["takes back the yes"], participant)
    query = "select count(*) from research_removal where export_id in (%s, %s)"
    assert own.one(query, first, second) == 2
    assert own.one("select count(*) from research_export where cohort_id = %s and state = 'asked'", cohort) == 1
    (_other, next_one), *_rest = consenting_people(own, studies(own)[0], 1)
    own.ask(WAYS["takes back the yes"], next_one)  # void already, and still on somebody's disk
    assert own.one(query, first, second) == 4


@pytest.mark.parametrize("step", ["before_published", "after_published"])
def test_killed_while_it_is_laid_ready_it_is_so_once_all_the_same(own: Place, step: str) -> None:
    export = made(own, "ready")
    own.release(export)
    assert own.run(export, step)["signal"] == KILLED
    own.ask("update herstel_job set lease_until = now() - interval '1 minute' where kind = 'publish'")
    assert own.run(export, "publish")["exit"] == 0
    file, published = own.ask("select file, published_at from research_export where id = %s", export)[0]
    assert published is not None
    assert (own.root / "export" / file).is_file()
    assert not list((own.root / "made").glob(f"{export}.*")), "one copy of it, where it can be fetched"


def test_stopping_while_it_is_laid_ready(own: Place) -> None:
    export = made(own, "ready")
    own.release(export)
    (_pid, participant), *_others = consenting_people(own, studies(own)[0], 1)
    own.send(export, "wait before_published")
    assert "waiting" in own.line()
    own.ask(WAYS["takes back the yes"], participant)
    (own.root / "export" / f"go-on-{export}").touch()
    assert "exit" in own.line()
    assert own.ask("select state, published_at from research_export where id = %s", export) == [("void", None)]
    assert files_of(own, export) == []


@pytest.mark.parametrize("doing", ["judge_export", "take_copy"])
def test_stopping_waits_for_who_releases_or_fetches_at_that_moment(own: Place, doing: str) -> None:
    """Whoever comes second finds what the first did."""
    export = made(own, "ready" if doing == "judge_export" else "published")
    study = studies(own)[0]
    (_pid, participant), *_others = consenting_people(own, study, 1)
    role = "checker" if doing == "judge_export" else "researcher"
    query = "select user_id from research_studyrole where study_id = %s and role = %s and user_id <> %s order by id"
    asked_by = own.one("select asked_by_id from research_export where id = %s", export)
    actor = own.one(query, study, role, asked_by)
    call = {"judge_export": ", true, ''", "take_copy": ""}[doing]
    stopping = threading.Thread(target=own.ask, args=(WAYS["takes back the yes"], participant))
    with psycopg.connect(harness.superuser_url(own.database)) as first:
        first.execute("select set_config('app.actor', %s, true)", [str(actor)])
        assert first.execute(f"select doors.{doing}({export}{call})").fetchone() == (True,)  # type: ignore[call-overload]
        stopping.start()
        stopping.join(0.5)
        assert stopping.is_alive(), "nobody stops in the middle of it unseen"
        first.commit()
    stopping.join(10)
    assert own.one("select state from research_export where id = %s", export) == "void"
    assert own.one("select count(*) from research_removal where export_id = %s", export) == (doing == "take_copy")


def test_three_copies_and_no_more(own: Place) -> None:
    export = made(own, "published")
    actor = own.one("select asked_by_id from research_export where id = %s", export)
    given: list[Any] = []
    for _time in range(5):
        with psycopg.connect(harness.superuser_url(own.database)) as session:
            session.execute("select set_config('app.actor', %s, true)", [str(actor)])
            given += session.execute("select doors.take_copy(%s)", [export]).fetchone() or ()
    assert given == [True] * 3 + [False] * 2
    assert own.one("select count(*) from research_download where export_id = %s", export) == 3
    assert files_of(own, export) != []
    own.run(export)
    assert files_of(own, export) == []


@pytest.mark.parametrize("how", ["over", "returned", "void"])
def test_what_ended_is_thrown_away_by_the_daily_work(own: Place, how: str) -> None:
    export = made(own, "published")
    assert files_of(own, export) != []
    change = "expires_at = now()" if how == "over" else f"state = '{how}'"
    own.ask(f"update research_export set {change} where id = %s", export)
    other = made(own, "published")
    own.run(other)  # any turn of the worker; the daily task is the same sweep
    assert files_of(own, export) == []
    assert files_of(own, other) != []


@pytest.mark.django_db
def test_a_yes_is_not_made_a_yes_to_something_else(cast: Cast) -> None:
    """Found by an attacker: it left a study without voiding the versions that one is in."""
    with acting_as(cast.pk("jan")), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Consent.objects.own().update(study=cast.study)
