"""The figures as tables, each with the command that measures it again."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import export, pages, walk

FOLDER = Path(__file__).resolve().parent
WORDS = {
    pages.BARE: "a view that reads one row",
    "begin": "Begin",
    "doelen": "Doelen",
    "doel": "a goal",
    "mensen": "Mensen",
    "ik-steun": "Ik steun: a person",
    "vandaag": "Team: Vandaag",
}
TOP = """# What was measured

Written by `make bench`; the figures as data are in `results.json`. Everything runs on one machine: a throw-away
PostgreSQL with two made-up worlds (`manage.py seed_world`), the server as `make demo` starts it, and the clients, which
take a part of the same processors. The first participants of both worlds are the same people, so that a page differs
only by what surrounds it. Figures of a busy machine are worth little; it says below how busy it was before.

{machine}
"""
PAGES = """## Pages under load

`make bench ARGS='--only pages'`: {clients} clients that never wait, {rounds} turns of {seconds:.0f} s for each page
and world. Growth is how many times as long a page takes in the large world: {most} × at most. “To one row” sets it
beside a view that reads one row, behind the same middleware. Work is processor time of the server and the database for
one page in the large world; it says the same on a machine that is busy with something else.

"""
WALK = """## Fifty people at once

`make bench ARGS='--only walk'`: {people} people in the large world for {seconds:.0f} s, who
think {least:.0f} to {most:.0f} s between pages. Wanted: no errors, p95 below {wanted:.0f} ms.

{requests} requests, {posts} of them forms: **{errors} errors, p50 {p50_ms} ms, p95 {p95_ms} ms**, the slowest
{slowest_ms} ms. Server and database together kept {processors_busy} of a processor busy.

"""
EXPORT = """## The export

`make bench ARGS='--only export'`: everybody in the large world who consented, {rows} rows. Beside it the same queries
as a bare `COPY … TO STDOUT`. Memory may be {memory:.0f} MB at most.

"""


def write(results: dict[str, Any]) -> str:
    """README.md, from results.json; the text."""
    parts = [TOP.format(machine=", ".join(f"{name} {value}" for name, value in results["machine"].items()))]
    parts += [_worlds(results["worlds"])]
    if "pages" in results:
        parts.append(_pages(results["pages"], *(world["name"] for world in results["worlds"])))
    if "walk" in results:
        parts.append(_walk(results["walk"]))
    if "export" in results:
        parts.append(_export(results["export"]))
    text = "\n".join(parts)
    (FOLDER / "README.md").write_text(text)
    return text


def table(head: list[str], rows: Sequence[Sequence[object]]) -> str:
    lines: list[Sequence[object]] = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def _worlds(worlds: list[dict[str, Any]]) -> str:
    rows = [
        [
            w["participants"],
            w["rows"],
            f"{w['seconds']:.1f} s",
            f"`manage.py seed_world --participants {w['participants']}`",
        ]
        for w in worlds
    ]
    return "## Making a world\n\n" + table(["Participants", "Rows", "Took", "Command"], rows)


def _pages(figures: dict[str, Any], small: str, large: str) -> str:
    bare = figures.get(pages.BARE, {}).get(large, {}).get("work_ms")
    rows = [_page(WORDS[page], of[small], of[large], of, bare) for page, of in figures.items()]
    head = [
        "Page",
        f"{small}: per second",
        f"{large}: per second",
        "growth",
        "work",
        "its growth",
        "to one row",
        "p50 / p95",
        "kB",
        "errors",
    ]
    return PAGES.format(
        clients=pages.CLIENTS, rounds=pages.ROUNDS, seconds=pages.SECONDS, most=pages.MOST_GROWTH
    ) + table(head, rows)


def _page(
    words: str, small: dict[str, float], large: dict[str, float], of: dict[str, Any], bare: float
) -> list[object]:
    return [
        words,
        small["per_second"],
        large["per_second"],
        f"{of['growth']} ×",
        f"{large['work_ms']} ms",
        f"{of['work_growth']} ×",
        f"{large['work_ms'] / bare:.1f} ×" if bare else "–",
        f"{large['p50_ms']} / {large['p95_ms']} ms",
        large["kB"],
        small["errors"] + large["errors"],
    ]


def _walk(figures: dict[str, Any]) -> str:
    rows = [[page, f"{ms} ms"] for page, ms in figures["p95_by_page_ms"].items()]
    errors = "".join(f"- {error}\n" for error in figures["first_errors"])
    least, most = walk.THINKING
    words = WALK.format(**figures, least=least, most=most, wanted=1000 * walk.MOST_P95)
    return words + errors + table(["Page", "p95"], rows)


def _export(figures: dict[str, Any]) -> str:
    row = [
        f"{figures['export_seconds']:.2f} s",
        f"{figures['copy_seconds']:.2f} s",
        f"{figures['ratio']} ×",
        f"{figures['peak_MB']} MB",
        f"{figures['zip_kB']} kB",
    ]
    words = EXPORT.format(**figures, memory=export.MOST_MEMORY)
    return words + table(["Export", "Bare COPY", "Ratio", "Peak memory", "Zip"], [row])


def judge(results: dict[str, Any]) -> list[str]:
    """What is not as it should be."""
    wrong = []
    for page, of in results.get("pages", {}).items():
        if any(of[world["name"]]["errors"] for world in results["worlds"]):
            wrong.append(f"{WORDS[page]}: not every answer was a page")
        elif page != pages.BARE and of["growth"] > pages.MOST_GROWTH:
            wrong.append(f"{WORDS[page]}: {of['growth']} × as slow in the large world")
    walked = results.get("walk", {})
    if walked.get("errors"):
        wrong.append(f"the walk: {walked['errors']} errors")
    if walked.get("p95_ms", 0) > 1000 * walk.MOST_P95:
        wrong.append(f"the walk: p95 {walked['p95_ms']} ms")
    if results.get("export", {}).get("peak_MB", 0) > export.MOST_MEMORY:
        wrong.append(f"the export: {results['export']['peak_MB']} MB")
    return wrong
