"""The mail server, Valkey and PostgreSQL go away and come back.

Pages go on, limits hold, and what was promised is sent.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as house
from django.core import mail as django_mail
from django.core.cache import caches
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from goals.models import Progress
from herstel import mail, tasks
from herstel.actor import acting_as
from herstel.embedded.ports import free_port
from herstel.embedded.postgres import Postgres
from herstel.embedded.processes import wait_until
from herstel.embedded.valkey import Valkey
from herstel.models import Job, OutgoingMail
from tests.cast import Cast
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db


# --- mail -----------------------------------------------------------------------------------------------------------
@contextmanager
def as_worker() -> Iterator[None]:
    """The worker's own rights, and no more."""
    with role("herstel_worker"):
        yield


@pytest.fixture
def waiting(cast: Cast) -> int:
    with acting_as(cast.pk("jan")):
        mail.queue("waiting", to=cast.user("jan"))
    with role("herstel_maint"):
        return OutgoingMail.objects.latest("pk").pk


def row(pk: int) -> OutgoingMail:
    with role("herstel_maint"):
        return OutgoingMail.objects.get(pk=pk)


def later(pk: int) -> None:
    """Its lease is over."""
    with role("herstel_maint"):
        OutgoingMail.objects.filter(pk=pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def nobody_listens(settings: Any) -> None:
    options = {"host": "127.0.0.1", "port": free_port(), "timeout": 2}
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}


def in_memory(settings: Any) -> None:
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    django_mail.outbox = []


def test_a_mail_waits_for_its_server_and_goes_once(waiting: int, settings: Any) -> None:
    nobody_listens(settings)
    with as_worker():
        tasks.send_mail(waiting, system=True)
        assert waiting not in mail.due(), "not again before its lease is over"
    first = row(waiting)
    assert (first.sent_at, first.attempts) == (None, 1)
    assert first.lease_until is not None
    assert first.lease_until > timezone.now()
    later(waiting)
    with as_worker():
        tasks.send_mail(waiting, system=True)
    second = row(waiting)
    assert second.attempts == 2
    assert second.lease_until - timezone.now() > first.lease_until - first.created_at, "it waits longer each time"
    in_memory(settings)
    later(waiting)
    with as_worker():
        assert waiting in mail.due()
        for _again in range(3):
            tasks.send_mail(waiting, system=True)
        assert waiting not in mail.due()
    assert len(django_mail.outbox) == 1
    assert row(waiting).sent_at is not None
    assert row(waiting).key.hex in django_mail.outbox[0].extra_headers["Message-ID"].replace("-", "")


