"""Tell the worker to look at something, after the commit. It may get lost: the sweeper finds what is due."""

import logging
from functools import partial
from typing import Any

from django.db import transaction

log = logging.getLogger(__name__)


def wake(task: Any, subject: int) -> None:
    """Send the message when this transaction is through. A queue that is away costs a second, never the page."""
    transaction.on_commit(partial(_send, task, subject))


def _send(task: Any, subject: int) -> None:
    try:
        task.apply_async((subject,), kwargs={"system": True}, retry=False)
    except Exception:  # every transport has its own errors, and the answer is the same: the sweeper does it
        log.warning("the queue did not take a message; the sweeper will")
