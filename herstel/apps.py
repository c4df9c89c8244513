from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class HerstelConfig(AppConfig):
    name = "herstel"
    verbose_name = "Kring"

    def ready(self) -> None:
        for name in ("accounts", "checks"):  # what they register must be there before the first request
            import_module(f"herstel.{name}")
        connection_created.connect(refuse_a_role_that_bypasses)


def refuse_a_role_that_bypasses(sender: Any, connection: Any, **kwargs: Any) -> None:
    """Row-level security that never runs is worse than none: a server does not start as a role that is not bound."""
    from django.conf import settings

    if settings.ROLE == "owner" or connection.vendor != "postgresql":
        return
    with connection.connection.cursor() as cursor:
        cursor.execute(
            "select rolsuper or rolbypassrls or rolname like '%\\_owner' from pg_roles where rolname = current_user"
        )
        (bypasses,) = cursor.fetchone()
    if bypasses:
        connection.close()
        raise RuntimeError(
            "This server connects as a role that row-level security does not bind; see docs/operations.md."
        )
