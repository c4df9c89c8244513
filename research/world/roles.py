"""Another database role for a while: made-up people are put there past the policies, and live under them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

MAINTENANCE = "herstel_maint"
WEB = "herstel_web"


@contextmanager
def as_role(name: str) -> Iterator[None]:
    """One transaction, or a part of one, as this role; then who it was before. A rollback takes it back by itself."""
    with transaction.atomic():
        before = _current()
        _become(name)
        yield
        if not connection.needs_rollback:
            _become(before)


def _current() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        return str(cursor.fetchone()[0])


def _become(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"set local role {connection.ops.quote_name(name)}")