def test_killed_between_sending_and_noting_it_goes_again_as_the_same_mail(
    waiting: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least once; and a mail program shows two with one Message-ID as one."""
    in_memory(settings)
    real = mail.compose

    def dies_after(row: OutgoingMail, wish: Any) -> Any:
        message = real(row, wish)
        assert message is not None
        message.send()
        raise KeyboardInterrupt

    monkeypatch.setattr(mail, "compose", dies_after)
    with as_worker(), pytest.raises(KeyboardInterrupt):
        tasks.send_mail(waiting, system=True)
    monkeypatch.setattr(mail, "compose", real)
    assert row(waiting).sent_at is None
    later(waiting)
    with as_worker():
        tasks.send_mail(waiting, system=True)
    sent = [message.extra_headers["Message-ID"] for message in django_mail.outbox]
    assert len(sent) == 2
    assert len(set(sent)) == 1


def test_nobody_is_left_waiting_after_an_hour_of_bad_luck(waiting: int, settings: Any) -> None:
    """However often it failed, within the sixty attempts it is tried at least once an hour."""
    nobody_listens(settings)
    with role("herstel_maint"):
        OutgoingMail.objects.filter(pk=waiting).update(attempts=F("attempts") + 40)
    with as_worker():
        tasks.send_mail(waiting, system=True)
    lease = row(waiting).lease_until
    assert lease is not None
    assert lease - timezone.now() <= timedelta(hours=1)


def test_a_mail_that_cannot_be_made_holds_up_no_other(cast: Cast, waiting: int, settings: Any) -> None:
    """A template that is gone, an account that was closed: the next one goes all the same."""
    in_memory(settings)
    with acting_as(cast.pk("willem")):
        mail.queue("waiting", to=cast.user("willem"))
    with role("herstel_maint"):
        OutgoingMail.objects.create(to_user=cast.user("ans"), template="no_such_template")
        type(cast.user("jan")).objects.filter(pk=cast.pk("jan")).update(is_active=False)
        broken = OutgoingMail.objects.get(template="no_such_template").pk
    with as_worker():
        for pk in mail.due():
            try:
                tasks.send_mail(pk, system=True)
            except Exception:
                assert pk == broken
    assert [message.to for message in django_mail.outbox] == [["willem@kring.example"]]


def test_the_sweep_finds_what_a_lost_message_left(
    cast: Cast, waiting: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Valkey was emptied after the commit: the mail and the job stand in the database, and are found there."""
    with role("herstel_maint"):
        Job.objects.create(kind="export", subject=71, key="export:71")
        past = timezone.now() - timedelta(minutes=5)
        Job.objects.create(kind="export", subject=72, key="export:72", state="running", lease_until=past)
        Job.objects.create(kind="export", subject=73, key="export:73", state="done")
    told: list[tuple[Any, ...]] = []
    monkeypatch.setattr(tasks.send_mail, "apply_async", lambda args, **k: told.append(("mail", args[0])))
    monkeypatch.setattr(
        tasks.current_app, "send_task", lambda name, args, **k: told.append((name, *args)), raising=False
    )
    with as_worker():
        tasks.sweep(system=True)
    assert ("mail", waiting) in told
    assert {rest[0] for name, *rest in told if name == "research.tasks.make_export"} == {71, 72}
    assert {name for name, *_rest in told} >= set(tasks.DAILY)


# --- Valkey ---------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    made = Valkey(tmp_path_factory.mktemp("valkey"), False)
    made.start()
    yield made
    made.stop()
    made.erase()


@pytest.fixture
def with_valkey(valkey: Valkey, settings: Any) -> Valkey:
    valkey.start()
    settings.CACHES = {"default": {"BACKEND": "herstel.cache.FallbackCache", "LOCATION": valkey.url()}}
    caches["default"].clear()
    return valkey


def ask_code(address: str = "iemand@kring.example") -> bool:
    """Whether it was sent."""
    response = Client(raise_request_exception=False).post(reverse("sign_in"), {"address": address})
    assert response.status_code in (200, 302)
    return response.status_code == 302


def write(client: Client, cast: Cast, words: str) -> float:
    """Write something, as a page; how long it took."""
    began = time.perf_counter()
    url = reverse("goals:goal_write", args=[cast.jan.goals["goal-open"].slug])
    assert client.post(url, {"words": words}).status_code == 302
    assert client.get(reverse("begin")).status_code == 200
    with role("herstel_maint"):
        assert Progress.objects.filter(words=words).count() == 1
    return time.perf_counter() - began


def test_pages_and_limits_live_without_valkey(cast: Cast, with_valkey: Valkey) -> None:
    jan = signed_in(cast.users["jan"], crash=True)
    write(jan, cast, "met")
    assert [ask_code() for _ in range(3)] == [True] * 3
    with_valkey.stop()
    assert write(jan, cast, "zonder") < 3
    # What is counted of an address was never Valkey's.
    assert sum(ask_code() for _ in range(9)) == 2
    assert ask_code("een-ander@kring.example")
    # What Valkey counted of a machine is gone; what is counted from now on holds, and holds for all processes.
    assert sum(ask_code(f"a{n}@kring.example") for n in range(64)) <= 60


def test_an_emptied_valkey_costs_nobody_their_session(cast: Cast, with_valkey: Valkey) -> None:
    jan = signed_in(cast.users["jan"], crash=True)
    write(jan, cast, "voor")
    redis.Redis.from_url(with_valkey.url()).flushall()
    write(jan, cast, "na")
    assert sum(ask_code() for _ in range(9)) == 5


def test_valkey_comes_back_and_is_used_again(cast: Cast, with_valkey: Valkey) -> None:
    with_valkey.stop()
    caches["default"].set("x", "from the database", 60)
    with_valkey.start()
    caches["default"].away_until = 0  # five seconds later
    caches["default"].set("x", "from valkey", 60)
    assert redis.Redis.from_url(with_valkey.url()).dbsize() == 1
    assert caches["default"].get("x") == "from valkey"


def test_a_valkey_that_never_answers_holds_nobody_up(cast: Cast, settings: Any) -> None:
    """Worse than gone: the line is open and nothing comes. One wait, not one a call."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(50)
        where = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        settings.CACHES = {"default": {"BACKEND": "herstel.cache.FallbackCache", "LOCATION": where}}
        began = time.perf_counter()
        assert ask_code("stil@kring.example")
        assert time.perf_counter() - began < 4
        began = time.perf_counter()
        assert ask_code("stil@kring.example")
        assert time.perf_counter() - began < 2


WAKE = """
import sys, time, socket, django
django.setup()
from herstel import wake
from herstel.celery import app
from herstel.tasks import send_mail
for turn in range(3):
    began = time.perf_counter()
    wake._send(send_mail, 1)
    print(time.perf_counter() - began)
"""


@pytest.mark.parametrize("how", ["refuses", "never answers"])
def test_a_page_does_not_wait_for_the_queue(how: str, tmp_path: Path) -> None:
    """Telling the worker may fail: below three seconds, and no error."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        if how == "never answers":
            line.listen(50)
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "herstel.settings",
            "REDIS_URL": f"redis://127.0.0.1:{line.getsockname()[1]}/0",
        }
        done = subprocess.run(
            [sys.executable, "-c", WAKE], cwd=house.ROOT, env=environment, capture_output=True, text=True, timeout=60
        )
    assert done.returncode == 0, done.stderr[-2000:]
    assert max(float(seconds) for seconds in done.stdout.split()) < 3


