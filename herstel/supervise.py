"""`make demo`: the whole of Kring on one machine, started, watched and stopped together.

Like herstel.services this does not import Django. Every step and every part is a process of its own with its own
database role, as in production, so that a right that is missing there is missing here too.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from herstel.embedded.ports import can_use_ipv6, check_port
from herstel.embedded.processes import ServiceError, command_line, process_exists, tail, wait_until
from herstel.services import CHECKOUT, NAMES, Services

READY_TIMEOUT = 90.0
STOP_TIMEOUT = 15.0
# A part that falls over this often within the window has a cause that starting it again does not cure.
RESTARTS = 5
RESTART_WINDOW = 120.0
WATCH_SERVICES_EVERY = 5.0

URL_OF_ROLE = {
    "web": "DATABASE_URL",
    "worker": "DATABASE_URL_WORKER",
    "research": "DATABASE_URL_RESEARCH",
    "owner": "DATABASE_URL_OWNER",
}


class Stopped(Exception):
    """Somebody asked us to stop: Ctrl-C, `make stop`, or a closed terminal."""


@dataclass
class Part:
    """One process that runs for as long as the demo does."""

    name: str
    role: str
    arguments: list[str]
    extra: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)

    def start(self, environment: Mapping[str, str], log_folder: Path) -> None:
        self.starts.append(time.monotonic())
        with (log_folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self.arguments],
                cwd=CHECKOUT,
                env={**environment, **self.extra},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in the terminal reaches the supervisor alone, which then stops the parts in order.
                start_new_session=True,
            )

    def kill_group(self) -> None:
        """Children that outlived their leader would keep its port."""
        if self.process is not None:
            send(self.process.pid, signal.SIGKILL)

    def fell_over(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def too_often(self) -> bool:
        recent = [moment for moment in self.starts if moment > time.monotonic() - RESTART_WINDOW]
        return len(recent) > RESTARTS


class Demo:
    def __init__(self, root: Path, port: int) -> None:
        self.root = root
        self.port = port
        self.logs = root / "log"
        self.services = Services(root, durable=True)
        self.addresses: dict[str, str] = {}
        self.parts: list[Part] = []

    # --- running ---

    def run(self) -> None:
        stop_leftovers(self.root)
        check_port(self.port)
        self.logs.mkdir(parents=True, exist_ok=True)
        try:
            people = self._prepare()
            self._start_parts()
            self._wait_until_ready()
            self._announce(people)
            self._watch()
        finally:
            self._stop()

    def _prepare(self) -> str:
        say("Starting PostgreSQL and Valkey")
        self.addresses = self.services.start()
        self._compile_messages()
        # The files for the browser need no database, so they are collected while the tables are made.
        with self._collecting_static() as collecting:
            if "DATABASE_URL_SUPERUSER" in self.addresses:
                self._manage("make_roles", also=["DATABASE_URL_SUPERUSER"])
            say("Making the tables")
            self._manage("migrate", "--no-input", "--verbosity", "0")
            say("Loading made-up people")
            people = self._manage("load_demo")
            collecting.finish()
        return people

    def _start_parts(self) -> None:
        self.parts = demo_parts(self.root, self.port)
        for part in self.parts:
            part.start(self._environment(part.role), self.logs)
        self._remember_parts()

    def _wait_until_ready(self) -> None:
        say("Waiting until every part answers")
        deadline = time.monotonic() + READY_TIMEOUT
        while not self._ready():
            self._restart_fallen()
            if time.monotonic() > deadline:
                raise ServiceError(f"Kring did not become ready.\n{self._log_tails()}")
            time.sleep(0.2)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _announce(self, people: str) -> None:
        say("")
        say(f"Kring runs at         http://localhost:{self.port}")
        say(f"Choose who you are:   http://localhost:{self.port}/demo/")
        say("")
        if people.strip():
            say(people.rstrip() + "\n")
        say(f"Logs are in {self.logs.relative_to(CHECKOUT)}. Stop with Ctrl-C, or with `make stop` from elsewhere.")

    def _watch(self) -> None:
        next_look = time.monotonic() + WATCH_SERVICES_EVERY
        while True:
            time.sleep(0.5)
            self._restart_fallen()
            if time.monotonic() > next_look:
                self._look_after_services()
                next_look = time.monotonic() + WATCH_SERVICES_EVERY

    def _restart_fallen(self) -> None:
        for part in self.parts:
            if not part.fell_over():
                continue
            log = tail(self.logs / f"{part.name}.log")
            if part.too_often():
                raise ServiceError(f"The part {part.name} keeps falling over. Its last lines:\n{log}")
            say(f"The part {part.name} fell over; starting it again.")
            time.sleep(1)
            part.kill_group()
            part.start(self._environment(part.role), self.logs)
            self._remember_parts()

    def _look_after_services(self) -> None:
        """Starting is the same as looking when they run; a killed server comes back with its data."""
        addresses = self.services.start()
        if addresses == self.addresses:
            return
        say("The address of a server changed; starting every part again.")
        self.addresses = addresses
        self._stop_parts()
        self._start_parts()

    # --- stopping ---

    def _stop(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if self.parts:
            say("Stopping")
        self._stop_parts()
        self.services.stop()

    def _stop_parts(self) -> None:
        stop_groups([part.process.pid for part in self.parts if part.process is not None])
        for part in self.parts:
            if part.process is not None:
                part.process.wait()
        self.parts = []
        self._remember_parts()

    def _remember_parts(self) -> None:
        """For the next start, should this supervisor be killed before it can stop them."""
        pids = [part.process.pid for part in self.parts if part.process is not None]
        (self.root / "parts.json").write_text(json.dumps(pids))

    # --- steps ---

    def _manage(self, command: str, *arguments: str, also: list[str] | None = None) -> str:
        result = subprocess.run(
            [sys.executable, "manage.py", command, *arguments],
            cwd=CHECKOUT,
            env=self._environment("owner", also or []),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            start_new_session=True,
        )
        (self.logs / f"{command}.log").write_text(result.stdout)
        if result.returncode:
            raise ServiceError(f"The step {command} failed:\n{last_lines(result.stdout)}")
        return result.stdout

    def _environment(self, role: str, also: list[str] | None = None) -> dict[str, str]:
        """Each process knows the address of its own role only."""
        hidden = {*NAMES, "RESEARCH_KEY_FILE", "SECRET_KEY_FILE"}
        environment = {name: value for name, value in os.environ.items() if name not in hidden}
        for name in (URL_OF_ROLE[role], "REDIS_URL", *(also or [])):
            if name in self.addresses:
                environment[name] = self.addresses[name]
        return environment | {
            "DJANGO_SETTINGS_MODULE": "herstel.settings",
            "HERSTEL_DEMO": "1",
            "HERSTEL_ROLE": role,
            "LOCAL_ROOT": str(self.root),
            "STATIC_ROOT": str(self.root / "static"),
            "SITE_URL": f"http://localhost:{self.port}",
            "SECRET_KEY": secret(self.root / "secret.key"),
            "PYTHONUNBUFFERED": "1",
        }

    @contextlib.contextmanager
    def _collecting_static(self) -> Iterator[Collecting]:
        collecting = Collecting(self.root, self._environment("web"), self.logs / "collectstatic.log")
        try:
            yield collecting
        finally:
            collecting.abandon()

    def _compile_messages(self) -> None:
        """Compiled translations are part of the source; only who is translating has texts that are newer."""
        if shutil.which("msgfmt") and any(is_stale(source) for source in CHECKOUT.glob("locale/*/LC_MESSAGES/*.po")):
            say("Compiling the translations")
            self._manage("compilemessages", "--ignore", ".venv", "--ignore", ".local")

    def _log_tails(self) -> str:
        return "\n".join(f"--- {part.name}\n{tail(self.logs / f'{part.name}.log')}" for part in self.parts)


class Collecting:
    """collectstatic, in the background, and only when a file for the browser has changed."""

    def __init__(self, root: Path, environment: Mapping[str, str], log: Path) -> None:
        self.stamp = root / "static.stamp"
        self.log = log
        self.fingerprint = static_fingerprint()
        self.process: subprocess.Popen[bytes] | None = None
        target = root / "static"
        if target.exists() and self.stamp.exists() and self.stamp.read_text() == self.fingerprint:
            return
        # Files of an older version would be served for ever.
        shutil.rmtree(target, ignore_errors=True)
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "collectstatic", "--no-input"],
                cwd=CHECKOUT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def finish(self) -> None:
        if self.process is None:
            return
        say("Collecting the files for the browser")
        if self.process.wait():
            raise ServiceError(f"The step collectstatic failed:\n{tail(self.log)}")
        self.stamp.write_text(self.fingerprint)

    def abandon(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def demo_parts(root: Path, port: int) -> list[Part]:
    key = root / "research.key"
    secret(key)
    # Every process of the web counts there; what an earlier run counted is over.
    shutil.rmtree(root / "metrics", ignore_errors=True)
    counting = {"PROMETHEUS_MULTIPROC_DIR": str(root / "metrics")}
    quiet = ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    beat = ["beat", "--schedule", str(root / "beat-schedule"), "--pidfile", "", "--loglevel", "INFO"]
    parts = [
        Part("web", "web", web("127.0.0.1", port, workers=2), extra=counting),
        Part("worker", "worker", celery("worker", "-Q", "default", "-c", "2", "-n", "default@%h", *quiet)),
        # Only this one holds the key that turns people into research numbers.
        Part(
            name="export",
            role="research",
            arguments=celery("worker", "-Q", "export", "-c", "1", "-n", "export@%h", *quiet),
            extra={"RESEARCH_KEY_FILE": str(key)},
        ),
        Part("beat", "worker", celery(*beat)),
    ]
    if can_use_ipv6():
        # "localhost" is ::1 first on many machines; the server takes one address, so this is a second one.
        parts.append(Part("web-ipv6", "web", web("::1", port, workers=1), extra=counting))
    return parts


def web(host: str, port: int, workers: int) -> list[str]:
    return [
        *("granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", "4", "--no-ws"),
        "herstel.wsgi:application",
    ]


def celery(*arguments: str) -> list[str]:
    return ["celery", "-A", "herstel", *arguments]


def secret(path: Path) -> str:
    """Made once for this demo, readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(32) + "\n")
        fresh.rename(path)
    return path.read_text().strip()


