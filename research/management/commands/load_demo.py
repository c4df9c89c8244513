"""Make the people of the demo, once: running it again changes nothing."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from herstel.demo_people import DEMO_PEOPLE
from research.world.demo import load_demo


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Invented people belong in the demo only: set HERSTEL_DEMO=1.")
        load_demo()
        name, what = (max(len(str(getattr(person, field))) for person in DEMO_PEOPLE) for field in ("name", "what"))
        for person in DEMO_PEOPLE:
            self.stdout.write(f"  {person.name:<{name}}  {person.what!s:<{what}}  {person.email}")
        self.stdout.write(f"\nBecome one of them at {settings.SITE_URL}{reverse('demo')}")
