"""Fifty people at once, who read and think: mostly looking, sometimes answering."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from uuid import uuid4

from bench.client import Answer, Browser, percentile
from bench.people import People, Somebody
from bench.place import World
from bench.work import Meter

PEOPLE = 50
SECONDS = 120.0
THINKING = (3.0, 8.0)
MOST_P95 = 0.3
# Of ten visits: how many of each side.
SIDES = ("participant",) * 5 + ("member",) * 3 + ("team",) * 2
WRITES = 0.12


@dataclass
class Walk:
    """What everybody met on the way."""

    seconds: list[float] = field(default_factory=list)
    by_page: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    posts: int = 0

    def note(self, page: str, answer: Answer, fine: bool) -> None:
        if not fine:
            self.errors.append(f"{page}: {answer.status} {answer.location}")
        self.seconds.append(answer.seconds)
        self.by_page.setdefault(page, []).append(answer.seconds)

    def figures(self) -> dict[str, object]:
        return {
            "people": PEOPLE,
            "seconds": SECONDS,
            "requests": len(self.seconds),
            "posts": self.posts,
            "errors": len(self.errors),
            "first_errors": sorted(set(self.errors))[:5],
            "p50_ms": round(1000 * percentile(self.seconds, 0.5), 1),
            "p95_ms": round(1000 * percentile(self.seconds, 0.95), 1),
            "slowest_ms": round(1000 * max(self.seconds, default=0), 1),
            "p95_by_page_ms": {page: round(1000 * percentile(s, 0.95), 1) for page, s in sorted(self.by_page.items())},
        }


def places(somebody: Somebody) -> list[str]:
    """Where this person goes, the usual places more than once."""
    slugs = somebody.slugs
    if somebody.side == "participant":
        return ["/begin/", "/begin/", "/doelen/", "/mensen/", "/agenda/", "/delen/", "/delen/wie-keek/"] + [
            f"/doelen/{slugs['goal']}/" for _ in range(2) if "goal" in slugs
        ]
    if somebody.side == "member":
        return ["/ik-steun/", "/ik-steun/beloofd/", f"/ik-steun/{slugs['place']}/", f"/ik-steun/{slugs['place']}/"] + [
            f"/ik-steun/{word}/{slugs[name]}/"
            for word, name in (("bijeenkomst", "meeting"), ("doel", "goal"))
            if name in slugs
        ]
    return ["/team/", "/team/", "/team/deelnemers/", "/team/agenda/", "/team/beloftes/", "/team/nieuws/"]


def writing(somebody: Somebody, random: Random) -> tuple[str, dict[str, str]] | None:
    """The form that this person sends: how it goes, or whether they come."""
    if somebody.side == "participant":
        mood = {"mood": str(random.randint(1, 4)), "words": "Buiten geweest.", "form_token": str(uuid4())}
        return "/hoe-gaat-het/", mood
    if "meeting" in somebody.slugs:
        return f"/ik-steun/bijeenkomst/{somebody.slugs['meeting']}/", {"coming": random.choice(("yes", "no", "phone"))}
    return None


def walk(world: World, people: People, say: Callable[[str], None]) -> dict[str, object]:
    """Everybody at once; they arrive within the time of one thought."""
    crowd = {"participant": people.participants, "member": people.members, "team": people.professionals}
    chosen = []
    for number in range(PEOPLE):
        of_side = crowd[SIDES[number % len(SIDES)]]
        chosen.append(of_side[number // len(SIDES) % len(of_side)])
    met = Walk()
    say(f"{PEOPLE} people walk for {SECONDS:.0f} seconds")
    meter = Meter(world.server, world)
    before = meter.seconds()
    asyncio.run(_everybody(world.port, chosen, met))
    return met.figures() | {"processors_busy": round((meter.seconds() - before) / SECONDS, 2)}


async def _everybody(port: int, chosen: list[Somebody], met: Walk) -> None:
    until = time.perf_counter() + SECONDS
    await asyncio.gather(*(_visit(port, somebody, n, until, met) for n, somebody in enumerate(chosen)))


async def _visit(port: int, somebody: Somebody, number: int, until: float, met: Walk) -> None:
    """One person: read, think, and now and then send a form and see what came of it."""
    random, browser = Random(number), Browser(port, somebody.session)  # noqa: S311 - which page comes next is no secret
    await asyncio.sleep(random.uniform(0, THINKING[1]))
    while time.perf_counter() < until:
        form = writing(somebody, random) if random.random() < WRITES else None
        if form:
            await _send(browser, *form, met)
        else:
            await _open(browser, random.choice(places(somebody)), met)
        await asyncio.sleep(random.uniform(*THINKING))
    await browser.close()


async def _open(browser: Browser, path: str, met: Walk) -> None:
    answer = await browser.get(path)
    met.note(_page(path), answer, answer.status == 200)


async def _send(browser: Browser, path: str, form: dict[str, str], met: Walk) -> None:
    """A form that was accepted leads on; one that comes back with a message was refused."""
    answer = await browser.post(path, form)
    fine = answer.status in (302, 303) and not answer.location.startswith("/inloggen/")
    met.posts += 1
    met.note(f"POST {_page(path)}", answer, fine)
    if fine:
        await _open(browser, answer.location, met)


def _page(path: str) -> str:
    """The address without what differs between people."""
    return "/".join("…" if len(part) == 9 and not set(part) & set("aeiou-") else part for part in path.split("/"))
