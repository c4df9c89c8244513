"""Whatever breaks, and wherever: every line that is written is JSON, and holds no word, address or key of anybody."""

import contextlib
import json
import logging
import logging.config
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.signals import request_finished
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import get_resolver, reverse
from django.utils.module_loading import import_string

from herstel import logs, mail
from herstel.celery import app as celery_app
from herstel.embedded.ports import free_port
from herstel.embedded.processes import wait_until
from herstel.models import OutgoingMail
from herstel.supervise import web
from tests.cast import Cast
from tests.harness import ROOT, role

pytestmark = pytest.mark.django_db
CANARY = "CANARY[of jan@kring.example]"
OURS = settings.INSTALLED_APPS[: settings.INSTALLED_APPS.index("django.contrib.auth")]


def breaks(*args: Any, **kwargs: Any) -> Any:
    """In a frame that no file holds, with the canary in what it was given, what it keeps and what it says."""
    space: dict[str, Any] = {"CANARY": CANARY}
    source = "def inner(given):\n kept = given * 2\n raise ValueError(kept, given)\ninner(CANARY)"
    exec(compile(source, f"<{CANARY}>", "exec"), space)


@pytest.fixture(autouse=True)
def _logging_as_in_production() -> Iterator[None]:
    """With every level written, and Python's own ways of telling about errors as the house sets them."""
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    loud = {**settings.LOGGING, "root": {"handlers": ["out"], "level": "DEBUG"}}
    loud["loggers"] = {name: {**kind, "level": "DEBUG"} for name, kind in loud["loggers"].items()}
    logs.configure(loud)
    yield
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
    logging.raiseExceptions = True
    logging.captureWarnings(False)
    logging.config.dictConfig(settings.LOGGING)


