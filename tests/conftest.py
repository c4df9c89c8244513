"""Fixtures: a copy of the migrated database, the web role, nobody's queue, and the cast (see cast.py)."""

import os
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management.commands.flush import Command as Flush
from django.db import connection
from django.db.backends.signals import connection_created
from django.template.base import Template
from django.test.utils import instrumented_test_render
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker, blocking_manager_key

from herstel import wake
from tests import harness
from tests.cast import Cast
from tests.copies import copies, who_lives_in
from tests.logged import everything_logged

BOUND = """
select current_user, r.rolsuper, r.rolbypassrls,
       (select bool_and(c.relrowsecurity and c.relforcerowsecurity) from pg_class c where c.relname = 'goals_goal')
  from pg_roles r where r.rolname = current_user"""


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Copies of the template for this process; pytest-xdist's workers each have their own."""
    harness.drop_what_killed_runs_left()
    connection_created.connect(harness.become_web, dispatch_uid="tests")
    with django_db_blocker.unblock():
        copies.make(f"kring_run_{os.getpid()}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
    yield
    with django_db_blocker.unblock():
        copies.drop()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: Any) -> None:
    """Before any fixture opens a connection: the copy with the people in it that this test asks for."""
    with item.config.stash[blocking_manager_key].unblock():
        copies.use(who_lives_in(item.fixturenames))


@pytest.fixture(scope="session", autouse=True)
def _flush_as_owner() -> None:
    Flush.handle = copies.flush


@pytest.fixture(autouse=True)
def _bound_by_the_rules(request: pytest.FixtureRequest) -> None:
    """Tests as a superuser pass for nothing: whoever tests is bound by row-level security, like the web."""
    wants = {"db", "transactional_db", "live_server"} & set(request.fixturenames)
    if wants or request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        with connection.cursor() as cursor:
            cursor.execute(BOUND)
            assert cursor.fetchone() == ("herstel_web", False, False, True)


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What the workers would have been told: (task, id). No queue is needed, and nothing runs by itself."""
    told: list[tuple[str, Any]] = []
    monkeypatch.setattr(wake, "_send", lambda task, subject: told.append((task.name, subject)))
    return told


RENDER = Template._render  # before pytest-django makes Django's test client keep a copy of every template's context


@pytest.fixture(scope="session", autouse=True)
def _pages_as_in_production(django_test_environment: None) -> None:
    """A tenth of the time of a page goes into those copies, and hardly a test asks for them."""
    Template._render = RENDER


@pytest.fixture
def contexts(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test that reads `response.context`."""
    monkeypatch.setattr(Template, "_render", instrumented_test_render)


@pytest.fixture
def written() -> Iterator[StringIO]:
    with everything_logged() as out:
        yield out


@pytest.fixture(autouse=True)
def _nothing_of_the_test_before() -> None:
    """Its counters, and the language of the last page that it opened."""
    cache.clear()
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def cast(db: None) -> Cast:
    """The people of the house and their canaries, as they stand in the copy that has them."""
    made: Cast = copies.made("cast")
    return made


@pytest.fixture
def demo(db: None) -> None:
    """The people of the demo, as they stand in the copy that has them."""


def pytest_configure(config: Any) -> None:
    module = os.environ.get("DJANGO_SETTINGS_MODULE")
    if module != "tests.settings":
        raise pytest.UsageError(f"the tests need DJANGO_SETTINGS_MODULE=tests.settings (or --ds), not {module}")
