"""Where made-up people may be put: among made-up people only."""

from django.conf import settings
from django.core.management.base import CommandError
from django.db.models import Q

from herstel.models import User
from herstel.roles import MAINTENANCE, as_role

# Where people of seeded worlds (a name that no mail reaches, RFC 2606) and of the demo have their addresses.
MADE_UP = Q(email__regex=r"\.example$") | Q(email__regex=r"[@.]voorbeeld\.nl$")


def only_where_it_is_said() -> None:
    """The demo, the bench and the tests say what they are."""
    if not settings.DEMO:
        raise CommandError("Made-up people belong in the demo, the bench and the tests only: set HERSTEL_DEMO=1 there.")


def only_among_made_up_people() -> None:
    """Where somebody real has an account is no demo, whatever it says."""
    with as_role(MAINTENANCE):
        if User.objects.exclude(MADE_UP).exists():
            raise CommandError("There are people here who were not made up. Nothing was written.")
