"""Beheer: what is of Kring itself is changed by whoever keeps Kring, and every act of administration is in a log."""

from typing import Any

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from herstel.actor import acting_as
from herstel.models import HelpLine, Job, OutgoingMail
from herstel.policies import our_models
from participants.models import AdministrationLine
from tests.addresses import Address, addresses, things_of
from tests.cast import Cast, canaries_in
from tests.harness import another, role, session_of, signed_in
from tests.test_access import NONSENSE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("contexts")]

BEHEER = [address for address in addresses() if address.name.startswith("beheer:")]
# Tables of one person, of one session or of nobody: who visits a page leaves something in them.
OF_A_VISIT = {"herstel_user", "herstel_signin", "herstel_outgoingmail", "herstel_job"}


def platform_tables() -> list[str]:
    """Tables of ours that hold nothing of a participant or of one account: what is the same for everybody."""
    shared = [m for m in our_models() if not {"participant", "user", "actor"} & {f.name for f in m._meta.fields}]
    return [m._meta.db_table for m in shared if m._meta.db_table not in OF_A_VISIT]


def picture(tables: list[str]) -> dict[str, str]:
    """What stands in these tables."""
    with role("herstel_maint"), connection.cursor() as cursor:
        found = {}
        for table in tables:
            cursor.execute(f"select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {table} t")
            found[table] = cursor.fetchone()[0]
    return found


def filled(client: Client, url: str) -> dict[str, str]:
    """The form of this page, filled in with something that each of its fields accepts."""
    response = client.get(url)
    form = response.context.get("form") if response.context else None
    return {name: _something(name, field) for name, field in form.fields.items()} if form else {}


def _something(name: str, field: Any) -> str:
    if hasattr(field, "choices"):
        return str(next(value for value, _label in field.choices if value))
    kind = type(field).__name__
    words = {"IntegerField": "7", "BooleanField": "on"}.get(kind, "Iets nieuws")
    return {"number": "0800 1234", "email": "nieuw@vnn.example", "position": "7"}.get(name, words)


def urls_of(cast: Cast, found: list[Address]) -> list[tuple[str, str]]:
    things = things_of(cast)
    return [(a.name, reverse(a.name, kwargs=a.kwargs(things))) for a in found]


# --- what is of Kring itself ------------------------------------------------------------------------------------------
def changed_by(cast: Cast, persona: str) -> set[str]:
    """Tables of everybody that change when this person sends every form of the house, those of /beheer/ filled in."""
    keeper = signed_in(cast.users["administrator"], crash=True)
    client = signed_in(cast.users[persona], crash=True)
    before, changed, cookies = picture(platform_tables()), set[str](), client.cookies.copy()
    for name, url in urls_of(cast, [a for a in addresses() if ":" in a.name]):
        with transaction.atomic():
            client.cookies = cookies.copy()
            client.post(url, filled(keeper, url) if name.startswith("beheer:") else NONSENSE)
            changed |= {table for table, text in picture(platform_tables()).items() if text != before[table]}
            transaction.set_rollback(True)
    return changed


def test_an_organisations_administrator_changes_nothing_of_everybodys(cast: Cast) -> None:
    assert {"herstel_helpline", "participants_organisation"} <= set(platform_tables())
    assert not changed_by(cast, "vera")


def test_whoever_keeps_kring_does_change_it(cast: Cast) -> None:
    """The same forms, sent by somebody who may: the comparison sees what happens."""
    assert changed_by(cast, "administrator") == {"herstel_helpline", "participants_organisation"}


