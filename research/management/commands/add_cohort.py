"""One more cohort of a study: its pseudonyms join to no other cohort's."""

from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Max

from herstel.management.refusing import alone, saved
from research.management.studies import study_of
from research.models import Cohort


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="what create_study called it")
        parser.add_argument("number", type=int, help="the next number; one that is there already is left as it is")

    def handle(self, *args: Any, **options: Any) -> None:
        number = options["number"]
        with alone(Cohort):
            study = study_of(options["study"])
            last = Cohort.objects.filter(study=study).aggregate(last=Max("number"))["last"] or 0
            if not 1 <= number <= last + 1:
                raise CommandError(f"The next cohort of this study is {last + 1}. Nothing was made.")
            if number == last + 1:
                saved(Cohort(study=study, uuid=uuid4(), number=number))
        self.stdout.write(f"Cohort {number} of study {study.slug} is there.")
