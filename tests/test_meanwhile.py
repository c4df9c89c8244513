"""While hostile pictures are sent, everybody else's pages come as fast as they did: under 300 ms."""

import os
import statistics
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import hostile_files as hostile
from tests.front import Behind
from tests.uploading import PATH

pytestmark = pytest.mark.slow
SENDERS = 4
ASKED = ("/health/live", "/")
TURNS = 40
MOST = 0.3  # seconds, of the median; a single one may wait for a busy machine
ONCE = 3.0


class With(Behind):
    """One worker of four threads, as shipped, with the picture's address."""

    application = ""

    def _run(self, name: str, role: str, arguments: list[str], extra: dict[str, str] | None = None) -> None:
        super()._run(name, role, [*arguments[:-1], self.application], extra)


@contextmanager
def served(application: str) -> Iterator[With]:
    place = With(Path(tempfile.mkdtemp(prefix="kring-meanwhile-")), f"kring_run_{os.getpid()}_meanwhile")
    place.application = application
    try:
        place.start()
        yield place
    finally:
        place.stop()


@contextmanager
def uploads(place: With) -> Iterator[list[bytes]]:
    """Four that send one picture after the other, and what each was told."""
    picture, over, told = hostile.as_long_as_it_may(), threading.Event(), []

    def send() -> None:
        while not over.is_set():
            request = urllib.request.Request(f"http://127.0.0.1:{place.port}{PATH}", picture)
            with urllib.request.urlopen(request, timeout=60) as answer:
                told.append(answer.read())
            time.sleep(0.1)

    senders = [threading.Thread(target=send) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    time.sleep(0.5)
    try:
        yield told
    finally:
        over.set()
        for sender in senders:
            sender.join()


def times(place: With, turns: int = TURNS) -> list[float]:
    found = []
    for n in range(turns):
        start = time.monotonic()
        with urllib.request.urlopen(f"http://127.0.0.1:{place.port}{ASKED[n % 2]}", timeout=60) as answer:
            assert answer.status == 200
            answer.read()
        found.append(time.monotonic() - start)
    return found


def figures(name: str, found: list[float]) -> str:
    return f"{name}: median {statistics.median(found) * 1000:.0f} ms, most {max(found) * 1000:.0f} ms"


def test_other_pages_come_under_300_ms_meanwhile(django_db_setup: None) -> None:
    with served("tests.uploading:shipped") as place:
        times(place, 4)
        alone = times(place)
        with uploads(place) as told:
            meanwhile = times(place)
    print(figures("alone", alone), figures("meanwhile", meanwhile), f"{len(told)} uploads", sep="; ")
    assert len(told) >= SENDERS
    assert statistics.median(meanwhile) < MOST
    assert max(meanwhile) < ONCE + max(alone)


def test_it_would_be_noticed_when_a_thread_opened_them(django_db_setup: None) -> None:
    with served("tests.uploading:in_the_thread") as place:
        times(place, 4)
        with uploads(place):
            meanwhile = times(place, 6)
    print(figures("in the thread", meanwhile))
    assert statistics.median(meanwhile) > MOST or max(meanwhile) > ONCE
