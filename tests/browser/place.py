"""A place of the tests' own: a copy of the migrated database with the demo's people, served as the demo serves.

One granian, a worker for mail and one for exports; each logs in with its own database role. PostgreSQL is that of the
other tests; Valkey is this place's own, because another run's worker must not take our mail.
"""

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

from herstel.embedded.ports import free_port
from herstel.embedded.valkey import Valkey
from herstel.services import NAMES
from herstel.sessions import SessionStore, token_of
from herstel.supervise import URL_OF_ROLE, celery, static_fingerprint, web
from herstel.views.demo import message_of, written_in
from tests import harness

READY_WITHIN = 60.0
SOON = 30.0  # seconds that a mail or an export may take on a busy machine
CODE = re.compile(r"\b(\d{3}) (\d{3})\b")
STATIC_KEPT = 3


@dataclass
class Place:
    root: Path
    database: str
    port: int = field(default_factory=free_port)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    mails_read: Counter[str] = field(default_factory=Counter)

    @property
    def valkey(self) -> Valkey:
        return Valkey(self.root / "valkey", durable=False)

    @property
    def url(self) -> str:
        # Not 127.0.0.1: passkeys work on names only.
        return f"http://localhost:{self.port}"

    # --- starting and stopping ---
    def start(self) -> None:
        harness.clone(harness.ensure_template(), self.database)
        self.valkey.start()
        static = self._collect_static()
        self.manage("load_demo")
        quiet = ["-c", "1", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
        self._run("web", "web", web("127.0.0.1", self.port, workers=1), {"STATIC_ROOT": str(static)})
        self._run("worker", "worker", celery("worker", "-Q", "default", "-n", f"default@{self.database}", *quiet))
        key = {"RESEARCH_KEY_FILE": str(self._research_key())}
        self._run("export", "research", celery("worker", "-Q", "export", "-n", f"export@{self.database}", *quiet), key)
        wait_for(self._answers, "the server to answer", READY_WITHIN)

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
            process.kill()
            process.wait()
        self.valkey.stop()
        harness.drop(self.database)
        shutil.rmtree(self.root, ignore_errors=True)

    def manage(self, *command: str) -> None:
        self._step("owner", {}, *command)

    def _step(self, role: str, extra: dict[str, str], *command: str) -> None:
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=harness.ROOT,
            env=self.environment(role) | extra,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-1000:]}{done.stderr[-3000:]}")

    def _run(self, name: str, role: str, arguments: list[str], extra: dict[str, str] | None = None) -> None:
        with (self.root / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=harness.ROOT,
                env=self.environment(role) | (extra or {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.processes.append(process)

    def environment(self, role: str) -> dict[str, str]:
        """Each process knows the address of its own role only, as in production."""
        hidden = {*NAMES, "RESEARCH_KEY_FILE", "SECRET_KEY_FILE", "DEBUG"}
        return {name: value for name, value in os.environ.items() if name not in hidden} | {
            "QUIET_HOURS": "0-0",
            URL_OF_ROLE[role]: harness.role_url(role, self.database),
            "REDIS_URL": self.valkey.url(),
            "DJANGO_SETTINGS_MODULE": "herstel.settings",
            "HERSTEL_DEMO": "1",
            "HERSTEL_ROLE": role,
            "LOCAL_ROOT": str(self.root),
            "SITE_URL": self.url,
            "SECRET_KEY": settings.SECRET_KEY,
            "PYTHONUNBUFFERED": "1",
        }

    def _research_key(self) -> Path:
        path = self.root / "research.key"
        path.write_text(secrets.token_hex(32))
        return path

    def _collect_static(self) -> Path:
        """Compressed and named by content, as in production; made again only when a file changed."""
        kept = Path(settings.LOCAL) / "browser-static"
        folder = kept / hashlib.sha256(static_fingerprint().encode()).hexdigest()[:12]
        if not folder.exists():
            fresh = folder.with_suffix(f".{os.getpid()}")
            self._step("web", {"STATIC_ROOT": str(fresh)}, "collectstatic", "--no-input", "--verbosity", "0")
            with contextlib.suppress(OSError):  # another run was first
                fresh.rename(folder)
        for old in sorted(kept.iterdir(), key=lambda path: path.stat().st_mtime)[:-STATIC_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        return folder

    def _answers(self) -> bool:
        if any(process.poll() is not None for process in self.processes):
            raise RuntimeError(f"A part of the place fell over:\n{self.logs()}")
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/live", timeout=5) as answer,
        ):
            return bool(answer.status == 200)
        return False

    def logs(self) -> str:
        return "\n".join(f"--- {path.name}\n{path.read_text()[-3000:]}" for path in self.root.glob("*.log"))

    # --- what a person has besides the browser: a mailbox, and time that goes by ---
    def mails(self, address: str) -> list[tuple[str, str]]:
        """What arrived for this address and was not read before: (subject, text), the oldest first."""
        everything = map(message_of, written_in(self.root / "mail"))
        arrived = [message for message in everything if message["To"] == address]
        new, self.mails_read[address] = arrived[self.mails_read[address] :], len(arrived)
        return [(str(message["Subject"]), message.get_body().get_content()) for message in new]

    def code_for(self, address: str) -> str:
        """The newest code that was mailed to this address."""
        codes: list[str] = []

        def arrived() -> bool:
            codes.extend("".join(m) for subject, text in self.mails(address) for m in CODE.findall(subject + text))
            return bool(codes)

        wait_for(arrived, f"a code for {address}", explain=self.logs)
        return codes[-1]

    def sql(self, query: str, *values: Any) -> list[Any]:
        """As superuser, for what a person cannot do: let time go by, or look whether a row is really gone."""
        with psycopg.connect(harness.superuser_url(self.database), autocommit=True) as session:
            cursor = session.execute(query, values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def make_stale(self, session_key: str) -> None:
        """As if this person signed in an hour ago: what opens something wider now asks for a code."""
        self.session_says(session_key, fresh=time.time() - 3600)

    def session_says(self, session_key: str, **values: Any) -> None:
        stored = hashlib.sha256(token_of(session_key)).digest()
        ((kept,),) = self.sql("select data from herstel_session where key = %s", stored)
        store = SessionStore()
        data = store.decode(kept)
        data.update(values)
        self.sql("update herstel_session set data = %s where key = %s", store.encode(data), stored)

    def end_session(self, session_key: str) -> None:
        """As if it had ended elsewhere."""
        self.sql("delete from herstel_session where key = %s", hashlib.sha256(token_of(session_key)).digest())


def wait_for(
    ready: Callable[[], bool], what: str, seconds: float = SOON, explain: Callable[[], str] = lambda: ""
) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {seconds:.0f} s for {what}.\n{explain()}")
        time.sleep(0.1)


@contextlib.contextmanager
def running_place() -> Iterator[Place]:
    """A whole place, gone afterwards."""
    harness.drop_what_killed_runs_left()
    root = Path(tempfile.mkdtemp(prefix="kring-browser-"))
    place = Place(root, f"kring_run_{os.getpid()}_browser")
    try:
        place.start()
        yield place
    finally:
        place.stop()
