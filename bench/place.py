"""A throw-away place: one cluster with two worlds, each served as the demo serves."""

import contextlib
import json
import os
import platform
import secrets
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from herstel.embedded.ports import free_port
from herstel.services import CHECKOUT, NAMES, Services
from herstel.supervise import URL_OF_ROLE, web

WORKERS = 2  # as `make demo`
APPLICATION = "bench.wsgi:application"  # the house's own, and the yardstick
START_WITHIN = 60.0
SEED = 2026


@dataclass
class World:
    """A database full of made-up people, and the address where it is served."""

    name: str
    participants: int
    addresses: dict[str, str]
    port: int = 0
    server: int = 0  # its process
    seconds: float = 0.0
    rows: int = 0

    @property
    def superuser(self) -> str:
        return self.addresses["DATABASE_URL_SUPERUSER"]


@dataclass
class Place:
    """Everything below one folder, which is gone afterwards."""

    root: Path
    say: Callable[[str], None]
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(40))
    worlds: list[World] = field(default_factory=list)

    def make_world(self, name: str, participants: int) -> World:
        """A database of its own on the one cluster, filled."""
        for url in NAMES:
            os.environ.pop(url, None)  # what a shell says of another place
        world = World(name, participants, Services(self.root, durable=True, database=f"bench_{name}").start())
        self.worlds.append(world)
        self.manage(world, "make_roles", also=("DATABASE_URL_SUPERUSER",))
        self.manage(world, "migrate", "--skip-checks", "--verbosity", "0")
        _check_rules(world)
        self.say(f"Making a world of {participants} participants")
        began = time.perf_counter()
        said = self.manage(
            world, "seed_world", "--participants", str(participants), "--seed", str(SEED), "--skip-checks", made_up=True
        )
        world.seconds = time.perf_counter() - began
        world.rows = int(said.strip().splitlines()[-1].split()[0])
        return world

    def manage(self, world: World, *command: str, also: tuple[str, ...] = (), made_up: bool = False) -> str:
        return self.python(world, "owner", "manage.py", *command, also=also, made_up=made_up)

    def python(
        self, world: World, role: str, *arguments: str, also: tuple[str, ...] = (), made_up: bool = False
    ) -> str:
        """Run a step as this role; what it printed. Made-up people are put where the demo is said to be only."""
        done = subprocess.run(  # noqa: S603 - our own steps
            [sys.executable, *arguments],
            cwd=CHECKOUT,
            env=self.environment(world, role, also) | ({"HERSTEL_DEMO": "1"} if made_up else {}),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
        return done.stdout

    def environment(self, world: World, role: str, also: tuple[str, ...] = ()) -> dict[str, str]:
        """Each process knows the address of its own role only, as in the demo."""
        hidden = {*NAMES, "RESEARCH_KEY_FILE", "SECRET_KEY_FILE", "DEBUG"}
        given = {name: value for name, value in os.environ.items() if name not in hidden}
        names = (URL_OF_ROLE[role], "REDIS_URL", *also)
        return (
            given
            | {name: world.addresses[name] for name in names}
            | {
                "DJANGO_SETTINGS_MODULE": "herstel.settings",
                "HERSTEL_ROLE": role,
                "LOCAL_ROOT": str(self.root),
                "STATIC_ROOT": str(self.root / "static"),
                "SITE_URL": f"http://localhost:{world.port or 8000}",
                "SECRET_KEY": self.secret,
                "RESEARCH_KEY_FILE": str(self._research_key()) if role == "research" else "",
            }
        )

    def _research_key(self) -> Path:
        path = self.root / "research.key"
        if not path.exists():
            path.write_text(secrets.token_hex(32))
        return path

    def collect_static(self) -> None:
        """Pages name their files by content, so these must be there."""
        self.python(self.worlds[0], "web", "manage.py", "collectstatic", "--no-input", "--verbosity", "0")

    @contextlib.contextmanager
    def served(self, world: World) -> Iterator[None]:
        """The server of this world, on a free port of this machine only."""
        world.port = free_port()
        with (self.root / f"web-{world.name}.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own server
                [sys.executable, "-m", *web("127.0.0.1", world.port, workers=WORKERS)[:-1], APPLICATION],
                cwd=CHECKOUT,
                env=self.environment(world, "web"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        world.server = process.pid
        try:
            self._wait(world, process)
            yield
        finally:
            process.terminate()
            process.wait(30)

    def _wait(self, world: World, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + START_WITHIN
        while time.monotonic() < deadline and process.poll() is None:
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{world.port}/health/live", timeout=2),
            ):
                return
            time.sleep(0.2)
        raise SystemExit(f"The server did not start; see {self.root}/web-{world.name}.log")

    def remove(self) -> None:
        Services(self.root, durable=True).reset()
        shutil.rmtree(self.root, ignore_errors=True)


def _check_rules(world: World) -> None:
    """A migration passes over rules that changed since it was written; a world without rules would be no measure."""
    with psycopg.connect(world.superuser) as session:
        row = session.execute("select count(*) from pg_policies where schemaname = 'public'").fetchone()
    if row is None or not row[0]:
        raise SystemExit("The rules changed since the last migration. Run: manage.py make_access")


def machine(world: World, load: float) -> dict[str, str]:
    """What the figures were measured on, without saying where."""
    with psycopg.connect(world.superuser) as session:
        version = session.execute("show server_version").fetchone()
    return {
        "processors": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "python": platform.python_version(),
        "postgresql": str(version[0]).split()[0] if version else "",
        "server": f"granian, {WORKERS} workers",
        "load before": f"{load:.1f}",
    }


def write_json(path: Path, figures: object) -> None:
    path.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
