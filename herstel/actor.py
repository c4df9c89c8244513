"""For whom this transaction works. The database asks `authz.actor()`; this module is the only one that answers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction


def _set(name: str, value: str) -> str:
    """Set a value for this transaction only; returns what was there before."""
    with connection.cursor() as cursor:
        cursor.execute("select current_setting(%s, true), set_config(%s, %s, true)", [name, name, value])
        row: tuple[str | None, str] = cursor.fetchone()
    return row[0] or ""


@contextmanager
def local_setting(name: str, value: str) -> Iterator[None]:
    """One transaction with NAME set to VALUE.

    The setting ends with the transaction, so nothing can leak to the next user of a persistent connection. Inside an
    outer transaction the previous value is put back by hand, because SET LOCAL outlives a released savepoint; a rolled
    back one puts it back by itself.
    """
    nested = connection.in_atomic_block
    with transaction.atomic():
        before = _set(name, value)
        yield
        if nested and not connection.needs_rollback:
            _set(name, before)


@contextmanager
def acting_as(user_id: int | None) -> Iterator[None]:
    """One transaction as this person; without a person no rows are seen at all."""
    with local_setting("app.actor", str(user_id or "")):
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
        _set("app.preview", str(membership_id))
        yield
        transaction.set_rollback(True)


@contextmanager
def studying(study_id: int) -> Iterator[None]:
    """One transaction of the export worker: it sees who consented to this study, and nobody else."""
    with local_setting("app.study", str(study_id)):
        yield
