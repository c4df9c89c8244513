"""Measure pages, a crowd and the export in throw-away worlds; writes bench/results.json and bench/README.md."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bench import export, pages, report, walk
from bench.people import find_people
from bench.place import Place, World, machine, write_json
from herstel.services import CHECKOUT

PARTS = ("pages", "walk", "export")


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", choices=PARTS, action="append", help="leave out the rest; may be given again")
        parser.add_argument("--small", type=int, default=20, help="participants of the small world")
        parser.add_argument("--large", type=int, default=2000, help="participants of the large world")
        parser.add_argument("--keep", action="store_true", help="leave the databases for a closer look")
        parser.add_argument(
            "--root", type=Path, default=CHECKOUT / ".local" / "bench", help="folder of the throw-away place"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        place = Place(options["root"], self.stdout.write)
        place.remove()  # what a killed run left
        try:
            worlds = [place.make_world(name, options[name]) for name in ("small", "large")]
            results = self._measure(place, worlds, set(options["only"] or PARTS))
        finally:
            if not options["keep"]:
                place.remove()
        file = report.FOLDER / "results.json"
        results = {**(json.loads(file.read_text()) if options["only"] and file.exists() else {}), **results}
        write_json(file, results)
        self.stdout.write(report.write(results))
        if wrong := report.judge(results):
            raise CommandError("Not as it should be:\n" + "\n".join(f"- {line}" for line in wrong))

    def _measure(self, place: Place, worlds: list[World], parts: set[str]) -> dict[str, Any]:
        results: dict[str, Any] = {
            "machine": machine(worlds[0]),
            "worlds": [
                {"name": w.name, "participants": w.participants, "rows": w.rows, "seconds": round(w.seconds, 1)}
                for w in worlds
            ],
        }
        small, large = worlds
        if parts & {"pages", "walk"}:
            place.collect_static()
        if "pages" in parts:
            results["pages"] = self._pages(place, small, large)
        if "walk" in parts:
            with place.served(large):
                results["walk"] = walk.walk(large, find_people(large, place.secret, count=60), self.stdout.write)
        if "export" in parts:
            results["export"] = export.measure(place, large)
        return results

    def _pages(self, place: Place, small: World, large: World) -> dict[str, Any]:
        """Both worlds are served at once and measured in turn; a professional has as many groups in both."""
        here = find_people(small, place.secret)
        there = find_people(large, place.secret, groups=here.professionals[0].groups)
        self.stdout.write("Measuring pages")
        with ExitStack() as stack:
            for world in (small, large):
                stack.enter_context(place.served(world))
            return pages.measure([(small, here), (large, there)])
