"""Fill the database with made-up people: `manage.py seed_world --participants 2000 --seed 1`."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError
from django.utils import timezone

from research.world.guard import only_among_made_up_people, only_where_it_is_said
from research.world.seed import seed_world


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--participants", type=int, default=20)
        parser.add_argument("--members", type=int, default=8, help="of each group")
        parser.add_argument("--goals", type=int, default=20, help="of each participant")
        parser.add_argument("--meetings", type=int, default=10, help="of each group")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same world")

    def handle(self, *args: Any, **options: Any) -> None:
        size = {name: options[name] for name in ("participants", "members", "goals", "meetings", "seed")}
        if min(size["participants"], size["members"], size["meetings"]) < 1:
            raise CommandError("A world has at least one participant, one member and one meeting.")
        only_where_it_is_said()
        only_among_made_up_people()
        began = time.perf_counter()
        try:
            rows = seed_world(**size, now=timezone.now())
        except IntegrityError as error:
            raise CommandError("Nothing was written. Is the world of this seed here already?") from error
        for name, count in rows.items():
            self.stdout.write(f"{count:>9}  {name}")
        self.stdout.write(f"{sum(rows.values()):>9}  rows in {time.perf_counter() - began:.1f} seconds")
