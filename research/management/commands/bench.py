"""Measure pages, a crowd and the export in throw-away worlds; writes bench/results.json and bench/README.md."""

import json
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bench import export, pages, report, walk
from bench.people import find_people
from bench.place import Place, World, machine, write_json
from herstel.services import CHECKOUT

PARTS = ("pages", "walk", "export")
RESULTS = report.FOLDER / "results.json"


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []
    results: dict[str, Any]
    load: float

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", choices=PARTS, action="append", help="leave out the rest; may be given again")
        parser.add_argument("--small", type=int, default=20, help="participants of the small world")
        parser.add_argument("--large", type=int, default=2000, help="participants of the large world")
        parser.add_argument("--keep", action="store_true", help="leave the databases for a closer look")
        parser.add_argument(
            "--root", type=Path, default=CHECKOUT / ".local" / "bench", help="folder of the throw-away place"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        place, self.load = Place(options["root"], self.stdout.write), os.getloadavg()[0]
        place.remove()  # what a killed run left
        parts = set(options["only"] or PARTS)
        self.results = _earlier() if options["only"] else {}
        try:
            self._measure(place, [place.make_world(name, options[name]) for name in ("small", "large")], parts)
        finally:
            if not options["keep"]:
                place.remove()
        self.stdout.write(report.write(self.results))
        if wrong := report.judge(self.results):
            raise CommandError("Not as it should be:\n" + "\n".join(f"- {line}" for line in wrong))

    def _measure(self, place: Place, worlds: list[World], parts: set[str]) -> None:
        """One part after the other; what was measured is kept, also when a later part breaks."""
        small, large = worlds
        self._keep("machine", machine(small, self.load))
        self._keep("worlds", [_described(world) for world in worlds])
        if parts & {"pages", "walk"}:
            place.collect_static()
        if "pages" in parts:
            self._keep("pages", self._pages(place, small, large))
        if "walk" in parts:
            with place.served(large):
                crowd = find_people(large, place.secret, count=walk.PEOPLE)
                self._keep("walk", walk.walk(large, crowd, self.stdout.write))
        if "export" in parts:
            self._keep("export", export.measure(place, large))

    def _pages(self, place: Place, small: World, large: World) -> dict[str, Any]:
        """Both worlds are served at once and measured in turn; a professional has as many groups in both."""
        here = find_people(small, place.secret)
        there = find_people(large, place.secret, groups=here.professionals[0].groups)
        self.stdout.write("Measuring pages")
        with ExitStack() as stack:
            for world in (small, large):
                stack.enter_context(place.served(world))
            return pages.measure([(small, here), (large, there)])

    def _keep(self, part: str, figures: Any) -> None:
        self.results[part] = figures
        write_json(RESULTS, self.results)


def _earlier() -> dict[str, Any]:
    return dict(json.loads(RESULTS.read_text())) if RESULTS.exists() else {}


def _described(world: World) -> dict[str, Any]:
    return {
        "name": world.name,
        "participants": world.participants,
        "rows": world.rows,
        "seconds": round(world.seconds, 1),
    }
