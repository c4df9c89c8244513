"""Another database role for a while: commands of the owner put rows past the policies, or live under them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

MAINTENANCE = "herstel_maint"
WEB = "herstel_web"


@contextmanager
def as_role(name: str) -> Iterator[None]:
    """One transaction, or a part of one, as this role; then who it was before. A rollback takes it back by itself."""
    with transaction.atomic():
        before, filtering = _current()
        # The owner's sessions refuse a query that policies would shorten; who acts as the web wants them to.
        _become(name, "on")
        yield
        if not connection.needs_rollback:
            _become(before, filtering)


def _current() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("select current_user, current_setting('row_security')")
        row: tuple[str, str] = cursor.fetchone()
    return row


def _become(name: str, filtering: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"set local role {connection.ops.quote_name(name)}")
        cursor.execute("select set_config('row_security', %s, true)", [filtering])
