"""What the embedded servers share: the account they run as, and questions about processes."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERVICE_USER = "embedded_postgres"
START_TIMEOUT = 60.0
STOP_TIMEOUT = 20.0


class ServiceError(RuntimeError):
    """Something that a person can act on; the message is a whole sentence."""


@dataclass(frozen=True)
class Account:
    """The system user that runs PostgreSQL, which refuses to run as root."""

    uid: int
    gid: int
    switch: bool

    def popen_options(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}

    def can(self, flag: str, path: Path) -> bool:
        if not self.switch:
            return os.access(path, os.X_OK if flag == "-x" else os.R_OK)
        # Asking as that user is the only answer that is right for every kind of permission.
        return subprocess.run(["test", flag, path], cwd="/", check=False, **self.popen_options()).returncode == 0  # noqa: S607

    def make_dir(self, path: Path) -> None:
        """A folder for this account only. A path that somebody else made first is refused, never taken over."""
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700, parents=False)
            os.chown(path, self.uid, self.gid, follow_symlinks=False)
        info = path.lstat()
        if not stat.S_ISDIR(info.st_mode) or info.st_uid != self.uid:
            raise ServiceError(f"{path} belongs to somebody else. Remove it and start again.")
        path.chmod(0o700)


def service_account() -> Account:
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switch=False)
    try:
        entry = pwd.getpwnam(SERVICE_USER)
    except KeyError:
        entry = _add_service_user()
    return Account(entry.pw_uid, entry.pw_gid, switch=True)


def _add_service_user() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVICE_USER]
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    with contextlib.suppress(FileNotFoundError):
        # Of two starts at the same time one finds the user there; the look below decides.
        subprocess.run(command, env={"PATH": path}, check=False, stderr=subprocess.DEVNULL)
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        message = f"PostgreSQL cannot run as root. Make a system user {SERVICE_USER}, or run this as another user."
        raise ServiceError(message) from None


def process_exists(pid: int) -> bool:
    """Also true for one that has ended and was not collected, which is how PostgreSQL counts."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def command_line(pid: int) -> str:
    """How a process was started; empty when there is none by that number or it has ended."""
    if Path("/proc/self").exists():
        return _command_line_from_proc(pid)
    result = subprocess.run(
        ["ps", "-ww", "-o", "stat=,command=", "-p", str(pid)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    line = result.stdout.strip()
    return "" if line.startswith("Z") else line


def _command_line_from_proc(pid: int) -> str:
    """Small containers have no ps. A process that has ended but was not collected has an empty command line."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def quiet_io(output: Any) -> dict[str, Any]:
    return {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}


def clean_environment() -> dict[str, str]:
    """Without PG* variables and locales of the person who happens to start it."""
    return {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8" if sys.platform == "linux" else "C"}


def short_hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def tail(path: Path, lines: int = 15) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def package_folder(distribution: str) -> Path:
    """Found without importing it: the wheels' own modules do things on import that we do not want."""
    spec = importlib.util.find_spec(distribution.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise ServiceError(f"The package {distribution} is not installed. Run: make setup")
    return Path(spec.submodule_search_locations[0])
