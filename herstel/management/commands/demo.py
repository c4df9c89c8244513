"""The same as `make demo`, for who prefers manage.py."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from herstel import supervise


class Command(BaseCommand):
    help = "Start everything with made-up people on this machine."
    # The steps that the demo runs do their own checks, with the settings of the demo.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(supervise.main(["start", "--port", str(options["port"])]))
