"""Let somebody ask for files of a study (researcher) or release them (checker), until a day. A day in the past ends it.

Who asked for a version never releases it, whatever the roles say.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from herstel.management.refusing import address, alone, day, saved
from participants.models import Employment
from research.management.studies import study_of
from research.models import StudyRole

UNKNOWN = "Nobody works here as a researcher under this address. Invite them first, in /beheer/medewerkers/."
SEVERAL = "This researcher works at several organisations. Say for which one, with --organisation: %s."


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="what create_study called it")
        parser.add_argument("address", type=address)
        parser.add_argument("role", choices=StudyRole.Role.values)
        parser.add_argument("--organisation", default="", help="where they work, when that is more than one")
        parser.add_argument("--until", required=True, type=day, help="the last day")

    def handle(self, *args: Any, **options: Any) -> None:
        with alone(StudyRole):
            study, work = study_of(options["study"]), _researcher(options["address"], options["organisation"])
            found = StudyRole.objects.filter(study=study, user=work.user, role=options["role"]).first()
            role = found or StudyRole(study=study, user=work.user, role=options["role"])
            role.until, role.employment = options["until"], work
            saved(role)
        self.stdout.write(f"{role.role} of study {study.slug} until {role.until}.")


def _researcher(email: str, organisation: str) -> Employment:
    """The work for which somebody gets the role: when it ends, so does the role."""
    works = Employment.objects.filter(user__email=email, function=Employment.Function.RESEARCHER, active=True)
    if organisation:
        works = works.filter(organisation__name=organisation)
    if not works:
        raise CommandError(UNKNOWN)
    if len(works) > 1:
        raise CommandError(SEVERAL % ", ".join(work.organisation.name for work in works.select_related("organisation")))
    return works[0]
