"""Make the people of the demo, once: running it again changes nothing."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse

from herstel.demo_people import DEMO_PEOPLE
from research.world.demo import load_demo
from research.world.guard import only_where_it_is_said


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        only_where_it_is_said()
        load_demo()
        name, what = (max(len(str(getattr(person, field))) for person in DEMO_PEOPLE) for field in ("name", "what"))
        for person in DEMO_PEOPLE:
            self.stdout.write(f"  {person.name:<{name}}  {person.what!s:<{what}}  {person.email}")
        self.stdout.write(f"\nBecome one of them at {settings.SITE_URL}{reverse('demo')}")
