"""Tell the worker to look at something, after the commit. It may get lost: the sweeper finds what is due."""

import logging
import time
from functools import partial
from typing import Any

from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
WAIT = 5.0  # seconds in which a queue that did not answer is left alone; the sweeper does the rest
_away_until = 0.0


def wake(task: Any, subject: int | str) -> None:
    """Send the message when this transaction is through. A queue that is away costs a second, never the page."""
    transaction.on_commit(partial(_send, task, subject))


def _send(task: Any, subject: int | str) -> None:
    global _away_until
    if time.monotonic() < _away_until:
        return
    try:
        task.apply_async((subject,), kwargs={"system": True}, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        _away_until = time.monotonic() + WAIT
        log.warning("the queue did not take a message (%s); the sweeper will", type(error).__name__)
