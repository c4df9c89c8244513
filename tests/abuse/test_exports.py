"""What leaves for research: declared cells and nothing else, of who said yes and nobody else, to who may have it."""

import csv
import io
import json
import re
import zipfile
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from herstel.actor import acting_as
from participants.models import Employment
from research.actions import ask_export, judge_export, take_copy
from research.columns import FILES
from research.models import Cohort, Download, Export, Study, StudyRole, last_month_end
from research.pseudonyms import cohort_key, pseudonym
from tests.abuse.place import KEY, Place, seeded_place
from tests.abuse.tally import Tally
from tests.abuse.test_forms import body_of
from tests.cast import Cast
from tests.harness import role, signed_in
from tests.sampling import MANY


# --- what is in it --------------------------------------------------------------------------------------------------
def finished(place: Place, study: int = 1, number: int = 1) -> tuple[Any, ...]:
    """A version that was made: (state, file, sha256, size, manifest, refusal, people who said yes)."""
    export = place.new_export(studies(place)[study - 1], number)
    result = place.run(export)
    assert result["exit"] == 0
    return place.ask(
        "select state, file, sha256, size, manifest, refusal, study_id from research_export where id = %s", export
    )[0]


def studies(place: Place) -> list[int]:
    """The study that most take part in, and the one that a few do."""
    return [pk for (pk,) in place.ask("select id from research_study order by id")]


