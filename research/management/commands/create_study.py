"""A study that was approved, with the text that participants read, and its first cohort."""

from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand, CommandError, CommandParser

from herstel.management.refusing import alone, day, saved
from research.models import Cohort, Study


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("title")
        parser.add_argument("--question", required=True, help="what it wants to know, in one sentence")
        parser.add_argument("--approval", required=True, help="the number of the ethics committee")
        parser.add_argument("--asks", required=True, type=Path, help="file: what is used, and what is not")
        parser.add_argument("--text", required=True, type=Path, help="file: what participants read before they choose")
        parser.add_argument("--open-from", required=True, type=day)
        parser.add_argument("--open-until", required=True, type=day)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["open_until"] < options["open_from"]:
            raise CommandError("The study would close before it opens. Nothing was made.")
        with alone(Study):
            if Study.objects.filter(title=options["title"]).exists():
                raise CommandError("There is a study of this title already. Nothing was made.")
            given = {name: options[name] for name in ("title", "question", "approval", "open_from", "open_until")}
            study = saved(Study(**given, asks=_words(options["asks"]), text=_words(options["text"])))
            saved(Cohort(study=study, uuid=uuid4(), number=1))
        self.stdout.write(f"Study {study.slug} is there, with cohort 1. Give people their work with set_study_role.")


def _words(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise CommandError(f"{file} cannot be read as text. Nothing was made.") from error