# --- PostgreSQL -----------------------------------------------------------------------------------------------------
TWO_REQUESTS = """
import io, sys
from wsgiref.util import setup_testing_defaults
from herstel.wsgi import application
from django.db import connection

def ask(path):
    environ, said = {}, []
    setup_testing_defaults(environ)
    environ |= {"PATH_INFO": path, "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1", "wsgi.errors": sys.stderr}
    response = application(environ, lambda status, headers, exc=None: said.append(status))
    b"".join(response)
    response.close()
    return said[0]

for line in sys.stdin:
    print(ask(line.strip()), connection.connection is not None, flush=True)
"""


def test_postgresql_restarts_between_two_requests(tmp_path: Path) -> None:
    """One process, one lasting connection: the request after the restart is answered, without an error page between."""
    server = Postgres(tmp_path / "cluster", False)
    (tmp_path / "cluster").mkdir()
    server.start()
    with server.connect() as admin:
        admin.execute("create role herstel_web login")
    try:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "herstel.settings",
            "DATABASE_URL": server.url("herstel_web", "postgres"),
            "STATIC_ROOT": str(tmp_path),
            "DEBUG": "1",
        }
        process = subprocess.Popen(
            [sys.executable, "-c", TWO_REQUESTS],
            cwd=house.ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert ask(process) == "200 OK True"
        server.stop()
        assert ask(process).startswith("500")
        server.start()
        wait_until(server.running, 30)
        assert ask(process) == "200 OK True"
        for pid in backends(server):
            with server.connect() as admin:
                admin.execute("select pg_terminate_backend(%s)", [pid])
        assert ask(process) == "200 OK True"
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(20)
        server.stop()
        server.erase()


def ask(process: subprocess.Popen[str], path: str = "/hulp/veilig/") -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(path + "\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def backends(server: Postgres) -> list[int]:
    with server.connect() as admin:
        found = admin.execute(
            "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
        )
        return [pid for (pid,) in found.fetchall()]
