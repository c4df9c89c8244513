"""The busiest pages, as fast as they go: in a small and a large world, beside a view that reads one row."""

import asyncio
import time
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.client import Browser, percentile
from bench.people import People, Somebody
from bench.place import World
from bench.work import Meter

CLIENTS = 8
SECONDS = 1.0
ROUNDS = 11
BARE = "bare"
YARDSTICK = "/health/bare/"  # of bench.wsgi alone
MOST_GROWTH = 1.2


@dataclass
class Timings:
    """Of one page in one world."""

    seconds: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    errors: int = 0
    size: int = 0

    def figures(self) -> dict[str, float]:
        return {
            "per_second": round(median(self.per_second), 1) if self.per_second else 0.0,
            "p50_ms": round(1000 * percentile(self.seconds, 0.5), 1),
            "p95_ms": round(1000 * percentile(self.seconds, 0.95), 1),
            "work_ms": round(1000 * median(self.work), 1) if self.work else 0.0,
            "requests": len(self.seconds),
            "errors": self.errors,
            "kB": round(self.size / 1024, 1),
        }


def pages_of(people: People) -> dict[str, list[tuple[Somebody, str]]]:
    """What is asked for each page, and by whom."""
    jans, naasten = people.participants, people.members
    return {
        BARE: [(jan, YARDSTICK) for jan in jans],
        "begin": [(jan, "/begin/") for jan in jans],
        "doelen": [(jan, "/doelen/") for jan in jans],
        "doel": [(jan, f"/doelen/{jan.slugs['goal']}/") for jan in jans if "goal" in jan.slugs],
        "mensen": [(jan, "/mensen/") for jan in jans],
        "ik-steun": [(naaste, f"/ik-steun/{naaste.slugs['place']}/") for naaste in naasten],
        "vandaag": [(colleague, "/team/") for colleague in people.professionals],
    }


def measure(worlds: list[tuple[World, People]]) -> dict[str, Any]:
    """page → {world → figures, growth}. The worlds take turns of a second, so that a slow moment hits both."""
    for world, people in worlds:
        asyncio.run(_check(world.port, people))
    return {page: _measure_page(page, worlds) for page in pages_of(worlds[0][1])}


def _measure_page(page: str, worlds: list[tuple[World, People]]) -> dict[str, Any]:
    timings = {world.name: Timings() for world, _people in worlds}
    for number in range(ROUNDS + 1):
        for world, people in worlds:
            kept = timings[world.name] if number else Timings()  # the first turn warms the caches
            meter = Meter(world.server, world)
            before, done = meter.seconds(), len(kept.seconds)
            asyncio.run(load(world.port, pages_of(people)[page], kept, SECONDS))
            kept.work.append((meter.seconds() - before) / max(1, len(kept.seconds) - done))
    small, large = timings.values()
    return {name: t.figures() for name, t in timings.items()} | {
        "growth": growth(small.per_second, large.per_second),
        "work_growth": growth(large.work, small.work),
    }


def growth(of: list[float], beside: list[float]) -> float:
    """How many times as much; each turn beside the one next to it."""
    return round(median(a / b if b else float("inf") for a, b in zip(of, beside, strict=True)), 2)


async def _check(port: int, people: People) -> None:
    """Every page answers, or there is nothing to measure."""
    for page, asked in pages_of(people).items():
        somebody, path = asked[0]
        browser = Browser(port, somebody.session)
        answer = await browser.get(path)
        await browser.close()
        if answer.status != 200:
            raise SystemExit(f"{page} ({path}) answers with {answer.status} {answer.location}")


async def load(port: int, asked: list[tuple[Somebody, str]], timings: Timings, seconds: float) -> None:
    """So many clients at once, each asking again as soon as it has its answer."""
    until, before, began = time.perf_counter() + seconds, len(timings.seconds), time.perf_counter()
    chosen = [asked[n % len(asked)] for n in range(CLIENTS)]
    await asyncio.gather(*(_client(port, somebody, path, until, timings) for somebody, path in chosen))
    timings.per_second.append((len(timings.seconds) - before) / (time.perf_counter() - began))


async def _client(port: int, somebody: Somebody, path: str, until: float, timings: Timings) -> None:
    browser = Browser(port, somebody.session)
    while time.perf_counter() < until:
        answer = await browser.get(path)
        if answer.status != 200:
            timings.errors += 1
            continue
        timings.seconds.append(answer.seconds)
        timings.size = max(timings.size, answer.size)
    await browser.close()
