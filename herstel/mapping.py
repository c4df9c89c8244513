"""Where everybody stands on the map: a pure function from people to places.

“Jij” stands in the middle; ring 1 is “heel dichtbij”, 2 “dichtbij”, 3 “verder weg”. People of one ring stand evenly on
a circle that stays open at the bottom, where the names of the rings are. When a circle is full, the ring becomes wider
or gets a second circle. Nobody covers anybody: every place is tried against all earlier ones.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians, sin
from typing import Any

NODE = 23.0  # radius of a person
UP, DOWN = 26.0, 46.0  # what a person and the name below take, above and below the middle of the circle
LETTER = 10.0  # width of a letter of the name
LONGEST = 10  # longer names are cut on the map; the list beside it has them whole
ME = 30.0
LEAST_EDGE = {1: 96.0, 2: 150.0, 3: 199.0}
RING_NAME = {1: 52.0, 2: 36.0, 3: 48.0}  # half the width of “heel dichtbij”, “dichtbij”, “verder weg”
BELOW = 1_000_000.0
TURNS = (0, 9, -9, 18, -18, 27, -27, 36, -36, 48, -48, 60, -60)


def initials(called: str) -> str:
    """The first two letters: two people whose names begin alike still stand in different places."""
    name = unicodedata.normalize("NFC", called.strip())
    return name[:1].upper() + name[1:2].strip(" .-")


def short_name(called: str) -> str:
    """The first word, when that says enough; never wider than its place."""
    first = called.split()[0] if len(called) > LONGEST and called.split() else called
    return first if len(first) <= LONGEST else f"{first[: LONGEST - 1]}…"


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@dataclass(frozen=True)
class Node:
    """One person on the map. x and y are the middle of the circle."""

    x: float
    y: float
    label: str
    initials: str
    kind: str
    in_group: bool
    url: str = ""

    def box(self) -> Box:
        return _box(self.x, self.y, _half(self.label))


@dataclass(frozen=True)
class Ring:
    number: int
    radius: float

    @property
    def label_y(self) -> float:
        return self.radius + 9


@dataclass(frozen=True)
class Map:
    """All that the picture needs. Widest ring first, so that each ring is drawn on top of the one around it."""

    nodes: list[Node]
    rings: list[Ring]
    size: float

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    @property
    def view_box(self) -> str:
        half = self.size / 2
        return f"{-half:g} {-half:g} {self.size:g} {self.size + 16:g}"


def place(people: Iterable[Any]) -> Map:
    """People need `called`, `kind`, `in_group` and `ring`; `url` or `get_absolute_url` when the map links."""
    by_ring: dict[int, list[Any]] = {ring: [] for ring in LEAST_EDGE}
    for person in people:
        by_ring[min(3, max(1, int(getattr(person, "ring", 3) or 3)))].append(person)

    taken = [Box(-ME, -ME, ME, ME)]
    nodes: list[Node] = []
    rings: list[Ring] = []
    edge = 0.0
    for number, group in by_ring.items():
        names = [short_name(str(person.called)) for person in group]
        # The way down stays open: there the name of this ring stands.
        taken.append(Box(-RING_NAME[number], max(edge, ME) - 12, RING_NAME[number], BELOW))
        spots = _seats([_half(name) for name in names], 62.0 if number == 1 else edge + NODE + 5, taken)
        seated = [_node(person, name, *spot) for person, name, spot in zip(group, names, spots, strict=True)]
        taken += [node.box() for node in seated]
        nodes += seated
        widest = max((hypot(x, y) for x, y in spots), default=0.0)
        edge = max(LEAST_EDGE[number], edge + 50, round(widest + NODE + 8, 1))
        rings.append(Ring(number, edge))
    half = max([edge, *(abs(node.x) + _half(node.label) for node in nodes)])
    return Map(nodes, rings[::-1], round(2 * half + 2, 1))


Spot = tuple[float, float]


def _seats(halves: list[float], radius: float, taken: Sequence[Box]) -> list[Spot]:
    """Places from this radius outwards: evenly when they fit on one circle, else circle after circle."""
    here = list(taken)
    spots: list[Spot] = []
    while len(spots) < len(halves):
        rest = halves[len(spots) :]
        for wider in (0, 8, 16, 24, 32):
            if len(_fill(rest, radius + wider, here)) == len(rest) and (even := _even(rest, radius + wider, here)):
                return spots + even
        seated = _fill(rest, radius, here)
        here += [_box(*spot, half) for spot, half in zip(seated, rest, strict=False)]
        spots += seated
        radius += 40
    return spots


def _even(halves: list[float], radius: float, taken: Sequence[Box]) -> list[Spot]:
    """Everybody at the same distance from the next, turned a little when something stands in the way; or nothing."""
    count = len(halves)
    open_below = min(75.0, 60 * 96 / radius)
    for half in (open_below, open_below * 0.6):
        step = (360 - 2 * half) / count
        for turn in TURNS:
            spots = [_at(radius, -90 + turn + (i - (count - 1) / 2) * step) for i in range(count)]
            boxes = [_box(*spot, wide) for spot, wide in zip(spots, halves, strict=True)]
            if all(_free(box, taken) and _free(box, boxes[:i]) for i, box in enumerate(boxes)):
                return spots
    return []


def _fill(halves: list[float], radius: float, taken: Sequence[Box]) -> list[Spot]:
    """As many as this circle can hold, from the lower left over the top to the lower right."""
    here = list(taken)
    spots: list[Spot] = []
    angle = -270.0
    while angle < 90 and len(spots) < len(halves):
        spot = _at(radius, angle)
        box = _box(*spot, halves[len(spots)])
        if _free(box, here):
            spots.append(spot)
            here.append(box)
        angle += 3
    return spots


def _free(box: Box, taken: Sequence[Box]) -> bool:
    return not any(box.meets(other) for other in taken)


def _at(radius: float, angle: float) -> Spot:
    return round(radius * cos(radians(angle)), 1), round(radius * sin(radians(angle)), 1)


def _half(name: str) -> float:
    return max(31.0, LETTER * len(name) / 2 + 2)


def _box(x: float, y: float, half: float) -> Box:
    return Box(x - half, y - UP, x + half, y + DOWN)


def _node(person: Any, name: str, x: float, y: float) -> Node:
    url = getattr(person, "url", "") or getattr(person, "get_absolute_url", lambda: "")()
    return Node(x, y, name, initials(str(person.called)), str(person.kind), bool(person.in_group), url)
