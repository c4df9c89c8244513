"""Let somebody ask for files of a study (researcher) or release them (checker), until a day. A day in the past ends it.

Who asked for a version never releases it, whatever the roles say.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from herstel.management.refusing import address, alone, day, saved
from herstel.models import User
from participants.models import Employment
from research.management.studies import study_of
from research.models import StudyRole

UNKNOWN = "Nobody works here as a researcher under this address. Invite them first, in /beheer/medewerkers/."


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="what create_study called it")
        parser.add_argument("address", type=address)
        parser.add_argument("role", choices=StudyRole.Role.values)
        parser.add_argument("--until", required=True, type=day, help="the last day")

    def handle(self, *args: Any, **options: Any) -> None:
        with alone(StudyRole):
            study, user = study_of(options["study"]), _researcher(options["address"])
            found = StudyRole.objects.filter(study=study, user=user, role=options["role"]).first()
            role = found or StudyRole(study=study, user=user, role=options["role"])
            role.until = options["until"]
            saved(role)
        self.stdout.write(f"{role.role} of study {study.slug} until {role.until}.")


def _researcher(email: str) -> User:
    user = User.objects.filter(email=email).first()
    works = Employment.objects.filter(user=user, function=Employment.Function.RESEARCHER, active=True)
    if user is None or not works.exists():
        raise CommandError(UNKNOWN)
    return user
