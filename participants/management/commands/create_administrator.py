"""The first administrator of Kring: an account, the organisation that keeps Kring, and a mail with a code to sign in.

Everybody after that is invited in /beheer/medewerkers/.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import HttpRequest

from herstel.accounts import send_code
from herstel.management.refusing import address, alone, saved
from herstel.models import User
from herstel.roles import WEB, as_role
from participants.models import Employment, Organisation

TAKEN = "Kring has an administrator already, who invites others in /beheer/medewerkers/. Nothing was changed."


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", type=address, help="the mail address to sign in with")
        parser.add_argument("--name", default="Beheerder", help="as colleagues read it")
        parser.add_argument("--organisation", default="Kring", help="who keeps Kring")

    def handle(self, *args: Any, **options: Any) -> None:
        with alone(Employment):
            working = Employment.objects.filter(function=Employment.Function.ADMINISTRATOR, active=True)
            if working.filter(organisation__kind=Organisation.Kind.PLATFORM).exists():
                raise CommandError(TAKEN)
            saved(
                Employment(
                    user=User.objects.of_address(options["address"]),
                    organisation=_platform(options["organisation"]),
                    function=Employment.Function.ADMINISTRATOR,
                    name=options["name"],
                )
            )
            with as_role(WEB):  # as the page does it; nobody else puts mails in
                send_code(_by_nobody(), options["address"])
        self.stdout.write("There is an administrator. A mail with a code is on its way.")


def _platform(name: str) -> Organisation:
    found = Organisation.objects.filter(kind=Organisation.Kind.PLATFORM).order_by("pk").first()
    if found is None and Organisation.objects.filter(name=name).exists():
        raise CommandError(f"{name} is another organisation here. Give another name with --organisation.")
    return found or saved(Organisation(name=name, kind=Organisation.Kind.PLATFORM))


def _by_nobody() -> HttpRequest:
    """Asking for a code counts per client; this one is the machine itself."""
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = "127.0.0.1"
    return request
