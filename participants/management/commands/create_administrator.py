"""The first administrator of Kring: an account, the organisation that keeps Kring, and a mail with a link to sign in.

A link and no code: a code works on the browser that asked for it, and here nobody asked.

Everybody after that is invited in /beheer/medewerkers/.
"""

import hashlib
import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from herstel.accounts import LINK_LIFE, hash_token
from herstel.management.refusing import address, alone, saved
from herstel.models import OutgoingMail, SignIn, User
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
                    user=_account(options["address"]),
                    organisation=_platform(options["organisation"]),
                    function=Employment.Function.ADMINISTRATOR,
                    name=options["name"],
                )
            )
            _mail_link(options["address"])
        self.stdout.write("There is an administrator. A mail with a link is on its way.")


def _platform(name: str) -> Organisation:
    found = Organisation.objects.filter(kind=Organisation.Kind.PLATFORM).order_by("pk").first()
    if found is None and Organisation.objects.filter(name=name).exists():
        raise CommandError(f"{name} is another organisation here. Give another name with --organisation.")
    return found or saved(Organisation(name=name, kind=Organisation.Kind.PLATFORM))


def _account(address: str) -> User:
    return User.objects.filter(email=address).first() or User.objects.create_user(address)


def _mail_link(address: str) -> None:
    """As the database does it for who asks on a page (sql/sign_in.sql); stored so that it opens nothing by itself."""
    link = secrets.token_urlsafe(24)
    stored = hashlib.sha256(hash_token(link)).digest()
    SignIn.objects.create(address=address, session_id=0, code=b"", link=stored, expires_at=timezone.now() + LINK_LIFE)
    OutgoingMail.objects.create(address=address, template="link", context={"link": link})