def rows_of(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8"), newline="")))


def opened(place: Place, file: str) -> zipfile.ZipFile:
    return zipfile.ZipFile(place.root / "made" / file)


def consenting(place: Place, study: int) -> set[str]:
    """Who said yes, as this cohort's file would call them: reckoned here, from the definition."""
    return {pid for pid, _participant in consenting_people(place, study, 1)}


def consenting_people(place: Place, study: int, number: int) -> list[tuple[str, int]]:
    (uuid,) = place.ask("select uuid from research_cohort where study_id = %s and number = %s", study, number)[0]
    key = cohort_key(bytes.fromhex(KEY), UUID(str(uuid)))
    found = place.ask(
        """select b.study_id, b.participant_id from research_consent c
             join participants_background b using (participant_id)
             join participants_participant p on p.id = c.participant_id
             join research_cohortmember m on m.participant_id = c.participant_id and m.study_id = c.study_id
             join research_cohort o on o.id = m.cohort_id and o.number = %s
            where m.joined_at < (%s::date + 1)::timestamp at time zone 'Europe/Amsterdam' and c.study_id = %s
              and c.withdrawn_at is null and (p.paused_at is null or p.paused_until <= now())""",
        *(number, last_month_end(), study),
    )
    return [(pseudonym(key, UUID(str(uuid))), participant) for uuid, participant in found]


def test_every_cell_is_what_was_declared(place: Place, tally: Tally) -> None:
    state, file, *_ = finished(place)
    assert state == "ready"
    with opened(place, file) as archive:
        assert set(archive.namelist()) == {f.name for f in FILES} | {"codeboek.csv"}
        for declared in FILES:
            rows = rows_of(archive, declared.name)
            tally.tried()
            assert rows, declared.name
            assert list(rows[0]) == [c.name for c in declared.columns]
            for row in rows:
                for column in declared.columns:
                    if not re.fullmatch(column.pattern, row[column.name]):
                        tally.leaked(f"{declared.name}.{column.name}: {row[column.name]!r}")
    tally.judge()


def test_no_word_of_anybody_leaves(place: Place) -> None:
    """Canaries stand in every text of the database; in no file, name, or manifest."""
    planted = place.one("select count(*) from goals_goal where words like 'CANARY%%'")
    assert planted > 100
    _state, file, _sha, _size, manifest, *_ = finished(place)
    raw = (place.root / "made" / file).read_bytes()
    with opened(place, file) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
        names = " ".join(archive.namelist()) + str([info.comment for info in archive.infolist()]) + str(archive.comment)
    for text in (raw, content, names.encode(), json.dumps(manifest).encode(), file.encode()):
        assert b"CANARY" not in text
    ids = {str(pk) for (pk,) in place.ask("select study_id from participants_background")}
    assert not [pk for pk in ids if pk.encode() in content]


def test_only_who_said_yes_and_everybody_who_did(place: Place) -> None:
    state, file, *_rest, study = finished(place)
    with opened(place, file) as archive:
        inside = [row["pid"] for row in rows_of(archive, "deelnemers.csv")]
        assert set(inside) == consenting(place, study)
        assert len(inside) == len(set(inside))
        for declared in FILES:
            assert {row["pid"] for row in rows_of(archive, declared.name)} <= set(inside), declared.name


def test_the_order_says_nothing(place: Place) -> None:
    """By pseudonym: not by who came first."""
    _state, file, *_ = finished(place)
    with opened(place, file) as archive:
        for declared in FILES:
            pids = [row["pid"] for row in rows_of(archive, declared.name)]
            assert pids == sorted(pids), declared.name
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_what_the_manifest_says_is_true(place: Place) -> None:
    _state, file, digest, size, manifest, *_rest, study = finished(place)
    path = place.root / "made" / file
    assert sha256(path.read_bytes()).hexdigest() == digest
    assert path.stat().st_size == size
    with opened(place, file) as archive:
        assert manifest["people"] == len(consenting(place, study))
        for name, told in manifest["files"].items():
            content = archive.read(name)
            assert sha256(content).hexdigest() == told["sha256"], name
            assert len(content) == told["bytes"], name
            rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
            assert len(rows) - 1 == told["rows"], name
            assert rows[0] == told["columns"], name
            assert content.count(b"\n") == content.count(b"\r\n"), name


def test_pseudonyms_hold_within_a_cohort_and_join_to_no_other(place: Place) -> None:
    pids = []
    for _again in range(2):
        _state, file, *_ = finished(place)
        with opened(place, file) as archive:
            pids.append({row["pid"] for row in rows_of(archive, "deelnemers.csv")})
    assert pids[0] == pids[1]
    ids = [UUID(str(pk)) for (pk,) in place.ask("select study_id from participants_background")]
    keys = [cohort_key(bytes.fromhex(KEY), UUID(int=n)) for n in (1, 2)]
    assert not {pseudonym(keys[0], pk) for pk in ids} & {pseudonym(keys[1], pk) for pk in ids}


def test_fewer_than_ten_get_no_file(place: Place) -> None:
    """Nine people left: refused with a sentence, no file, and whoever asked hears that it is done."""
    study = studies(place)[1]
    kept = place.ask(
        """update research_consent set withdrawn_at = now() where study_id = %s and withdrawn_at is null and id not in
             (select id from research_consent where study_id = %s and withdrawn_at is null order by id limit 9)
           returning id""",
        *(study, study),
    )
    before = place.files()
    state, file, digest, _size, manifest, refusal, *_ = finished(place, study=2)
    assert (state, file, digest, manifest) == ("refused", "", "", {})
    assert refusal == "few"
    assert place.files() == before
    place.ask("update research_consent set withdrawn_at = null where id = any(%s)", [pk for (pk,) in kept])


@pytest.mark.slow
def test_memory_does_not_grow_with_the_world(django_db_setup: None, tmp_path: Path) -> None:
    with seeded_place(MANY, tmp_path) as large:
        export = large.new_export(studies(large)[0])
        result = large.run(export)
        assert (result["exit"], result["signal"]) == (0, 0)
        assert result["rss_MB"] < 200
        assert large.one("select state from research_export where id = %s", export) == "ready"


# --- who gets it ----------------------------------------------------------------------------------------------------
@pytest.fixture
def ready(cast: Cast, settings: Any, tmp_path: Path) -> Export:
    """A version that waits for a second person, with its file."""
    settings.EXPORT_ROOT = tmp_path
    settings.EXPORT_WORK = tmp_path / "made"
    (tmp_path / "x.zip").write_bytes(b"PK-the-file")
    export = cast.exports["ready"]
    with role("herstel_maint"):
        Export.objects.filter(pk=export.pk).update(file="x.zip", size=11, ready_at=timezone.now())
        export.refresh_from_db()
    return export


def state_of(export: Export) -> str:
    with role("herstel_maint"):
        export.refresh_from_db()
    return export.state


def client_of(cast: Cast, name: str) -> Client:
    return signed_in(cast.users[name], crash=True)


def judge(client: Client, export: Export, word: str = "release") -> int:
    said = {word: "1", "why": "" if word == "release" else "Te klein"}
    return client.post(reverse("research:export_judge", args=[export.slug]), said).status_code


def download(client: Client, export: Export) -> tuple[int, bytes]:
    response = client.post(reverse("research:export_download", args=[export.slug]))
    return response.status_code, body_of(response).encode() if response.status_code == 200 else b""


def release(cast: Cast, export: Export, **changed: Any) -> None:
    assert judge(client_of(cast, "checker"), export) == 302
    assert state_of(export) == "released"
    with role("herstel_maint"):  # the export worker laid it ready
        Export.objects.filter(pk=export.pk).update(**({"published_at": timezone.now()} | changed))


def test_who_asked_does_not_release_not_even_as_a_checker(cast: Cast, ready: Export) -> None:
    researcher = client_of(cast, "researcher")
    assert judge(researcher, ready) in (302, 403, 404)
    assert state_of(ready) == "ready"
    with role("herstel_maint"):
        until = timezone.localdate() + timedelta(days=9)
        work = cast.employments["researcher"]
        StudyRole.objects.create(study=ready.study, user=work.user, employment=work, role="checker", until=until)
    assert judge(researcher, ready) in (302, 403, 404)
    assert state_of(ready) == "ready"
    with role("herstel_maint"), pytest.raises(Exception, match="two_people_release"):
        Export.objects.filter(pk=ready.pk).update(released_by=cast.pk("researcher"))


def test_nothing_is_fetched_before_it_is_released(cast: Cast, ready: Export) -> None:
    for name in ("researcher", "checker"):
        assert download(client_of(cast, name), ready)[0] != 200
    with role("herstel_maint"):
        assert not Download.objects.exists()


def test_who_may_fetches_and_it_is_in_the_log(cast: Cast, ready: Export) -> None:
    release(cast, ready)
    status, content = download(client_of(cast, "researcher"), ready)
    assert (status, content) == (200, b"PK-the-file")
    with role("herstel_maint"):
        assert Download.objects.get().by_id == cast.pk("researcher")


@pytest.mark.parametrize("name", ["jan", "mo", "noor", "administrator", "anonymous"])
def test_others_get_nothing(cast: Cast, ready: Export, name: str) -> None:
    release(cast, ready)
    client = client_of(cast, name)
    for view in ("export", "export_progress", "export_judge", "export_download"):
        url = reverse(f"research:{view}", args=[ready.slug])
        for response in (client.get(url), client.post(url, {"release": "1"})):
            assert response.status_code in (302, 404, 405)
            assert "PK-the-file" not in body_of(response)
    with role("herstel_maint"):
        assert not Download.objects.exists()


@pytest.mark.parametrize("how", ["another study", "the role ended", "the work ended", "works elsewhere"])
def test_a_researcher_of_elsewhere_gets_nothing(cast: Cast, ready: Export, how: str) -> None:
    release(cast, ready)
    assert cast.cohort is not None
    with role("herstel_maint"):
        if how == "another study":
            today = timezone.localdate()
            other = Study.objects.create(title="Anders", question="?", asks="?", approval="2", text="?",
                                         open_from=today, open_until=today)  # fmt: skip
            Cohort.objects.create(study=other, uuid="6d1c1a6e-3f5a-4b52-8d9f-0d8c1f1c2a99")
            StudyRole.objects.filter(user=cast.pk("researcher")).update(study=other)
        elif how == "the role ended":
            StudyRole.objects.filter(user=cast.pk("researcher")).update(until=timezone.localdate() - timedelta(days=1))
        else:
            work = cast.employments["researcher"]
            Employment.objects.filter(pk=work.pk).update(ended_at=timezone.now())
        if how == "works elsewhere":
            Employment.objects.create(
                user=work.user, organisation=cast.organisations["lentis"], function="researcher", name="R"
            )
    client = client_of(cast, "researcher")
    for view in ("export", "export_progress"):
        assert client.get(reverse(f"research:{view}", args=[ready.slug])).status_code == 404
    for view in ("cohort", "codebook", "log", "export_new"):
        assert client.get(reverse(f"research:{view}", args=[cast.cohort.slug])).status_code == 404
    assert download(client, ready)[0] == 404
    assert judge(client, ready) == 404


def test_after_its_days_it_is_gone(cast: Cast, ready: Export) -> None:
    release(cast, ready, expires_at=timezone.now() - timedelta(seconds=1))
    for name in ("researcher", "checker"):
        assert download(client_of(cast, name), ready)[0] != 200
    with role("herstel_maint"):
        assert not Download.objects.exists()


@pytest.mark.parametrize("name", ["../x.zip", "/etc/hostname", "", "..", "nowhere.zip"])
def test_a_name_in_the_row_reaches_nothing_else(cast: Cast, ready: Export, name: str) -> None:
    release(cast, ready, file=name)
    status, content = download(client_of(cast, "researcher"), ready)
    assert status == 404 or content == b"PK-the-file"


@pytest.mark.parametrize("name", ["checker", "mo", "jan", "administrator"])
def test_who_is_no_researcher_of_the_study_asks_for_nothing(cast: Cast, name: str) -> None:
    with role("herstel_maint"):
        cohort = Cohort.objects.create(study=cast.study, number=2, uuid=uuid4())
    with acting_as(cast.pk(name)), connection.cursor() as cursor:
        cursor.execute("select doors.ask_export(%s, 'x')", [cohort.pk])
        assert cursor.fetchone() == (None,)


def test_who_asked_released_and_fetched_is_called_as_their_work_says(cast: Cast) -> None:
    """Found by an attacker: the names were words that SQL gave."""
    with role("herstel_maint"):
        cohort = Cohort.objects.create(study=cast.study, number=2, uuid=uuid4())
    with acting_as(cast.pk("researcher")):
        export = ask_export(cohort=cohort, purpose="x")
    assert (export.version, export.asked_name) == (1, cast.employments["researcher"].name)
    assert export.cut_off == last_month_end()
    with role("herstel_maint"):
        Export.objects.filter(pk=export.pk).update(state="ready")
    with acting_as(cast.pk("checker")):
        judge_export(export=export, release=True)
    with role("herstel_maint"):
        Export.objects.filter(pk=export.pk).update(published_at=timezone.now())
    with acting_as(cast.pk("researcher")):
        take_copy(export=export)
    with role("herstel_maint"):
        assert Export.objects.get(pk=export.pk).released_name == cast.employments["checker"].name
        assert Download.objects.get().name == cast.employments["researcher"].name


def test_a_reason_to_give_back_is_not_lost_by_the_other_button(cast: Cast, ready: Export) -> None:
    checker = client_of(cast, "checker")
    both = {"release": "1", "why": "Het doel klopt niet."}
    page = checker.post(reverse("research:export_judge", args=[ready.slug]), both).text
    assert "Keur je toch goed? Haal dit dan eerst weg." in page
    assert "Het doel klopt niet." in page
    with role("herstel_maint"):
        ready.refresh_from_db()
    assert ready.state == Export.State.READY
