"""The database and Valkey of demo and tests: they come back after whatever was killed, and copies stay apart."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from herstel import supervise
from herstel.embedded import postgres
from herstel.embedded.ports import check_port, free_port
from herstel.embedded.postgres import Postgres
from herstel.embedded.processes import ServiceError
from herstel.services import NAMES, Services


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("copy")
    yield root
    for durable in (True, False):
        Services(root, durable).reset()


def write(address: dict[str, str]) -> None:
    with psycopg.connect(address["DATABASE_URL_SUPERUSER"], autocommit=True) as connection:
        connection.execute("create table kept (x int); insert into kept values (7)")
    redis.Redis.from_url(address["REDIS_URL"]).set("kept", "7")


def read(address: dict[str, str]) -> int:
    redis.Redis.from_url(address["REDIS_URL"]).ping()
    with psycopg.connect(address["DATABASE_URL_SUPERUSER"]) as connection:
        return connection.execute("select x from kept").fetchone()[0]  # type: ignore[index]


def postgres_pid(address: dict[str, str]) -> int:
    with psycopg.connect(address["DATABASE_URL_SUPERUSER"]) as connection:
        folder = connection.execute("select current_setting('data_directory')").fetchone()[0]  # type: ignore[index]
    return int((Path(folder) / "postmaster.pid").read_text().split()[0])


def test_addresses_given_from_outside_are_used_and_nothing_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/x")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    services = Services(tmp_path / "none", durable=True)
    assert services.start() == {"DATABASE_URL": "postgresql://elsewhere/x", "REDIS_URL": "redis://elsewhere"}
    services.stop()
    services.reset()
    assert not (tmp_path / "none").exists()


@pytest.mark.slow
def test_starting_again_finds_the_same_servers_and_a_killed_one_comes_back(root: Path) -> None:
    services = Services(root, durable=True)
    address = services.start()
    write(address)
    assert services.start() == address
    os.kill(postgres_pid(address), signal.SIGKILL)
    os.kill(int((root / "valkey" / "pid").read_text()), signal.SIGKILL)
    assert read(services.start()) == 7


@pytest.mark.slow
def test_a_number_that_another_program_has_now_is_not_taken_for_ours(root: Path) -> None:
    services = Services(root, durable=False)
    address = services.start()
    write(address)
    services.stop()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        (root / "valkey" / "pid").write_text(str(bystander.pid))
        assert read(services.start()) == 7
        assert bystander.poll() is None
        services.stop()
        assert bystander.poll() is None


@pytest.mark.slow
def test_two_copies_stay_apart_and_reset_forgets_one(root: Path, tmp_path: Path) -> None:
    # A comma and a blank in the path are what libpq and PostgreSQL's own settings stumble over.
    other = Services(tmp_path / "an other, copy", durable=True)
    first, second = Services(root, durable=True).start(), other.start()
    try:
        assert set(first) == set(second) == set(NAMES)
        assert not set(first.values()) & set(second.values())
        write(first)
        write(second)
        other.reset()
        assert read(first) == 7
        with pytest.raises(psycopg.errors.UndefinedTable):
            read(other.start())
    finally:
        other.reset()


def test_what_may_be_lost_lies_in_memory_where_there_is_enough(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = Postgres(root, durable=True).state
    monkeypatch.setattr(postgres, "MEMORY", root)
    monkeypatch.setattr(postgres, "ENOUGH", 1)
    assert Postgres(root, durable=False).state.parent == root != beside.parent
    monkeypatch.setattr(postgres, "ENOUGH", 2**62)
    assert Postgres(root, durable=False).state == beside
    monkeypatch.setattr(postgres, "MEMORY", root / "absent")
    monkeypatch.setattr(postgres, "ENOUGH", 1)
    assert Postgres(root, durable=False).state == beside


def test_a_taken_port_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServiceError, match=f"Port {port} is taken.*make demo PORT={port + 1}"):
            check_port(port)
    check_port(free_port())


def test_only_the_export_worker_of_the_demo_gets_the_research_key(tmp_path: Path) -> None:
    parts = {part.name: part for part in supervise.demo_parts(tmp_path, 8000)}
    assert {name for name, part in parts.items() if "RESEARCH_KEY_FILE" in part.extra} == {"export"}
    assert (tmp_path / "research.key").stat().st_mode & 0o077 == 0


def test_each_part_of_the_demo_knows_the_address_of_its_own_role_only(tmp_path: Path) -> None:
    demo = supervise.Demo(tmp_path, 8000)
    demo.addresses = {name: f"x://{name}" for name in NAMES}
    for role, name in supervise.URL_OF_ROLE.items():
        environment = demo._environment(role)
        assert set(NAMES) & set(environment) == {name, "REDIS_URL"}
        assert environment["HERSTEL_ROLE"] == role


def test_a_demo_that_runs_is_not_started_twice(tmp_path: Path) -> None:
    with supervise.only_one(tmp_path), pytest.raises(ServiceError, match="runs already"), supervise.only_one(tmp_path):
        pass
