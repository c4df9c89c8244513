"""Where made-up people may be put: among made-up people only."""

from django.conf import settings
from django.core.management.base import CommandError

from herstel.models import User
from herstel.roles import MAINTENANCE, as_role

# No mail can reach a name that ends so (RFC 2606); everybody of the demo and of a seeded world has one.
MADE_UP = ".example"


def only_among_made_up_people() -> None:
    """The demo, the bench and the tests say what they are; where somebody real has an account is none of them."""
    if not settings.DEMO:
        raise CommandError("Made-up people belong in the demo, the bench and the tests only: set HERSTEL_DEMO=1 there.")
    with as_role(MAINTENANCE):
        if User.objects.exclude(email__endswith=MADE_UP).exists():
            raise CommandError("There are people here who were not made up. Nothing was written.")
