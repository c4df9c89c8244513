"""What the house writes in its log, to be read by a test. Never who, and never a word of anybody."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

from django.conf import settings as house

from herstel.logs import Structured
from tests.abuse.sessions import TYPED


@contextmanager
def everything_logged() -> Iterator[StringIO]:
    """Everything that any logger says, as the house writes it."""
    out = StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(Structured())
    root = logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in ("", *house.LOGGING["loggers"])}
    root.addHandler(handler)
    for name in levels:
        logging.getLogger(name).setLevel(logging.INFO)
    yield out
    root.removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def nothing_of_anybody(text: str) -> None:
    assert "CANARY" not in text
    assert TYPED not in text
    assert "@" not in text
