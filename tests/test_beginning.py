"""Somebody can begin without a superuser: the first administrator, a study, its cohorts and who works on it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pytest_django.plugin import DjangoDbBlocker

from tests import harness
from tests.forking import Forking

STUDY = (
    *("create_study", "Samen sterk", "--question", "Helpt het?", "--approval", "METc 1"),
    *("--open-from", "2026-01-01", "--open-until", "2030-01-01"),
)


class Place:
    """An empty database, and commands in processes of their own that know the owner's address only."""

    def __init__(self, database: str, words: Path, commands: Forking | None = None) -> None:
        self.database, self.words = database, words
        self.commands = commands or Forking(self.environment())

    def environment(self) -> dict[str, str]:
        hidden = {name for name in os.environ if name.startswith("DATABASE_URL")} | {"HERSTEL_ROLE", "HERSTEL_DEMO"}
        return {name: value for name, value in os.environ.items() if name not in hidden} | {
            "DJANGO_SETTINGS_MODULE": "herstel.settings",
            "DATABASE_URL_OWNER": harness.role_url("owner", self.database),
            "SECRET_KEY": "only-for-the-tests",
        }

    def alone(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """As somebody types it."""
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=harness.ROOT,
            env=self.environment() | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def manage(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        if environment:
            return self.alone(*command, "--skip-checks", **environment)
        return self.commands.manage(*command, "--skip-checks")

    def done(self, *command: str) -> str:
        result = self.manage(*command)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def refused(self, *command: str, **environment: str) -> str:
        """A sentence for who typed it, no traceback, and nothing changed."""
        before = self.rows()
        result = self.manage(*command, **environment)
        assert result.returncode != 0, result.stdout
        assert "Traceback" not in result.stderr
        assert self.rows() == before
        return result.stderr

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(make_conninfo(harness.superuser_url(), dbname=self.database)) as session:
            return session.execute(query).fetchall()  # type: ignore[call-overload]

    def rows(self) -> tuple[object, ...]:
        """What stands in the database, in one number for each table."""
        names = [name for (name,) in self.ask("select tablename::text from pg_tables where schemaname = 'public'")]
        digest = "(select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {} t)"
        return self.ask(f"select {', '.join(digest.format(name) for name in sorted(map(str, names)))}")[0]

    def study(self) -> str:
        self.done(*STUDY, "--asks", str(self.words), "--text", str(self.words))
        return str(self.ask("select slug from research_study")[0][0])

    def researcher(self, address: str) -> None:
        """Invited in /beheer/ by the first administrator."""
        self.ask(
            f"""
            with u as (insert into herstel_user (email, password, is_active, joined_at)
                       values ('{address}', '!', true, now()) returning id),
                 o as (insert into participants_organisation (name, kind)
                       values ('U{address}', 'research') returning id)
            insert into participants_employment (user_id, organisation_id, function, name, active, began_at, invited_at)
            select u.id, o.id, 'researcher', 'R', true, now(), now() from u, o returning id"""
        )


@pytest.fixture(scope="module")
def name() -> str:
    return f"kring_run_{os.getpid()}_begin"


@pytest.fixture(scope="module")
def commands(django_db_setup: None, django_db_blocker: DjangoDbBlocker, name: str) -> Iterator[Forking]:
    with django_db_blocker.unblock():
        made = Place(name, Path()).commands
    yield made
    made.stop()


@pytest.fixture
def place(commands: Forking, name: str, tmp_path: Path) -> Iterator[Place]:
    harness.clone(harness.ensure_template(), name)
    words = tmp_path / "words.txt"
    words.write_text("Meedoen mag.")
    yield Place(name, words, commands)
    harness.drop(name)


# --- the first administrator ------------------------------------------------------------------------------------------
def test_the_first_administrator_can_sign_in_and_nobody_else_is_made_one(place: Place) -> None:
    place.done("create_administrator", "Eerste@Kring.nl", "--name", "Eva")
    assert place.ask(
        "select u.email, e.function, e.name, e.active, o.kind from participants_employment e "
        "join herstel_user u on u.id = e.user_id join participants_organisation o on o.id = e.organisation_id"
    ) == [("eerste@kring.nl", "administrator", "Eva", True, "platform")]
    ((to, template, link),) = place.ask("select address, template, context->>'link' from herstel_outgoingmail")
    assert (to, template) == ("eerste@kring.nl", "link")
    ((works,),) = place.ask(f"select doors.address_of_link(sha256('{link}'))")
    assert works == "eerste@kring.nl"
    for address in ("eerste@kring.nl", "tweede@kring.nl"):
        assert "has an administrator already" in place.refused("create_administrator", address)


def test_two_at_once_make_one_administrator(place: Place) -> None:
    with ThreadPoolExecutor(2) as two:
        results = list(two.map(lambda n: place.alone("create_administrator", f"a{n}@kring.nl"), range(2)))
    assert sorted(result.returncode for result in results) == [0, 1]
    assert len(place.ask("select from participants_employment")) == 1


def test_an_administrator_of_one_organisation_is_not_the_first_of_kring(place: Place) -> None:
    place.researcher("iemand@vnn.nl")
    place.ask("update participants_employment set function = 'administrator' returning id")
    place.done("create_administrator", "eerste@kring.nl")
    place.ask("update participants_employment set ended_at = now() returning id")
    place.done("create_administrator", "nieuw@kring.nl")  # nobody was left to invite them


@pytest.mark.parametrize("typed", ["", "geen adres", "a@b", "x" * 250 + "@kring.nl"])
def test_what_is_no_address_is_refused(place: Place, typed: str) -> None:
    place.refused("create_administrator", typed)


def test_what_does_not_fit_is_refused_whole(place: Place) -> None:
    place.refused("create_administrator", "eerste@kring.nl", "--name", "x" * 61)
    place.refused("create_administrator", "eerste@kring.nl", "--organisation", "x" * 81)


# --- a study ----------------------------------------------------------------------------------------------------------
def test_a_study_begins_with_a_cohort_and_is_made_once(place: Place) -> None:
    slug = place.study()
    assert place.ask("select title, text, text_version from research_study") == [("Samen sterk", "Meedoen mag.", 1)]
    assert place.ask("select number from research_cohort") == [(1,)]
    words = ("--asks", str(place.words), "--text", str(place.words))
    assert "already" in place.refused(*STUDY, *words)
    other = ["create_study", "Anders", *STUDY[2:]]
    assert "cannot be read" in place.refused(*other, "--asks", str(place.words), "--text", "/nowhere")
    assert "before it opens" in place.refused(*other, *words, "--open-until", "2020-01-01")
    assert "cannot be kept" in place.refused("create_study", "x" * 121, *STUDY[2:], *words)
    assert slug


def test_cohorts_are_numbered_one_after_the_other(place: Place) -> None:
    slug = place.study()
    for number in ("2", "2", "1"):
        place.done("add_cohort", slug, number)
    assert place.ask("select number, count(distinct uuid) from research_cohort group by 1 order by 1") == [
        (1, 1),
        (2, 1),
    ]
    for number in ("4", "0", "-1", "two"):
        place.refused("add_cohort", slug, number)
    assert slug in place.refused("add_cohort", "nothing", "1")


def test_who_works_on_a_study_works_here_as_a_researcher(place: Place) -> None:
    slug = place.study()
    place.researcher("r@uni.nl")
    role = ("set_study_role", slug)
    for until in ("2029-01-01", "2028-01-01", "2020-01-01"):  # longer, shorter, over
        place.done(*role, "r@uni.nl", "researcher", "--until", until)
        assert place.ask("select role, until::text from research_studyrole") == [("researcher", until)]
    place.done(*role, "r@uni.nl", "checker", "--until", "2028-01-01")
    assert "as a researcher" in place.refused(*role, "vreemd@uni.nl", "researcher", "--until", "2028-01-01")
    place.refused(*role, "r@uni.nl", "boss", "--until", "2028-01-01")
    place.refused(*role, "r@uni.nl", "checker", "--until", "morgen")
    place.refused("set_study_role", "nothing", "r@uni.nl", "checker", "--until", "2028-01-01")
    place.ask(
        """with o as (insert into participants_organisation (name, kind) values ('Elders', 'research') returning id)
           insert into participants_employment (user_id, organisation_id, function, name, active, began_at, invited_at)
           select e.user_id, o.id, 'researcher', 'R', true, now(), now() from participants_employment e
             join o on true where e.function = 'researcher' limit 1
           returning id"""
    )
    assert "--organisation" in place.refused(*role, "r@uni.nl", "checker", "--until", "2028-01-01")
    assert "as a researcher" in place.refused(
        *role, "r@uni.nl", "checker", "--until", "2028-01-01", "--organisation", "Nergens"
    )
    place.done(*role, "r@uni.nl", "checker", "--until", "2028-01-01", "--organisation", "Elders")
    assert place.ask(
        "select r.role, o.name from research_studyrole r join participants_employment e on e.id = r.employment_id "
        "join participants_organisation o on o.id = e.organisation_id order by 1"
    ) == [("checker", "Elders"), ("researcher", "Ur@uni.nl")]
    place.ask("update participants_employment set ended_at = now() returning id")
    assert "as a researcher" in place.refused(*role, "r@uni.nl", "checker", "--until", "2028-01-01")


# --- made-up people ---------------------------------------------------------------------------------------------------
SEEDS = [("seed_world", "--participants", "1", "--goals", "1", "--meetings", "1"), ("load_demo",)]


@pytest.mark.parametrize("command", SEEDS, ids=lambda c: c[0])
def test_made_up_people_stay_among_themselves(place: Place, command: tuple[str, ...]) -> None:
    assert "HERSTEL_DEMO" in place.refused(*command)
    place.done("create_administrator", "echt@kring.nl")
    assert "not made up" in place.refused(*command, HERSTEL_DEMO="1")
