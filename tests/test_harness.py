"""The harness itself: what it promises to the other tests."""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.urls import path
from pytest_django.live_server_helper import LiveServer

from goals.models import Goal
from herstel.actor import acting_as
from herstel.mail import queue
from herstel.models import OutgoingMail, User
from herstel.needs import public
from tests.cast import PEOPLE, Cast
from tests.copies import NOBODY, copies
from tests.harness import another, role


def who_am_i(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("select current_user, current_database(), (select count(*) from herstel_user)")
        return HttpResponse(" ".join(str(part) for part in cursor.fetchone()))


urlpatterns = [path("u/wie/", public("planted")(who_am_i))]


def current_user() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        (name,) = cursor.fetchone()
    return str(name)


def test_a_role_is_taken_back_also_after_an_error(db: None) -> None:
    with role("herstel_maint"):
        assert current_user() == "herstel_maint"
        with role("herstel_owner"):
            assert current_user() == "herstel_owner"
        assert current_user() == "herstel_maint"
    assert current_user() == "herstel_web"
    with pytest.raises(ZeroDivisionError), role("herstel_maint"):
        _ = 1 / 0
    assert current_user() == "herstel_web"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("run", [1, 2])
def test_a_real_transaction_is_seen_by_others_and_cleared_up(cast: Cast, run: int) -> None:
    assert current_user() == "herstel_web"
    with another("web", actor=cast.pk("jan")) as second:
        assert second.execute("select count(*) from goals_goal").fetchone() == (4,)
    with transaction.atomic(), role("herstel_maint"):
        assert User.objects.count() == len(PEOPLE)


def filled() -> dict[str, int]:
    """How many rows there are in each table that has any."""
    with role("herstel_owner"), connection.cursor() as cursor:
        rows = {}
        for table in connection.introspection.table_names():
            cursor.execute(f"select count(*) from {connection.ops.quote_name(table)}")
            rows[table] = cursor.fetchone()[0]
    return {table: n for table, n in rows.items() if n}


@pytest.mark.django_db(transaction=True)
def test_what_migrations_made_is_there_after_a_real_transaction() -> None:
    """Otherwise whichever test comes next on the same process works on a half-made database."""
    made = filled()
    with transaction.atomic(), role("herstel_maint"):
        User.objects.create_user("somebody@kring.example")
    call_command("flush", interactive=False)
    copies.use(NOBODY)
    assert filled() == made


@pytest.mark.urls("tests.test_harness")
def test_the_live_server_works_as_the_web_on_the_same_database(live_server: LiveServer, cast: Cast) -> None:
    with urllib.request.urlopen(f"{live_server.url}/u/wie/", timeout=10) as answer:
        assert answer.read().decode() == f"herstel_web {connection.settings_dict['NAME']} {len(PEOPLE)}"


def test_the_queue_is_told_and_nothing_runs(
    cast: Cast, woken: list[tuple[str, int]], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True), acting_as(cast.pk("jan")):
        queue("waiting", to=cast.user("ans"))
    with role("herstel_maint"):
        mail = OutgoingMail.objects.get()
    assert woken == [("herstel.tasks.send_mail", mail.pk)]
    assert mail.sent_at is None


def test_a_variable_that_nobody_gave_fails() -> None:
    assert Template("{% if nothing %}x{% endif %}{{ given }}").render(Context({"given": "y"})) == "y"
    with fails():
        Template("{{ nothing }}").render(Context({}))
    with fails():
        Template("{{ given.nothing|upper }}").render(Context({"given": "y"}))


@contextmanager
def fails() -> Iterator[None]:
    with pytest.raises(pytest.fail.Exception, match="nobody gave"):
        yield


def test_the_cast_sees_what_it_may(cast: Cast) -> None:
    """The dictionary of canaries and the rules say the same about goals; the walk compares the rest."""
    for name in PEOPLE:
        with acting_as(cast.pk(name)):
            seen = {goal.words for goal in Goal.objects.visible()}
        canaries = {f"CANARY[{c}]" for c in cast.may_see[name] if "-goal-" in c}
        assert seen == canaries, name
