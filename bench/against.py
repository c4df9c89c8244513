"""The same pages in this checkout and in another one (an earlier commit, with a .venv of its own), in one run: what did
the change cost? Each second of the one stands beside a second of the other."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

from bench.pages import BARE, Timings, growth, load
from bench.people import Somebody
from bench.work import Meter

TURNS = 40
REPORT = Path(__file__).parent / "AGAINST.md"
HEAD = """# This version beside an earlier one

Written by `python -m bench.against CLONE`, where CLONE is a checkout of the other commit after `make setup`. Both are
served at once, each from a made-up world of its own; every second of the one stands beside one of the other, and the
ratio is the median of those. Work is processor time of server and database for one page.

Before: {other}. Now: {here}.

| Page | before: per second | now: per second | ratio | before: work | now: work | ratio | errors |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""
PAGES = (BARE, "begin", "doel", "vandaag")
# Runs in either checkout, with its own code: a world, served, until there is nothing more to read.
HOLD = """
import json, sys
from pathlib import Path
import django; django.setup()
from bench.pages import pages_of
from bench.people import find_people
from bench.place import Place
place = Place(Path(sys.argv[1]), lambda text: None)
place.remove()
try:
    world = place.make_world("against", int(sys.argv[2]))
    place.collect_static()
    people = find_people(world, place.secret)
    with place.served(world):
        pages = {page: [(one.session, path) for one, path in asked] for page, asked in pages_of(people).items()}
        print(json.dumps({"port": world.port, "server": world.server, "superuser": world.superuser, "pages": pages}))
        sys.stdout.flush()
        sys.stdin.read()
finally:
    place.remove()
"""


class Checkout:
    """A checkout that serves its own world."""

    def __init__(self, folder: Path, participants: int) -> None:
        environment = {"DJANGO_SETTINGS_MODULE": "herstel.settings", "HERSTEL_DEMO": "1", "PATH": "/usr/bin:/bin"}
        root = folder / ".local" / "against"
        self.process = subprocess.Popen(  # noqa: S603 - our own code
            [folder / ".venv" / "bin" / "python", "-c", HOLD, str(root), str(participants)],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> None:
        """Wait until it is there. Raises SystemExit when it does not come."""
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise SystemExit("One of the two did not start; what it said stands above.")
        self.told: dict[str, Any] = json.loads(line)
        self.meter = Meter(self.told["server"], SimpleNamespace(superuser=self.told["superuser"]))  # type: ignore[arg-type]

    def turn(self, page: str, timings: Timings) -> None:
        asked = [(Somebody("", session, {}), path) for session, path in self.told["pages"][page]]
        before, done = self.meter.seconds(), len(timings.seconds)
        asyncio.run(load(self.told["port"], asked, timings, 1.0))
        timings.work.append((self.meter.seconds() - before) / max(1, len(timings.seconds) - done))

    def stop(self) -> None:
        self.process.communicate(timeout=60)


def main(other: Path, participants: int) -> None:
    checkouts = [Checkout(folder, participants) for folder in (other.resolve(), Path.cwd())]
    try:
        for checkout in checkouts:
            checkout.ready()
        lines = []
        for page in PAGES:
            lines.append(line_of(page, *_measured(page, checkouts)))
            print(lines[-1], flush=True)
        REPORT.write_text(f"{HEAD.format(other=_commit(other), here=_commit(Path.cwd()))}{'\n'.join(lines)}\n")
    finally:
        for checkout in checkouts:
            checkout.stop()


def _commit(checkout: Path) -> str:
    described = ["git", "-C", checkout, "log", "-1", "--format=%h (%as)"]
    return subprocess.run(described, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603


def _measured(page: str, checkouts: list[Checkout]) -> list[Timings]:
    timings = [Timings() for _checkout in checkouts]
    for number in range(TURNS + 1):
        # The one that goes first changes with every turn; the first turn warms the caches.
        for checkout, kept in list(zip(checkouts, timings, strict=True))[:: 1 if number % 2 else -1]:
            checkout.turn(page, kept if number else Timings())
    return timings


def line_of(page: str, before: Timings, now: Timings) -> str:
    ratio = growth(now.per_second, before.per_second)
    work = growth(now.work, before.work)
    return (
        f"| {page} | {median(before.per_second):.1f} | {median(now.per_second):.1f} | {ratio:.2f} × | "
        f"{1000 * median(before.work):.1f} ms | {1000 * median(now.work):.1f} ms | {work:.2f} × | "
        f"{before.errors + now.errors} |"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 200)