@pytest.mark.parametrize("persona", ["anonymous", "jan", "mo", "vera", "administrator"])
@pytest.mark.parametrize(
    "statement",
    [
        "insert into herstel_helpline (number, question, question_en, words, words_en, short, short_en, position, hard,"
        " for_members) values ('1', '', '', '', '', '', '', 9, false, false)",
        "update herstel_helpline set number = '0900 666'",
        "delete from herstel_helpline",
        "insert into participants_organisation (name, kind) values ('x', 'care')",
        "update participants_organisation set kind = 'platform'",
        "delete from participants_organisation",
        "select doors.add_organisation('Nieuw', 'care')",
        "insert into participants_administrationline (at, name, event, about) values (now(), '', 'employed', '')",
        "update participants_administrationline set about = ''",
        "delete from participants_administrationline",
        "select private.administered('employed', null, null, '')",
    ],
)
def test_the_database_itself_refuses(cast: Cast, persona: str, statement: str) -> None:
    """In SQL, past every view: nothing of everybody's changes, but by whoever keeps Kring, and the log by nobody."""
    tables = ["herstel_helpline", "participants_organisation", "participants_administrationline"]
    with acting_as(cast.pk("administrator")):  # so that there is a line to fake
        HelpLine.objects.filter(pk=cast.help_line.pk).update(checked_on="2026-01-01")
    before = picture(tables)
    refused = ""
    with acting_as(cast.pk(persona)), connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(statement)
        except ProgrammingError as error:
            refused = str(error)
    assert not refused or "permission denied" in refused or "row-level security" in refused
    may = persona == "administrator" and ("helpline" in statement or "add_organisation" in statement)
    assert (picture(tables) == before) is not may


def test_figures_of_the_house_are_for_whoever_keeps_it(cast: Cast) -> None:
    with role("herstel_maint"), connection.cursor() as cursor:
        cursor.execute(
            "insert into herstel_outgoingmail (key, address, template, context, send_at) values"
            " (gen_random_uuid(), 'x@x.example', 'code', '{}', now() - interval '1 day')"
        )
    for persona, waiting in (("administrator", 1), ("vera", 0), ("jan", 0), ("anonymous", 0)):
        with acting_as(cast.pk(persona)), connection.cursor() as cursor:
            cursor.execute("select waiting from doors.mail_figures()")
            assert cursor.fetchone() == (waiting,), persona


# --- the log of what administrators do --------------------------------------------------------------------------------
# Pages of /beheer/ that take no form, so that there is nothing to note.
ONLY_READ = {"beheer:home", "beheer:employments", "beheer:log", "beheer:jobs", "beheer:concerns", "beheer:help_lines"}


def lines() -> list[AdministrationLine]:
    with role("herstel_maint"):
        return list(AdministrationLine.objects.order_by("pk"))


def given_up(cast: Cast) -> Job:
    """A job, and a mail besides, that are tried no more."""
    with role("herstel_maint"):
        OutgoingMail.objects.create(to_user=cast.user("jan"), template="waiting", attempts=60)
        return Job.objects.create(kind="copy", subject=0, key="copy:0", state=Job.State.FAILED)


def acts(cast: Cast) -> dict[str, list[str]]:
    """Every form of /beheer/ as the administrator sends it: the name of its address → the events that it wrote."""
    client = signed_in(cast.users["administrator"], crash=True)
    wrote = {}
    job = given_up(cast)
    for name, url in urls_of(cast, BEHEER):
        url = reverse(name, args=[job.pk]) if name == "beheer:job_again" else url
        with transaction.atomic():
            data = filled(client, url)
            before = len(lines())
            if client.post(url, data).status_code == 302:
                wrote[f"{name} {url}"] = [line.event for line in lines()[before:]]
            transaction.set_rollback(True)
    return wrote


def test_every_act_writes_one_line(cast: Cast) -> None:
    wrote = acts(cast)
    assert {name.split()[0] for name in wrote} == {address.name for address in BEHEER} - ONLY_READ
    assert {name: events for name, events in wrote.items() if len(events) != 1} == {}
    events = {event for (event,) in wrote.values()}
    # The rest: reading is no form, a name is changed in no page yet, and a question is taken back by the same page that
    # ends work (test_work_begins.py).
    assert set(AdministrationLine.Event.values) - events == {"concern_read", "changed", "taken_back"}


@pytest.mark.parametrize("table", ["participants_employment", "participants_organisation", "herstel_helpline"])
def test_an_act_without_a_line_is_noticed(cast: Cast, table: str) -> None:
    with role("herstel_owner"), connection.cursor() as cursor:
        cursor.execute("set constraints all immediate; set constraints all deferred")
        cursor.execute(f"alter table {table} disable trigger administered")
    assert [name for name, events in acts(cast).items() if not events]


def test_a_line_says_who_and_what_and_no_content(cast: Cast) -> None:
    client = signed_in(cast.users["administrator"])
    for _name, url in urls_of(cast, BEHEER):
        data = filled(client, url)
        client.post(url, data)
    assert {line.actor for line in lines()} == {cast.pk("administrator")}
    text = client.get(reverse("beheer:log")).text
    for label in ("Antwoordde op een melding", "Las een melding", "Haalde een hulpnummer weg", "0800 1234"):
        assert label in text
    # Names of who works there, and nothing that a participant wrote.
    assert {name.partition("-")[0] for name in canaries_in(text)} == {"work"}
    assert not cast.leaked("administrator", text)


