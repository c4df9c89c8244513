"""The export beside a bare COPY of the same rows. Each runs in a process of its own, so that its memory can be seen.

python -m bench.export ask | make ID | copy ID
"""

import json
import resource
import sys
import time
from statistics import median
from typing import Any

from bench.place import Place, World

MOST_MEMORY = 200.0  # MB
TURNS = 3


def measure(place: Place, world: World) -> dict[str, float]:
    """Both in the large world, in turn; the export as the export worker does it, under its own database role."""
    turns = [_turn(place, world) for _ in range(TURNS)]
    made, bare = ([turn[n] for turn in turns] for n in (0, 1))
    return {
        "rows": bare[0]["rows"],
        "export_seconds": median(m["seconds"] for m in made),
        "copy_seconds": median(b["seconds"] for b in bare),
        "ratio": round(median(m["seconds"] / b["seconds"] for m, b in turns), 2),
        "peak_MB": max(m["peak_MB"] for m in made),
        "zip_kB": made[0]["zip_kB"],
    }


def _turn(place: Place, world: World) -> tuple[dict[str, float], dict[str, float]]:
    export = str(json.loads(place.python(world, "web", "-m", "bench.export", "ask"))["export"])
    made = json.loads(place.python(world, "research", "-m", "bench.export", "make", export))
    return made, json.loads(place.python(world, "research", "-m", "bench.export", "copy", export))


# --- inside the processes --------------------------------------------------------------------------------------------
def ask() -> dict[str, Any]:
    """A researcher asks for a version."""
    from django.db import connection

    from herstel.actor import acting_as
    from herstel.models import User
    from research.actions import ask_export
    from research.models import Cohort

    user = User.objects.filter(email__startswith="onderzoeker0@").get()
    with acting_as(user.pk):
        export = ask_export(cohort=Cohort.objects.earliest("pk"), purpose="Meten hoe lang het duurt")
        connection.run_on_commit = []  # no worker listens here
        return {"export": export.pk}


def make(export_id: int) -> dict[str, Any]:
    from research.exports import make_export
    from research.models import Export

    before, began = _peak(), time.perf_counter()
    make_export(export_id)
    seconds = time.perf_counter() - began
    export = Export.objects.get(pk=export_id)
    if export.state != Export.State.READY:
        raise SystemExit(f"the export was not made: {export.state} {export.refusal}")
    return {"seconds": round(seconds, 3), "peak_MB": _peak(), "before_MB": before, "zip_kB": round(export.size / 1024)}


def copy(export_id: int) -> dict[str, Any]:
    """The same rows by the same queries, thrown away as they come."""
    from research.columns import FILES
    from research.exports import number_people, select_of, snapshot_of
    from research.models import Export

    export = Export.objects.select_related("cohort").get(pk=export_id)
    rows = 0
    with snapshot_of(export) as session:
        number_people(session, export)
        began = time.perf_counter()
        for file in FILES:
            with session.cursor() as cursor, cursor.copy(f"copy ({select_of(file)}) to stdout") as out:
                rows += sum(1 for _row in out)
        seconds = time.perf_counter() - began
    return {"seconds": round(seconds, 3), "rows": rows}


def _peak() -> float:
    """MB that this process has held at most."""
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1024**2, 1)


if __name__ == "__main__":
    import django

    django.setup()
    step, *numbers = sys.argv[1:]
    print(json.dumps({"ask": ask, "make": make, "copy": copy}[step](*map(int, numbers))))  # type: ignore[operator]
