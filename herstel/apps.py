from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate


class HerstelConfig(AppConfig):
    name = "herstel"
    verbose_name = "Kring"

    def ready(self) -> None:
        for name in ("accounts", "checks"):  # what they register must be there before the first request
            import_module(f"herstel.{name}")
        connection_created.connect(refuse_a_role_that_bypasses)
        pre_migrate.connect(forget_the_rules_first, sender=self)
        post_migrate.connect(keep_the_voucher, sender=self)


def forget_the_rules_first(using: str, plan: list[tuple[Any, bool]], **kwargs: Any) -> None:
    """Rules in force stand in the way of new tables and columns. Until today's are applied nobody has any rights."""
    from herstel.policies import Access, digest, forget_sql

    ahead = (operation for migration, backwards in plan if not backwards for operation in migration.operations)
    if any(isinstance(operation, Access) and operation.of == digest() for operation in ahead):
        with connections[using].cursor() as cursor:
            cursor.execute(forget_sql())


def keep_the_voucher(using: str, **kwargs: Any) -> None:
    """Tell the database with which key the web process vouches: the two padded blocks of HMAC-SHA256 (RFC 2104)."""
    from herstel.accounts import voucher_key
    from herstel.models import Voucher

    key = voucher_key().ljust(64, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in key) for pad in (0x36, 0x5C))
    if Voucher._meta.db_table in connections[using].introspection.table_names():
        Voucher.objects.using(using).update_or_create(pk=1, defaults={"inner_pad": inner, "outer_pad": outer})


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