def static_fingerprint() -> str:
    folders = [CHECKOUT / "static", *CHECKOUT.glob("*/static")]
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    lock = CHECKOUT / "requirements.lock"
    rows = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in [lock, *files]]
    return "\n".join(rows)


def is_stale(source: Path) -> bool:
    """A checkout writes both files at about the same moment, in any order; that is not a change."""
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or source.stat().st_mtime > compiled.stat().st_mtime + 60


def stop_groups(pids: list[int]) -> None:
    """A part has children of its own, so the whole group gets the signal: first kindly, then not."""
    for pid in pids:
        send(pid, signal.SIGTERM)
    for pid in pids:
        wait_until(lambda pid=pid: not command_line(pid), STOP_TIMEOUT)  # type: ignore[misc]
        # Also when the leader went by itself: what it left behind must not keep the port.
        send(pid, signal.SIGKILL)


def send(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def stop_leftovers(root: Path) -> None:
    """Parts whose supervisor was killed. A number is only believed when that process looks like one of ours."""
    with contextlib.suppress(OSError, ValueError):
        pids = json.loads((root / "parts.json").read_text())
        stop_groups([pid for pid in pids if process_exists(pid) and is_part(command_line(pid))])


def is_part(line: str) -> bool:
    return sys.executable in line and any(f"-m {name} " in line for name in ("granian", "celery"))


@contextlib.contextmanager
def only_one(root: Path) -> Iterator[None]:
    """The system lets go of the lock however this process ends, so there is no stale state to clean up."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / "supervisor.lock").open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ServiceError("The demo of this checkout runs already. Stop it with: make stop") from None
        write_pid(handle)
        yield
        handle.truncate(0)


def write_pid(handle: IO[str]) -> None:
    handle.truncate(0)
    handle.write(str(os.getpid()))
    handle.flush()


def stop(root: Path) -> None:
    """Whatever state a demo is in: running, half started, or left behind by a killed supervisor."""
    if not root.exists():
        return
    with (root / "supervisor.lock").open("a+") as handle:
        if not try_lock(handle):
            handle.seek(0)
            with contextlib.suppress(ValueError, ProcessLookupError):
                os.kill(int(handle.read()), signal.SIGTERM)
            if not wait_until(lambda: try_lock(handle), 3 * STOP_TIMEOUT):
                raise ServiceError("The demo does not stop. Its process number is in .local/demo/supervisor.lock.")
        stop_leftovers(root)
        Services(root, durable=True).stop()


def reset(root: Path) -> None:
    stop(root)
    Services(root, durable=True).reset()
    shutil.rmtree(root, ignore_errors=True)


def try_lock(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def start(root: Path, port: int) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _on_signal)
    demo = Demo(root, port)
    with only_one(root), contextlib.suppress(Stopped):
        demo.run()


def _on_signal(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def last_lines(text: str, count: int = 15) -> str:
    return "\n".join(text.splitlines()[-count:])


def say(text: str) -> None:
    # The terminal may be gone; stopping properly matters more than saying so.
    with contextlib.suppress(OSError):
        print(text, flush=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m herstel.supervise", description="The demo on this machine.")
    parser.add_argument("action", choices=["start", "stop", "reset"])
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(arguments)
    root = CHECKOUT / ".local" / "demo"
    try:
        if options.action == "start":
            start(root, options.port)
        else:
            {"stop": stop, "reset": reset}[options.action](root)
    except ServiceError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
