"""Commands that a person of the house gives once: all of it or nothing, and a sentence when it may not be."""

from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import connection, models

from herstel.forms import Address
from herstel.roles import MAINTENANCE, as_role


@contextmanager
def alone(model: type[models.Model]) -> Iterator[None]:
    """One transaction past the policies, in which nobody else adds or changes rows of this table."""
    with as_role(MAINTENANCE), connection.cursor() as cursor:
        cursor.execute(f"lock table {connection.ops.quote_name(model._meta.db_table)} in share row exclusive mode")
        yield


def saved[Row: models.Model](row: Row) -> Row:
    """Kept when it fits; the house's own rules of length and choice hold here as in a form."""
    empty = {f.name for f in row._meta.concrete_fields if f.null and getattr(row, f.attname) is None}
    try:
        row.full_clean(exclude=empty)
    except ValidationError as error:
        wrong = "; ".join(f"{name}: {' '.join(said)}" for name, said in error.message_dict.items())
        raise CommandError(f"This cannot be kept. {wrong}") from error
    row.save()
    return row


def address(typed: str) -> str:
    try:
        return Address().clean(typed)
    except ValidationError as error:
        raise ArgumentTypeError("this is no mail address") from error


def day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        raise ArgumentTypeError("write a day as 2027-01-31") from error