@pytest.fixture
def told(capfd: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """The lines so far; each is JSON and none holds the canary."""

    def read() -> list[dict[str, Any]]:
        written = capfd.readouterr()
        lines = (written.out + written.err).splitlines()
        assert "CANARY" not in written.out + written.err
        assert "kring.example" not in written.out + written.err
        return [json.loads(line) for line in lines]

    return read


def errors(lines: list[dict[str, Any]]) -> set[str]:
    return {line["error"] for line in lines if "error" in line}


# --- a request --------------------------------------------------------------------------------------------------------
def raising(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    return breaks


def raising_late(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        get_response(request)
        return breaks(request)

    return middleware


@pytest.mark.parametrize("broken", [raising, raising_late])
@pytest.mark.parametrize("place", range(len(settings.MIDDLEWARE) + 1))
def test_each_layer_of_a_request(place: int, broken: Any, told: Any) -> None:
    chain = [*settings.MIDDLEWARE]
    chain.insert(place, f"{__name__}.{broken.__name__}")
    with override_settings(MIDDLEWARE=chain):
        answer = Client(raise_request_exception=False).get(f"/nodig/{CANARY}/", {"q": CANARY}, headers={"x-c": CANARY})
    assert answer.status_code == 500
    assert CANARY not in answer.content.decode()
    assert "ValueError" in errors(told())


@pytest.mark.parametrize("name", settings.MIDDLEWARE)
def test_each_middleware_itself(name: str, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken in its own methods, those that it has."""
    middleware = import_string(name)
    methods = [m for m in ("process_request", "process_view", "process_response", "__call__") if hasattr(middleware, m)]
    for method in methods if isinstance(middleware, type) else []:
        with monkeypatch.context() as patch:
            patch.setattr(middleware, method, breaks)
            visit()
    if not isinstance(middleware, type):
        with monkeypatch.context() as patch:
            patch.setattr(name, raising)
            visit()
    assert "ValueError" in errors(told())


def visit() -> None:
    """What the page that says sorry cannot catch reaches the server; see below what that makes of it."""
    with contextlib.suppress(ValueError):
        Client(raise_request_exception=False).get(f"/inloggen/?{CANARY}")


def test_the_server_tells_nothing_of_what_django_did_not_catch(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", *web("127.0.0.1", port, workers=1)[:-1], "tests.breaking:application"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "herstel.settings", "HERSTEL_DEMO": "1"}
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        assert wait_until(lambda: answers(f"http://127.0.0.1:{port}/health/live") == 200, 60)
        assert answers(f"http://127.0.0.1:{port}/u/CANARY-key/?CANARY=1") == 500
    finally:
        server.terminate()
        server.wait(30)
    written = (tmp_path / "log").read_text()
    assert "CANARY" not in written
    assert "Traceback" not in written
    assert [
        line
        for line in written.splitlines()
        if line.startswith("{") and json.loads(line)["logger"].startswith("_granian")
    ]


def answers(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


# Inside of a request, from the outside in; each is patched to break while a page is asked for or sent.
INSIDE = {
    "render": "herstel.views.signing_in.render",
    "form": "herstel.views.signing_in.AddressForm.clean",
    "action": "herstel.views.signing_in.send_code",
    "code": "herstel.views.signing_in.send_code",
    "wake": "herstel.accounts.wake",
    "template": "django.template.base.Template.render",
    "template tag": "django.templatetags.i18n.TranslateNode.render",
    "context": "herstel.context.shown_side",
    "database": "django.db.backends.utils.CursorWrapper.execute",
}


@pytest.mark.parametrize("layer", INSIDE)
def test_each_layer_of_a_page(layer: str, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False)
    monkeypatch.setattr(INSIDE[layer], breaks)
    answered: list[Any] = []
    for send in (client.get, client.post):
        # What the page that says sorry needs as well reaches the server; see above what that makes of it.
        with contextlib.suppress(ValueError):
            send(f"{reverse('sign_in')}?{CANARY}", {"address": "jan@kring.example"})
            answered.append(send)
    assert "ValueError" in errors(told()) or len(answered) < 2


def in_the_view(get_response: Callable[[HttpRequest], HttpResponse]) -> Any:
    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    middleware.process_view = breaks  # type: ignore[attr-defined]
    return middleware


def test_a_view_whose_address_holds_a_key(told: Any) -> None:
    names = [name for name in get_resolver().reverse_dict if isinstance(name, str)]
    keyed = [name for name in names if set(get_resolver().reverse_dict.getlist(name)[0][0][0][1]) == {"token"}]
    assert len(keyed) > 5
    with override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, f"{__name__}.in_the_view"]):
        client = Client(raise_request_exception=False)
        for name in keyed:
            assert client.get(reverse(name, args=["CANARY-key"])).status_code == 500
    assert "ValueError" in errors(told())


REFUSED = {
    "a strange host": {"HTTP_HOST": "canary-CANARY.example"},
    "a page that is not there": {"PATH_INFO": f"/{CANARY}/"},
    "a body that is none": {"CONTENT_TYPE": "multipart/form-data; boundary=CANARY", "REQUEST_METHOD": "POST"},
    "too long a form": {"CONTENT_LENGTH": str(2**40), "REQUEST_METHOD": "POST", "CONTENT_TYPE": CANARY},
    "a method that is none": {"REQUEST_METHOD": "CANARY"},
    "a session that was forged": {"HTTP_COOKIE": "kring=CANARY; sessionid=CANARY; csrftoken=CANARY"},
}


@pytest.mark.parametrize("environ", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused(environ: dict[str, str], told: Any) -> None:
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    for path in ("/inloggen/", "/u/CANARY-key/"):
        assert client.generic("GET", path, **environ).status_code < 500  # type: ignore[arg-type]
    told()


# --- other processes --------------------------------------------------------------------------------------------------
celery_app.loader.import_default_modules()
OWN_TASKS = sorted(name for name in celery_app.tasks if name.split(".")[0] in OURS)


def test_there_are_tasks() -> None:
    assert len(OWN_TASKS) > 5


@pytest.mark.parametrize("name", OWN_TASKS)
def test_each_task(name: str, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    task = celery_app.tasks[name]
    monkeypatch.setattr(task, "run", breaks)
    task.apply(args=[CANARY], kwargs={"system": True, "words": CANARY})
    task.apply(args=[CANARY], kwargs={"words": CANARY})
    assert "ValueError" in errors(told())


def test_a_mail(cast: Cast, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Client().post(reverse("sign_in"), {"address": "jan@kring.example"})
    monkeypatch.setattr("django.core.mail.EmailMessage.send", breaks)
    with role("herstel_worker"):
        celery_app.tasks["herstel.tasks.send_mail"].apply(args=[mail.due()[0]], kwargs={"system": True})
    with role("herstel_maint"):
        assert OutgoingMail.objects.filter(sent_at=None).exists()
    assert "ValueError" in errors(told())


OWN_COMMANDS = sorted((name, app) for name, app in get_commands().items() if app in OURS)


@pytest.mark.parametrize(("name", "app"), OWN_COMMANDS)
def test_each_command(name: str, app: str, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    command = load_command_class(app, name)
    monkeypatch.setattr(command, "handle", breaks)
    monkeypatch.setattr(command, "create_parser", lambda *_: _NoArguments())
    monkeypatch.setattr(command, "requires_system_checks", [])
    monkeypatch.setattr(connections, "close_all", lambda: None)  # the connection is this test's
    try:
        command.run_from_argv(["manage.py", name])
    except ValueError:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    assert errors(told()) == {"ValueError"}


class _NoArguments:
    def parse_args(self, _argv: list[str]) -> Namespace:
        return Namespace(**{"settings": None, "pythonpath": None, "no_color": True, "force_color": False})


def test_a_process_that_breaks_says_so_in_json() -> None:
    broken = f"compile({f'raise ValueError({CANARY!r})'!r}, {f'<{CANARY}>'!r}, 'exec')"
    source = f"import django; django.setup(); exec({broken})"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "herstel.settings", "HERSTEL_DEMO": "1"}
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "CANARY" not in done.stdout + done.stderr
    assert [json.loads(line)["error"] for line in done.stderr.splitlines()] == ["ValueError"]


# --- Python's own ways ------------------------------------------------------------------------------------------------
def test_a_signal_receiver(told: Any) -> None:
    request_finished.connect(breaks)
    try:
        assert [type(error) for _receiver, error in request_finished.send_robust(CANARY)].count(ValueError) == 1
    finally:
        request_finished.disconnect(breaks)
    assert errors(told()) == {"ValueError"}


def test_a_thread_and_a_finalizer_and_a_warning(told: Any) -> None:
    thread = threading.Thread(target=breaks, args=[CANARY], name=CANARY)
    thread.start()
    thread.join()
    type("Broken", (), {"__del__": breaks})()
    warnings.warn(CANARY, stacklevel=1)
    lines = told()
    assert [line["error"] for line in lines if "error" in line] == ["ValueError", "ValueError"]
    assert any(line["logger"] == "py.warnings" for line in lines)


class Unwritable:
    __str__ = __repr__ = breaks


LOGGERS = [
    "herstel.x",
    "celery.worker",
    "django.request",
    "django.server",
    "django.security.X",
    "_granian",
    "py.warnings",
]
MESSAGES: list[tuple[Any, tuple[Any, ...]]] = [
    ("%s and %s", (CANARY,)),
    ("%d", (CANARY,)),
    ("%s", (Unwritable(),)),
    (Unwritable(), ()),
    ("half a letter \ud800", ()),
    ("two\nlines", ()),
]


@pytest.mark.parametrize("logger", LOGGERS)
@pytest.mark.parametrize(("message", "given"), MESSAGES)
def test_the_formatter_itself(logger: str, message: Any, given: tuple[Any, ...], told: Any) -> None:
    logging.getLogger(logger).error(message, *given)
    assert len(told()) == 1


@pytest.mark.parametrize("logger", LOGGERS[1:])
def test_a_library_that_writes_what_it_put_together(logger: str, told: Any) -> None:
    logging.getLogger(logger).error(f"GET /u/{CANARY}/ with %s", CANARY)
    logging.getLogger(logger).error("a literal of %s", CANARY)
    events = [line["event"] for line in told()]
    assert "left out" in events[0]
    assert events[1] == "a literal of %s"


def test_a_line_that_the_disk_does_not_take(told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        write = flush = breaks

    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", Full())
        logging.getLogger("herstel").error("a line")
    assert told() == []