def test_who_reads_which_lines(cast: Cast) -> None:
    client = signed_in(cast.users["administrator"])
    concern = reverse("beheer:concern", args=[cast.jan.concern.slug])
    client.get(concern)
    client.post(reverse("beheer:employment_end", args=[cast.employments["sara"].pk]))
    signed_in(cast.users["vera"]).post(reverse("beheer:employment_end", args=[cast.employments["noor"].pk]))
    read, sara, noor = lines()
    expected = {"administrator": {read.pk, sara.pk, noor.pk}, "vera": {noor.pk}, "jan": {read.pk}}
    for name, user in cast.users.items():
        with acting_as(user.pk):
            seen = {line.pk for line in AdministrationLine.objects.visible()}
            assert seen == expected.get(name, set()), name
    text = signed_in(cast.users["vera"]).get(reverse("beheer:log")).text
    assert canaries_in(text) == {"work-vera", "work-noor"}


def test_the_participant_reads_that_a_concern_was_read(cast: Cast) -> None:
    jan = signed_in(cast.users["jan"])
    says = "Een beheerder van Kring las dit"
    assert says not in jan.get(reverse("meetings:looked")).text
    for persona in ("vera", "mo", "administrator"):
        signed_in(cast.users[persona], crash=True).get(reverse("beheer:concern", args=[cast.jan.concern.slug]))
        assert (says in jan.get(reverse("meetings:looked")).text) is (persona == "administrator"), persona


def test_nobody_writes_that_a_concern_was_read_but_its_reader(cast: Cast) -> None:
    for name, user in cast.users.items():
        with acting_as(user.pk), connection.cursor() as cursor:
            cursor.execute("select audit.note_concern_read(%s)", [cast.jan.concern.pk])
        assert bool(lines()) is (name == "administrator"), name
        with role("herstel_maint"):
            AdministrationLine.objects.all().delete()


def test_a_form_that_is_sent_twice_and_a_refused_one(cast: Cast) -> None:
    """Ended is ended once; what was refused leaves no line."""
    client = signed_in(cast.users["vera"], crash=True)
    url = reverse("beheer:employment_end", args=[cast.employments["noor"].pk])
    client.post(url)
    client.post(url)
    assert client.post(reverse("beheer:employment_end", args=[cast.employments["sara"].pk])).status_code == 404
    assert client.post(reverse("beheer:organisations"), {"name": "Nieuw", "kind": "care"}).status_code == 404
    assert client.post(reverse("beheer:employment_new"), {"name": "", "email": "x"}).status_code == 200
    assert [line.event for line in lines()] == ["ended"]


ACTS = {
    "ends": "update participants_employment set ended_at = now() where id = {mo}",
    "asks": "insert into participants_employment (user_id, organisation_id, function, name, invited_at, active) "
    "values ({jan}, {vnn}, 'administrator', 'X', now(), false)",
    "changes a number": "update herstel_helpline set number = '0900'",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("instead", ["nobody", "noor", "mo", "jan"])
@pytest.mark.parametrize("act", ACTS)
def test_no_act_lays_its_session_aside_on_the_way_to_the_log(cast: Cast, act: str, instead: str) -> None:
    """Found by an attacker: what a statement returns is made before the trigger that writes the line."""
    session = "" if instead == "nobody" else session_of(cast.pk(instead)).hex()
    pks = {"mo": cast.employments["mo"].pk, "jan": cast.pk("jan"), "vnn": cast.organisations["vnn"].pk}
    with another("web", actor=cast.pk("administrator")) as web:
        statement = f"{ACTS[act].format(**pks)} returning set_config('app.session', '{session}', true)"
        with pytest.raises(psycopg.Error, match="an act of administration"):
            web.execute(statement)


def test_an_empty_field_says_what_belongs_in_it(cast: Cast) -> None:
    page = signed_in(cast.users["administrator"]).post(reverse("beheer:employment_new"), {"name": ""}).text
    assert all(words in page for words in ("Vul een naam in.", "Vul een mailadres in."))
    assert "Vul in wat je wilt" not in page
