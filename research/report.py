"""What the second person sees of a version before it leaves: how many people each value has, how alone somebody is in
the columns about the person, and what changed since the version before. Counts, never a row.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from research.columns import KEY, PID, File
from research.models import Export

SMALL = 10  # people: fewer is a cell to think about
MOST_VALUES = 15  # a column with more different values is counted as filled in or not


class Counts:
    """People per value of each column of one file, counted as its rows go by in the order of the pseudonyms."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.shown = [(n, c.name) for n, c in enumerate(file.columns) if c.values not in (PID, KEY)]
        self.personal = [n for n, c in enumerate(file.columns) if c.personal]
        self.people: dict[str, Counter[str]] = {name: Counter() for _n, name in self.shown}
        self.classes: Counter[tuple[str, ...]] = Counter()
        self._last: dict[tuple[int, str], str] = {}
        self._rows_began = False

    def add(self, block: bytes) -> None:
        lines = block.decode().splitlines()
        for line in lines if self._rows_began else lines[1:]:
            self._row(line.split(","))
        self._rows_began = True

    def _row(self, cells: list[str]) -> None:
        pid, last = cells[0], self._last
        for n, name in self.shown:
            value = cells[n]
            if last.get((n, value)) != pid:
                last[n, value] = pid
                self.people[name][value] += 1
        if self.personal:
            self.classes[tuple(cells[n] for n in self.personal)] += 1

    def told(self) -> list[dict[str, Any]]:
        return [{"column": name, "values": _values(counted)} for name, counted in self.people.items()]


def _values(counted: Counter[str]) -> list[list[Any]]:
    """[value, people], the missing one last as an empty text; numbers in their own order."""
    if len(counted) > MOST_VALUES:
        return []
    return [[value, counted[value]] for value in sorted(counted, key=lambda v: (v == "", _number(v), v))]


def _number(value: str) -> int:
    return int(value) if value.lstrip("-").isdigit() else 0


def anonymity(classes: Iterable[int]) -> dict[str, int]:
    """k: how many people share their values with whoever shares them with fewest; and how many share with too few."""
    sizes = list(classes)
    return {
        "k": min(sizes, default=0),
        "alone": sum(size for size in sizes if size == 1),
        "under_5": sum(size for size in sizes if size < 5),
        "under_10": sum(size for size in sizes if size < SMALL),
    }


class Report:
    def __init__(self) -> None:
        self.files: list[Counts] = []

    def of(self, file: File) -> Counts:
        self.files.append(Counts(file))
        return self.files[-1]

    def told(self, before: tuple[Export, set[int]] | None, people: set[int]) -> dict[str, Any]:
        """As it is kept with the version."""
        about = next(counts for counts in self.files if counts.personal)
        personal = [about.file.columns[n].name for n in about.personal]
        return {
            "files": [{"name": counts.file.name, "columns": counts.told()} for counts in self.files],
            "anonymity": {"columns": personal, **anonymity(about.classes.values())},
            "since": _since(before, people),
        }


def _since(before: tuple[Export, set[int]] | None, people: set[int]) -> dict[str, Any]:
    if before is None:
        return {}
    last, were = before
    return {
        "version": last.version,
        "cut_off": last.cut_off.isoformat(),
        "came": len(people - were),
        "went": len(were - people),
        "rows": {name: told["rows"] for name, told in last.manifest.get("files", {}).items()},
    }
