"""For whom this transaction works. The database asks `authz.actor()`; this module is the only one that tells it.

A web process can name nobody: it shows the session of the browser, and the database looks whose that is. Workers and
commands say for whom they work (`acting_as`), which a web process would say in vain.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction


def _set(**values: str) -> dict[str, str]:
    """Set `app.NAME` for this transaction only; returns what was there before."""
    each = ", ".join(["current_setting(%s, true), set_config(%s, %s, true)"] * len(values))
    told = [part for name, value in values.items() for part in (f"app.{name}", f"app.{name}", value)]
    with connection.cursor() as cursor:
        cursor.execute(f"select {each}", told)
        row: tuple[str | None, ...] = cursor.fetchone()
    return {name: before or "" for name, before in zip(values, row[::2], strict=True)}


@contextmanager
def local_settings(**values: str) -> Iterator[None]:
    """One transaction with `app.NAME` set to VALUE for each.

    The setting ends with the transaction, so nothing can leak to the next user of a persistent connection. Inside an
    outer transaction the previous value is put back by hand, because SET LOCAL outlives a released savepoint; a rolled
    back one puts it back by itself.
    """
    nested = connection.in_atomic_block
    with transaction.atomic():
        before = _set(**values)
        yield
        if nested and not connection.needs_rollback:
            _set(**before)


@contextmanager
def serving(session: bytes) -> Iterator[None]:
    """One transaction for the browser that showed this session (see `herstel.sessions`); empty: for nobody.

    Nothing that a statement left in this connection before counts: who looks is themselves, and no study.
    """
    with local_settings(session=session.hex(), actor="", preview="", study="", cut_off=""):
        yield


def show_session(session: bytes) -> None:
    """The browser has another session from here on: it was just made, or has just ended."""
    if connection.in_atomic_block:
        _set(session=session.hex())


@contextmanager
def acting_as(user_id: int | None) -> Iterator[None]:
    """One transaction of a worker or a command for this person; without a person no rows are seen at all."""
    with local_settings(actor=str(user_id or ""), session=""):
        yield


@contextmanager
def preview_as(membership_id: int, first: Callable[[], None] | None = None) -> Iterator[None]:
    """See what this member sees, as the participant whose member it is; whatever happens inside is rolled back.

    `authz.places()` checks that the membership is the actor's own to preview. `first` is done as the participant
    (ticks that are not saved). Everything that is shown must be read before this ends.
    """
    with transaction.atomic():
        if first is not None:
            first()
        _set(preview=str(membership_id))
        yield
        transaction.set_rollback(True)


@contextmanager
def studying(study_id: int) -> Iterator[None]:
    """One transaction of the export worker: it sees who consented to this study, and nobody else."""
    with local_settings(study=str(study_id)):
        yield
